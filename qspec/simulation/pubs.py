"""PUBs cut down to the qubits that they use, with the backend cut down to the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from qspec.frozen import frozen
from qspec.simulation.compaction import observed_qubits

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.circuit import Clbit, Qubit
    from qiskit.primitives.containers.estimator_pub import EstimatorPub
    from qiskit.primitives.containers.observables_array import ObservablesArray
    from qiskit.primitives.containers.sampler_pub import SamplerPub

    from qspec.simulation.local import LocalBackend

    Pub: TypeAlias = "SamplerPub | EstimatorPub"


@frozen
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
    """The circuit without the measurements at its end, as the runtime's estimator takes it.

    A measurement whose bit something reads or writes later is not at the end, whatever happens to its qubit.
    """
    if not any(instruction.name == "measure" for instruction in circuit.data):
        return circuit
    if circuit.has_control_flow_op() or any(instruction.name == "store" for instruction in circuit.data):
        return _unmeasured_dynamic(circuit)
    bare: QuantumCircuit = circuit.remove_final_measurements(inplace=False)
    return bare


def _unmeasured_dynamic(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit, with all of its bits, without the measurements that nothing comes after.

    Qiskit's `remove_final_measurements` looks at qubits only: it would drop a measurement that an `if` reads.
    """
    touched: set[Qubit | Clbit] = set()
    kept = []
    for instruction in reversed(circuit.data):
        final = instruction.name == "measure" and touched.isdisjoint((*instruction.qubits, *instruction.clbits))
        if final:
            continue
        kept.append(instruction)
        if instruction.name != "barrier":
            touched.update(instruction.qubits, instruction.clbits)
        if instruction.name == "store":
            touched.update(circuit.clbits)  # an expression may read any of them, and does not list them
    bare: QuantumCircuit = circuit.copy_empty_like()
    for instruction in reversed(kept):
        bare.append(instruction)
    return bare


def with_circuit(pub: Any, circuit: QuantumCircuit, observables: ObservablesArray | None = None) -> Any:
    """The same PUB of another circuit, with other observables where they are given."""
    if not hasattr(pub, "observables"):
        return type(pub)(circuit, pub.parameter_values, pub.shots)
    return type(pub)(
        circuit, pub.observables if observables is None else observables, pub.parameter_values, pub.precision
    )
