"""What must hold of the results: one file is one kind of expectation."""
