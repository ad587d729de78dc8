"""The hash of a circuit's meaning: the same in every process and after QPY, different after any change.

QPY bytes will not do: parameters and variables carry UUIDs in them. Here names stand for both. Taken in are registers,
global phase, and of each instruction its name, parameters, label, bits, definition and blocks; left out are the
circuit's own name, its metadata and its layout, and names that Qiskit makes up with a number of the process.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from qspec.planning.spelling import (
    Form,
    Scope,
    classical,
    spelled,
    spelled_modifier,
    spelled_name,
    spelled_note,
    spelled_numbers,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qiskit import QuantumCircuit

    Places = Mapping[Any, int]
    Orders = tuple[Sequence[int], Sequence[int]]

_FORM = "qspec-circuit-1"
_SECOND = "qspec-circuit-2"
_PLAIN = ("measure", "reset", "barrier")
_LEAVING = ("break_loop", "continue_loop")
_NUMBERED_REGISTER = re.compile(r"[qa]\d+")
_AT_ONCE = 1000
"""Lines that are hashed together: one by one takes longer, and all at once the room of all."""
_DEEP = 10
"""How deep operations stand in one another until they are hashed one by one: each level doubles the length of a line."""


def fingerprint(circuit: QuantumCircuit) -> str:
    """`sha256:` and 64 hexadecimal digits. Reads the circuit only."""
    return _digest(circuit, Form())


def has_fingerprint(circuit: QuantumCircuit, hash_: str) -> bool:
    """Whether a hash that was recorded is that of this circuit, in the form of today or in the first one."""
    return hash_ == fingerprint(circuit) or hash_ == _digest(circuit, Form(first=True))


def spelled_operation(operation: Any) -> list[str]:
    """What the fingerprint takes in of an operation by itself, beyond its name."""
    return _operation(operation, {}, Scope(Form()))


def _digest(circuit: QuantumCircuit, form: Form) -> str:
    """The hash; a circuit that needs the second form has that said at its end, so that no two forms are the same."""
    digest = hashlib.sha256(f"{_FORM}\n".encode())
    lines = iter(_lines(circuit, Scope(form)))
    while some := list(islice(lines, _AT_ONCE)):
        digest.update(("\n".join(some) + "\n").encode())
    if form.used:
        digest.update(f"{_SECOND}\n".encode())
    return f"sha256:{digest.hexdigest()}"


def _lines(circuit: QuantumCircuit, scope: Scope, orders: Orders | None = None) -> Iterable[str]:
    """A circuit line by line. `orders` are the places of its qubits and classical bits where it is a block whose own
    order says nothing.
    """
    if orders:
        qubits, clbits = _places(circuit.qubits, orders[0]), _places(circuit.clbits, orders[1])
    else:
        qubits = {bit: index for index, bit in enumerate(circuit.qubits)}
        clbits = {bit: index for index, bit in enumerate(circuit.clbits)}
    yield f"{len(qubits)} {len(clbits)} {spelled(circuit.global_phase, clbits, scope)}"
    yield f"qubits {[(_register(register, scope), [qubits[bit] for bit in register]) for register in circuit.qregs]}"
    yield f"bits {[(register.name, [clbits[bit] for bit in register]) for register in circuit.cregs]}"
    yield f"variables {_variables(circuit)}"
    plain = _plain_kinds()
    for instruction in circuit.data:
        where: Orders = [qubits[bit] for bit in instruction.qubits], [clbits[bit] for bit in instruction.clbits]
        name = instruction.name
        if instruction.is_standard_gate():
            what = [spelled(value, clbits, scope) for value in instruction.params]
        elif name in _PLAIN and (type(instruction.operation) in plain or not scope.second()):
            what = []  # and not another operation of that name
        elif name == "unitary" and not instruction.params and (matrix := instruction.matrix) is not None:
            what = ["", spelled(matrix, clbits, scope)]  # as below, without making the operation anew
        else:
            if scope.loose is None and instruction.is_control_flow():
                scope = scope._replace(loose=_loose(circuit))
            name, what, where = _rare(instruction, clbits, scope, where)
        yield f"{name} {what} {where} {instruction.label!r}"


def _rare(instruction: Any, clbits: Places, scope: Scope, where: Orders) -> tuple[str, list[str], Orders]:
    """The name, the content and the places of bits of an instruction that is none of those that most circuits have."""
    operation = instruction.operation
    name = spelled_name(instruction.name, operation, scope)
    inner = None
    if scope.loose and (instruction.is_control_flow() or name in _LEAVING):
        inner = _orders(where, scope)
    what = _operation(operation, clbits, scope, inner)
    if inner is not None:
        where = sorted(where[0]), sorted(where[1])
    if scope.depth >= _DEEP and scope.second():
        what = [hashlib.sha256("\n".join(what).encode()).hexdigest()]
    return name, what, where


def _loose(circuit: QuantumCircuit) -> bool:
    """Whether a circuit has bits outside of all registers: Qiskit puts those into blocks in any order."""
    held = {bit for register in (*circuit.qregs, *circuit.cregs) for bit in register}
    bits: int = circuit.num_qubits + circuit.num_clbits
    return len(held) < bits


def _places(bits: Sequence[Any], order: Sequence[int]) -> Places:
    return {bits[place]: index for index, place in enumerate(order)}


def _register(register: Any, scope: Scope) -> str:
    """The name of a quantum register; in a definition, one that Qiskit numbered in the process has none."""
    name: str = register.name
    numbered = scope.defining and _NUMBERED_REGISTER.fullmatch(name)
    return "" if numbered and scope.second() else name


@cache
def _plain_kinds() -> frozenset[type]:
    """The classes of operations that are what their names say, those of Qiskit's shared instances too."""
    from qiskit.circuit import Barrier, Measure, Reset

    return frozenset({Measure, Reset, Barrier, type(Measure()), type(Reset())})


