"""Two runs held against each other: whether their results are the same, and why not."""
