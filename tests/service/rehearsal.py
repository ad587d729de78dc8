"""Runs on the emulated service in virtual time: nobody sleeps, and the service's clock moves with the client's."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

from qspec.planning.plan import plan as plan_spec
from qspec.reading.load import load_file
from qspec.records.record import read_record
from qspec.running.conduct import Conduct
from qspec.running.creating import creating_run
from qspec.running.journal import Journal
from qspec.running.progress import Silent
from qspec.running.remote import run_remote
from qspec.running.submissions import current
from qspec.service import patience as patience_module
from qspec.service.patience import Patience

BELL = """\
qspec: 1
name: bell
seed: 42
tags: [rehearsal]
backend: {kind: ibm, name: ibm_manila}
execution: {mode: MODE}
circuits:
  bell:
    kind: qasm
    source: |
      OPENQASM 3.0;
      include "stdgates.inc";
      qubit[2] q;
      bit[2] meas;
      h q[0];
      cx q[0], q[1];
      meas = measure q;
jobs:
  counts: {program_id: sampler, shots: 200, pubs: [{circuit: bell}]}
  again: {program_id: sampler, shots: 300, pubs: [{circuit: bell}]}
"""


LONGEST_WORK = 60.0


@dataclass
class VirtualTime:
    """A monotonic clock that `sleep` moves, and the emulator's clock with it.

    Each sleep lasts until the emulator has done what was to be done by then: work takes no virtual time, however slow
    the machine is.
    """

    emulator: object
    seed: int = 0
    settle: float = 10.0
    down: float = 600.0
    seconds: float = 0.0
    rng: random.Random = field(init=False)

    def __post_init__(self):
        self.rng = random.Random(self.seed)

    def sleep(self, seconds):
        self.seconds += seconds
        self.emulator.clock.advance(seconds)
        queue = self.emulator.service.queue
        assert queue.wait_for(queue.has_caught_up, LONGEST_WORK), "the emulator does not catch up"

    def patience(self):
        return Patience(
            now=lambda: self.seconds,
            sleep=self.sleep,
            jitter=self.rng.random,
            settle=self.settle,
            down=self.down,
        )


@dataclass
class Rehearsal:
    """One spec on one emulator: planned once, run, and driven on again as often as needed."""

    emulator: object
    time: VirtualTime
    folder: object
    spec: str = BELL
    mode: str = "job"
    watcher: object = field(default_factory=Silent)
    conduct: Conduct = field(default_factory=lambda: Conduct(deadline=20_000.0))

    def install(self, monkeypatch):
        """Point the client at the emulator, and let it wait in virtual time."""
        monkeypatch.setattr(patience_module, "patience", self.time.patience)
        for name, value in self.emulator.environment.items():
            monkeypatch.setenv(name, value)
        return self

    def plan(self):
        path = self.folder / "bell.yaml"
        path.write_text(self.spec.replace("MODE", self.mode))
        return plan_spec(load_file(str(path)))

    def create(self, plan):
        with creating_run(plan, self.folder / "runs") as journal:
            return journal

    def drive(self, plan, journal):
        """What one process does with a run: log in anew, and bring the jobs to their end or fail on the way."""
        backend = plan.spec.backend.chosen("ibm_manila", plan.backend.instance).recall()
        run_remote(replace(plan, backend=backend), backend, journal, self.watcher, self.conduct)

    def reopened(self, journal):
        """The run as a later process finds it."""
        return Journal(journal.folder, read_record(journal.folder.path))

    def submissions(self, journal):
        return [each for job in journal.record.jobs for each in current(job)]
