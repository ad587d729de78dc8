"""A run on disk, as sinks, checks, `show` and the Python API look at it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qspec.diagnostics import suggestion
from qspec.errors import RecordError, UsageError, reason_of
from qspec.records.archive import read_arrays, unpack
from qspec.records.bundles import RecordedFiles
from qspec.records.circuits import circuit_of, read_circuit
from qspec.records.files import hash_file, read_bytes
from qspec.records.names import RESOLVED
from qspec.records.record import parse_json, read_record
from qspec.records.saved import read_result
from qspec.records.status import FILE, read_events

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from qiskit import QuantumCircuit
    from qiskit.primitives import PrimitiveResult

    from qspec.records.archive import Fields
    from qspec.records.parts import JobRecord
    from qspec.records.point import PointRun
    from qspec.records.points import Points
    from qspec.records.record import RunRecord
    from qspec.records.saved import PubData, SavedResult

    Array = np.ndarray[Any, Any]


UNFINISHED = ("unfinished", "interrupted")


def has_ended(record: RunRecord) -> bool:
    """Whether a run came to its end, good or bad; one that did not can be resumed."""
    return record.outcome not in UNFINISHED


class FinishedRun:
    """A run and its results: `record` is its `RunRecord`, `folder` where it is on disk.

    Results are read when they are first asked for, and compared with the hashes that the record noted.
    """

    def __init__(self, record: RunRecord, folder: Path) -> None:
        self.record = record
        self.folder = folder
        self._saved: dict[str, SavedResult] = {}
        self._pubs: dict[str, tuple[PubData, ...]] = {}
        self._inputs: dict[str, list[Fields]] = {}
        self._last_circuit: tuple[str, QuantumCircuit] | None = None

    def __repr__(self) -> str:
        jobs = ", ".join(f"{job.id} {job.status}" for job in self.record.jobs)
        return f"<run {self.record.name}/{self.record.run} {self.record.outcome}: {jobs}>"

    @cached_property
    def points(self) -> Points | None:
        """The points of a sweep; None where there is none."""
        from qspec.records.points import Points

        return None if self.record.sweep is None else Points(self)

    def point(self, point: int | str) -> PointRun:
        """One point of a sweep as a run of its own, by its number or its id (or the beginning of that).

        Raises `UsageError` when there is none, `RecordError` for damage.
        """
        if self.points is None:
            raise UsageError("this run has no points: it is not one of a sweep")
        return self.points.point(point) if isinstance(point, int) else self.points.find(point)

    def job(self, job: str) -> JobRecord:
        """The record of a job. Raises `UsageError` when the run has no such job."""
        try:
            return self.record.job(job)
        except KeyError:
            names = [known.id for known in self.record.jobs]
            advice = suggestion(job, names) or f"its jobs: {', '.join(names)}"
            raise UsageError(f"this run has no job '{job}'", advice=advice) from None

    def spec_in_force(self) -> Mapping[str, Any]:
        """The spec as it was run, every default written out; empty where its file is missing or was changed."""
        path = self.folder / RESOLVED
        whole = path.is_file() and hash_file(path) == self.record.files.get(RESOLVED)
        return parse_json(read_bytes(path)) if whole else {}

    def finished_jobs(self) -> tuple[JobRecord, ...]:
        """The jobs that have a result, in order of the spec; none of a sweep's whole run: its points have them."""
        return tuple(job for job in self.record.jobs if job.result is not None)

    def result(self, job: str) -> PrimitiveResult[Any]:
        """The job's result as Qiskit's `PrimitiveResult`, equal to the one that the primitive gave.

        Raises `UsageError` when the run has no such job, `RecordError` when it has no result or a damaged one.
        """
        return self._read(job).primitive_result()

    def pubs(self, job: str) -> tuple[PubData, ...]:
        """The job's result without Qiskit, one `PubData` for each PUB. Raises as `result` does."""
        if job not in self._pubs:
            self._pubs[job] = self._read(job).pubs()
        return self._pubs[job]

    def pub(self, job: str, pub: int = 0) -> PubData:
        """One PUB of a job's result. Raises as `result` does, and `UsageError` for a PUB that is not there."""
        pubs = self.pubs(job)
        if not 0 <= pub < len(pubs):
            raise UsageError(f"job '{job}' has no PUB {pub}: it has {len(pubs)}, counted from 0")
        record = self.job(job)
        if record.status != "DONE" and record.pubs[pub].result_hash is None:
            raise RecordError(f"PUB {pub} of job '{job}' has no result: {record.error}")
        return pubs[pub]

    def counts(
        self, job: str, pub: int = 0, register: str | None = None, index: tuple[int, ...] | None = None
    ) -> dict[str, int]:
        """How often each bitstring occurs in a sampler's PUB, smallest first; qubit 0 is the rightmost character.

        Without `register` the joint bitstrings of all registers, the last one leftmost, a space between. `index`
        chooses a point of a broadcast PUB; without it all points are counted together.
        """
        return self.pub(job, pub).counts(register, index)

    def parameter_values(self, job: str, pub: int = 0) -> dict[str, Array]:
        """The values that each parameter of a PUB had, by its name, of the PUB's shape; empty without parameters."""
        record = self.job(job)
        if record.inputs is None:
            return {}
        if job not in self._inputs:
            arrays = read_arrays(self.folder / record.inputs, sha256=self.record.files.get(record.inputs))
            self._inputs[job] = unpack(arrays, len(record.pubs))
        fields = self._inputs[job][pub]
        if not fields:
            return {}
        import numpy as np

        values, shape = fields["parameter_values"], record.pubs[pub].shape
        names = enumerate(fields["parameters"].tolist())  # observables may have more axes than the values
        return {name: np.broadcast_to(values[..., column], shape) for column, name in names}

    def circuit(self, job: str, pub: int = 0) -> QuantumCircuit:
        """The ISA circuit of a PUB, as it was submitted. Nobody changes it: the same PUBs share it.

        Raises `UsageError` when there is no such job or PUB, `RecordError` when its file is missing or damaged.
        """
        pubs = self.job(job).pubs
        if not 0 <= pub < len(pubs):
            raise UsageError(f"job '{job}' has no PUB {pub}: it has {len(pubs)}, counted from 0")
        return self.circuit_in(circuit_of(pubs[pub], self.record.circuits).qpy)

    @cached_property
    def _circuit_files(self) -> RecordedFiles:
        return RecordedFiles(self.folder, self.record.files)

    def circuit_in(self, name: str) -> QuantumCircuit:
        """The ISA circuit in a file of the run; the last one is kept. Raises `RecordError`."""
        if self._last_circuit is None or self._last_circuit[0] != name:
            self._last_circuit = name, read_circuit(name, self._circuit_files)
        return self._last_circuit[1]

    def damage(self) -> tuple[str, ...]:
        """What is missing from the run's folder, or was changed since it was written; a line for each file.

        It reads every file whose hash the record has noted: of a run that did not come to its end all but those that
        were being written.
        """
        return tuple(self._damage())

    def _damage(self) -> Iterator[str]:
        for name, noted in self.record.files.items():
            path = self.folder / name
            try:
                if not path.is_file():
                    yield f"'{path}' is missing"
                elif hash_file(path) != noted:
                    yield f"'{path}' was changed or damaged after it was written"
            except RecordError as error:
                yield str(error)
            except OSError as error:
                yield f"cannot read '{path}': {reason_of(error)}"
        if has_ended(self.record):
            yield from self._damaged_events()

    def _damaged_events(self) -> Iterator[str]:
        path = self.folder / FILE
        try:
            log = read_events(self.folder)
        except RecordError as error:
            yield str(error) if path.exists() else f"'{path}' is missing"
            return
        lost = [event.seq for event in log.events] != list(range(1, len(log.events) + 1))
        resumed = any(event.event == "run-resumed" for event in log.events)  # after a crash that tore a line
        if log.set_aside and (lost or not resumed):
            yield f"'{path}' is damaged in line {', '.join(map(str, log.set_aside))}"
        elif lost:
            yield f"'{path}' has lost events"
        elif not log.events or log.events[-1].event != "run-finished":
            yield f"'{path}' has lost its end"

    def _read(self, job: str) -> SavedResult:
        if job not in self._saved:
            record = self.job(job)
            if self.record.sweep is not None:
                raise RecordError(f"job '{job}' has a result at each point of the sweep: see the run's 'points'")
            if record.result is None:
                raise RecordError(f"job '{job}' has no result: {record.error or f'its status is {record.status}'}")
            folder = (self.folder / record.result).parent
            inside = folder.relative_to(self.folder).as_posix()
            hashes = {name.removeprefix(f"{inside}/"): noted for name, noted in self.record.files.items()}
            self._saved[job] = read_result(folder, len(record.pubs), hashes)
        return self._saved[job]


def open_run(folder: Path | str) -> FinishedRun:
    """The run in a folder. Raises `RecordError` when it is missing or damaged."""
    path = Path(folder)
    return FinishedRun(read_record(path), path)
