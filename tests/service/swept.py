"""Sweeps on an emulated service, in virtual time, as a person drives them: by spec and run folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import pi
from typing import TYPE_CHECKING

import pytest

import qspec
from qspec.records.view import open_run
from qspec.running.conduct import Conduct
from qspec.running.submissions import current
from tests.service.emulated import rehearsals  # noqa: F401  a fixture that `swept` takes

if TYPE_CHECKING:
    from tests.service.emulated import Run

DEVICE = {"kind": "ibm", "name": "ibm_manila"}
TURNED = """\
OPENQASM 3.0;
include "stdgates.inc";
input float[64] a;
qubit[2] q;
bit[2] c;
rx(a) q[1];
c = measure q;
"""
ANGLE = "jobs.counts.pubs.0.parameter_values.a"
COUNTS = {"program_id": "sampler", "shots": 100, "pubs": [{"circuit": "turned", "parameter_values": {"a": 0}}]}
BASE = {
    "qspec": 1,
    "name": "swept",
    "seed": 3,
    "backend": DEVICE,
    "circuits": {"turned": {"kind": "qasm", "source": TURNED}},
    "jobs": {"counts": COUNTS},
}


def angles(*turns, **more):
    """A spec that turns a qubit so many times half around: an odd number of times makes 1 of 0. `more` are top-level keys."""
    return {**BASE, **more, "sweep": {"axes": {ANGLE: [turn * pi for turn in turns]}}}


def bound(*turns, **more):
    """The same with another circuit at each point, so that each has a PUB of its own: the angles are bound in them."""
    counts = {**COUNTS, "pubs": [{"circuit": "turned"}]}
    axes = {"circuits.turned.bind.a": [turn * pi for turn in turns]}
    turned = {**BASE["circuits"]["turned"], "bind": {"a": 0}}
    return {**BASE, "circuits": {"turned": turned}, "jobs": {"counts": counts}, **more, "sweep": {"axes": axes}}


@dataclass
class SweptRun:
    """One sweep on one emulator. Every command begins with what is on disk."""

    rehearsed: Run
    spec: dict
    folder: object = None

    @property
    def emulator(self):
        return self.rehearsed.emulator

    @property
    def path(self):
        return self.rehearsed.folder / "swept.yaml"

    def write(self, spec):
        self.path.write_text(json.dumps(spec))
        return self.path

    def plan(self):
        return qspec.plan(self.write(self.spec))

    def begin(self, **conduct):
        self.folder = self.rehearsed.folder / "runs"
        run = qspec.run(self.write(self.spec), self.folder, conduct=Conduct(**conduct))
        self.folder = run.folder
        return run

    def resume(self, **conduct):
        return qspec.resume(self.folder, conduct=Conduct(**conduct))

    @property
    def run(self):
        return open_run(self.folder)

    @property
    def sent(self):
        """The jobs that the service has."""
        return self.emulator.ledger.jobs

    @property
    def ids(self):
        """The jobs of the run by its record."""
        return [each.job_id for job in self.run.record.jobs for each in current(job)]

    def limit(self, **configuration):
        self.emulator.devices["ibm_manila"].fake.configuration.update(configuration)
        return self


@pytest.fixture(name="swept")
def sweeps(rehearse):
    """`swept(spec, …)` gives a `SweptRun` on an emulator of its own; further settings are the emulator's."""

    def swept(spec, **settings):
        return SweptRun(rehearsed=rehearse(**settings), spec=spec)

    return swept


def most_likely(run):
    """The bitstring that each point gave most often, by its number; None where it gave nothing."""
    found = {}
    for point in run.points:
        done = point.record.jobs[0].status == "DONE"
        counts = point.counts("counts") if done else {}
        found[point.number] = max(counts, key=counts.get) if done else None
    return [found[number] for number in sorted(found)]
