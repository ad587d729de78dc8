"""The files of a lock beside its spec."""

from __future__ import annotations

from contextlib import suppress
from shlex import quote
from typing import TYPE_CHECKING

from qspec.comparing.made import matters
from qspec.errors import DriftError, RecordError, SourceError, UsageError
from qspec.planning.locked import read_locked
from qspec.reading.load import STDIN
from qspec.records.files import machine_errors, make_folder, read_bytes, sha256, write_all, write_whole
from qspec.records.locks import file_behind, lock_file, lock_folder, render_lock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from qspec.reading.load import Checked
    from qspec.records.locks import LockedCircuit, LockRecord
    from qspec.records.record import RunRecord


def check_free(path: str, *, update: bool) -> None:
    """Raise `UsageError` where a spec cannot be locked: it has no file, or a lock that is not to be replaced."""
    if path == STDIN:
        raise UsageError("a spec from standard input cannot be locked", advice="name its file")
    found = lock_file(file_behind(path))
    if not update and found.exists():
        raise UsageError(
            f"'{path}' is locked already, in '{found}'",
            advice="--update says what changed, and replaces it; --check says whether the spec is still as it was locked",
        )


def check_same(spec: Checked, record: RunRecord) -> None:
    """Raise `DriftError` where a spec, or a file that it takes part of, is not what a run was made from."""
    here = {layer.name: layer.sha256 for layer in spec.layers[1:]}
    there = {file.path: file.sha256 for file in (*record.layers, *record.inputs) if matters(file.path)}
    changed = [] if spec.layers[0].sha256 == record.spec.sha256 else [spec.path]
    changed += [path for path, hash_ in there.items() if (here.get(path) or _hash(spec, path)) != hash_]
    if changed:
        raise DriftError(
            f"the run {record.run} was made from something else: {', '.join(changed)} changed since",
            advice=f"qspec lock {quote(spec.path)} runs the spec as it is, and locks that",
        )


def _hash(spec: Checked, path: str) -> str | None:
    with suppress(SourceError):
        return sha256(spec.files.read(path))
    return None


def write_lock(spec: Path, lock: LockRecord, contents: Mapping[str, bytes]) -> Path:
    """Write a lock beside its spec, in place of the one that is there; returns its path. Raises `MachineError`.

    The circuits come first, and those that it no longer names go last: whenever this ends, one of the locks is whole.
    Files that hold the same circuits already stay as they are, since QPY has other bytes each time.
    """
    folder, path = lock_folder(spec), lock_file(spec)
    circuits = {circuit.file: circuit for variant in lock.variants for circuit in variant.circuits}
    with machine_errors(folder):
        make_folder(folder)
        write_all(folder, {name: bytes_ for name, bytes_ in contents.items() if not _holds(folder, circuits[name])})
        write_whole(path, render_lock(lock))
        for old in folder.glob("*.qpy"):
            if old.name not in circuits:
                old.unlink()
    return path


def _holds(folder: Path, circuit: LockedCircuit) -> bool:
    """Whether a file of a lock has a circuit already."""
    with suppress(RecordError):
        read_locked(circuit, lambda name: read_bytes(folder / name), str(folder))
        return True
    return False
