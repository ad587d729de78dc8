"""Commands in processes of their own that are sent signals, as a person, a scheduler or a closed terminal does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from harness import HOME

from tests.interruptible import interruptible

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
GUARD = 30
"""Far beyond what is promised, two seconds: a machine may be busy. The figures are printed."""


@pytest.fixture(name="begin")
def beginning():
    """Start a command in a process of its own, which does not outlive the test."""
    begun: list[subprocess.Popen] = []

    def start(*arguments: object, env=None, **options) -> subprocess.Popen:
        environment = os.environ | {"PYTHONPATH": str(HOME), "OMP_NUM_THREADS": "1"} | (env or {})
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
        command = [sys.executable, "-m", "qspec", *map(str, arguments)]
        with interruptible():
            begun.append(subprocess.Popen(command, env=environment, text=True, **(streams | options)))
        return begun[-1]

    yield start
    for process in begun:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def stop(process: subprocess.Popen, name: str) -> tuple[float, str]:
    """Send a signal by its name; how long it took to be answered, and what was said on stderr."""
    start = time.monotonic()
    process.send_signal(getattr(signal, name))
    _out, err = process.communicate(timeout=GUARD)
    return time.monotonic() - start, err
