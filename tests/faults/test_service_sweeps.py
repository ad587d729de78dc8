"""Submissions of a sweep that go wrong in its middle, and Ctrl-C: every job once, and every point."""

from __future__ import annotations

import signal
from dataclasses import asdict

import pytest
from paid import SWEEP
from test_service_killed import FAULTS, pytestmark
from test_service_signals import environment

__all__ = ["pytestmark"]


@SWEEP
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_submission_that_goes_wrong_in_a_sweep_is_settled(paid, tmp_path, fault):
    """It is that of the second of three jobs."""
    paid.emulator.faults.add(**{**asdict(fault), "nth": (2,)})
    paid.command("run", paid.spec, runs_dir=tmp_path)
    paid.check(paid.finish(tmp_path))


@SWEEP
def test_ctrl_c_leaves_a_sweep_that_goes_on(paid, begin, tmp_path):
    paid.emulator.faults.add_job(nth=(len(paid.emulator.ledger.jobs) + 2,), hold=True)
    process = begin("run", paid.spec, "--runs-dir", tmp_path, env=environment(paid))
    paid.emulator.wait_for(lambda: len(paid.jobs) == 3 and paid.jobs[2].ended)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "qspec resume" in err
    paid.emulator.release(paid.jobs[1])
    paid.check(paid.finish(tmp_path))
