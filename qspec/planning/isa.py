"""ISA circuits: what a plan says about one, and whether a circuit is one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qspec.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qiskit import QuantumCircuit
    from qiskit.circuit import CircuitInstruction
    from qiskit.transpiler import Target


@frozen
class IsaCircuit:
    """A circuit as it is submitted, and its measures.

    `source` is the id of the spec's circuit; `hash` the `fingerprint`; `num_qubits` the qubits of the circuit in
    the spec, while `circuit` is usually as wide as the backend; `physical_qubits` those in use, sorted. Depths count all but barriers, a control-flow operation as
    one; gates are counted inside control flow too. `duration` is that of one shot in seconds, None if not known.
    """

    source: str
    circuit: QuantumCircuit
    hash: str
    num_qubits: int
    physical_qubits: tuple[int, ...]
    depth: int
    two_qubit_gates: int
    two_qubit_depth: int
    size: int
    operations: Mapping[str, int]
    registers: Mapping[str, int]
    duration: float | None

    def data(self) -> dict[str, Any]:
        """Everything but the circuit itself, as JSON data."""
        return {
            "hash": self.hash,
            "num_qubits": self.num_qubits,
            "physical_qubits": list(self.physical_qubits),
            "depth": self.depth,
            "two_qubit_gates": self.two_qubit_gates,
            "two_qubit_depth": self.two_qubit_depth,
            "size": self.size,
            "operations": dict(self.operations),
            "registers": dict(self.registers),
            "duration_seconds": self.duration,
        }


def measure_up(
    source: str, circuit: QuantumCircuit, *, num_qubits: int, hash_: str, duration: float | None
) -> IsaCircuit:
    """The ISA circuit with its measures, in one pass over the instructions; `num_qubits` before transpilation."""
    tally = _Tally()
    tally.add(circuit, {bit: index for index, bit in enumerate([*circuit.qubits, *circuit.clbits])})
    return IsaCircuit(
        source=source,
        circuit=circuit,
        hash=hash_,
        num_qubits=num_qubits,
        physical_qubits=tuple(sorted(place for place in tally.active if place < circuit.num_qubits)),
        depth=max(tally.levels.values(), default=0),
        two_qubit_gates=tally.two_qubit_gates,
        two_qubit_depth=max(tally.two_qubit_levels.values(), default=0),
        size=tally.size,
        operations=dict(sorted(tally.operations.items())),
        registers={register.name: register.size for register in circuit.cregs},
        duration=duration,
    )


@dataclass(slots=True)
class _Tally:
    """Counts; levels are by bit, the qubits before the classical bits."""

    active: set[int] = field(default_factory=set)
    levels: dict[int, int] = field(default_factory=dict)
    two_qubit_levels: dict[int, int] = field(default_factory=dict)
    operations: dict[str, int] = field(default_factory=dict)
    two_qubit_gates: int = 0
    size: int = 0

    def add(self, circuit: QuantumCircuit, places: Mapping[Any, int]) -> None:
        for instruction in circuit.data:
            name, qubits = instruction.name, instruction.qubits
            self.count(name, qubits, instruction)
            if name == "barrier":
                continue
            self.size += 1
            bits = [places[bit] for bit in qubits]
            bits += [places[bit] for bit in instruction.clbits]
            self.active.update(bits)
            _lift(self.levels, bits, 1)
            _lift(self.two_qubit_levels, bits, int(len(qubits) == 2))

    def count(self, name: str, qubits: Sequence[Any], instruction: CircuitInstruction) -> None:
        self.operations[name] = self.operations.get(name, 0) + 1
        if instruction.is_control_flow():
            for block in instruction.operation.blocks:
                for inner in block.data:
                    self.count(inner.name, inner.qubits, inner)
        elif len(qubits) == 2 and name != "barrier":
            self.two_qubit_gates += 1


def _lift(levels: dict[int, int], bits: list[int], by: int) -> None:
    level = max((levels.get(bit, 0) for bit in bits), default=0) + by
    for bit in bits:
        levels[bit] = level


def foreign_instruction(circuit: QuantumCircuit, target: Target) -> str:
    """What makes a circuit no ISA circuit of the target, in words; empty when it is one."""
    return next(_foreign(circuit, target, range(circuit.num_qubits)), "")


def _foreign(circuit: QuantumCircuit, target: Target, physical: Any) -> Iterator[str]:
    places = {bit: physical[index] for index, bit in enumerate(circuit.qubits)}
    for number, instruction in enumerate(circuit.data):
        if instruction.name == "barrier":
            continue
        qubits = tuple(places[bit] for bit in instruction.qubits)
        if instruction.name not in target.operation_names:
            yield f"its instruction {number} is '{instruction.name}', which the backend does not know"
        elif instruction.is_control_flow():
            for block in instruction.operation.blocks:
                yield from _foreign(block, target, qubits)
        elif not target.instruction_supported(instruction.name, qubits):
            yield f"its instruction {number} is '{instruction.name}' on {_spoken(qubits)}, where the backend has none"
        else:
            yield from _out_of_bounds(number, instruction, target, qubits)


def _out_of_bounds(
    number: int, instruction: CircuitInstruction, target: Target, qubits: tuple[int, ...]
) -> Iterator[str]:
    if not target.gate_has_angle_bounds(instruction.name):
        return
    angles = instruction.params
    known = all(isinstance(angle, (int, float)) for angle in angles)
    if known and not target.supported_angle_bound(instruction.name, angles):
        shown = ", ".join(f"{angle:g}" for angle in angles)
        yield f"its instruction {number} is '{instruction.name}({shown})' on {_spoken(qubits)}, an angle out of bounds"


def _spoken(qubits: tuple[int, ...]) -> str:
    return f"qubit {qubits[0]}" if len(qubits) == 1 else f"qubits {', '.join(map(str, qubits))}"
