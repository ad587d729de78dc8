"""The cache on disk. Whatever is wrong with it, nothing is raised: what it does not give is made again.

Any number of processes may read and write at once. Entries appear whole, are never changed, and each carries a
checksum: one that is damaged, torn or not ours is dropped when it is met.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qspec.caching.entry import seal, unseal
from qspec.caching.files import PRIVATE_FOLDER, ForeignFileError, place, read_own, write_private
from qspec.caching.trimming import has_grown, note_growth, trim
from qspec.errors import reason_of

if TYPE_CHECKING:
    from pathlib import Path

ROOM = 64 << 20
"""Bytes that stay free on the disk: runs need them more."""
_FRESH = 3600.0  # seconds for which a use is not noted again
_LARGEST_SHARE = 4  # an entry has at most this part of the whole


@dataclass(kw_only=True, slots=True)
class Store:
    """The entries below `folder`, which together have about `limit` bytes at most.

    Without `writes` nothing on disk is changed. `trouble` says what stood in the way first, empty when nothing did;
    from then on nothing is written.
    """

    folder: Path | None
    limit: int
    writes: bool = True
    trouble: str = field(default="", init=False)

    def __post_init__(self) -> None:
        if self.folder is None:
            self._give_up("this user has no folder for caches")

    def read(self, kind: str, key: str) -> bytes | None:
        """The content of an entry; None when there is none, or it is damaged, which is dropped."""
        if self.folder is None:
            return None
        path = place(self.folder, kind, key)
        try:
            content = unseal(read_own(path), kind, key)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._give_up(f"cannot read '{path}': {reason_of(error)}")
            return None
        except ForeignFileError:
            content = None
        if content is None:
            self.drop(kind, key)
        elif self.writes:
            _note_use(path)
        return content

    def write(self, kind: str, key: str, content: bytes) -> None:
        """Keep an entry, if there is room for it; what was used longest ago makes room."""
        if self.folder is None or not self.writes or len(content) * _LARGEST_SHARE > self.limit:
            return
        try:
            self.folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            if _free(self.folder) < len(content) + ROOM:
                self._give_up(f"there is little room left on the disk of '{self.folder}'")
                return
            write_private(place(self.folder, kind, key), seal(kind, key, content))
            note_growth(self.folder, len(content))
            if has_grown(self.folder, self.limit):
                trim(self.folder, self.limit)
        except OSError as error:
            self._give_up(f"cannot write to '{self.folder}': {reason_of(error)}")

    def drop(self, kind: str, key: str) -> None:
        """Remove an entry that cannot be used."""
        if self.folder is not None and self.writes:
            with suppress(OSError):
                place(self.folder, kind, key).unlink()

    def _give_up(self, words: str) -> None:
        self.trouble = self.trouble or words
        self.writes = False


def _free(folder: Path) -> int:
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def _note_use(path: Path) -> None:
    """An entry's time is that of its last use, to the hour; systems do not note reading reliably."""
    with suppress(OSError):
        if time.time() - path.stat().st_mtime > _FRESH:
            os.utime(path)
