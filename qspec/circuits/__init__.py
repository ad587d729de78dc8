"""Where circuits come from: one file is one kind of source."""
