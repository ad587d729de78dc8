"""The files of the cache: found, read only when they are this user's own, and written whole."""

from __future__ import annotations

import os
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from qspec.caching.entry import KINDS
from qspec.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
LEDGER = ".qspec-cache-growth"
_SHARD = re.compile(r"[0-9a-f]{2}")
_NAME = re.compile(r"[0-9a-f]{64}")
_PART = re.compile(r"\.[0-9a-f]{16}\.part")


@frozen
class Found:
    """A file that lies where an entry would: its `kind` and `key`, its bytes, and when it was last used, in seconds."""

    kind: str
    key: str
    path: Path
    size: int
    used: float


class ForeignFileError(Exception):
    """What lies in an entry's place is not a file of this user."""


def place(folder: Path, kind: str, key: str) -> Path:
    """Where the entry of a key is kept."""
    return folder / kind / key[:2] / key


def read_own(path: Path) -> bytes:
    """The bytes of a plain file of this user. Raises `ForeignFileError` for anything else, and `OSError`."""
    if path.is_symlink():
        raise ForeignFileError
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)  # a pipe would be waited for
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
        os.close(descriptor)
        raise ForeignFileError
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def write_private(path: Path, content: bytes) -> None:
    """Write a file that this user alone can read; who reads finds it whole or not at all. Raises `OSError`.

    The disk is not waited for: what a crash tears has a wrong checksum, and is made again.
    """
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    part = path.parent / f".{secrets.token_hex(8)}.part"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, PRIVATE_FILE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def entries(folder: Path) -> Iterator[Found]:
    """Every file that lies where an entry would. What vanishes meanwhile, or cannot be looked at, is passed by."""
    for shard, kind in _shards(folder):
        for file in _listed(shard):
            with suppress(OSError):
                status = file.stat(follow_symlinks=False)
                if _NAME.fullmatch(file.name) and file.name.startswith(shard.name):
                    yield Found(
                        kind=kind, key=file.name, path=Path(file.path), size=status.st_size, used=status.st_mtime
                    )


def leftovers(folder: Path, *, older_than: float) -> Iterator[Path]:
    """Half-written files that killed processes left, last written before a time in seconds."""
    for shard, _ in _shards(folder):
        for file in _listed(shard):
            with suppress(OSError):
                if _PART.fullmatch(file.name) and file.stat(follow_symlinks=False).st_mtime < older_than:
                    yield Path(file.path)


def remove_empty_folders(folder: Path) -> None:
    """Remove the folders of the cache that nothing is in."""
    shards = [shard for shard, _ in _shards(folder)]
    for each in (*shards, *(folder / kind for kind in KINDS), folder):
        with suppress(OSError):
            each.rmdir()


def _shards(folder: Path) -> Iterator[tuple[Path, str]]:
    for kind in KINDS:
        for shard in _listed(folder / kind):
            if _SHARD.fullmatch(shard.name) and shard.is_dir(follow_symlinks=False):
                yield Path(shard.path), kind


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError:
        return []
