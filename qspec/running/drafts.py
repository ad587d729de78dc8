"""A run folder appears at once and whole: it is made under a hidden name beside its place, and renamed."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from qspec.frozen import frozen
from qspec.records.files import machine_errors, make_folder, sync_folder, write_unseen
from qspec.records.folder import RunFolder
from qspec.records.names import LOCK
from qspec.records.status import now
from qspec.running.lock import take

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from qspec.running.lock import Lock

_DRAFT = re.compile(r"\.\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{8}\.(new|gone)")
_GONE = ".gone"


@frozen
class Draft:
    """A run folder in the making at `path`, which will be `place`. Its lock is held, and stays the run's lock."""

    path: Path
    place: Path
    lock: Lock

    @property
    def run(self) -> str:
        """The run's id."""
        return self.place.name

    def publish(self, files: Mapping[str, bytes]) -> RunFolder:
        """Write all files, by their paths in the folder, and let the folder appear. Raises `MachineError`."""
        with machine_errors(self.place):
            write_unseen(self.path, files)
            self.path.rename(self.place)
            sync_folder(self.place.parent)
        return RunFolder(self.place)


@contextmanager
def drafting(runs_dir: Path, name: str, spec_hash: str, *, clock: Callable[[], datetime] = now) -> Iterator[Draft]:
    """A draft of `runs_dir/<name>/<UTC time>-<short hash>/`, which nobody else has; the lock is held to the block's end.

    What was not published then is removed. Raises `MachineError`.
    """
    parent = runs_dir / name
    with machine_errors(parent):
        make_folder(parent)
        sweep(parent)
        draft = _reserve(parent, clock().strftime("%Y%m%dT%H%M%S.%fZ"), spec_hash)
    try:
        yield draft
    finally:
        _discard(draft.path, draft.lock)


def _reserve(parent: Path, stamp: str, spec_hash: str) -> Draft:
    """Processes that ask in the same instant each get a draft: the later ones see another short hash.

    A draft that `sweep` took for a leftover before it was locked is left to it.
    """
    for attempt in count():
        place = parent / f"{stamp}-{_short(spec_hash, attempt)}"
        path = parent / f".{place.name}.new"
        try:
            path.mkdir()
        except FileExistsError:
            continue
        lock = _lock(path)
        if lock is not None:
            if not place.exists():  # only who holds the draft's lock makes it appear
                return Draft(path=path, place=place, lock=lock)
            _discard(path, lock)
    raise AssertionError("there is always another short hash")


def _lock(path: Path) -> Lock | None:
    """The lock of a new draft; None when another process has it, or has removed the draft."""
    try:
        return take(path)
    except (FileNotFoundError, FileExistsError):  # gone, or gone and made again, in between
        return None


def _short(spec_hash: str, attempt: int) -> str:
    if attempt == 0:
        return spec_hash.removeprefix("sha256:")[:8]
    return hashlib.sha256(f"{spec_hash}/{attempt}".encode()).hexdigest()[:8]


def sweep(parent: Path) -> None:
    """Remove the drafts that dead processes left; what a living one makes is locked, and stays."""
    with os.scandir(parent) as entries:
        left = [Path(entry.path) for entry in entries if _DRAFT.fullmatch(entry.name)]
    for path in left:
        with suppress(OSError):
            path.rmdir()  # killed between its making and its locking
        if path.suffix == _GONE:
            shutil.rmtree(path, ignore_errors=True)
            continue
        with suppress(OSError):
            lock = take(path) if (path / LOCK).exists() else None
            if lock is not None:
                _discard(path, lock)


def _discard(path: Path, lock: Lock) -> None:
    """Remove a draft, under another name so that nobody else takes it up meanwhile, and release its lock."""
    gone = path.with_suffix(_GONE)
    with suppress(OSError):
        path.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
    lock.release()
