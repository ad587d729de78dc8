"""PUBs cut down to the qubits that they use, with the backend cut down to the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from qspec.simulation.compaction import observed_qubits

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.primitives.containers.estimator_pub import EstimatorPub
    from qiskit.primitives.containers.observables_array import ObservablesArray
    from qiskit.primitives.containers.sampler_pub import SamplerPub

    from qspec.simulation.local import LocalBackend

    Pub: TypeAlias = "SamplerPub | EstimatorPub"


@dataclass(frozen=True, kw_only=True, slots=True)
class SmallPub:
    """A PUB over few qubits, and the backend over the same; `qubits[k]` is the physical qubit of qubit `k`."""

    backend: LocalBackend
    pub: Pub
    qubits: tuple[int, ...]


def narrow(backend: LocalBackend, pub: Pub) -> SmallPub:
    """The PUB and the backend without the qubits that neither the circuit nor an observable touches.

    Measurements at the end of an estimator's circuit are left out, as the runtime's estimator leaves them out.
    """
    observables = getattr(pub, "observables", None)
    if observables is None:
        compaction = backend.compacted([pub.circuit])
        return SmallPub(
            backend=compaction.backend, pub=with_circuit(pub, compaction.circuits[0]), qubits=compaction.qubits
        )
    compaction = backend.compacted([unmeasured(pub.circuit)], also=observed_qubits(observables))
    small = with_circuit(pub, compaction.circuits[0], compaction.observables(observables))
    return SmallPub(backend=compaction.backend, pub=small, qubits=compaction.qubits)


def unmeasured(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit without the measurements at its end, as the runtime's estimator takes it."""
    if not any(instruction.name == "measure" for instruction in circuit.data):
        return circuit
    bare: QuantumCircuit = circuit.remove_final_measurements(inplace=False)
    return bare


def with_circuit(pub: Any, circuit: QuantumCircuit, observables: ObservablesArray | None = None) -> Any:
    """The same PUB of another circuit, with other observables where they are given."""
    if not hasattr(pub, "observables"):
        return type(pub)(circuit, pub.parameter_values, pub.shots)
    return type(pub)(
        circuit, pub.observables if observables is None else observables, pub.parameter_values, pub.precision
    )
