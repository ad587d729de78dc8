"""Where a spec can run: one file is one kind of backend."""
