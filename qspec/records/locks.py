"""What a lock file says: all that a spec's run was made from, and a summary of what came out. `bell.lock.json` stands beside
`bell.yaml`, and the ISA circuits in the folder `bell.lock`, each by its hash.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping  # noqa: TC003  the codec evaluates the annotations
from dataclasses import field
from pathlib import Path, PurePath
from typing import Annotated, Any, TypeVar

from qspec.errors import RecordError
from qspec.frozen import frozen
from qspec.records.codec import build, data_of
from qspec.records.files import read_bytes
from qspec.records.layout import readable
from qspec.records.names import LOCK_SUFFIX
from qspec.records.record import parse_json

P = TypeVar("P", bound=PurePath)
FORMAT_VERSION = 1
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\.qpy")


@frozen
class LockedFile:
    """A file that the run was made from."""

    path: Annotated[str, "Its path: of the spec its name, of other files from the repository's root."]
    sha256: Annotated[str, "The hash of its bytes: sha256: and 64 hexadecimal digits."]


@frozen
class LockedBackend:
    """What the jobs ran on."""

    kind: Annotated[str, "The kind of backend, as in the spec."]
    name: Annotated[str, "The backend's name."]
    sha256: Annotated[str, "The hash of its target with its calibration, and of how it is simulated."]
    calibrated: Annotated[str | None, "When it was calibrated, as its data say it; null where they do not."] = None


@frozen
class LockedCircuit:
    """An ISA circuit."""

    id: Annotated[str, "The id of the circuit in the spec."]
    hash: Annotated[str, "The canonical hash of the ISA circuit."]
    file: Annotated[str, "Its QPY file, in the lock's folder."]
    layout: Annotated[tuple[int, ...], "The backend's qubit that each qubit of the spec's circuit is on at its end."]
    physical_qubits: Annotated[tuple[int, ...], "The backend's qubits that are in use, sorted."]
    depth: Annotated[int, "Its depth."]
    size: Annotated[int, "The number of its operations."]
    two_qubit_gates: Annotated[int, "The number of its two-qubit gates."]
    operations: Annotated[Mapping[str, int], "How often each operation occurs."]


@frozen
class LockedPub:
    """A PUB as it was planned."""

    circuit: Annotated[str, "The id of its circuit in the spec."]
    isa: Annotated[str, "The hash of its ISA circuit."]
    shape: Annotated[tuple[int, ...], "The shape of its parameter sets."] = ()


@frozen
class LockedJob:
    """A job as it was planned and run."""

    id: Annotated[str, "Its id in the spec."]
    program_id: Annotated[str, "The program."]
    implementation: Annotated[str | None, "The primitive that ran; null where points of a sweep have their own."]
    pubs: Annotated[tuple[LockedPub, ...], "Its PUBs, in order of the spec."]


@frozen
class LockedVariant:
    """The spec, or one variant of the spec of a sweep, as it was planned."""

    seed: Annotated[int, "The root of every random choice."]
    seeds: Annotated[Mapping[str, int], "Every seed derived from the root, by its purpose."]
    backend: Annotated[LockedBackend, "What its jobs ran on."]
    sources: Annotated[Mapping[str, str], "The canonical hash of each circuit before transpiling, by its id."]
    circuits: Annotated[tuple[LockedCircuit, ...], "Its ISA circuits, each once."]
    jobs: Annotated[tuple[LockedJob, ...], "Its jobs."]


@frozen
class LockedResult:
    """What came of a PUB."""

    job: Annotated[str, "The id of its job."]
    pub: Annotated[int, "Its number in the job, from 0."]
    hash: Annotated[str | None, "The hash of its arrays; null where the job failed."]
    summary: Annotated[
        Any, "Counts or expectation values with their standard errors; null for what is too much or neither."
    ]


@frozen
class LockedPoint:
    """The results of a run, or of one point of a sweep."""

    point: Annotated[str | None, "The point's id; null for a run without a sweep."]
    results: Annotated[tuple[LockedResult, ...], "What came of its PUBs, job by job."]


@frozen
class LockRecord:
    """All that a spec's run was made from, and what came out.

    `asked` has no keys that results do not depend on: name, description, tags, sinks, expectations, limits and
    seed, nor those that say by which account a backend is reached.
    """

    qspec_lock: Annotated[int, "Version of this format."] = FORMAT_VERSION
    name: Annotated[str, "The spec's name."]
    spec: Annotated[LockedFile, "The spec."]
    bases: Annotated[tuple[LockedFile, ...], "The specs that it extends, nearest first."] = ()
    inputs: Annotated[tuple[LockedFile, ...], "The files that it refers to."] = ()
    asked: Annotated[Mapping[str, Any], "The spec in force, as far as results depend on it, defaults written out."]
    seed: Annotated[int, "The root of every random choice."]
    versions: Annotated[Mapping[str, str], "Versions of Python and of the packages that took part."]
    variants: Annotated[tuple[LockedVariant, ...], "The spec as it was planned; of a sweep each of its variants."]
    content_hash: Annotated[str | None, "Hash of what was asked and what came out."]
    points_hash: Annotated[str | None, "Of a sweep, the hash of the results of all points."] = None
    points: Annotated[tuple[LockedPoint, ...], "The results; of a sweep of very many points none."] = field(default=())


def file_behind(spec: str) -> Path:
    """The file of a spec, beside which its lock is: of a symbolic link the one that it leads to."""
    path = Path(spec)
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def lock_file(spec: P) -> P:
    """Where the lock of a spec is: `bell.lock.json` for `bell.yaml`."""
    return spec.with_suffix(LOCK_SUFFIX)


def lock_folder(spec: P) -> P:
    """Where the ISA circuits of a lock are: `bell.lock` for `bell.yaml`."""
    return spec.with_suffix(".lock")


def render_lock(lock: LockRecord) -> bytes:
    """The text of a lock file."""
    return readable(data_of(lock))


def read_lock(path: Path) -> LockRecord:
    """The lock in a file. Raises `RecordError` that names it when it is missing, damaged or newer."""
    return parse_lock(read_bytes(path), str(path))


def parse_lock(content: bytes, path: str) -> LockRecord:
    """The lock that the bytes of a file say. Raises `RecordError` that names the file."""
    try:
        data = parse_json(content)
        version = data.get("qspec_lock")
        if version != FORMAT_VERSION or isinstance(version, bool):
            raise RecordError(f"its format version is {version!r}, and this qspec reads version {FORMAT_VERSION}")
        lock = build(LockRecord, data)
        _check(lock)
    except RecordError as error:
        raise RecordError(f"'{path}' cannot be used: {error}", advice=error.advice) from error
    return lock


def _check(lock: LockRecord) -> None:
    """Raise `RecordError` where the parts of a lock do not fit together."""
    if not lock.variants:
        raise RecordError("it has no variants")
    for variant in lock.variants:
        for circuit in variant.circuits:
            if not _FILE.fullmatch(circuit.file):
                raise RecordError(f"'{circuit.file}' is not the name of a circuit's file")
        known = {circuit.hash for circuit in variant.circuits}
        lost = [pub.circuit for job in variant.jobs for pub in job.pubs if pub.isa not in known]
        if lost:
            raise RecordError(f"it has lost the ISA circuit of circuit '{lost[0]}'")
