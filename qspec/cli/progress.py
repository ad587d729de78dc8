"""How planning and running go on, on stderr: a bar on a terminal, lines elsewhere, nothing when quiet."""

from __future__ import annotations

import os
import sys
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Self

from qspec.render.look import visible
from qspec.running.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from qspec.cli.voice import Voice
    from qspec.records.parts import JobRecord
    from qspec.records.record import RunRecord
    from qspec.running.progress import Progress


HEARTBEAT = 60.0
"""Seconds after which a log that is only read later is told that the run still waits."""


POINTS_EVERY = 10.0
"""Seconds after which a log is told again how far a sweep is."""

ASKING = "asking the service"


@contextmanager
def planning(voice: Voice, *, asks: bool = False) -> Iterator[Callable[[str, int, int], None] | None]:
    """What to tell how far planning is; it draws a bar when there is more than one thing to do, or who `asks` waits."""
    if voice.quiet or not _can_draw():
        yield None
        return
    with ExitStack() as ended:
        bars: list[Bar] = []
        if asks:
            bars.append(ended.enter_context(Bar()))
            bars[0].show(ASKING, 0, None)

        def show(what: str, done: int, total: int) -> None:
            if total > 1 and not bars:
                bars.append(ended.enter_context(Bar()))
            for bar in bars:
                bar.show(what, done, total)

        yield show


def _can_draw() -> bool:
    """Whether stderr is a terminal that bars can be drawn on."""
    return sys.stderr.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


@contextmanager
def watching(voice: Voice, *, asks: bool = False) -> Iterator[Progress]:
    """The progress to show for one run; what it drew is gone from the terminal when the block ends.

    `asks` says that the service is asked before there is anything to say about the run.
    """
    if voice.quiet:
        yield Quiet(voice)
    elif not _can_draw():
        yield Lines(voice)
    else:
        with Bar() as bar:
            if asks:
                bar.show(ASKING, 0, None)
            yield Bars(bar)


class Quiet(Silent):
    """Only what goes on costing money against a person's will."""

    def __init__(self, voice: Voice) -> None:
        self.voice = voice

    def cancelling(self, job: str, job_id: str, refused: str) -> None:
        """Say which job the service would not cancel."""
        if refused:
            self.voice.complain(visible(_cancelled(job, job_id, refused)))

    def left_open(self, session_id: str) -> None:
        """Say which session goes on."""
        self.voice.complain(visible(f"the session {session_id} is still open: qspec resume closes it"))


