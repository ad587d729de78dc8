"""The plan of a recorded run, made from its own folder alone: nothing is transpiled, drawn or evaluated again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qspec.errors import RecordError, SourceError
from qspec.planning.fingerprint import has_fingerprint
from qspec.planning.isa import IsaCircuit
from qspec.planning.lineup import Shares, lined_up
from qspec.planning.observables import observables_of, read_files
from qspec.planning.parts import part_of
from qspec.planning.plan import Plan
from qspec.planning.pubs import PlannedJob, PlannedPub, planned_job, planned_pub
from qspec.planning.restored import RecordedInputs, recorded_layers
from qspec.planning.reuse import Reuse
from qspec.planning.shared import Shared
from qspec.planning.sweeps import SweepPlan
from qspec.reading.build import build
from qspec.reading.layers import put
from qspec.reading.load import Loaded
from qspec.records.archive import read_arrays, unpack
from qspec.records.bundles import RecordedFiles
from qspec.records.circuits import circuit_of, read_circuit
from qspec.records.names import RESOLVED
from qspec.records.points import ORDER, Points
from qspec.records.record import parse_json, read_record
from qspec.records.view import FinishedRun

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from qiskit import QuantumCircuit
    from qiskit.primitives.containers.bindings_array import BindingsArray
    from qiskit.primitives.containers.observables_array import ObservablesArray
    from qiskit.transpiler import Target

    from qspec.planning.sweeps import AnyPlan
    from qspec.records.archive import Fields
    from qspec.records.parts import CircuitRecord, JobRecord, PubRecord
    from qspec.records.record import RunRecord
    from qspec.service.backend import RemoteBackend
    from qspec.simulation.local import LocalBackend
    from qspec.sweep import Variants

    Isa = Mapping[str, IsaCircuit]


def plan_again(folder: Path, *, trust: bool = False) -> AnyPlan:
    """The plan that a run was made from: the same circuits, parameter values, observables and seeds.

    A backend on a service is opened when something is submitted to it, and estimates for it are not made again; any
    other is opened at once. `trust` lets code run later that the spec names. Raises `RecordError` that names the file
    when one of the run folder is missing or damaged, and what opening the backend, or logging in, raises.
    """
    start = time.perf_counter()
    record = read_record(folder)
    if record.sweep is not None:
        return _sweep_again(folder, record, record.sweep.variants, trust=trust)
    files = RecordedFiles(folder, record.files)
    loaded = _load(files, record, _resolved(files), trust=trust)
    wanted = loaded.spec.backend
    backend = wanted.recall() if getattr(wanted, "remote", False) else wanted.open()
    arrays = {job.id: _arrays(folder, job, record) for job in record.jobs}
    return _plan(files, record, loaded, backend, arrays, start)


def _plan(
    files: RecordedFiles,
    record: RunRecord,
    loaded: Loaded,
    backend: LocalBackend | RemoteBackend,
    arrays: Mapping[str, list[Fields]],
    start: float,
) -> Plan:
    isa = {circuit.qpy: _isa(circuit, files) for circuit in record.circuits}
    target = None if backend.remote else backend.target
    jobs = tuple(_job(job, record, loaded, isa, arrays[job.id], target=target) for job in record.jobs)
    return Plan(
        loaded=loaded,
        spec=loaded.spec,
        seed=record.seed,
        seeds=dict(record.seeds),
        resolved=loaded.data,
        backend=backend,
        jobs=jobs,
        sources=dict(record.sources),
        findings=(),
        seconds=time.perf_counter() - start,
    )


def _arrays(folder: Path, job: JobRecord, record: RunRecord) -> list[Fields]:
    """The parameter values of a job's PUBs."""
    if job.inputs is None:
        return [{} for _ in job.pubs]
    return unpack(read_arrays(folder / job.inputs, sha256=record.files.get(job.inputs)), len(job.pubs))


