"""Circuits whose state Aer draws by lot, shot by shot: measurements and resets midway, control flow.

Where nothing reads the outcome of a measurement, it does the same to the average state as dephasing, a channel that
a density matrix takes exactly. Aer itself would draw an outcome for each shot, even with a density matrix.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.circuit import Instruction, Qubit

_DRAWN = ("measure", "reset", "initialize")


def dynamic(circuit: QuantumCircuit) -> bool:
    """Whether the circuit has control flow, so that outcomes of measurements may decide what happens."""
    return bool(circuit.has_control_flow_op())


def has_chance(circuit: QuantumCircuit) -> bool:
    """Whether the circuit measures, resets or initializes a qubit that something has acted on before."""
    used: set[Qubit] = set()
    for instruction in circuit.data:
        if instruction.name in _DRAWN and not used.isdisjoint(instruction.qubits):
            return True
        if instruction.name not in ("barrier", "delay"):
            used.update(instruction.qubits)
    return False


def draws_midway(circuit: QuantumCircuit) -> bool:
    """Whether something is drawn by lot before the end, where measurements are: each shot takes its own way then."""
    used: set[Qubit] = set()
    measured: set[Qubit] = set()
    for instruction in circuit.data:
        name = instruction.name
        if name in ("barrier", "delay"):
            continue
        if not measured.isdisjoint(instruction.qubits):
            return True
        if name == "measure":
            measured.update(instruction.qubits)
        elif name in _DRAWN and not used.isdisjoint(instruction.qubits):
            return True
        used.update(instruction.qubits)
    return False


def without_chance(circuit: QuantumCircuit) -> QuantumCircuit:
    """A circuit without control flow as a density matrix takes it exactly: the same state, nothing drawn by lot.

    Measurements become dephasing, and initializations a reset and a unitary; resets are channels already.
    """
    names = {instruction.name for instruction in circuit.data}
    if names.isdisjoint(("measure", "initialize")):
        return circuit
    drawn: QuantumCircuit = circuit.copy_empty_like()
    for instruction in circuit.data:
        if instruction.name == "measure":
            drawn.append(_dephasing(), instruction.qubits)
        elif instruction.name == "initialize":
            drawn.reset(instruction.qubits)
            drawn.append(_preparation(instruction.operation), instruction.qubits)
        else:
            drawn.append(instruction)
    return drawn


def _dephasing() -> Instruction:
    import numpy as np
    from qiskit.quantum_info import Kraus

    return Kraus([np.diag([1, 0]), np.diag([0, 1])]).to_instruction()


def _preparation(initialize: Instruction) -> Instruction:
    """What an initialization does to the ground state, which is the last step of its definition."""
    from qiskit.circuit.library import UnitaryGate
    from qiskit.quantum_info import Operator

    return UnitaryGate(Operator(initialize.definition.data[-1].operation))
