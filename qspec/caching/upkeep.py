"""Looking after the cache: what is in it, emptying it, and reading all of it again."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING

from qspec.caching.entry import KINDS, unseal
from qspec.caching.files import LEDGER, ForeignFileError, entries, leftovers, read_own, remove_empty_folders
from qspec.caching.settings import cache_folder, size_limit
from qspec.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from qspec.caching.files import Found


@frozen
class Contents:
    """What is in the cache: how many `entries`, and how many `bytes`, by kind. `folder` is None where there is none."""

    folder: Path | None
    limit: int
    entries: dict[str, int]
    bytes: dict[str, int]


@frozen
class Verified:
    """What reading everything came to. `damaged` entries were removed but for those that could not be."""

    folder: Path | None
    sound: int
    damaged: tuple[Path, ...]
    left: tuple[Path, ...]


def contents() -> Contents:
    """Count. Raises `UsageError` when the environment names a size that is none."""
    folder = cache_folder()
    found = list(_entries(folder))
    return Contents(
        folder=folder,
        limit=size_limit(),
        entries={kind: sum(entry.kind == kind for entry in found) for kind in KINDS},
        bytes={kind: sum(entry.size for entry in found if entry.kind == kind) for kind in KINDS},
    )


def clear() -> tuple[int, int]:
    """Remove every entry, and nothing that is not qspec's; returns how many were removed, and how many could not be."""
    folder = cache_folder()
    found = list(_entries(folder))
    gone = sum(_removed(entry.path) for entry in found)
    if folder is not None:
        for path in (*leftovers(folder, older_than=math.inf), folder / LEDGER):
            _removed(path)
        remove_empty_folders(folder)
    return gone, len(found) - gone


def verify() -> Verified:
    """Read every entry, and remove those that are damaged or not this user's."""
    folder = cache_folder()
    found = list(_entries(folder))
    damaged = tuple(entry.path for entry in found if not _is_sound(entry))
    left = tuple(path for path in damaged if not _removed(path))
    return Verified(folder=folder, sound=len(found) - len(damaged), damaged=damaged, left=left)


def _entries(folder: Path | None) -> Iterator[Found]:
    if folder is not None:
        yield from entries(folder)


def _is_sound(entry: Found) -> bool:
    """Whether an entry is whole; one that another process has removed meanwhile is not missed."""
    try:
        return unseal(read_own(entry.path), entry.kind, entry.key) is not None
    except FileNotFoundError:
        return True
    except (OSError, ForeignFileError):
        return False


def _removed(path: Path) -> bool:
    with suppress(OSError):
        path.unlink(missing_ok=True)
        return True
    return False
