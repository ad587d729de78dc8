"""What goes into a run folder before the first job: the spec and its inputs, circuits, backend, parameter values."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from qspec.planning.sweeps import SweepPlan
from qspec.records.archive import pack, write_arrays
from qspec.records.circuits import circuit_bytes, layout_of
from qspec.records.files import plain
from qspec.records.folder import stored_input
from qspec.records.layout import readable
from qspec.records.names import BACKEND, CIRCUITS, INPUTS, JOBS, POINTS, RESOLVED, SPEC
from qspec.records.points import ORDER, VALUES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from qiskit import QuantumCircuit

    from qspec.planning.plan import IsaCircuit, PlannedJob
    from qspec.planning.sweeps import AnyPlan

PlacedNames = dict[tuple[str, tuple[int, ...]], str]
"""The names of the files of ISA circuits, by a circuit's hash and the qubits that its own were placed on."""

MOST_OPERATIONS = 20_000  # the exporter takes some 40 microseconds for each
_MATRICES = frozenset(
    {"diagonal", "hamiltonian", "initialize", "isometry", "kraus", "state_preparation", "superop", "unitary"}
)
"""Operations that OpenQASM 3 has no words for: the exporter would write down a decomposition, another circuit."""


def first_files(plan: AnyPlan) -> dict[str, bytes]:
    """The files that a plan becomes, by their paths in the run folder."""
    files = {SPEC: plan.loaded.layers[0].content}
    files |= {stored_input(layer.name): layer.content for layer in plan.loaded.layers[1:]}
    files |= {stored_input(name): content for name, content in plan.loaded.files.used.items()}
    files |= {stored_input(name): content for name, content in plan.loaded.files.references.items()}
    files |= {RESOLVED: readable(plain(plan.resolved))}
    if isinstance(plan, SweepPlan):
        backends = {file: planned for planned, file in zip(plan.plans, backend_files(plan), strict=True)}
        files |= {file: readable(plain(planned.backend.description())) for file, planned in backends.items()}
        files |= _circuit_files(isa_circuits([job for planned in plan.plans for job in planned.jobs]))
        return files | _values(plan) | _order(plan)
    files |= {BACKEND: readable(plain(plan.backend.description()))}
    files |= _circuit_files(isa_circuits(plan.jobs))
    for job in plan.jobs:
        arrays = [_parameter_arrays(pub.pub) for pub in job.pubs]
        if any(arrays):
            files[inputs_of(job)] = _archive(pack(arrays))
    return files


def backend_files(plan: SweepPlan) -> list[str]:
    """The file of each variant's backend: variants that share a backend share its file."""
    names: dict[int, str] = {}
    return [
        names.setdefault(id(planned.backend), f"{POINTS}/backend-{len(names)}.json" if names else BACKEND)
        for planned in plan.plans
    ]


def _values(plan: SweepPlan) -> dict[str, bytes]:
    """The parameter values of every variant at its first point, in one archive; none without any."""
    arrays = {
        f"v{variant}.{job.id}.{name}": array
        for variant, planned in enumerate(plan.plans)
        for job in planned.jobs
        for name, array in pack([_parameter_arrays(pub.pub) for pub in job.pubs]).items()
    }
    return {VALUES: _archive(arrays)} if arrays else {}


def _order(plan: SweepPlan) -> dict[str, bytes]:
    """In what order the points go to the service, for each job; none where they run on this machine."""
    import numpy as np

    orders = {job: np.array(shares.lineup.order) for job, shares in plan.shares.items()}
    return {ORDER: _archive(orders)} if orders else {}


def isa_circuits(jobs: Iterable[PlannedJob]) -> dict[str, IsaCircuit]:
    """The ISA circuits of jobs by the names of their files, in order of their first PUB.

    Circuits that became the same ISA circuit share a file, unless their qubits are laid out differently on it.
    """
    alike: dict[str, dict[tuple[int, ...], IsaCircuit]] = {}
    for job in jobs:
        for pub in job.pubs:
            alike.setdefault(pub.circuit.hash, {}).setdefault(
                layout_of(pub.circuit.circuit, pub.circuit.num_qubits), pub.circuit
            )
    return {
        f"{hash_.removeprefix('sha256:')}{f'-{number}' if number else ''}": circuit
        for hash_, circuits in alike.items()
        for number, circuit in enumerate(circuits.values())
    }


def placed_names(names: Mapping[str, IsaCircuit]) -> PlacedNames:
    """The names of files by what is in them, from `isa_circuits`."""
    return {(circuit.hash, layout_of(circuit.circuit, circuit.num_qubits)): name for name, circuit in names.items()}


def recorded_circuits(jobs: Iterable[PlannedJob], files: PlacedNames) -> Iterator[tuple[str, IsaCircuit]]:
    """The circuits that a record lists, with the names of their files: each ISA circuit once, or for each circuit of
    the spec where their qubits are laid out differently on it.
    """
    alike: dict[str, dict[str, IsaCircuit]] = {}
    for job in jobs:
        for pub in job.pubs:
            alike.setdefault(pub.circuit.hash, {}).setdefault(pub.circuit.source, pub.circuit)
    for by_source in alike.values():
        circuits = list(by_source.values())
        kept = (
            circuits
            if len({layout_of(circuit.circuit, circuit.num_qubits) for circuit in circuits}) > 1
            else circuits[:1]
        )
        yield from ((files[circuit.hash, layout_of(circuit.circuit, circuit.num_qubits)], circuit) for circuit in kept)


def inputs_of(job: PlannedJob) -> str:
    """Where the parameter values of a job's PUBs are kept."""
    return f"{JOBS}/{job.id}/{INPUTS}"


def circuit_file(name: str, suffix: str) -> str:
    """Where an ISA circuit is kept, as `qpy` or `qasm`, by its name in `isa_circuits`."""
    return f"{CIRCUITS}/{name}.{suffix}"


def _circuit_files(circuits: dict[str, IsaCircuit]) -> dict[str, bytes]:
    """Every circuit as QPY, and as OpenQASM 3 those that it can say, until they are very many operations."""
    files: dict[str, bytes] = {}
    operations = 0
    for name, circuit in circuits.items():
        files[circuit_file(name, "qpy")] = circuit_bytes(circuit.circuit)
        operations += circuit.size
        text = _openqasm(circuit.circuit) if operations <= MOST_OPERATIONS else None
        if text is not None:
            files[circuit_file(name, "qasm")] = text.encode()
    return files


def _openqasm(circuit: QuantumCircuit) -> str | None:
    from qiskit import qasm3
    from qiskit.exceptions import QiskitError

    if not _MATRICES.isdisjoint(circuit.count_ops()):
        return None
    try:
        return str(qasm3.dumps(circuit, disable_constants=True))  # angles as exact numbers, not as fractions of pi
    except QiskitError:  # there are things that OpenQASM 3 cannot say; the record says so with a null
        return None


def _parameter_arrays(pub: Any) -> dict[str, Any]:
    """A PUB's parameter values: an array whose last axis runs over the parameters, and the names of these.

    There may be a shape without any parameters: transpiling can remove those that have no effect.
    """
    import numpy as np

    values = pub.parameter_values
    if not values.data:
        empty = {"parameter_values": np.zeros((*values.shape, 0)), "parameters": np.array([], dtype="U1")}
        return empty if values.shape else {}
    names = [str(name) for group in values.data for name in group]
    return {"parameter_values": np.concatenate(list(values.data.values()), axis=-1), "parameters": np.array(names)}


def _archive(arrays: Mapping[str, Any]) -> bytes:
    stream = io.BytesIO()
    write_arrays(stream, arrays)
    return stream.getvalue()
