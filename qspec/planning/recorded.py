"""The plan of a recorded run, made from its own folder alone: nothing is transpiled, drawn or evaluated again."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from qspec.errors import RecordError, SourceError
from qspec.planning.fingerprint import fingerprint
from qspec.planning.isa import IsaCircuit
from qspec.planning.observables import observables_of, read_files
from qspec.planning.plan import Plan
from qspec.planning.pubs import PlannedJob, PlannedPub, planned_job, planned_pub
from qspec.reading.build import build
from qspec.reading.files import InputFiles
from qspec.reading.layers import put
from qspec.reading.load import Loaded
from qspec.records.archive import read_arrays, unpack
from qspec.records.files import read_bytes, sha256
from qspec.records.names import RESOLVED, STORED
from qspec.records.record import parse_json, read_record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from qiskit import QuantumCircuit
    from qiskit.primitives.containers.bindings_array import BindingsArray
    from qiskit.primitives.containers.observables_array import ObservablesArray
    from qiskit.transpiler import Target

    from qspec.records.archive import Fields
    from qspec.records.parts import CircuitRecord, JobRecord, PubRecord
    from qspec.records.record import RunRecord

    Isa = Mapping[str, IsaCircuit]


def plan_again(folder: Path, *, trust: bool = False) -> Plan:
    """The plan that a run was made from: the same circuits, parameter values, observables and seeds.

    A backend on a service is opened when something is submitted to it, and estimates for it are not made again; any
    other is opened at once. `trust` lets code run later that the spec names. Raises `RecordError` that names the file
    when one of the run folder is missing or damaged, and what opening the backend, or logging in, raises.
    """
    start = time.perf_counter()
    record = read_record(folder)
    loaded = _load(folder, record, trust=trust)
    wanted = loaded.spec.backend
    backend = wanted.recall() if getattr(wanted, "remote", False) else wanted.open()
    isa = {circuit.qpy: _isa(folder, circuit, record) for circuit in record.circuits}
    target = None if backend.remote else backend.target
    jobs = tuple(_job(folder, job, record, loaded, isa, target=target) for job in record.jobs)
    return Plan(
        loaded=loaded,
        spec=loaded.spec,
        seed=record.seed,
        seeds=dict(record.seeds),
        resolved=loaded.data,
        backend=backend,
        jobs=jobs,
        findings=(),
        seconds=time.perf_counter() - start,
    )


def _read(folder: Path, name: str, record: RunRecord, noted: str | None = None) -> bytes:
    """The bytes of a file as they were recorded. Raises `RecordError`."""
    content = read_bytes(folder / name)
    expected = noted or record.files.get(name)
    if expected not in (None, sha256(content)):
        raise RecordError(f"'{folder / name}' was changed or damaged after it was written")
    return content


def _load(folder: Path, record: RunRecord, *, trust: bool) -> Loaded:
    """The spec in force, with the input files as they were."""
    files = InputFiles(folder / STORED, allow_outside=True, trust=trust)
    files.used |= {file.path: _read(folder, file.stored, record, file.sha256) for file in record.inputs}
    path = folder / RESOLVED
    try:
        data = parse_json(_read(folder, RESOLVED, record))
        spec = build(data)
    except (RecordError, KeyError, TypeError, ValueError, AttributeError) as error:
        words = str(error) if isinstance(error, RecordError) else "it is damaged"
        raise RecordError(words if str(path) in words else f"'{path}' cannot be used: {words}") from error
    return Loaded(
        path=record.spec.path,
        data=data,
        findings=(),
        root=None,
        files=files,
        layers=(),
        overrides=record.overrides,
        texts={},
        spec=spec,
    )


def _isa(folder: Path, circuit: CircuitRecord, record: RunRecord) -> IsaCircuit:
    return IsaCircuit(
        source=circuit.id,
        circuit=_circuit(folder, circuit, record),
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


def _circuit(folder: Path, circuit: CircuitRecord, record: RunRecord) -> QuantumCircuit:
    """The ISA circuit from its QPY file. Raises `RecordError` when it is not the one that was recorded."""
    from qiskit import qpy

    content = _read(folder, circuit.qpy, record)
    path = folder / circuit.qpy
    try:
        (found,) = qpy.load(io.BytesIO(content))
        same = fingerprint(found) == circuit.hash
    except Exception as error:  # QPY fails in a dozen ways on damaged bytes
        raise RecordError(f"'{path}' is damaged: it cannot be read as QPY") from error
    if not same:
        raise RecordError(f"'{path}' does not hold the circuit that was recorded")
    return found


def _job(
    folder: Path, job: JobRecord, record: RunRecord, loaded: Loaded, isa: Isa, *, target: Target | None
) -> PlannedJob:
    program = loaded.spec.jobs[job.id]
    arrays: list[Fields] = [{} for _ in job.pubs]
    if job.inputs is not None:
        arrays = unpack(read_arrays(folder / job.inputs, sha256=record.files.get(job.inputs)), len(job.pubs))
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
    """The ISA circuit of a PUB: its own, or the one of another circuit that became the same."""
    alike = [circuit for circuit in record.circuits if circuit.hash == pub.isa]
    found = next((circuit for circuit in alike if circuit.id == pub.circuit), alike[0])
    return replace(isa[found.qpy], source=pub.circuit)


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
