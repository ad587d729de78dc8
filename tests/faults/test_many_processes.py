"""Many processes may share one runs folder, while others list it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

import pytest
from harness import HOME

from qspec.records.find import list_runs

CODE = """
import sys
import qspec

spec, runs_dir, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
plan = qspec.plan(spec)
for _ in range(number):
    assert qspec.run(plan, runs_dir).record.outcome == "done"
"""


@pytest.mark.parametrize("runs", [4, pytest.param(50, marks=pytest.mark.slow)], ids=["a sample", "all"])
def test_eight_processes_in_one_runs_folder_lose_nothing(spec, whole, tmp_path, runs):
    environment = os.environ | {"PYTHONPATH": str(HOME)}
    command = [sys.executable, "-W", "ignore", "-c", CODE, str(spec), str(tmp_path), str(runs)]
    processes = [subprocess.Popen(command, env=environment) for _ in range(8)]
    listings = 0
    while any(process.poll() is None for process in processes):
        problems = [found.problem for found in list_runs(tmp_path) if found.record is None]
        assert problems == []
        listings += 1
    assert [process.returncode for process in processes] == [0] * 8
    records = [found.record for found in list_runs(tmp_path)]
    print(f"\n8 processes x {runs} runs: {len(records)} records; listed {listings} times meanwhile")
    assert Counter(record.outcome for record in records) == {"done": 8 * runs}
    assert {record.content_hash for record in records} == {whole.record.content_hash}
    assert [path.name for path in (tmp_path / "pair").iterdir() if path.name.startswith(".")] == []
