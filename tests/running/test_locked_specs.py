"""Every spec in specs/ gives what its lock says, with any number of threads and workers, in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

import qspec

SPECS = Path(__file__).parents[2] / "specs"
ALL = list(product((1, 2, 3), (1, 2)))
FEW = [(2, 1), (1, 2)]


def test_every_spec_has_a_lock():
    specs = {path.stem for path in SPECS.glob("*.yaml")}
    assert specs
    assert {path.name.removesuffix(".lock.json") for path in SPECS.glob("*.lock.json")} == specs
    assert {path.name.removesuffix(".lock") for path in SPECS.glob("*.lock")} == specs


@pytest.mark.parametrize(
    ("workers", "threads"),
    [pytest.param(*way, marks=() if way in FEW else pytest.mark.slow) for way in ALL],
    ids=str,
)
def test_all_specs_are_identical_to_their_locks(tmp_path, workers, threads):
    limits = {f"{library}_NUM_THREADS": str(threads) for library in ("OMP", "OPENBLAS")}
    where = ("--runs-dir", str(tmp_path), "--no-cache", "--format", "json", "-q")
    done = subprocess.run(
        [sys.executable, "-m", "qspec", "run", "--locked", "--exact", str(SPECS), "--workers", str(workers), *where],
        env={**os.environ, **limits},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    runs = [run["locked"] for run in json.loads(done.stdout)["runs"]]
    assert {run["verdict"] for run in runs} == {"identical"}
    pubs = sum(run["pubs"]["identical"] for run in runs)
    print(f"{workers} workers, {threads} threads: {len(runs)} specs, {pubs} PUBs identical to their locks")
    assert len(runs) == len(list(SPECS.glob("*.yaml")))


@pytest.mark.parametrize("spec", sorted(SPECS.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_spec_transpiled_anew_from_its_run_alone_is_identical(tmp_path, spec):
    run = qspec.run(spec, tmp_path)
    again = qspec.rerun(run.folder, tmp_path, fresh=True)
    assert qspec.compare(run, again).word == "identical"