class Pace:
    """How long the points of a sweep will take, by how long those before took. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.start: tuple[float, int] | None = None

    def left(self, done: int, points: int) -> str:
        """What to say of the time that is left; empty as long as nothing is known."""
        if self.start is None:
            self.start = self.clock(), done
        seconds, computed = self.clock() - self.start[0], done - self.start[1]
        return f", about {spoken(seconds / computed * (points - done))} left" if computed and done < points else ""


class Lines(Silent):
    """A line for each step. `clock` gives seconds."""

    def __init__(self, voice: Voice, clock: Callable[[], float] = time.monotonic) -> None:
        self.voice = voice
        self.clock = clock
        self.jobs = 0
        self.ended = 0
        self.told: set[str] = set()
        self.start = self.last = clock()
        self.pace = Pace(clock)

    def run_created(self, record: RunRecord, folder: Path) -> None:
        """Say where the record is from now on."""
        self.jobs = len(record.jobs)
        self.voice.talk(f"run {folder}")

    def job_started(self, job: JobRecord) -> None:
        """Say it to those who asked for more."""
        self.voice.detail(f"job {job.id}: {job.status}")

    def submitted(self, job: str, job_id: str) -> None:
        """Say the ID: with it a job can be found whatever happens here."""
        self._say(f"job {job}: submitted as {job_id}")

    def job_changed(self, job: JobRecord) -> None:
        """Say the new status."""
        self.told.add(job.id)
        self._say(f"job {job.id}: {job.status}")

    def waiting(self, job: str, status: str, position: int | None) -> None:
        """Say where the job stands, the first time, and later once in a while, so that somebody is seen to be here."""
        if job not in self.told:
            self.told.add(job)
            self._say(f"job {job}: {_standing(status, position)}")
        elif self.clock() - self.last >= HEARTBEAT:
            self._say(f"job {job}: {_standing(status, position)}, after {spoken(self.clock() - self.start)}")

    def cancelling(self, job: str, job_id: str, refused: str) -> None:
        """Say which job was cancelled, or why not."""
        line = _cancelled(job, job_id, refused)
        self.voice.complain(visible(line)) if refused else self._say(line)

    def points_done(self, done: int, failed: int, points: int) -> None:
        """Say how far the sweep is, once in a while."""
        left = self.pace.left(done + failed, points)
        if self.clock() - self.last >= POINTS_EVERY:
            self._say(f"{done:,} of {points:,} points{f', {failed:,} failed' if failed else ''}{left}")

    def trouble(self, words: str) -> None:
        """Say what went wrong."""
        self._say(f"trouble: {words}")

    def _say(self, text: str) -> None:
        self.last = self.clock()
        self.voice.talk(text)

    def job_finished(self, job: JobRecord) -> None:
        """Say how the job ended."""
        self.ended += 1
        self._say(f"job {job.id} ({self.ended} of {self.jobs}): {_ended(job)}")


class Bars(Silent):
    """A bar over the jobs of a run, and above it lines that stay."""

    def __init__(self, bar: Bar) -> None:
        self.bar = bar
        self.jobs = 0
        self.ended = 0
        self.pace = Pace()

    def run_created(self, record: RunRecord, folder: Path) -> None:
        """Leave on the terminal where the record is from now on, and begin to draw."""
        self.bar.say(f"run {folder}")
        self.jobs = len(record.jobs)
        self.bar.show(f"run {record.name}", 0, self.jobs)

    def job_started(self, job: JobRecord) -> None:
        """Name the job that runs."""
        self.bar.show(f"job {job.id}", self.ended, self.jobs)

    def submitted(self, job: str, job_id: str) -> None:
        """Leave the ID on the terminal: with it a job can be found whatever happens here."""
        self.bar.say(f"job {job}: submitted as {job_id}")

    def job_changed(self, job: JobRecord) -> None:
        """Show the new status."""
        self.bar.show(f"job {job.id}: {job.status}", self.ended, self.jobs)

    def waiting(self, job: str, status: str, position: int | None) -> None:
        """Show where the job stands."""
        self.bar.show(f"job {job}: {_standing(status, position)}", self.ended, self.jobs)

    def cancelling(self, job: str, job_id: str, refused: str) -> None:
        """Leave on the terminal which job was cancelled, or why not."""
        self.bar.say(_cancelled(job, job_id, refused))

    def points_done(self, done: int, failed: int, points: int) -> None:
        """Show how far the sweep is, and how long the rest may take."""
        left = self.pace.left(done + failed, points)
        self.bar.show(f"points{f', {failed:,} failed' if failed else ''}{left}", done + failed, points)

    def trouble(self, words: str) -> None:
        """Leave what went wrong on the terminal."""
        self.bar.say(f"trouble: {words}")

    def job_finished(self, job: JobRecord) -> None:
        """Move on by one job."""
        self.ended += 1
        self.bar.show(f"job {job.id}", self.ended, self.jobs)


class Bar:
    """One bar, drawn by rich, which is imported only here; it is gone from the terminal when the block ends."""

    def __enter__(self) -> Self:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        words = TextColumn("{task.description}", markup=False)
        columns = (words, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self.progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self.task = self.progress.add_task("", total=None)
        return self

    def show(self, what: str, done: int, total: int | None) -> None:
        """Draw the bar: what is being done, how many are done, and how many there are, None where that is not known."""
        self.progress.update(self.task, description=what, completed=done, total=total)
        self.progress.start()  # with its words: a bar without any says nothing
        self.progress.refresh()

    def say(self, text: str) -> None:
        """Write a line that stays, above the bar."""
        self.progress.console.print(visible(text), markup=False, highlight=False, soft_wrap=True)

    def __exit__(self, *_failure: object) -> None:
        self.progress.stop()


def _standing(status: str, position: int | None) -> str:
    return status if position is None else f"{status}, place {position} in the queue"


def _cancelled(job: str, job_id: str, refused: str) -> str:
    return f"job {job} ({job_id}): {f'could not be cancelled: {refused}' if refused else 'cancelled'}"


def spoken(seconds: float) -> str:
    """A time that somebody waits, roughly: 40 s, 5 min, 2.5 h."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"


def _ended(job: JobRecord) -> str:
    took = "" if job.seconds is None else f" in {job.seconds:.2f} s"
    return f"{job.status}{took}" + (f": {' '.join(job.error.splitlines())}" if job.error else "")
