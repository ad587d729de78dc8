"""A finished run becomes a lock: what it was made from, and a summary of what came out."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from qspec.comparing.made import backend_hash, calibration_date, matters, without_effect_removed
from qspec.comparing.summaries import summary_of
from qspec.errors import UsageError
from qspec.records.bundles import RecordedFiles
from qspec.records.circuits import circuit_bytes, layout_of, read_circuit
from qspec.records.files import plain
from qspec.records.locks import (
    LockedBackend,
    LockedCircuit,
    LockedFile,
    LockedJob,
    LockedPoint,
    LockedPub,
    LockedResult,
    LockedVariant,
    LockRecord,
)
from qspec.records.names import BACKEND
from qspec.records.record import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qiskit import QuantumCircuit

    from qspec.records.parts import BackendRecord, CircuitRecord, JobRecord
    from qspec.records.record import RunRecord
    from qspec.records.swept import VariantRecord
    from qspec.records.view import FinishedRun

QPY_VERSION = 17
"""The version of QPY in which circuits are kept, so that older supported versions of Qiskit can read them."""
MOST_POINTS = 1000
"""Of a sweep of more points the lock holds what was planned, and one hash of all results."""
_ENDED_WELL = ("done", "sink-failed")


def lock_of(run: FinishedRun) -> tuple[LockRecord, dict[str, bytes]]:
    """The lock of a run, and the files of its ISA circuits by their names.

    Raises `UsageError` for a run that did not come to its end, was a dry run or had values put into its spec, and
    `RecordError` for damage.
    """
    record = run.record
    _check(record)
    circuits = _Circuits(RecordedFiles(run.folder, record.files))
    points = run.points
    parts = [record] if points is None else [points.variant(number) for number in range(len(points.variants))]
    lock = LockRecord(
        name=record.name,
        spec=LockedFile(path=record.spec.path.replace("\\", "/").rpartition("/")[2], sha256=record.spec.sha256),
        bases=tuple(LockedFile(path=base.path, sha256=base.sha256) for base in record.layers),
        inputs=tuple(LockedFile(path=file.path, sha256=file.sha256) for file in record.inputs if matters(file.path)),
        asked=plain(without_effect_removed(run.spec_in_force())),
        seed=record.seed,
        versions=record.versions,
        variants=tuple(_variant(part, circuits) for part in parts),
        points=tuple(_points(run)),
        points_hash=None if points is None else points.content_hash(),
        content_hash=record.content_hash,
    )
    return lock, circuits.contents


def _check(record: RunRecord) -> None:
    if record.is_dry:
        raise UsageError(f"the run {record.run} is a dry run, which has no results to lock")
    if record.outcome not in _ENDED_WELL:
        raise UsageError(f"the run {record.run} is {record.outcome}: only one that ran to its end can be locked")
    if record.overrides:
        said = " ".join(f"--set {override}" for override in record.overrides)
        message = f"the run {record.run} was made with {said}: a lock is of the spec as it stands in its file"
        raise UsageError(message, advice="write the value into the spec, and lock that")


class _Circuits:
    """The ISA circuits of a run as they are kept beside a lock."""

    def __init__(self, files: RecordedFiles) -> None:
        self.files = files
        self.contents: dict[str, bytes] = {}
        self._locked: dict[str, LockedCircuit] = {}

    def locked(self, circuit: CircuitRecord) -> LockedCircuit:
        """A circuit of the run, whose file is among the `contents` from now on."""
        found = self._locked.get(circuit.qpy)
        if found is None:
            found = self._locked[circuit.qpy] = self._lock(circuit)
        return found

    def _lock(self, circuit: CircuitRecord) -> LockedCircuit:
        read = read_circuit(circuit.qpy, self.files)
        digest = circuit.hash.partition(":")[2][:16]
        name = next(name for name in _names(digest) if name not in self.contents)
        self.contents[name] = _packed(read) or self.files.read(circuit.qpy)
        return LockedCircuit(
            id=circuit.id,
            hash=circuit.hash,
            file=name,
            layout=layout_of(read, circuit.num_qubits),
            physical_qubits=circuit.physical_qubits,
            depth=circuit.depth,
            size=circuit.size,
            two_qubit_gates=circuit.two_qubit_gates,
            operations=circuit.operations,
        )


def _names(digest: str) -> Iterator[str]:
    """Names for the file of a circuit: several where circuits are alike, and their qubits laid out differently."""
    yield f"{digest}.qpy"
    number = 2
    while True:
        yield f"{digest}-{number}.qpy"
        number += 1


def _packed(circuit: QuantumCircuit) -> bytes | None:
    """QPY of a version that older supported versions of Qiskit read; None where that cannot say it."""
    from qiskit.exceptions import QiskitError

    with suppress(QiskitError):
        return circuit_bytes(circuit, QPY_VERSION)
    return None


def _variant(part: RunRecord | VariantRecord, circuits: _Circuits) -> LockedVariant:
    file = getattr(part, "backend_file", BACKEND)
    return LockedVariant(
        seed=part.seed,
        seeds=part.seeds,
        backend=_backend(part.backend, parse_json(circuits.files.read(file))),
        sources=part.sources,
        circuits=tuple(map(circuits.locked, part.circuits)),
        jobs=tuple(map(_job, part.jobs)),
    )


def _backend(backend: BackendRecord, data: Mapping[str, Any]) -> LockedBackend:
    hash_, date = backend_hash(data), calibration_date(data)
    return LockedBackend(kind=backend.kind, name=backend.name, sha256=hash_, calibrated=date)


def _job(job: JobRecord) -> LockedJob:
    pubs = tuple(LockedPub(circuit=pub.circuit, isa=pub.isa, shape=pub.shape) for pub in job.pubs)
    return LockedJob(id=job.id, program_id=job.program_id, implementation=job.implementation, pubs=pubs)


def _points(run: FinishedRun) -> Iterator[LockedPoint]:
    if run.points is None:
        yield LockedPoint(point=None, results=tuple(_results(run)))
    elif len(run.points) <= MOST_POINTS:
        for number in range(len(run.points)):
            point = run.points.point(number)
            yield LockedPoint(point=point.id, results=tuple(_results(point)))


def _results(run: FinishedRun) -> Iterator[LockedResult]:
    for job in run.record.jobs:
        for pub in job.pubs:
            summary = summary_of(run.pub(job.id, pub.index)) if pub.result_hash is not None else None
            yield LockedResult(job=job.id, pub=pub.index, hash=pub.result_hash, summary=summary)
