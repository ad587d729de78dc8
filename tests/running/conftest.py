"""Plans of small specs, made by the real planner."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

import qspec

if TYPE_CHECKING:
    from pathlib import Path

    from qspec.planning.plan import Plan

SPEC = """\
qspec: 1
name: pair
description: A Bell pair, and the energy of two turned qubits.
tags: [test]
seed: 42
backend: {kind: aer}
circuits:
  bell:
    kind: qasm
    file: bell.qasm
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


@pytest.fixture
def repository(tmp_path) -> Path:
    """A repository that holds `specs/pair.yaml` and the circuit file it refers to."""
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    (folder / "specs").mkdir()
    (folder / "specs" / "pair.yaml").write_text(SPEC, "utf-8")
    (folder / "specs" / "bell.qasm").write_text(BELL, "utf-8")
    return folder


@pytest.fixture
def plan(repository) -> Plan:
    """The plan of `specs/pair.yaml`."""
    return qspec.plan(repository / "specs" / "pair.yaml")


@dataclass
class Wrapped:
    """A job that does something before it runs the real one, and remembers what came out."""

    inner: object
    before: object
    outcomes: list = field(default_factory=list)

    @property
    def kind(self) -> str:
        return self.inner.kind

    def run(self, *arguments, **options):
        self.before()
        self.outcomes.append(self.inner.run(*arguments, **options))
        return self.outcomes[-1]


@pytest.fixture
def wrap():
    """Put a `Wrapped` in the place of a plan's job; returns the new plan and the wrapped job."""

    def wrap_job(plan: Plan, name: str, before=lambda: None):
        wrapped = {job.id: Wrapped(job.job, before) for job in plan.jobs if job.id == name}
        jobs = tuple(replace(job, job=wrapped.get(job.id, job.job)) for job in plan.jobs)
        return replace(plan, jobs=jobs), wrapped[name]

    return wrap_job
