"""The child that does the work heeds a signal even where a library has lost it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.interruptible import interruptible

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

PROGRAM = """
import io, os, signal, sys, time
from qspec.cli import supervision
from qspec.cli.supervision import supervise
from qspec.cli.voice import Voice
from qspec.running.signals import Stopped, stopping_on_signals

supervision.GRACE = 30.0  # on a busy machine a second is soon over

def swallowed():
    try:
        time.sleep(60)
    except BaseException:
        pass

def cleared():
    class File(io.RawIOBase):
        closed = property(lambda self: time.sleep(60))
    File()

def ignored():
    class Cleaner:
        def __del__(self):
            time.sleep(60)
    sys.unraisablehook = lambda _: None
    Cleaner()

def heeded():
    pass

with stopping_on_signals():
    code = supervise(Voice(own_process=True))
    if code is not None:
        sys.exit(code)
    try:
        print("works", flush=True)
        {lost}()
        time.sleep(60)
    except {raised}:
        for _ in range(10):
            time.sleep(0.05)  # as long as it takes, this is not disturbed by the same signal
        print("heard", flush=True)
        os._exit(9)
"""


@pytest.mark.parametrize("lost", ["heeded", "swallowed", "cleared", "ignored"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_that_was_lost_is_sent_again_and_one_that_was_not_does_not_disturb(number, lost):
    raised = "KeyboardInterrupt" if number == signal.SIGINT else "Stopped"
    with interruptible():
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM.format(lost=lost, raised=raised)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    assert process.stdout.readline() == "works\n"
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (9, "heard\n", "")
