"""What fails in a run is recorded; it stops nothing else, and costs no result."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, replace

import pytest

import qspec
from qspec.checks.expectation_values import ExpectationValues
from qspec.checks.probabilities import Probabilities
from qspec.errors import JobError, MachineError
from qspec.records.find import list_runs
from qspec.records.status import read_events
from qspec.sinks.json import JsonSink


def failing(error):
    def fail():
        raise error

    return fail


def test_a_failing_job_does_not_stop_the_others(plan, tmp_path, wrap):
    plan, _ = wrap(plan, "counts", failing(JobError("the simulator needs 64 GB")))
    finished = qspec.run(plan, tmp_path / "runs")
    counts, energy = finished.record.jobs
    assert (counts.status, counts.error, counts.result) == ("ERROR", "the simulator needs 64 GB", None)
    assert energy.status == "DONE"
    assert (finished.record.outcome, finished.record.exit_code) == ("failed", 1)
    assert finished.result("energy")[0].data.evs.shape == (3,)


def test_an_unforeseen_error_is_recorded_with_its_traceback(plan, tmp_path, wrap):
    plan, _ = wrap(plan, "energy", failing(ZeroDivisionError("division by zero")))
    finished = qspec.run(plan, tmp_path / "runs")
    assert finished.record.job("energy").error == "ZeroDivisionError: division by zero"
    assert "Traceback" in (finished.folder / "jobs/energy/traceback.txt").read_text("utf-8")
    assert finished.record.job("counts").status == "DONE"


@dataclass(frozen=True)
class BrokenSink:
    kind = "broken"

    def write(self, run, folder):
        raise KeyError("a bug in somebody's sink")


@dataclass(frozen=True)
class BrokenCheck:
    kind = "broken"

    def check(self, run):
        raise KeyError("a bug in somebody's check")


def test_a_failing_sink_is_recorded_and_the_others_write(plan, tmp_path):
    plan = replace(plan, spec=replace(plan.spec, sinks=(BrokenSink(), JsonSink(), JsonSink())))
    finished = qspec.run(plan, tmp_path / "runs")
    broken, written, taken = finished.record.sinks
    assert broken.error == 'KeyError: "a bug in somebody\'s sink"'
    assert written.files == ("results.json",)
    assert "already" in taken.error
    assert (finished.record.outcome, finished.record.exit_code) == ("sink-failed", 1)
    assert [event.event for event in read_events(finished.folder).events][-4:-1] == [
        "sink-failed",
        "sink-written",
        "sink-failed",
    ]


def test_a_check_that_cannot_be_made_has_not_passed(plan, tmp_path, wrap):
    checks = (BrokenCheck(), Probabilities(job="counts", values={"00": 0.5}, tolerance=1))
    plan = replace(plan, spec=replace(plan.spec, expect=(*checks, ExpectationValues(job="energy", at_most=9))))
    plan, _ = wrap(plan, "counts", failing(JobError("no")))
    broken, unknown, fine = (entry.verdict for entry in qspec.run(plan, tmp_path / "runs").record.verdicts)
    assert (broken.passed, broken.message) == (False, 'KeyError: "a bug in somebody\'s check"')
    assert (unknown.passed, unknown.message) == (False, "job 'counts' has no result: no")
    assert fine.passed


def test_a_runs_folder_that_cannot_be_written_stops_the_run_before_any_job(plan, tmp_path, wrap):
    (tmp_path / "runs").write_bytes(b"a file")
    plan, counts = wrap(plan, "counts")
    with pytest.raises(MachineError) as caught:
        qspec.run(plan, tmp_path / "runs")
    assert caught.value.exit_code == 7
    assert counts.outcomes == []


def outcome_of_run(plan, runs_dir) -> str:
    try:
        return qspec.run(plan, runs_dir).record.outcome
    except MachineError as error:
        words, _, reason = str(error).partition(" '")
        return words if reason.endswith("the disk is full") else str(error)


def test_a_disk_that_fills_up_at_any_moment_leaves_a_readable_record(plan, tmp_path, monkeypatch):
    plan = replace(plan, spec=replace(plan.spec, sinks=(JsonSink(),)))
    plan = replace(plan, jobs=plan.jobs[1:])
    real = os.fsync
    for full_at in range(1, 200):
        left = iter(range(full_at - 1))

        def fsync(descriptor, left=left):
            if next(left, None) is None:
                raise OSError(errno.ENOSPC, "No space left on device")
            real(descriptor)

        runs_dir = tmp_path / str(full_at)
        monkeypatch.setattr(os, "fsync", fsync)
        outcome = outcome_of_run(plan, runs_dir)
        monkeypatch.undo()
        if outcome == "done":
            break
        assert outcome in {"sink-failed", "cannot write"}
        for found in list_runs(runs_dir):
            assert found.record is None or found.record.outcome in {"unfinished", "interrupted", "sink-failed", "done"}
            assert found.record or "run.json" in found.problem
            assert not list(found.folder.rglob("*.part"))
    assert 10 < full_at < 199
