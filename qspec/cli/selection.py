"""Which specs a command line means."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from qspec.errors import UsageError
from qspec.records.names import LOCK_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_IS_SPEC = re.compile(rb"""^(?:\{\s*)?["']?qspec["']?\s*:""", re.MULTILINE)
_IS_LOCK = re.compile(rb"""^\s*\{\s*"qspec_lock"\s*:""")
_NAMES_SPEC = re.compile(rb'"spec"\s*:\s*\{\s*"path"\s*:\s*"([^"\\/]+)"')
_SUFFIXES = (".yaml", ".yml")
_LARGEST = 1 << 20


def select(paths: Sequence[str]) -> list[str]:
    """The specs that are meant: files as they are named, `-`, and for a folder every spec below it, sorted.

    A file below a folder is a spec if it ends in .yaml or .yml and has the key `qspec` at its top. Hidden folders and
    run folders are passed by. Raises `UsageError` when a folder holds no spec.
    """
    chosen: dict[str, None] = {}
    for path in paths:
        folder = os.path.isdir(path)  # noqa: PTH112  pathlib raises for a name that is too long
        if path.endswith(LOCK_SUFFIX):
            raise UsageError(f"'{path}' is a lock, and no spec", advice="name the spec that it stands beside")
        found = sorted(_specs_below(path)) if folder else [path]
        if not found:
            raise UsageError(f"there is no spec below '{path}'", advice="a spec is a .yaml file with the key 'qspec'")
        chosen |= dict.fromkeys(found)
    return list(chosen)


def _specs_below(folder: str) -> Iterator[str]:
    for place, folders, files in os.walk(folder):
        if "status.jsonl" in files:
            folders.clear()
            continue
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = (os.path.normpath(Path(place, name)) for name in files if name.endswith(_SUFFIXES))
        yield from (path for path in paths if _is_spec(Path(path)))


def locked_among(paths: Sequence[str]) -> list[str]:
    """The specs that are to be as they were locked: files as they are named, and for a folder those of all locks below it."""
    chosen: dict[str, None] = {}
    for path in paths:
        folder = os.path.isdir(path)  # noqa: PTH112  pathlib raises for a name that is too long
        chosen |= dict.fromkeys(_locked_below(path) if folder else select([path]))
    return list(chosen)


def _locked_below(folder: str) -> list[str]:
    """The specs of all locks below a folder, sorted; where a lock has none, the path that its spec would have."""
    found = []
    for place, folders, files in os.walk(folder):
        if "status.jsonl" in files:
            folders.clear()
            continue
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            stem = name.removesuffix(LOCK_SUFFIX)
            lock = _beginning(Path(place, name)) if stem != name else b""
            named = _NAMES_SPEC.search(lock)
            said = named[1].decode("utf-8", "replace") if named else ""
            beside = next((stem + suffix for suffix in _SUFFIXES if stem + suffix in files), "")
            if stem != name and (beside or _IS_LOCK.search(lock)):  # one beside a spec is a lock, whatever became of it
                spec = said if stem == Path(said).stem else beside or f"{stem}.yaml"
                found.append(os.path.normpath(Path(place, spec)))
    return sorted(found)


def _is_spec(path: Path) -> bool:
    return _IS_SPEC.search(_beginning(path)) is not None


def _beginning(path: Path) -> bytes:
    """As much of a file as says what it is; nothing of one that cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST)
    except OSError:
        return b""
