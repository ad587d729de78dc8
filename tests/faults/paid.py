"""A run on the emulated service in processes that die, or whose disk fails, and what must hold of it however they end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from qspec.records.batches import batches_of
from qspec.records.find import list_runs
from qspec.records.packs import Pack
from qspec.records.view import FinishedRun, open_run
from tests.service.canaries import found_in
from tests.service.swept import bound, most_likely

if TYPE_CHECKING:
    from pathlib import Path

    from harness import Ended, Laboratory

    from tests.emulator import Emulator

EITHER = pytest.mark.parametrize("paid", ["a run", "a sweep"], indirect=True)
"""A test of both: of a run of two jobs, and of one with points."""
SWEEP = pytest.mark.parametrize("paid", ["a sweep"], indirect=True)
POINTS = 5
SWEPT = bound(*range(POINTS), execution={"mode": "batch"}, sinks=[{"kind": "csv"}])
SPEC = """\
qspec: 1
name: pair
seed: 42
backend: {kind: ibm, name: ibm_manila}
execution: {mode: session}
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
  counts: {program_id: sampler, shots: 100, pubs: [{circuit: bell}]}
  again: {program_id: sampler, shots: 200, pubs: [{circuit: bell}]}
sinks:
  - {kind: csv}
"""
MOST_PROCESSES = 6


@dataclass
class PaidRuns:
    """Runs of one spec on one emulated account. `begin` is asked first: it says from where on jobs count."""

    emulator: Emulator
    laboratory: Laboratory
    spec: Path
    before: int = 0

    def begin(self):
        """The account as it is before a case: nothing goes wrong, and no job is ours yet."""
        self.emulator.faults.clear()
        self.before = len(self.emulator.ledger.jobs)

    @property
    def jobs(self):
        """The jobs that the service accepted since."""
        return self.emulator.ledger.jobs[self.before :]

    def command(self, *arguments, runs_dir, **how) -> Ended:
        """One command in a process of its own. Whatever becomes of it, it shows no traceback and tells no secret."""
        ended = self.laboratory.run(*arguments, "--runs-dir", runs_dir, **how)
        assert "Traceback" not in ended.err, ended.err
        assert ended.code != 70, ended.err
        assert not found_in(runs_dir, ended.out, ended.err, secrets=self.secrets)
        return ended

    @property
    def secrets(self):
        """The account's key, and the tokens that it was given for it."""
        return (self.emulator.accounts.api_key, *self.emulator.accounts._tokens)

    def finish(self, runs_dir) -> FinishedRun:
        """What a person does after a crash, until it is done: run where there is no run, else resume."""
        for _ in range(MOST_PROCESSES):
            arguments = ["resume", "latest"] if list_runs(runs_dir) else ["run", self.spec]
            ended = self.command(*arguments, runs_dir=runs_dir)
            if ended.code == 0:
                (found,) = list_runs(runs_dir)
                return open_run(found.folder)
        raise AssertionError(f"not finished: exit code {ended.code}: {ended.err}")

    def check(self, run: FinishedRun):
        """The service has exactly the jobs of the run, and the run has their results."""
        assert run.record.outcome == "done"
        ours = [each.job_id for job in run.record.jobs for each in job.submissions]
        assert sorted(ours) == sorted(job.id for job in self.jobs), "none extra, none missing"
        assert [sum(run.counts(job.id).values()) for job in run.record.jobs] == [100, 200]
        assert not run.damage()


@dataclass
class PaidSweeps(PaidRuns):
    """Sweeps of five points, of which two go into one job of the service."""

    def check(self, run: FinishedRun):
        """The service has exactly the jobs of the sweep, and the packs have every point once."""
        assert run.record.outcome == "done"
        (job,) = run.record.jobs
        assert sorted(each.job_id for each in job.submissions) == sorted(job.id for job in self.jobs)
        assert len(self.jobs) == 3
        assert most_likely(run) == ["00", "10", "00", "10", "00"]
        assert (run.record.sweep.done, run.record.sweep.failed) == (POINTS, 0)
        packs = [Pack(run.folder / name) for name in run.record.sweep.packs]
        assert sum(batch.last - batch.first + 1 for pack in packs for batch in batches_of(pack)) == POINTS
        assert not run.damage()