def _sweep_again(folder: Path, record: RunRecord, variants: Variants, *, trust: bool) -> SweepPlan:
    """The plan of a sweep, whose variants are planned again when they are asked for."""
    resolved_data = _resolved(RecordedFiles(folder, record.files))
    plans = RecordedPlans(folder, record, trust=trust)
    first = plans[0]
    return SweepPlan(
        loaded=replace(first.loaded, data=resolved_data),
        spec=replace(first.spec, sweep=variants.sweep),
        seed=record.seed,
        variants=variants,
        plans=plans,
        resolved=resolved_data,
        findings=(),
        seconds=0.0,
        shares=_shares(folder, record),
    )


def _shares(folder: Path, record: RunRecord) -> dict[str, Shares]:
    """How the jobs of a sweep went, or will go, to the service; none where it runs on this machine."""
    if record.execution is None:
        return {}
    points = Points(FinishedRun(record, folder))
    orders = read_arrays(folder / ORDER, sha256=record.files.get(ORDER))
    sizes = [{job.id: len(job.pubs) for job in points.variant(number).jobs} for number in range(len(points.variants))]
    return {job.id: _share(job, orders[job.id].tolist(), points.variants, sizes) for job in record.jobs}


def _share(job: JobRecord, order: list[int], variants: Variants, sizes: Sequence[Mapping[str, int]]) -> Shares:
    parts = tuple(part_of(each) for each in job.submissions if each.state != "replaced")
    return Shares(lineup=lined_up(order, [sizes[variants.place(point)[0]][job.id] for point in order]), parts=parts)


class RecordedPlans(Sequence[Plan]):
    """The plans of the variants of a sweep, each made from the run folder when it is asked for; the last one is kept."""

    def __init__(self, folder: Path, record: RunRecord, *, trust: bool) -> None:
        self._files = RecordedFiles(folder, record.files)
        self._record = record
        self._trust = trust
        self._points = Points(FinishedRun(record, folder))
        self._shared = Shared(Reuse())
        self._last: tuple[int, Plan] | None = None

    def __len__(self) -> int:
        return len(self._points.variants)

    def __getitem__(self, variant: Any) -> Any:
        if isinstance(variant, slice):
            return tuple(self[number] for number in range(*variant.indices(len(self))))
        if self._last is None or self._last[0] != variant:
            self._last = variant, self._made(variant)
        return self._last[1]

    def _made(self, variant: int) -> Plan:
        start = time.perf_counter()
        planned = self._points.variant(variant)
        record = replace(
            self._record,
            jobs=planned.jobs,
            circuits=planned.circuits,
            sources=planned.sources,
            seed=planned.seed,
            seeds=planned.seeds,
        )
        loaded = _load(self._files, record, dict(planned.spec), trust=self._trust)
        wanted = loaded.spec.backend
        backend = self._shared.backend(wanted, lambda: self._open(wanted))
        arrays: dict[str, list[Fields]] = {
            job.id: self._points.inputs(variant, job) if job.inputs else [{} for _ in job.pubs] for job in planned.jobs
        }
        return _plan(self._files, record, loaded, backend, arrays, start)

    def _open(self, wanted: Any) -> LocalBackend | RemoteBackend:
        """A backend; those of one account share a log-in."""
        backend: LocalBackend | RemoteBackend
        backend = wanted.recall(self._shared.service(wanted)) if getattr(wanted, "remote", False) else wanted.open()
        return backend


def _resolved(files: RecordedFiles) -> dict[str, Any]:
    """The spec in force. Raises `RecordError` that names its file."""
    try:
        return parse_json(files.read(RESOLVED))
    except RecordError as error:
        path = str(files.folder / RESOLVED)
        raise RecordError(str(error) if path in str(error) else f"'{path}' cannot be used: {error}") from error


