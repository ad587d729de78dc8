"""What the files of a run folder are called, and where run folders are."""

from __future__ import annotations

RUNS_DIR = "runs"
RECORD, STATUS_LOG = "run.json", "status.jsonl"
SPEC, RESOLVED, BACKEND = "spec.yaml", "resolved.json", "backend.json"
STORED, CIRCUITS, JOBS = "inputs", "circuits", "jobs"  # folders
INPUTS, ARRAYS, METADATA = "inputs.npz", "result.npz", "metadata.json"  # in the folder of a job
