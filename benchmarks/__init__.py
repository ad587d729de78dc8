"""What a user would write instead of qspec, and the ratios against it: `python -m benchmarks`."""
