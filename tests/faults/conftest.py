"""A spec with everything that a local run does, and a laboratory to let it fail in."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from aftermath import the_run
from harness import Laboratory
from paid import SPEC as PAID_SPEC
from paid import SWEPT, PaidRuns, PaidSweeps
from stopping import beginning

from tests.emulator import Emulator
from tests.service.canaries import KEY

if TYPE_CHECKING:
    from pathlib import Path

    from qspec.records.view import FinishedRun

__all__ = ["beginning"]
SPEC = """\
qspec: 1
name: pair
seed: 42
backend: {kind: aer}
circuits:
  bell: {kind: qasm, file: bell.qasm}
  turned:
    kind: qasm
    source: |
      OPENQASM 3.0;
      include "stdgates.inc";
      input float a;
      qubit[2] q;
      ry(a) q[0];
      cx q[0], q[1];
jobs:
  counts:
    program_id: sampler
    shots: 256
    pubs:
      - circuit: bell
  energy:
    program_id: estimator
    precision: 0.05
    pubs:
      - circuit: turned
        parameter_values: {a: {linspace: [0, pi, 3]}}
        observables: {ZZ: 1.0, XI: 0.5}
sinks:
  - {kind: json}
  - {kind: csv, path: "tables/{job}.csv"}
expect:
  - {kind: expectation_values, job: energy, at_most: 9}
"""
BELL = """\
OPENQASM 3.0;
include "stdgates.inc";
bit[2] meas;
qubit[2] q;
h q[0];
cx q[0], q[1];
meas = measure q;
"""


@pytest.fixture(scope="session")
def spec(request, tmp_path_factory) -> Path:
    """A spec of two jobs, two sinks and an expectation, in a folder of its own; a sweep where a test asks for one."""
    folder = tmp_path_factory.mktemp("specs")
    (folder / "pair.yaml").write_text(SPEC + (getattr(request, "param", None) or ""), "utf-8")
    (folder / "bell.qasm").write_text(BELL, "utf-8")
    return folder / "pair.yaml"


@pytest.fixture(scope="session")
def laboratory(spec):
    """Commands in processes that fail on demand."""
    made = Laboratory(["run", str(spec)])
    yield made
    made.close()


@pytest.fixture(scope="session")
def whole(laboratory, spec, tmp_path_factory) -> FinishedRun:
    """The run that was never interrupted."""
    runs_dir = tmp_path_factory.mktemp("whole")
    assert laboratory.run("run", spec, "--runs-dir", runs_dir).code == 0
    return the_run(runs_dir)


@contextmanager
def opened(kind, spec: Path, text: str):
    """An emulated account with a spec for it, and a laboratory whose processes know the account."""
    spec.write_text(text, "utf-8")
    with Emulator(devices=["manila"], api_key=KEY) as emulator, pytest.MonkeyPatch.context() as patch:
        for name, value in {**emulator.environment, "QSPEC_SETTLE_SECONDS": "0.5"}.items():
            patch.setenv(name, value)
        laboratory = Laboratory(["run", str(spec)])
        patch.undo()
        yield kind(emulator=emulator, laboratory=laboratory, spec=spec)
        laboratory.close()


@pytest.fixture(scope="session")
def account(tmp_path_factory):
    """An account for runs of two jobs."""
    with opened(PaidRuns, tmp_path_factory.mktemp("paid") / "pair.yaml", PAID_SPEC) as made:
        yield made


@pytest.fixture(scope="session")
def swept_account(tmp_path_factory):
    """An account for sweeps. Its device takes two PUBs in one job."""
    with opened(PaidSweeps, tmp_path_factory.mktemp("paid") / "swept.yaml", json.dumps(SWEPT)) as made:
        made.emulator.devices["ibm_manila"].fake.configuration["max_experiments"] = 2
        yield made


@pytest.fixture
def paid(request):
    """The account for what a test asks for, a run unless it says so, before anything is submitted."""
    wanted = getattr(request, "param", "a run")
    account = request.getfixturevalue("swept_account" if wanted == "a sweep" else "account")
    account.begin()
    yield account
    account.emulator.faults.clear()
