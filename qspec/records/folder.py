"""The run folder: made once, never overwritten, every file in it whole."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from qspec.errors import RefusedError
from qspec.frozen import frozen
from qspec.records import record as run_record
from qspec.records import status
from qspec.records.files import (
    canonical,
    hash_file,
    is_part,
    machine_errors,
    sha256,
    write_all,
    write_whole,
)
from qspec.records.names import CANCELLED, LOCK, STORED
from qspec.records.record import render_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qspec.records.record import RunRecord, Texts

_LIVING = frozenset({run_record.FILE, status.FILE, LOCK, CANCELLED})
_NO_SUCH = frozenset({"", ".", ".."})


@frozen(kw_only=False)
class RunFolder:
    """The folder of one run, at `path`; its name is the run's id."""

    path: Path

    @property
    def run(self) -> str:
        """The run's id."""
        return self.path.name

    def write(self, name: str, content: bytes) -> None:
        """Write a new file. Raises `RefusedError` when there is one already, `MachineError` when the disk says no."""
        self.write_all({name: content})

    def write_all(self, contents: Mapping[str, bytes]) -> None:
        """Write new files, by their paths in the folder. Raises as `write` does."""
        for name in contents:
            self.place(name)
        write_all(self.path, contents)

    def write_record(self, record: RunRecord, texts: Texts | None = None) -> None:
        """Replace run.json, whole. `texts` are kept from one time to the next."""
        write_whole(self.path / run_record.FILE, render_record(record, texts))

    def place(self, name: str) -> Path:
        """Where a new file of this name goes. Raises `RefusedError` when that is outside the folder, or taken."""
        parts = name.replace(os.sep, "/").split("/")
        path = self.path.joinpath(*parts)
        inside = len(parts) == 1 or path.parent.resolve().is_relative_to(self.path.resolve())
        if not inside or _NO_SUCH & set(parts) or Path(name).is_absolute() or "\0" in name:
            raise RefusedError(f"the path '{name}' does not stay inside the run folder")
        if path.exists() or path.is_symlink() or name in _LIVING:
            raise RefusedError(f"the run folder has a '{name}' already, and nothing in it is overwritten")
        return path

    def hash_files(self, known: Mapping[str, str] | None = None) -> dict[str, str]:
        """The hash of every file of the run but those that live on, by path, sorted.

        Files in `known` are not read again: their hashes are those of the bytes that were written.
        """
        noted = known or {}
        files = [path for path in self.path.rglob("*") if path.is_file() and not is_part(path.name)]
        names = {path.relative_to(self.path).as_posix() for path in files} - _LIVING
        return {name: noted.get(name) or hash_file(self.path / name) for name in sorted({*names, *noted})}

    def remove_parts(self) -> None:
        """Remove what a killed process left half written. Raises `MachineError`."""
        for path in [path for path in self.path.rglob(".*") if is_part(path.name)]:
            with machine_errors(path):
                path.unlink(missing_ok=True)


def hash_folder(files: Mapping[str, str]) -> str:
    """The hash of a whole folder, from the hashes of its files."""
    return sha256(canonical(dict(files)))


def stored_input(name: str) -> str:
    """Where an input file is kept in a run folder, by its root-relative name.

    A file from outside the repository goes to `inputs/outside/`, under a name that its path alone decides.
    """
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or ":" in parts[0]:
        return f"{STORED}/outside/{hashlib.sha256(name.encode()).hexdigest()[:16]}-{parts[-1]}"
    return f"{STORED}/{name}"
