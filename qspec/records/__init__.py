"""The run folder: events, records and results on disk. Nothing here imports Qiskit at import time."""
