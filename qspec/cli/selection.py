"""Which specs a command line means."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from qspec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_IS_SPEC = re.compile(rb"""^(?:\{\s*)?["']?qspec["']?\s*:""", re.MULTILINE)
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


def _is_spec(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _IS_SPEC.search(file.read(_LARGEST)) is not None
    except OSError:
        return False
