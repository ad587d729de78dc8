"""What is written from a run beside its record: one file is one kind of sink."""
