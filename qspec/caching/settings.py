"""Where the cache is, how large it may become, and whether there is to be one: defaults, and what the environment says."""

from __future__ import annotations

import os
import re
from pathlib import Path

from qspec.caching.store import Store
from qspec.errors import UsageError

FOLDER, SIZE, OFF = "QSPEC_CACHE_DIR", "QSPEC_CACHE_SIZE", "QSPEC_NO_CACHE"
"""The environment variables: the cache's folder, its greatest size, and not to use it at all."""

DEFAULT_SIZE = 1 << 30
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?", re.IGNORECASE)


def open_store(*, writes: bool) -> Store | None:
    """The cache of this person on this machine; None where the environment says that there is to be none.

    Nothing is made on disk before something is written, and without `writes` nothing is changed there. Raises
    `UsageError` when the environment names a size that is none.
    """
    return Store(folder=cache_folder(), limit=size_limit(), writes=writes) if is_on() else None


def is_on() -> bool:
    """Whether the environment allows a cache: QSPEC_NO_CACHE is not set, or is 0."""
    return os.environ.get(OFF, "") in ("", "0")


def cache_folder() -> Path | None:
    """The folder of the cache, as an absolute path; None where neither the environment nor the system has one."""
    named = os.environ.get(FOLDER)
    if named:
        return Path(named).absolute()

    import platformdirs

    found = Path(platformdirs.user_cache_dir("qspec", appauthor=False))
    return found if found.is_absolute() else None  # it begins with ~ where nobody knows whose home that is


def size_limit() -> int:
    """How many bytes the cache may have. Raises `UsageError`."""
    named = os.environ.get(SIZE, "").strip()
    if not named:
        return DEFAULT_SIZE
    match = _SIZE.fullmatch(named)
    if match is None:
        raise UsageError(f"{SIZE} is '{named}', which is no size", advice="write it like 500MB or 2GiB")
    number, letter, binary = match.groups()
    return int(float(number) * (1024 if binary else 1000) ** (" KMGT".index(letter.upper()) if letter else 0))
