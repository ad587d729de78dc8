"""How a run goes on, on stderr: a bar on a terminal, lines elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from qspec.render.look import visible
from qspec.running.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from qspec.cli.voice import Voice
    from qspec.records.parts import JobRecord
    from qspec.records.record import RunRecord
    from qspec.running.progress import Progress


@contextmanager
def watching(voice: Voice) -> Iterator[Progress]:
    """The progress to show for one run; what it drew is gone from the terminal when the block ends."""
    if voice.volume < 0:
        yield Silent()
    elif not sys.stderr.isatty():
        yield Lines(voice)
    else:
        bar = Bar()
        try:
            yield bar
        except BaseException:
            bar.stop()
            if bar.folder:
                voice.talk(f"what was done is in {bar.folder}")
            raise
        bar.stop()


class Lines(Silent):
    """A line for each step."""

    def __init__(self, voice: Voice) -> None:
        self.voice = voice
        self.jobs = 0
        self.ended = 0

    def run_created(self, record: RunRecord, folder: Path) -> None:
        """Say where the record is from now on."""
        self.jobs = len(record.jobs)
        self.voice.talk(f"run {folder}")

    def job_started(self, job: JobRecord) -> None:
        """Say it to those who asked for more."""
        self.voice.detail(f"job {job.id}: {job.status}")

    def job_finished(self, job: JobRecord) -> None:
        """Say how the job ended."""
        self.ended += 1
        self.voice.talk(f"job {job.id} ({self.ended} of {self.jobs}): {_ended(job)}")


class Bar(Silent):
    """A bar over the jobs, drawn by rich, which is imported only here."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        words = TextColumn("{task.description}", markup=False)
        columns = (words, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self.progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self.task = self.progress.add_task("", total=None)
        self.folder: Path | None = None

    def run_created(self, record: RunRecord, folder: Path) -> None:
        """Begin to draw."""
        self.folder = folder
        self.progress.update(self.task, total=len(record.jobs), description=f"run {record.name}")
        self.progress.start()

    def job_started(self, job: JobRecord) -> None:
        """Name the job that runs."""
        self.progress.update(self.task, description=f"job {job.id}", refresh=True)

    def job_finished(self, job: JobRecord) -> None:
        """Move on by one job."""
        self.progress.update(self.task, advance=1, description=f"job {job.id}")

    def stop(self) -> None:
        """Take the bar away."""
        self.progress.stop()


def _ended(job: JobRecord) -> str:
    took = "" if job.seconds is None else f" in {job.seconds:.2f} s"
    return f"{job.status}{took}" + (f": {visible(' '.join(job.error.splitlines()))}" if job.error else "")
