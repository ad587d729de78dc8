"""The ISA circuits of a run folder come back from their files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from qspec.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit import QuantumCircuit

    from qspec.records.bundles import RecordedFiles
    from qspec.records.parts import CircuitRecord, PubRecord


def circuit_of(pub: PubRecord, circuits: Sequence[CircuitRecord]) -> CircuitRecord:
    """The record of a PUB's circuit: its own, or that of another circuit that became the same. Raises `RecordError`."""
    alike = [circuit for circuit in circuits if circuit.hash == pub.isa]
    if not alike:
        raise RecordError(f"the record has lost the circuit '{pub.circuit}'")
    return next((circuit for circuit in alike if circuit.id == pub.circuit), alike[0])


def read_circuit(name: str, files: RecordedFiles) -> QuantumCircuit:
    """The circuit in a QPY file of the run folder. Raises `RecordError` when it is missing or damaged."""
    from qiskit import qpy

    content = files.read(name)
    try:
        (found,) = qpy.load(io.BytesIO(content))
    except Exception as error:  # QPY fails in a dozen ways on damaged bytes
        raise RecordError(f"'{files.folder / name}' is damaged: it cannot be read as QPY") from error
    return found


def layout_of(circuit: QuantumCircuit, num_qubits: int) -> tuple[int, ...]:
    """Which qubit of an ISA circuit holds, at its end, each of the `num_qubits` qubits of the circuit it was made from."""
    return tuple(range(num_qubits) if circuit.layout is None else circuit.layout.final_index_layout())