def _orders(where: Orders, scope: Scope) -> Orders | None:
    """The places in a block of the bits of an operation, in order of the circuit around it; None where they stand so."""
    in_order = (list(where[0]), list(where[1])) == (sorted(where[0]), sorted(where[1]))
    if in_order or not scope.second():
        return None
    qubits, clbits = (sorted(range(len(bits)), key=bits.__getitem__) for bits in where)
    return qubits, clbits


def _variables(circuit: QuantumCircuit) -> list[str]:
    if not circuit.num_identifiers:
        return []
    kinds = {
        "input": circuit.iter_input_vars(),
        "captured": circuit.iter_captured_vars(),
        "declared": circuit.iter_declared_vars(),
        "stretch": circuit.iter_stretches(),
    }
    return [f"{kind} {found.name} {found.type!r}" for kind, group in kinds.items() for found in group]


def _operation(operation: Any, clbits: Places, scope: Scope, orders: Orders | None = None) -> list[str]:
    """What there is to know of an operation that is no standard gate, beyond its name."""
    from qiskit.circuit import AnnotatedOperation, BoxOp, ControlFlowOp, ControlledGate, ForLoopOp

    if isinstance(operation, ForLoopOp):
        return _for_loop(operation, clbits, scope, orders)
    if isinstance(operation, ControlFlowOp):
        inner = scope.inside()
        blocks = [line for block in operation.blocks for line in ("block", *_lines(block, inner, orders))]
        extra = _box(operation, clbits, scope) if isinstance(operation, BoxOp) else _conditions(operation, clbits)
        return [*extra, *blocks]
    if isinstance(operation, AnnotatedOperation):
        modifiers = f"[{', '.join(map(spelled_modifier, operation.modifiers))}]"
        return [modifiers, *_based(operation.base_op, clbits, scope)]
    if isinstance(operation, ControlledGate):
        controls = f"{operation.num_ctrl_qubits} controls {operation.ctrl_state}"
        return [controls, *_based(operation.base_gate, clbits, scope)]
    return _defined(operation, clbits, scope)


def _based(base: Any, clbits: Places, scope: Scope) -> list[str]:
    """What an operation is made from: a controlled gate is all that its base is, and its controls."""
    return [spelled_name(base.name, base, scope), *_operation(base, clbits, scope)]


def _for_loop(operation: Any, clbits: Places, scope: Scope, orders: Orders | None) -> list[str]:
    from qiskit.circuit import Parameter

    indices, parameter, body = operation.params
    inner = scope.loop(parameter) if isinstance(parameter, Parameter) else scope
    head = spelled(parameter, clbits, inner) if parameter is not None else "no parameter"
    return [spelled_numbers(indices), head, *_lines(body, inner.inside(), orders)]


def _conditions(operation: Any, clbits: Places) -> list[str]:
    condition = getattr(operation, "condition", None)
    if isinstance(condition, tuple):
        return [f"{classical(condition[0], clbits)} == {int(condition[1])}"]
    if condition is not None:
        return [classical(condition, clbits)]

    from qiskit.circuit import SwitchCaseOp

    if not isinstance(operation, SwitchCaseOp):
        return []
    labels = (spelled_numbers(labels) for labels, _ in operation.cases_specifier())
    return [classical(operation.target, clbits), *labels]


def _box(operation: Any, clbits: Places, scope: Scope) -> list[str]:
    from qiskit.circuit.classical import expr

    duration, unit = operation.duration, operation.unit
    if isinstance(duration, expr.Expr):
        said = classical(duration, clbits) if scope.second() else repr(duration)
    else:  # QPY makes floats of all but steps of dt
        said = repr(duration if duration is None else int(duration) if unit == "dt" else float(duration))
    return [f"{said} {unit}", *(spelled_note(note, scope) for note in operation.annotations)]


def _defined(operation: Any, clbits: Places, scope: Scope) -> list[str]:
    import numpy as np

    params = list(getattr(operation, "params", ()))
    words = [str(getattr(operation, "unit", "")), *(spelled(value, clbits, scope) for value in params)]
    matrix = any(isinstance(value, np.ndarray) for value in params)
    definition = None if matrix and _says_all(operation, scope) else getattr(operation, "definition", None)
    if definition is not None:
        words += _lines(definition, scope.definition())
    tableau = getattr(operation, "tableau", None)
    return words if tableau is None else [*words, spelled(tableau, clbits, scope)]


def _says_all(operation: Any, scope: Scope) -> bool:
    """Whether its matrix says all of an operation, whose definition is long to make: of Qiskit's own it does."""
    from qiskit.circuit import Gate, Instruction

    kind = type(operation)
    if kind not in (Gate, Instruction) and kind.__module__.startswith("qiskit."):
        return True
    return operation.definition is None or not scope.second()
