"""The files of a lock beside its spec."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from shlex import quote
from typing import TYPE_CHECKING

from qspec.errors import DriftError, MachineError, RecordError, SourceError, UsageError
from qspec.planning.locked import read_locked
from qspec.reading.files import repository_of
from qspec.reading.load import STDIN
from qspec.records.files import machine_errors, make_folder, read_bytes, sha256, write_all, write_whole
from qspec.records.locks import file_behind, lock_file, lock_folder, read_lock, render_lock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from qspec.reading.load import Checked, Loaded
    from qspec.records.locks import LockedCircuit, LockRecord
    from qspec.records.record import RunRecord


def check_free(path: str, *, update: bool) -> None:
    """Raise `UsageError` where a spec cannot be locked: it has no file, or a lock that is not to be replaced."""
    if path == STDIN:
        raise UsageError("a spec from standard input cannot be locked", advice="name its file")
    found, folder = lock_file(file_behind(path)), lock_folder(file_behind(path))
    for place, right in ((found, found.is_file()), (folder, folder.is_dir() and not folder.is_symlink())):
        if os.path.lexists(place) and not right:
            what = "file" if place is found else "folder"
            raise UsageError(
                f"the lock of '{path}' needs '{place}', which is no {what} of its own", advice="move it away"
            )
    if not os.access(found.parent, os.W_OK):
        raise MachineError(f"cannot write '{found}': its folder does not let you")
    if not update and found.exists():
        raise UsageError(
            f"'{path}' is locked already, in '{found}'",
            advice="--update says what changed, and replaces it; --check says whether the spec is still as it was locked",
        )


def with_kept_seed(spec: Loaded) -> Loaded:
    """A spec without a seed, with that of its lock if there is one: what is locked anew changes in what was changed alone."""
    if spec.spec.seed is None:
        with suppress(RecordError):
            seed = read_lock(lock_file(file_behind(spec.path))).seed
            return replace(spec, spec=replace(spec.spec, seed=seed))
    return spec


def own_reference(spec: Path) -> str:
    """What the lock of a spec is called in its expectations: its path from the repository's root."""
    root = repository_of(spec.resolve().parent)
    return lock_file(spec.resolve()).relative_to(root).as_posix()


def check_same(spec: Checked, record: RunRecord) -> None:
    """Raise `DriftError` where a spec, or a file that it takes part of, is not what a run was made from."""
    here = {layer.name: layer.sha256 for layer in spec.layers[1:]}
    there = {file.path: file.sha256 for file in (*record.layers, *record.inputs)}
    changed = [] if spec.layers[0].sha256 == record.spec.sha256 else [spec.path]
    changed += [path for path, hash_ in there.items() if (here.get(path) or _hash(spec, path)) != hash_]
    other = record.spec.path.replace("\\", "/").rpartition("/")[2]
    if spec.path in changed and other != file_behind(spec.path).name:
        raise DriftError(f"the run {record.run} is one of another spec, '{other}'")
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

    The circuits come first, and those of the lock that is replaced go last: whenever this ends, one of the locks is whole.
    Files that hold the same circuits already stay as they are, since QPY has other bytes each time. Raises `RecordError`,
    and writes nothing, where a circuit could not be read back.
    """
    folder, path = lock_folder(spec), lock_file(spec)
    circuits, before = _circuits(lock), _named_by(path)
    new = {name: content for name, content in contents.items() if not _holds(folder, circuits[name])}
    for name in new:
        read_locked(circuits[name], new.__getitem__, str(path))
    with machine_errors(folder):
        make_folder(folder)
        write_all(folder, new)
        write_whole(path, render_lock(lock))
        for name in before - circuits.keys():
            (folder / name).unlink(missing_ok=True)
    return path


def _circuits(lock: LockRecord) -> dict[str, LockedCircuit]:
    """The ISA circuits of a lock by their files."""
    return {circuit.file: circuit for variant in lock.variants for circuit in variant.circuits}


def _named_by(path: Path) -> set[str]:
    """The files of circuits that a lock names; none where there is no lock, or none that can be read."""
    with suppress(RecordError):
        return set(_circuits(read_lock(path)))
    return set()


def _holds(folder: Path, circuit: LockedCircuit) -> bool:
    """Whether a file of a lock has a circuit already."""
    with suppress(RecordError):
        read_locked(circuit, lambda name: read_bytes(folder / name), str(folder))
        return True
    return False
