"""The run folder: made once, never overwritten, every file in it whole."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from qspec.errors import RefusedError
from qspec.records import record as run_record
from qspec.records import status
from qspec.records.files import (
    canonical,
    hash_file,
    is_part,
    machine_errors,
    sha256,
    sync_folder,
    write_all,
    write_whole,
)
from qspec.records.names import STORED
from qspec.records.record import render_record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from qspec.records.record import RunRecord

_LIVING = frozenset({run_record.FILE, status.FILE})
_NO_SUCH = frozenset({"", ".", ".."})


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of one run, at `path`; its name is the run's id."""

    path: Path

    @classmethod
    def create(
        cls, runs_dir: Path, name: str, spec_hash: str, *, clock: Callable[[], datetime] = status.now
    ) -> RunFolder:
        """Make `runs_dir/<name>/<UTC time>-<short hash>/`, which nobody else has. Raises `MachineError`.

        Two processes that ask in the same instant both get one: the second sees another short hash.
        """
        parent = runs_dir / name
        with machine_errors(parent):
            parent.mkdir(parents=True, exist_ok=True)
        stamp = clock().strftime("%Y%m%dT%H%M%S.%fZ")
        for attempt in count():
            path = parent / f"{stamp}-{_short(spec_hash, attempt)}"
            with machine_errors(path):
                try:
                    path.mkdir()
                except FileExistsError:
                    continue
                sync_folder(parent)
            break
        return cls(path)

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

    def write_record(self, record: RunRecord) -> None:
        """Replace run.json, whole."""
        write_whole(self.path / run_record.FILE, render_record(record))

    def place(self, name: str) -> Path:
        """Where a new file of this name goes. Raises `RefusedError` when that is outside the folder, or taken."""
        parts = name.replace(os.sep, "/").split("/")
        path = self.path.joinpath(*parts)
        inside = path.parent.resolve().is_relative_to(self.path.resolve())
        if not inside or _NO_SUCH & set(parts) or Path(name).is_absolute() or "\0" in name:
            raise RefusedError(f"the path '{name}' does not stay inside the run folder")
        if path.exists() or path.is_symlink() or name in _LIVING:
            raise RefusedError(f"the run folder has a '{name}' already, and nothing in it is overwritten")
        return path

    def hash_files(self) -> dict[str, str]:
        """The hash of every file of the run but those that live on, by path, sorted."""
        files = [path for path in self.path.rglob("*") if path.is_file() and not is_part(path.name)]
        names = sorted(path.relative_to(self.path).as_posix() for path in files)
        return {name: hash_file(self.path / name) for name in names if name not in _LIVING}


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


def _short(spec_hash: str, attempt: int) -> str:
    if attempt == 0:
        return spec_hash.removeprefix("sha256:")[:8]
    return hashlib.sha256(f"{spec_hash}/{attempt}".encode()).hexdigest()[:8]
