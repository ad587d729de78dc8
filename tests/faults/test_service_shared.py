"""Several processes on one run, or on one spec, at the same time: one drives, and every job is sent once."""

from __future__ import annotations

import os

import pytest
from aftermath import the_run

from qspec.records.find import list_runs
from qspec.records.view import open_run

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
ROUNDS = pytest.mark.parametrize("rounds", [1, pytest.param(25, marks=pytest.mark.slow)], ids=["a sample", "many"])


def together(begin, paid, *commands, cwd):
    """Start commands at once; what each ended with, by its code and its words."""
    env = {**paid.emulator.environment, "QSPEC_SETTLE_SECONDS": "0.5"}
    processes = [begin(*command, "--runs-dir", cwd, env=env) for command in commands]
    ended = [process.communicate() for process in processes]
    assert not [err for _, err in ended if "Traceback" in err]
    return [(process.returncode, err) for process, (_, err) in zip(processes, ended, strict=True)]


@ROUNDS
@pytest.mark.parametrize("state", ["nothing was sent", "an answer was lost", "everything was sent"])
def test_processes_that_resume_one_run_at_once_send_each_job_once(paid, begin, tmp_path, state, rounds):
    for number in range(rounds):
        runs_dir = tmp_path / f"{state}-{number}"
        paid.begin()
        if state == "nothing was sent":
            paid.emulator.faults.add("drop", method="POST", path="/sessions")
        if state == "an answer was lost":
            paid.emulator.faults.add("drop", method="POST", path="/jobs", phase="after")
            paid.emulator.faults.add("status", status=403, method="GET", path="/jobs")
        paid.command("submit", paid.spec, runs_dir=runs_dir)
        paid.emulator.faults.clear()
        ended = together(begin, paid, *[("resume", "latest")] * 3, cwd=runs_dir)
        codes = sorted(code for code, _ in ended)
        assert codes[0] == 0
        assert set(codes) <= {0, 7}, ended
        assert all("is driven by process" in err for code, err in ended if code == 7)
        paid.check(the_run(runs_dir))
    print(f"\n{rounds} x 3 processes that resume one run, {state}: every job once")


@ROUNDS
def test_processes_that_run_one_spec_at_once_have_a_run_each(paid, begin, tmp_path, rounds):
    for number in range(rounds):
        runs_dir = tmp_path / str(number)
        paid.begin()
        ended = together(begin, paid, *[("run", paid.spec)] * 3, cwd=runs_dir)
        assert [code for code, _ in ended] == [0, 0, 0], ended
        runs = [open_run(found.folder) for found in list_runs(runs_dir)]
        ours = [each.job_id for run in runs for job in run.record.jobs for each in job.submissions]
        assert len(runs) == 3
        assert sorted(ours) == sorted(job.id for job in paid.jobs)
    print(f"\n{rounds} x 3 processes that run one spec: 3 runs each, every job once")


@ROUNDS
def test_cancelling_while_another_process_submits_leaves_no_job_behind(paid, begin, tmp_path, rounds):
    for number in range(rounds):
        runs_dir = tmp_path / str(number)
        paid.begin()
        paid.emulator.faults.add_job(hold=True)
        paid.emulator.faults.add("delay", method="POST", path="/jobs", seconds=0.5)
        env = {**paid.emulator.environment, "QSPEC_SETTLE_SECONDS": "0.5"}
        driver = begin("run", paid.spec, "--runs-dir", runs_dir, env=env)
        paid.emulator.wait_for(lambda: bool(paid.jobs))
        cancelled = paid.command("cancel", "latest", runs_dir=runs_dir)
        assert cancelled.code in (0, 1), cancelled.err
        _out, err = driver.communicate()
        assert driver.returncode == 1, err
        assert "Traceback" not in err
        record = the_run(runs_dir).record
        assert {job.status for job in record.jobs} == {"CANCELLED"}
        assert {job.status for job in paid.jobs} == {"Cancelled"}
        ours = {each.job_id for job in record.jobs for each in job.submissions}
        assert {job.id for job in paid.jobs} <= ours
    print(f"\n{rounds} x cancelled while another process submits: no job is left on the service")
