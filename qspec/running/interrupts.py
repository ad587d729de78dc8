"""A run that is stopped from outside leaves its state on disk."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from qspec.errors import QspecError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qspec.running.journal import Journal

_SIGNALS = ("SIGTERM", "SIGHUP")


class Stopped(SystemExit):
    """A signal asked this process to end; left alone, it ends with the code that shells expect, 128 + the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.signal = signal.Signals(number).name

    def __str__(self) -> str:
        return f"stopped by {self.signal}"


@contextmanager
def stopping_on_signals() -> Iterator[None]:
    """Within the block SIGTERM and SIGHUP raise `Stopped`, where nobody else has a say about them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    known = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    ours = [number for number in known if signal.getsignal(number) is signal.SIG_DFL]
    try:
        for number in ours:
            signal.signal(number, _stop)
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _stop(number: int, _frame: object) -> NoReturn:
    raise Stopped(number)


@contextmanager
def state_on_disk(journal: Journal) -> Iterator[None]:
    """Whatever ends the block early, the record says so before it goes on upwards."""
    try:
        yield
    except BaseException as error:
        with suppress(QspecError):  # the disk may be what failed; run.json still says 'unfinished' then
            record_interruption(journal, error)
        raise


def record_interruption(journal: Journal, error: BaseException) -> None:
    """Note that the run was interrupted and by what; jobs that were running are cancelled ones."""
    words = _words(error)
    time = journal.time()
    jobs = tuple(
        replace(job, status="CANCELLED", finished=time, error=words) if job.status == "RUNNING" else job
        for job in journal.record.jobs
    )
    journal.change(jobs=jobs, outcome="interrupted", error=words, finished=time)
    journal.note("run-interrupted", reason=words)


def _words(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted from the keyboard"
    if isinstance(error, QspecError) or not isinstance(error, Exception):
        return str(error) or "stopped by a signal"
    return f"{type(error).__name__}: {error}"
