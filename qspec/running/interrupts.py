"""A run that is stopped from outside leaves its state on disk."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from qspec.errors import QspecError, ServiceError, UnfinishedError, UnsettledError
from qspec.records.folder import RunFolder
from qspec.records.record import read_record
from qspec.records.view import has_ended
from qspec.running.journal import Journal
from qspec.running.lock import driving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def state_on_disk(journal: Journal) -> Iterator[None]:
    """Whatever ends the block early, the record says so before it goes on upwards; waiting for the service does not."""
    try:
        yield
    except (ServiceError, UnfinishedError, UnsettledError):
        raise
    except BaseException as error:
        if not has_ended(journal.record):
            with suppress(QspecError):  # the disk may be what failed; run.json still says 'unfinished' then
                record_interruption(journal, error)
        raise


def record_interruption(journal: Journal, error: BaseException) -> None:
    """Note that the run was interrupted and by what; jobs that were running here are cancelled ones."""
    note_interruption(journal, _words(error))


def note_interruption(journal: Journal, words: str) -> None:
    """Note that the run was interrupted, and why. Jobs on the service go on, whatever happens here."""
    time = journal.time()
    jobs = tuple(
        replace(job, status="CANCELLED", finished=time, error=words)
        if job.status == "RUNNING" and not job.submissions
        else job
        for job in journal.record.jobs
    )
    journal.change(jobs=jobs, outcome="interrupted", error=words, finished=time)
    journal.note("run-interrupted", reason=words)


def interrupt_from_outside(folder: Path, words: str) -> None:
    """Note the interruption of a run whose process was ended without a word of its own; if it was still unfinished.

    Raises `RecordError` and `MachineError`.
    """
    with driving(folder):
        record = read_record(folder)
        if record.outcome == "unfinished":
            note_interruption(Journal(RunFolder(folder), record), words)


def _words(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted from the keyboard"
    if isinstance(error, QspecError) or not isinstance(error, Exception):
        return str(error) or "stopped by a signal"
    return f"{type(error).__name__}: {error}"
