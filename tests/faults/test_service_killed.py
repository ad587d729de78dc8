"""`kill -9` anywhere on the way to the service and back, then `qspec resume`: every job once, and every result."""

from __future__ import annotations

import os
import shutil
from bisect import bisect_left
from dataclasses import asdict

import pytest
from paid import EITHER

from qspec.records.find import list_runs
from tests.emulator.faults import Fault

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
SAMPLE = pytest.mark.parametrize("step", [61, pytest.param(1, marks=pytest.mark.slow)], ids=["a sample", "all"])
AT_SUBMISSION = {"method": "POST", "path": "/jobs", "nth": (1,)}
FAULTS = {
    "503 before it is accepted": Fault(do="status", status=503, **AT_SUBMISSION),
    "504 after it was accepted": Fault(do="status", status=504, phase="after", **AT_SUBMISSION),
    "dropped before it is accepted": Fault(do="drop", **AT_SUBMISSION),
    "dropped after it was accepted": Fault(do="drop", phase="after", **AT_SUBMISSION),
    "dropped in the middle of the answer": Fault(do="truncate", phase="after", **AT_SUBMISSION),
    "429": Fault(do="status", status=429, retry_after=1.0, **AT_SUBMISSION),
    "slow": Fault(do="delay", seconds=0.3, **AT_SUBMISSION),
}


@EITHER
@SAMPLE
def test_a_run_killed_at_any_boundary_is_brought_to_its_end(paid, tmp_path, step):
    total = paid.command("run", paid.spec, runs_dir=tmp_path / "count").boundaries
    killed = 0
    for at in range(1, total + 40, step):
        runs_dir = tmp_path / str(at)
        paid.begin()
        killed += paid.command("run", paid.spec, runs_dir=runs_dir, at=at).code == -9
        paid.check(paid.finish(runs_dir))
        shutil.rmtree(runs_dir)
    print(f"\nkilled at {killed} of {total} boundaries of a run on the service: all finished, every job once")
    assert killed > 3


@EITHER
@SAMPLE
def test_a_resumed_run_killed_at_any_boundary_is_brought_to_its_end(paid, tmp_path, step):
    killed, at, code = 0, 1, -9
    while code == -9:
        runs_dir = tmp_path / str(at)
        paid.begin()
        assert paid.command("submit", paid.spec, runs_dir=runs_dir).code == 5
        code = paid.command("resume", "latest", runs_dir=runs_dir, at=at).code
        killed, at = killed + (code == -9), at + step
        paid.check(paid.finish(runs_dir))
        shutil.rmtree(runs_dir)
    print(f"\nkilled at {killed} boundaries of a resumed run on the service: all finished, every job once")
    assert killed > 1


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("cases", [1, pytest.param(40, marks=pytest.mark.slow)], ids=["a sample", "many"])
def test_a_submission_that_goes_wrong_in_a_process_that_is_killed(paid, tmp_path, fault, cases, rng):
    """The service and the process fail in one run; whichever comes first, later processes find every job."""

    def killed_at(at, runs_dir):
        paid.begin()
        paid.emulator.faults.add(**asdict(fault))
        return paid.command("run", paid.spec, runs_dir=runs_dir, at=at)

    total = killed_at(0, tmp_path / "count").boundaries
    killed = 0
    for at in rng.sample(range(total // 3, total - 20), cases):
        runs_dir = tmp_path / str(at)
        killed += killed_at(at, runs_dir).code == -9
        paid.check(paid.finish(runs_dir))
        shutil.rmtree(runs_dir)
    print(f"\nkilled at {killed} of {total} boundaries of a run whose submission goes wrong: every job once")
    assert killed


def test_a_job_that_was_accepted_right_before_the_kill_is_adopted(paid, tmp_path):
    """The first boundary behind the service's acceptance: the job is there, and its ID is nowhere but in the answer."""

    def accepted(at):
        paid.begin()
        paid.command("run", paid.spec, runs_dir=tmp_path / f"try-{at}", at=at)
        return bool(paid.jobs)

    total = paid.command("run", paid.spec, runs_dir=tmp_path / "count").boundaries
    first = bisect_left(range(total), x=True, key=accepted)
    for at in range(first - 3, first + 9):  # answers come in one piece or two, and boundaries move with them
        runs_dir = tmp_path / f"runs-{at}"
        paid.begin()
        assert paid.command("run", paid.spec, runs_dir=runs_dir, at=at).code == -9
        if paid.jobs:
            break
    (found,) = list_runs(runs_dir)
    assert [each.job_id for job in found.record.jobs for each in job.submissions] == [None, None]
    (lost,) = paid.jobs
    run = paid.finish(runs_dir)
    paid.check(run)
    submitted = run.record.jobs[0].submissions[0]
    assert (submitted.job_id, submitted.adopted) == (lost.id, True)
