"""What a command costs: CPU time of its whole process tree, wall time, peak memory; and ratios of medians of two."""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from resource import struct_rusage

QUANTITIES = ("cpu", "wall", "peak")
_ADOPT_ORPHANS = 36  # prctl's PR_SET_CHILD_SUBREAPER
_DIVISOR = 1024 * 1024 if sys.platform == "darwin" else 1024


class CommandFailedError(Exception):
    """A command ended with an error; the text says which, and what it said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """CPU and wall time in seconds, peak resident memory of the largest process in MB, and what was printed."""

    cpu: float
    wall: float
    peak: float
    output: str = ""


class Work(Protocol):
    """Something that can be run in a folder, and costs something."""

    def run(self, folder: Path) -> Cost:
        """Do the work once. Raises `CommandFailedError`."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command, run as it is."""

    words: Sequence[str]

    def run(self, folder: Path) -> Cost:
        """Run the command. Each time it finds an empty folder for caches, so that no run profits from another."""
        with tempfile.TemporaryDirectory() as caches:
            return self.run_with(caches, folder)

    def run_with(self, caches: str, folder: Path) -> Cost:
        """Run the command with a folder for caches."""
        with tempfile.TemporaryFile("w+") as said:
            environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
            environment |= {"XDG_CACHE_HOME": caches, "PYTHONWARNINGS": "ignore"}
            with tempfile.TemporaryFile("w+") as answer:
                start = time.monotonic()
                process = subprocess.Popen(
                    self.words,
                    cwd=folder,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=answer,
                    stderr=said,
                    process_group=0,
                )
                usage, code = _ended(process)
                wall = time.monotonic() - start
                answer.seek(0)
                output = answer.read()
            if code != 0:
                said.seek(0)
                raise CommandFailedError(
                    f"{' '.join(self.words)} ended with {code}:\n{output[-2000:]}{said.read()[-2000:]}"
                )
        peak = max(part.ru_maxrss for part in usage) / _DIVISOR
        return Cost(cpu=sum(part.ru_utime + part.ru_stime for part in usage), wall=wall, peak=peak, output=output)


@dataclass(frozen=True, slots=True)
class Repeated:
    """A script that has to be started again for each of `times` equal tasks: one start, so many times."""

    command: Command
    times: int

    def run(self, folder: Path) -> Cost:
        """Run the command once."""
        once = self.command.run(folder)
        return replace(once, cpu=once.cpu * self.times, wall=once.wall * self.times)


@dataclass(frozen=True, kw_only=True, slots=True)
class Continued:
    """A loop that is too long to be run to its end: run at two lengths, and continued along a straight line."""

    shorter: Command
    longer: Command
    lengths: tuple[int, int]
    to: int

    def run(self, folder: Path) -> Cost:
        """Run both lengths; the answer and the peak of memory are those of the longer."""
        one, two = self.shorter.run(folder), self.longer.run(folder)
        steps = (self.to - self.lengths[1]) / (self.lengths[1] - self.lengths[0])
        return replace(two, cpu=two.cpu + steps * (two.cpu - one.cpu), wall=two.wall + steps * (two.wall - one.wall))


@dataclass(frozen=True, slots=True)
class Inside:
    """A command that measures a part of itself, and prints the CPU and wall time of that as JSON in its last line."""

    command: Command

    def run(self, folder: Path) -> Cost:
        """Run the command; the peak of memory is that of the whole process."""
        whole = self.command.run(folder)
        part: Mapping[str, float] = json.loads(whole.output.splitlines()[-1])
        return replace(whole, cpu=part["cpu"], wall=part["wall"])


@dataclass(frozen=True, slots=True)
class Planned:
    """The planning of a run, by what its log says: that of the first run, or of one `again` with the same cache."""

    command: Command
    again: bool
    runs: str

    def run(self, folder: Path) -> Cost:
        """Run the command once, or twice; CPU time is not told apart from wall time."""
        with tempfile.TemporaryDirectory() as caches:
            for _ in range(1 + self.again):
                cost = self.command.run_with(caches, folder)
        newest = max((folder / self.runs).glob("*/*/status.jsonl"), key=lambda log: log.stat().st_mtime_ns)
        events = [json.loads(line) for line in newest.read_text("utf-8").splitlines()]
        seconds = next(event["detail"]["seconds"] for event in events if event["event"] == "planned")
        return replace(cost, cpu=seconds, wall=seconds)


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """What both sides cost in each round."""

    ours: tuple[Cost, ...]
    theirs: tuple[Cost, ...]

    def ratio(self, quantity: str) -> float:
        """The ratio of the medians of `cpu`, `wall` or `peak`; below 1 ours is the leaner."""
        return median(self.ours, quantity) / median(self.theirs, quantity)

    def spread(self, quantity: str) -> tuple[float, float]:
        """The smallest and the largest ratio of a neighbouring pair of runs."""
        ratios = [getattr(a, quantity) / getattr(b, quantity) for a, b in zip(self.ours, self.theirs, strict=True)]
        return min(ratios), max(ratios)


def median(costs: Sequence[Cost], quantity: str) -> float:
    """The median of one quantity."""
    return float(statistics.median(getattr(cost, quantity) for cost in costs))


def compare(ours: Work, theirs: Work, *, folder: Path, rounds: int) -> Comparison:
    """Run both in turn, `rounds` times. Raises `CommandFailedError`."""
    pairs = [(ours.run(folder), theirs.run(folder)) for _ in range(rounds)]
    return Comparison(ours=tuple(pair[0] for pair in pairs), theirs=tuple(pair[1] for pair in pairs))


def adopt_orphans() -> None:
    """Become the parent of processes whose own parent ends first, so that what they used is counted, too."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_ADOPT_ORPHANS, 1)


def _ended(process: subprocess.Popen[bytes]) -> tuple[list[struct_rusage], int]:
    """What a process and those that it left behind used, and its exit code, when all have ended."""
    try:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        parts = [usage]
        with suppress(ChildProcessError):
            while True:
                parts.append(os.wait4(-process.pid, 0)[2])
    except BaseException:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        raise
    return parts, process.returncode
