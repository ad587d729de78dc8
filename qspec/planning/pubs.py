"""Jobs with their PUBs as the primitives take them, and how much each would run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.frozen import frozen
from qspec.planning.bindings import bindings_of
from qspec.planning.estimate import qpu_seconds, readout_of, rep_delay_of
from qspec.planning.inputs import combine_of
from qspec.planning.observables import observables_of
from qspec.seeds import derive

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qiskit.primitives.containers.bindings_array import BindingsArray
    from qiskit.primitives.containers.estimator_pub import EstimatorPub
    from qiskit.primitives.containers.observables_array import ObservablesArray
    from qiskit.primitives.containers.sampler_pub import SamplerPub
    from qiskit.transpiler import Target

    from qspec.diagnostics import Route
    from qspec.planning.circuits import Built
    from qspec.planning.inputs import Inputs
    from qspec.planning.isa import IsaCircuit


@frozen
class PlannedPub:
    """One PUB: `shape` is that of its results, `shots` those of one execution.

    `executions` are circuit executions: parameter sets times measurement bases (a sampler has one basis). `bases` are
    the distinct ones of the PUB. `qpu_seconds` is an estimate, None where the target has no durations.
    """

    index: int
    circuit: IsaCircuit
    pub: SamplerPub | EstimatorPub
    shape: tuple[int, ...]
    parameter_sets: int
    bases: int
    executions: int
    shots: int
    qpu_seconds: float | None

    def data(self) -> dict[str, Any]:
        """The PUB without circuit and arrays, as JSON data."""
        return {
            "index": self.index,
            "circuit": self.circuit.source,
            "num_qubits": self.circuit.num_qubits,
            "depth": self.circuit.depth,
            "two_qubit_gates": self.circuit.two_qubit_gates,
            "shape": list(self.shape),
            "parameter_sets": self.parameter_sets,
            "bases": self.bases,
            "executions": self.executions,
            "shots": self.shots,
            "qpu_seconds": self.qpu_seconds,
        }


@frozen
class PlannedJob:
    """One job: `job` is the object of its program, `shots` and `precision` those in force, `seed` the simulator's."""

    id: str
    job: Any
    pubs: tuple[PlannedPub, ...]
    shots: int | None
    precision: float | None
    seed: int
    pub_seeds: tuple[int, ...]
    qpu_seconds: float | None

    def data(self) -> dict[str, Any]:
        """The job as JSON data."""
        return {
            "program_id": self.job.kind,
            "shots": self.shots,
            "precision": self.precision,
            "qpu_seconds": self.qpu_seconds,
            "pubs": [pub.data() for pub in self.pubs],
        }


@frozen
class Surroundings:
    """What all PUBs of a spec share: circuits before and after transpilation by id, the target, and the seed."""

    inputs: Inputs
    built: Mapping[str, Built]
    isa: Mapping[str, IsaCircuit]
    target: Target
    transpiled: bool
    seed: int


def plan_job(name: str, job: Any, around: Surroundings) -> PlannedJob:
    """One job, whose PUBs have no mistakes. `job` is the object of its program."""
    pubs = tuple(_plan_pub(job, ("jobs", name, "pubs", index), around) for index in range(len(job.pubs)))
    return planned_job(name, job, pubs, seed=around.seed)


def planned_job(name: str, job: Any, pubs: tuple[PlannedPub, ...], *, seed: int) -> PlannedJob:
    """A job of these PUBs, with its seeds derived from the root `seed`."""
    known = [pub.qpu_seconds for pub in pubs if pub.qpu_seconds is not None]
    return PlannedJob(
        id=name,
        job=job,
        pubs=pubs,
        shots=None if job.observables else job.effective_shots,
        precision=job.effective_precision if job.observables else None,
        seed=derive(seed, "simulator", name),
        pub_seeds=tuple(derive(seed, "simulator", name, str(pub.index)) for pub in pubs),
        qpu_seconds=sum(known) if len(known) == len(pubs) else None,
    )


def _plan_pub(job: Any, route: Route, around: Surroundings) -> PlannedPub:
    index = int(route[3])
    written = around.inputs.data["jobs"][route[1]]["pubs"][index]
    circuit = around.isa[written["circuit"]]
    bindings = _bindings(written, route, around)
    observables = _observables(written, around) if job.observables else None
    return planned_pub(job, index, circuit, bindings, observables, target=around.target)


def planned_pub(
    job: Any,
    index: int,
    circuit: IsaCircuit,
    bindings: BindingsArray,
    observables: ObservablesArray | None,
    *,
    target: Target | None,
) -> PlannedPub:
    """One PUB of a job, as its program makes it of its parts, and how long it would take on the target, if one is given."""
    pub = job.make_pub(circuit.circuit, bindings, observables)
    executions = job.executions(pub)
    return PlannedPub(
        index=index,
        circuit=circuit,
        pub=pub,
        shape=tuple(pub.shape),
        parameter_sets=int(bindings.size),
        bases=job.measurement_bases(pub),
        executions=executions,
        shots=job.shots_per_execution,
        qpu_seconds=_seconds(job, circuit, executions, target),
    )


def _bindings(written: Mapping[str, Any], route: Route, around: Surroundings) -> BindingsArray:
    name = written["circuit"]
    return bindings_of(
        around.inputs.arrays[route],
        around.built[name].facts.parameters or {},
        combine=combine_of(written),
        kept={parameter.name for parameter in around.isa[name].circuit.parameters},
    )


def _observables(written: Mapping[str, Any], around: Surroundings) -> ObservablesArray:
    name = written["circuit"]
    return observables_of(
        written["observables"],
        around.isa[name].circuit,
        num_qubits=around.built[name].circuit.num_qubits,
        follow_layout=around.transpiled,
    )


def _seconds(job: Any, circuit: IsaCircuit, executions: int, target: Target | None) -> float | None:
    if circuit.duration is None or target is None:
        return None
    added = readout_of(circuit.physical_qubits, target) if job.observables else 0.0
    shots, delay = job.shots_per_execution, rep_delay_of(job.options)
    return qpu_seconds(circuit.duration + added, executions=executions, shots=shots, rep_delay=delay)
