"""ISA circuits go into QPY files and come back from them, with all that they say."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from qspec.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qiskit import QuantumCircuit
    from qiskit.circuit import CircuitInstruction

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
    return with_delays_read(found)


def circuit_bytes(circuit: QuantumCircuit, version: int | None = None) -> bytes:
    """The circuit as a QPY file, of a version that is not the newest if one is given. Raises what QPY raises."""
    from qiskit import qpy

    stream = io.BytesIO()
    qpy.dump(with_delays_written(circuit), stream, **({} if version is None else {"version": version}))
    return stream.getvalue()


# QPY keeps no unit of a delay but dt, cannot be read where the number is no whole one, nor where it is a parameter (up to
# Qiskit 2.6, see github.com/Qiskit/qiskit/issues/10662). A delay in seconds is therefore written as a literal duration, which
# is kept with its unit; one by a parameter as an instruction without a definition that is called after the unit. The
# transpiler makes numbers of literal durations, so that no circuit of ours has any.
_UNITS = ("s", "ms", "us", "ns", "ps")
_OPAQUE = {f"delay_in_{unit}": unit for unit in (*_UNITS, "dt")}


def with_delays_written(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit with its delays as QPY can keep them; the same object where there is none."""
    return _with_delays(circuit, _written)


def with_delays_read(circuit: QuantumCircuit) -> QuantumCircuit:
    """A circuit from a QPY file with its delays as they were."""
    return _with_delays(circuit, _read)


def _with_delays(circuit: QuantumCircuit, change: Callable[[Any], Any]) -> QuantumCircuit:
    from qiskit.circuit import CONTROL_FLOW_OP_NAMES

    if not circuit.count_ops().keys() & {"delay", *_OPAQUE, *CONTROL_FLOW_OP_NAMES}:
        return circuit
    before = list(circuit.data)
    instructions = [_with_delay(instruction, change) for instruction in before]
    if all(new is old for new, old in zip(instructions, before, strict=True)):
        return circuit
    copy = circuit.copy_empty_like()
    for instruction in instructions:
        copy.append(instruction)
    return copy


def _with_delay(instruction: CircuitInstruction, change: Callable[[Any], Any]) -> CircuitInstruction:
    """The instruction as `change` makes delays, also in its blocks; the same object where nothing changes."""
    new = None
    if instruction.name == "delay" or instruction.name in _OPAQUE:
        new = change(instruction.operation)
    elif instruction.is_control_flow():
        blocks = instruction.operation.blocks
        others = [_with_delays(block, change) for block in blocks]
        if any(other is not block for other, block in zip(others, blocks, strict=True)):
            new = instruction.operation.replace_blocks(others)
    return instruction if new is None else instruction.replace(operation=new)


def _written(delay: Any) -> Any | None:
    """Another instruction in the place of a delay; None for one that QPY keeps."""
    from qiskit.circuit import Delay, Duration, Instruction, ParameterExpression
    from qiskit.circuit.classical import expr

    if isinstance(delay.duration, ParameterExpression):
        return Instruction(f"delay_in_{delay.unit}", 1, 0, [delay.duration])
    if delay.unit not in _UNITS:
        return None
    return Delay(expr.lift(getattr(Duration, delay.unit)(float(delay.duration))))


def _read(found: Any) -> Any | None:
    from qiskit.circuit import Delay
    from qiskit.circuit.classical import expr

    if found.name in _OPAQUE:
        return Delay(found.params[0], _OPAQUE[found.name])
    if isinstance(found.duration, expr.Value) and found.duration.value.unit() in _UNITS:
        return Delay(found.duration.value.value(), found.duration.value.unit())
    return None


def layout_of(circuit: QuantumCircuit, num_qubits: int) -> tuple[int, ...]:
    """Which qubit of an ISA circuit holds, at its end, each of the `num_qubits` qubits of the circuit it was made from."""
    return tuple(range(num_qubits) if circuit.layout is None else circuit.layout.final_index_layout())
