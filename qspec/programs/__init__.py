"""What a job runs: one file is one program of the runtime."""
