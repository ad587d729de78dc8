"""Run two commands in turn, several times, and compare medians of what each whole process used."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What one process used: CPU and wall time in seconds, peak resident memory in MB; and what it printed."""

    cpu: float
    wall: float
    peak: float
    output: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Medians of ours over medians of theirs, for each quantity."""

    ours: tuple[Cost, ...]
    theirs: tuple[Cost, ...]

    def ratio(self, quantity: str) -> float:
        """The ratio of the medians of `cpu`, `wall` or `peak`; below 1 ours is the leaner."""
        return self.median(self.ours, quantity) / self.median(self.theirs, quantity)

    @staticmethod
    def median(costs: Sequence[Cost], quantity: str) -> float:
        """The median of one quantity."""
        return statistics.median(getattr(cost, quantity) for cost in costs)

    def spread(self, quantity: str) -> tuple[float, float]:
        """The smallest and the largest ratio of a neighbouring pair of runs."""
        ratios = [getattr(a, quantity) / getattr(b, quantity) for a, b in zip(self.ours, self.theirs, strict=True)]
        return min(ratios), max(ratios)


def run(command: Sequence[str], folder: Path) -> Cost:
    """Run a command in `folder`, with bytecode caching on, and say what it used. Raises when it fails."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    start = time.monotonic()
    with tempfile.TemporaryFile("w+") as talk, tempfile.TemporaryFile("w+") as answer:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=answer, stderr=talk
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        answer.seek(0)
        talk.seek(0)
        output = answer.read()
        if process.returncode != 0:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{output}{talk.read()}")
    divisor = 1024 * 1024 if sys.platform == "darwin" else 1024
    return Cost(cpu=usage.ru_utime + usage.ru_stime, wall=wall, peak=usage.ru_maxrss / divisor, output=output)


def compare(ours: Sequence[str], theirs: Sequence[str], *, folder: Path, rounds: int) -> Comparison:
    """Run both once to warm the file cache, then in turn `rounds` times."""
    run(ours, folder)
    run(theirs, folder)
    pairs = [(run(ours, folder), run(theirs, folder)) for _ in range(rounds)]
    return Comparison(ours=tuple(pair[0] for pair in pairs), theirs=tuple(pair[1] for pair in pairs))