def _load(stored: RecordedFiles, record: RunRecord, data: dict[str, Any], *, trust: bool) -> Loaded:
    """A spec in force, with the input files as they were."""
    files = RecordedInputs(stored, record, trust=trust)
    try:
        spec = build(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RecordError(f"'{stored.folder / RESOLVED}' cannot be used: it is damaged") from error
    return Loaded(
        path=record.spec.path,
        data=data,
        findings=(),
        root=None,
        axes=None,
        files=files,
        layers=recorded_layers(stored, record),
        overrides=record.overrides,
        texts={},
        spec=spec,
        repeats=record.run,
    )


def _isa(circuit: CircuitRecord, files: RecordedFiles) -> IsaCircuit:
    return IsaCircuit(
        source=circuit.id,
        circuit=_circuit(circuit, files),
        hash=circuit.hash,
        num_qubits=circuit.num_qubits,
        physical_qubits=circuit.physical_qubits,
        depth=circuit.depth,
        two_qubit_gates=circuit.two_qubit_gates,
        two_qubit_depth=circuit.two_qubit_depth,
        size=circuit.size,
        operations=circuit.operations,
        registers=circuit.registers,
        duration=circuit.duration,
    )


def _circuit(circuit: CircuitRecord, files: RecordedFiles) -> QuantumCircuit:
    """The ISA circuit from its QPY file. Raises `RecordError` when it is not the one that was recorded."""
    found = read_circuit(circuit.qpy, files)
    path = files.folder / circuit.qpy
    try:
        same = has_fingerprint(found, circuit.hash)
    except Exception as error:  # damaged bytes may be read, and make a circuit that is none
        raise RecordError(f"'{path}' is damaged: it cannot be read as QPY") from error
    if not same:
        raise RecordError(f"'{path}' does not hold the circuit that was recorded")
    return found


def _job(
    job: JobRecord,
    record: RunRecord,
    loaded: Loaded,
    isa: Isa,
    arrays: list[Fields],
    *,
    target: Target | None,
) -> PlannedJob:
    program = loaded.spec.jobs[job.id]
    pubs: list[PlannedPub] = []
    for pub, values in zip(job.pubs, arrays, strict=True):
        circuit = _circuit_of(pub, record, isa)
        bindings = _bindings(values, list(program.pubs[pub.index].parameter_values))
        observables = _observables(job, pub, loaded, circuit) if program.observables else None
        planned = planned_pub(program, pub.index, circuit, bindings, observables, target=target)
        if planned.shape != pub.shape:
            raise RecordError(f"job '{job.id}' has lost parameter values: its PUB {pub.index} has another shape")
        pubs.append(planned)
    return planned_job(job.id, program, tuple(pubs), seed=record.seed)


def _circuit_of(pub: PubRecord, record: RunRecord, isa: Isa) -> IsaCircuit:
    """The ISA circuit of a PUB."""
    return replace(isa[circuit_of(pub, record.circuits).qpy], source=pub.circuit)


def _bindings(fields: Fields, names: list[str]) -> BindingsArray:
    """The parameter sets of a PUB, grouped as the spec names them: a vector's elements stand together."""
    from qiskit.primitives.containers.bindings_array import BindingsArray

    if not fields:
        return BindingsArray()
    values, columns = fields["parameter_values"], fields["parameters"].tolist()
    groups: dict[str, list[int]] = {}
    for index, column in enumerate(columns):
        name = next((name for name in names if name == column), column.rpartition("[")[0])
        groups.setdefault(name, []).append(index)
    data = {tuple(columns[index] for index in group): values[..., group] for group in groups.values()}
    return BindingsArray(data, values.shape[:-1])


def _observables(job: JobRecord, pub: PubRecord, loaded: Loaded, circuit: IsaCircuit) -> ObservablesArray:
    route = ("jobs", job.id, "pubs", pub.index, "observables")
    written = loaded.data["jobs"][job.id]["pubs"][pub.index]["observables"]
    found = dict(read_files(written, loaded.files, route))
    damaged = next((content for content in found.values() if isinstance(content, SourceError)), None)
    if damaged is not None:
        raise RecordError(str(damaged))
    whole = put(written, {place[len(route) :]: content for place, content in found.items()})
    follow = loaded.spec.transpile.enabled
    return observables_of(whole, circuit.circuit, num_qubits=circuit.num_qubits, follow_layout=follow)
