"""The cache stays within its size: what was used longest ago goes.

Counting everything at each write would cost more than most entries save. Whoever writes an entry adds to a small file
a byte for every block of it, and only when that file says that a tenth of the limit was added does the writer count,
remove, and begin that file anew. Together the entries have at most the limit, and what processes add while one counts.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from qspec.caching.files import LEDGER, PRIVATE_FILE, entries, leftovers

if TYPE_CHECKING:
    from pathlib import Path

_BLOCK = 4096
_OLD = 3600.0
"""Seconds after which a half-written file has nobody any more who writes it."""


def note_growth(folder: Path, size: int) -> None:
    """Note that so many bytes were added. Raises `OSError`."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    descriptor = os.open(folder / LEDGER, flags, PRIVATE_FILE)
    try:
        os.write(descriptor, b"." * _blocks(size))
    finally:
        os.close(descriptor)


def has_grown(folder: Path, limit: int) -> bool:
    """Whether so much was added since it was last counted that it is time to; not where another process just counts."""
    try:
        return (folder / LEDGER).stat().st_size * _BLOCK * 10 > limit
    except OSError:
        return False


def trim(folder: Path, limit: int) -> None:
    """Remove what was used longest ago until nine tenths of the limit are left, and what killed processes left."""
    with suppress(OSError):
        (folder / LEDGER).unlink()
    found = sorted(entries(folder), key=lambda entry: entry.used)
    excess = sum(_on_disk(entry.size) for entry in found) - limit * 9 // 10
    for entry in found:
        if excess <= 0:
            break
        with suppress(OSError):
            entry.path.unlink()
        excess -= _on_disk(entry.size)
    for path in leftovers(folder, older_than=time.time() - _OLD):
        with suppress(OSError):
            path.unlink()


def _blocks(size: int) -> int:
    return -(-size // _BLOCK)


def _on_disk(size: int) -> int:
    return _blocks(size) * _BLOCK
