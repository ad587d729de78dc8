"""What the files of a run folder are called, and where run folders are."""

from __future__ import annotations

RUNS_DIR = "runs"
RECORD, STATUS_LOG = "run.json", "status.jsonl"
LOCK = ".lock"  # held by the process that drives the run; not a part of the record
CANCELLED = ".cancelled"  # somebody asked to cancel the jobs of the run: nothing of it is sent any more
STAGE = ".sink.new"  # the folder that a sink writes into
SPEC, RESOLVED, BACKEND, VARIANTS = "spec.yaml", "resolved.json", "backend.json", "variants.jsonl"
STORED, CIRCUITS, JOBS, POINTS = "inputs", "circuits", "jobs", "points"  # folders
INPUTS, ARRAYS, METADATA, TRACEBACK = "inputs.npz", "result.npz", "metadata.json", "traceback.txt"  # of a job
LOCK_SUFFIX = ".lock.json"  # of a lock file, in the place of its spec's
BUNDLED = STORED, CIRCUITS  # folders that are archives where they have very many files


def bundle_of(folder: str) -> str:
    """The name of the archive that stands for a folder."""
    return f"{folder}.zip"
