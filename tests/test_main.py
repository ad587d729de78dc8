"""The way in: what it arranges before anything is imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import qspec

PROBE = """
import resource, sys

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def outer():
    return inner()

def inner():
    return 0

def most(depth, found=0):
    # the pages that 500 calls take at this depth, or at any below it
    before = faults()
    for _ in range(500):
        outer()
    taken = max(found, faults() - before)
    return most(depth - 1, taken) if depth else taken
"""
THROUGH_MAIN = """
import qspec.__main__, qspec.cli.main
qspec.cli.main.main = lambda *_arguments, **_keys: print(most(300)) or 0
qspec.__main__.main()
"""


def pages_of_calls(code: str) -> int:
    environment = os.environ | {"PYTHONPATH": str(Path(qspec.__file__).parents[1])}
    command = [sys.executable, "-c", PROBE + code]
    return int(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="how pages are counted is known of Linux")
def test_calls_at_any_depth_take_no_memory_anew():
    assert pages_of_calls(THROUGH_MAIN) < 50
    if sys.version_info < (3, 13):  # what main's room is for; later versions have it mended
        assert pages_of_calls("print(most(300))") > 400
