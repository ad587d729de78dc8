"""A device cut down to the qubits that circuits use.

The runtime's client-side primitives twirl and measure every qubit of a backend, so that a job of two qubits on a
device of 133 becomes a simulation of 133. A qubit that nothing touches stays in its ground state and has no part in
any result: leaving it out gives the same distribution.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qspec.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from qiskit import QuantumCircuit
    from qiskit.circuit import CircuitInstruction, Clbit, Instruction, Qubit
    from qiskit.primitives.containers.observables_array import ObservablesArray
    from qiskit.quantum_info import SparseObservable

    from qspec.simulation.local import LocalBackend

# Neither takes an idle qubit out of its ground state.
_IDLE = ("barrier", "delay")


@frozen
class Compaction:
    """A backend over few qubits, and circuits for it. `qubits[k]` is the physical qubit that became qubit `k`."""

    backend: LocalBackend
    circuits: tuple[QuantumCircuit, ...]
    qubits: tuple[int, ...]

    def observables(self, observables: ObservablesArray) -> ObservablesArray:
        """Observables over the physical qubits, of any shape, for the compacted circuits.

        Raises `ValueError` when one acts on a qubit that was left out: such qubits belong in `also`.
        """
        from qiskit.primitives.containers.observables_array import ObservablesArray

        found = observables.sparse_observables_array()
        compacted = [self._observable(observable) for observable in found.ravel()]
        return ObservablesArray(compacted, num_qubits=len(self.qubits)).reshape(found.shape)

    def _observable(self, observable: SparseObservable) -> SparseObservable:
        from qiskit.quantum_info import SparseObservable

        new = {qubit: index for index, qubit in enumerate(self.qubits)}
        if left_out := sorted(set(map(int, observable.indices)) - new.keys()):
            raise ValueError(f"an observable acts on the qubits {left_out}, which were left out")
        terms = [
            (letters, [new[qubit] for qubit in qubits], coefficient)
            for letters, qubits, coefficient in observable.to_sparse_list()
        ]
        return SparseObservable.from_sparse_list(terms, num_qubits=len(self.qubits))


def observed_qubits(observables: ObservablesArray) -> frozenset[int]:
    """The qubits where any of the observables, an array of any shape, is not the identity."""
    found = observables.sparse_observables_array().ravel()
    return frozenset(int(qubit) for observable in found for qubit in observable.indices)


def qubits_in_use(circuits: Iterable[QuantumCircuit]) -> frozenset[int]:
    """The qubits that anything but a barrier or a delay acts on in any circuit, inside of control flow too."""
    return frozenset(circuit.find_bit(qubit).index for circuit in circuits for qubit in set(_touched(circuit)))


def _touched(circuit: QuantumCircuit) -> Iterator[Qubit]:
    for instruction in circuit.data:
        if instruction.is_control_flow():
            for block in instruction.operation.blocks:
                outer = dict(zip(block.qubits, instruction.qubits, strict=True))
                yield from (outer[qubit] for qubit in _touched(block))
        elif instruction.name not in _IDLE:
            yield from instruction.qubits


def narrow(circuit: QuantumCircuit, qubits: Iterable[int]) -> QuantumCircuit:
    """The circuit on these qubits alone, which must be all that it uses.

    Registers of bits, variables, parameters, metadata and global phase are kept; the layout is not, since it speaks of
    qubits that are gone.
    """
    from qiskit import QuantumRegister
    from qiskit.converters import circuit_to_dag, dag_to_circuit

    kept = {circuit.qubits[number] for number in qubits}
    dag = circuit_to_dag(_on(circuit, kept), copy_operations=False)
    dag.remove_qubits(*(qubit for qubit in circuit.qubits if qubit not in kept))
    if not dag.qregs:
        dag.add_qreg(QuantumRegister(name="q", bits=list(dag.qubits)))
    return dag_to_circuit(dag, copy_operations=False)


def _on(circuit: QuantumCircuit, kept: set[Qubit]) -> QuantumCircuit:
    """The circuit, still of all its qubits, with instructions on `kept` only."""
    narrowed = circuit.copy_empty_like()
    for instruction in circuit.data:
        if kept.issuperset(instruction.qubits):
            narrowed.append(instruction)
        elif instruction.operation.name != "delay":
            narrowed.append(*_narrowed_instruction(instruction, kept))
    return narrowed


def _narrowed_instruction(
    instruction: CircuitInstruction, kept: set[Qubit]
) -> tuple[Instruction, list[Qubit], Sequence[Clbit]]:
    """A barrier or an operation with blocks, on those of its qubits that are kept."""
    from qiskit.circuit import Barrier

    operation = instruction.operation
    qubits = [qubit for qubit in instruction.qubits if qubit in kept]
    if operation.name == "barrier":
        return Barrier(len(qubits), label=operation.label), qubits, ()
    positions = [number for number, qubit in enumerate(instruction.qubits) if qubit in kept]
    return (
        operation.replace_blocks(narrow(block, positions) for block in operation.blocks),
        qubits,
        instruction.clbits,
    )
