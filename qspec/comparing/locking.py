"""A finished run becomes a lock: what it was made from, and a summary of what came out."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from qspec.comparing.made import backend_hash, calibration_date, without_effect_removed
from qspec.comparing.summaries import summary_of
from qspec.errors import RecordError, UsageError
from qspec.records.bundles import RecordedFiles
from qspec.records.circuits import circuit_bytes, layout_of, read_circuit
from qspec.records.files import canonical, plain, sha256
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
from qspec.records.view import UNFINISHED

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


def lock_of(run: FinishedRun, own: str = "") -> tuple[LockRecord, dict[str, bytes]]:
    """The lock of a run, and the files of its ISA circuits by their names. `own` is what it will be called in its spec.

    Raises `UsageError` for a run that did not come to a good end, was a dry run or had values put into its spec, and
    `RecordError` for damage.
    """
    _check_results(run.record)
    _check_good(run.record, own)
    circuits = _Circuits(RecordedFiles(run.folder, run.record.files))
    return _lock(run, circuits), circuits.contents


def reference_of(run: FinishedRun) -> LockRecord:
    """The lock of a run for comparing with it alone: no circuit is read, and it need not have come to a good end.

    Raises `UsageError` for a run without results, `RecordError` for damage.
    """
    _check_results(run.record)
    try:
        return _lock(run, _Unread(RecordedFiles(run.folder, run.record.files)))
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, OSError) as error:  # it may be anybody's
        raise RecordError(f"the run '{run.folder}' cannot be read: it is damaged") from error


def _lock(run: FinishedRun, circuits: _Unread) -> LockRecord:
    record, points = run.record, run.points
    parts = [record] if points is None else [points.variant(number) for number in range(len(points.variants))]
    return LockRecord(
        name=record.name,
        spec=LockedFile(path=record.spec.path.replace("\\", "/").rpartition("/")[2], sha256=record.spec.sha256),
        bases=tuple(LockedFile(path=base.path, sha256=base.sha256) for base in record.layers),
        inputs=tuple(LockedFile(path=file.path, sha256=file.sha256) for file in record.inputs),
        asked=plain(without_effect_removed(run.spec_in_force())),
        seed=record.seed,
        versions=record.versions,
        variants=tuple(_variant(part, circuits) for part in parts),
        points=tuple(_points(run)),
        points_hash=None if points is None else points.content_hash(),
        content_hash=record.content_hash,
    )


def _check_results(record: RunRecord) -> None:
    if record.is_dry:
        raise UsageError(f"the run {record.run} is a dry run, which has no results")
    if record.outcome in UNFINISHED:
        raise UsageError(f"the run {record.run} has not come to its end", advice=f"qspec resume {record.run}")


def _check_good(record: RunRecord, own: str) -> None:
    reason = why_not_locked(record, own)
    if reason:
        raise UsageError(f"the run {record.run} is not locked: {reason}", advice=f"qspec show {record.run}")
    if record.overrides:
        said = " ".join(f"--set {override}" for override in record.overrides)
        message = f"the run {record.run} was made with {said}: a lock is of the spec as it stands in its file"
        raise UsageError(message, advice="write the value into the spec, and lock that")


def why_not_locked(record: RunRecord, own: str = "") -> str:
    """Why the results of a run are no good ones to lock, in words; empty when they are.

    That they are not those of the lock that they are to replace, `own`, is no reason.
    """
    if any(job.status != "DONE" for job in record.jobs):
        return "a job failed"
    failed = [each for each in record.verdicts if not each.verdict.passed and each.expectation.get("reference") != own]
    return f"an expectation did not hold: {failed[0].verdict.message}" if failed else ""


class _Unread:
    """The ISA circuits of a run, as far as its record has them."""

    def __init__(self, files: RecordedFiles) -> None:
        self.files = files

    def locked(self, circuit: CircuitRecord) -> LockedCircuit:
        """A circuit of the run."""
        return _locked(circuit, ())


class _Circuits(_Unread):
    """The ISA circuits of a run as they are kept beside a lock."""

    def __init__(self, files: RecordedFiles) -> None:
        super().__init__(files)
        self.contents: dict[str, bytes] = {}
        self._layouts: dict[str, tuple[int, ...]] = {}

    def locked(self, circuit: CircuitRecord) -> LockedCircuit:
        """A circuit of the run, whose file is among the `contents` from now on."""
        known = self._layouts.get(circuit.qpy)
        if known is not None:
            return _locked(circuit, known)
        read = read_circuit(circuit.qpy, self.files)
        layout = self._layouts[circuit.qpy] = layout_of(read, circuit.num_qubits)
        found = _locked(circuit, layout)
        self.contents[found.file] = _packed(read) or self.files.read(circuit.qpy)
        return found


def _locked(circuit: CircuitRecord, layout: tuple[int, ...]) -> LockedCircuit:
    """Its file is called by the hash of the circuit and its layout: circuits that are alike may be laid out differently."""
    return LockedCircuit(
        id=circuit.id,
        hash=circuit.hash,
        file=f"{sha256(canonical([circuit.hash, layout])).partition(':')[2][:16]}.qpy",
        layout=layout,
        physical_qubits=circuit.physical_qubits,
        depth=circuit.depth,
        size=circuit.size,
        two_qubit_gates=circuit.two_qubit_gates,
        operations=circuit.operations,
    )


def _packed(circuit: QuantumCircuit) -> bytes | None:
    """QPY of a version that older supported versions of Qiskit read; None where that cannot say it."""
    from qiskit.exceptions import QiskitError

    with suppress(QiskitError):
        return circuit_bytes(circuit, QPY_VERSION)
    return None


def _variant(part: RunRecord | VariantRecord, circuits: _Unread) -> LockedVariant:
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
