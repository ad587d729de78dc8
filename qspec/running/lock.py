"""One process at a time drives a run: a lock in its folder, which the system releases whatever ends the process."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from qspec.errors import MachineError
from qspec.records.files import machine_errors
from qspec.records.names import LOCK
from qspec.records.status import now

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 2.0
"""Seconds that a second process waits: the first may just be ending."""
_LONGEST = 200


_driver_named: list[int] = []


def name_driver(process: int) -> None:
    """Name another process than this one as who drives runs: the one that answers signals for it."""
    _driver_named[:] = [process]


class Lock(Protocol):
    """A lock that is held."""

    def release(self) -> object:
        """Let another process have it."""


def take(folder: Path, *, seconds: float = 0.0) -> Lock | None:
    """The lock of the run in a folder; None when another process still holds it after so many seconds.

    Raises `OSError` when there can be no lock.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(str(folder / LOCK), thread_local=False)
    try:
        lock.acquire(timeout=seconds, poll_interval=0.02)
    except Timeout:
        return None
    with suppress(OSError):  # only a courtesy to who finds the run locked
        driver = _driver_named[0] if _driver_named else os.getpid()
        (folder / LOCK).write_text(f"process {driver}, since {now():%H:%M:%S} UTC", "utf-8")
    return lock


@contextmanager
def driving(folder: Path, *, seconds: float = PATIENCE) -> Iterator[None]:
    """Hold the lock of a run within the block. Raises `MachineError` when another process drives the run."""
    with machine_errors(folder):
        lock = take(folder, seconds=seconds)
    if lock is None:
        message = f"the run '{folder}' is driven by {_driver(folder)}"
        raise MachineError(message, advice="it can be resumed when that process has ended")
    try:
        yield
    finally:
        lock.release()


def _driver(folder: Path) -> str:
    """Who drives a run, as the lock's holder wrote it down."""
    try:
        said = (folder / LOCK).read_text("utf-8", "replace")[:_LONGEST]
    except OSError:
        said = ""
    return said if said.startswith("process ") and said.isprintable() else "another process"
