"""Signals to a process that waits for the service: answered, on record, and nothing is lost or sent again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress

import pytest
from aftermath import the_run
from stopping import GUARD, NAMES, stop

from qspec.records.find import list_runs

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def environment(paid):
    return {**paid.emulator.environment, "QSPEC_SETTLE_SECONDS": "0.5"}


def waiting(paid, process):
    """Wait until the service has both jobs, and holds them."""
    limit = time.monotonic() + GUARD
    while len(paid.jobs) < 2:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < limit
        time.sleep(0.02)


@pytest.mark.parametrize("name", NAMES)
def test_a_signal_while_the_service_is_waited_for(paid, begin, tmp_path, name):
    paid.emulator.faults.add_job(hold=True)
    process = begin("run", paid.spec, "--runs-dir", tmp_path, env=environment(paid))
    waiting(paid, process)
    took, err = stop(process, name)
    assert process.returncode == 128 + getattr(signal, name)
    run = the_run(tmp_path)
    assert err.endswith(f"help: to go on: qspec resume {run.folder}\n")
    assert run.record.outcome == "interrupted"
    assert [job.status for job in paid.jobs] == ["Queued", "Queued"], "the jobs go on"
    for job in paid.jobs:
        paid.emulator.release(job)
    paid.check(paid.finish(tmp_path))
    print(f"\n{name} while the service is waited for: answered after {took:.2f} s; both jobs once")


def test_an_interruption_cancels_the_jobs_when_it_was_asked_to(paid, begin, tmp_path):
    paid.emulator.faults.add_job(hold=True)
    process = begin("run", paid.spec, "--runs-dir", tmp_path, "--cancel-on-interrupt", env=environment(paid))
    waiting(paid, process)
    took, _err = stop(process, "SIGINT")
    assert process.returncode == 130
    assert [job.status for job in paid.jobs] == ["Cancelled", "Cancelled"]
    print(f"\nan interruption that cancels two jobs: {took:.2f} s")


@pytest.mark.parametrize("cases", [2, pytest.param(60, marks=pytest.mark.slow)], ids=["a sample", "many"])
def test_a_signal_at_a_random_moment_of_a_run_on_the_service(paid, begin, tmp_path, rng, cases):
    times = []
    for case in range(cases):
        paid.begin()
        runs_dir = tmp_path / str(case)
        process = begin("run", paid.spec, "--runs-dir", runs_dir, env=environment(paid))
        with suppress(subprocess.TimeoutExpired):
            process.wait(rng.uniform(0.3, 4))
        if process.returncode is None:
            name = rng.choice(NAMES)
            took, err = stop(process, name)
            times.append(took)
            number = getattr(signal, name)
            assert process.returncode in (128 + number, -number, 0), err  # before Python answers, or just at the end
            assert "Traceback" not in err
            assert all(found.record is not None for found in list_runs(runs_dir))
        paid.check(paid.finish(runs_dir))
    print(f"\nsignals at {len(times)} of {cases} moments: answered after {max(times, default=0):.2f} s at most")


def test_a_reader_that_goes_away_is_no_trouble(paid, begin, tmp_path):
    process = begin("run", paid.spec, "--runs-dir", tmp_path, env=environment(paid))
    process.stdout.close()
    process.stderr.readline()
    process.stderr.close()
    assert process.wait(GUARD) == 0
    paid.check(the_run(tmp_path))
