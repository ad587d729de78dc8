"""The hash of a circuit's meaning: the same in every process and after QPY, different after any change.

QPY bytes will not do: parameters and variables carry UUIDs in them. Here names stand for both. Taken in are registers,
global phase, and of each instruction its name, parameters, label, bits, definition and blocks; left out are the
circuit's own name, its metadata and its layout.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from qspec.planning.formulas import in_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from qiskit import QuantumCircuit

    Places = Mapping[Any, int]
    Loops = Mapping[Any, Any]

_FORM = "qspec-circuit-1"
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_PLAIN = ("measure", "reset", "barrier")


def fingerprint(circuit: QuantumCircuit) -> str:
    """`sha256:` and 64 hexadecimal digits. Reads the circuit only."""
    digest = hashlib.sha256(f"{_FORM}\n".encode())
    for line in _lines(circuit, {}):
        digest.update(f"{line}\n".encode())
    return f"sha256:{digest.hexdigest()}"


def spelled_operation(operation: Any) -> list[str]:
    """What the fingerprint takes in of an operation by itself, beyond its name."""
    return _operation(operation, {}, {})


def _lines(circuit: QuantumCircuit, loops: Loops) -> Iterable[str]:
    qubits = {bit: index for index, bit in enumerate(circuit.qubits)}
    clbits = {bit: index for index, bit in enumerate(circuit.clbits)}
    yield f"{len(qubits)} {len(clbits)} {_value(circuit.global_phase, clbits, loops)}"
    yield f"qubits {[(register.name, [qubits[bit] for bit in register]) for register in circuit.qregs]}"
    yield f"bits {[(register.name, [clbits[bit] for bit in register]) for register in circuit.cregs]}"
    yield f"variables {_variables(circuit)}"
    for instruction in circuit.data:
        where = [qubits[bit] for bit in instruction.qubits], [clbits[bit] for bit in instruction.clbits]
        if instruction.is_standard_gate():
            what = [_value(value, clbits, loops) for value in instruction.params]
        elif instruction.name in _PLAIN:
            what = []
        else:
            what = _operation(instruction.operation, clbits, loops)
        yield f"{instruction.name} {what} {where} {instruction.label!r}"


def _variables(circuit: QuantumCircuit) -> list[str]:
    kinds = {
        "input": circuit.iter_input_vars(),
        "captured": circuit.iter_captured_vars(),
        "declared": circuit.iter_declared_vars(),
        "stretch": circuit.iter_stretches(),
    }
    return [f"{kind} {found.name} {found.type!r}" for kind, group in kinds.items() for found in group]


def _operation(operation: Any, clbits: Places, loops: Loops) -> list[str]:
    """What there is to know of an operation that is no standard gate, beyond its name."""
    from qiskit.circuit import AnnotatedOperation, BoxOp, ControlFlowOp, ControlledGate, ForLoopOp

    if isinstance(operation, ForLoopOp):
        return _for_loop(operation, clbits, loops)
    if isinstance(operation, ControlFlowOp):
        blocks = [line for block in operation.blocks for line in ("block", *_lines(block, loops))]
        extra = _box(operation) if isinstance(operation, BoxOp) else _conditions(operation, clbits)
        return [*extra, *blocks]
    if isinstance(operation, AnnotatedOperation):
        return [repr(operation.modifiers), operation.base_op.name, *_operation(operation.base_op, clbits, loops)]
    if isinstance(operation, ControlledGate):
        base = operation.base_gate
        controls = f"{operation.num_ctrl_qubits} controls {operation.ctrl_state}"
        return [controls, base.name, *_operation(base, clbits, loops)]
    return _defined(operation, clbits, loops)


def _for_loop(operation: Any, clbits: Places, loops: Loops) -> list[str]:
    """A loop's parameter is called by its depth, since Qiskit numbers such names through the whole process."""
    from qiskit.circuit import Parameter

    indices, parameter, body = operation.params
    if isinstance(parameter, Parameter):
        loops = {**loops, parameter: Parameter(f"loop {len(loops)}")}
    head = _value(parameter, clbits, loops) if parameter is not None else "no parameter"
    return [repr(indices), head, *_lines(body, loops)]


def _conditions(operation: Any, clbits: Places) -> list[str]:
    from qiskit.circuit import SwitchCaseOp

    if isinstance(operation, SwitchCaseOp):
        return [_classical(operation.target, clbits), *(repr(labels) for labels, _ in operation.cases_specifier())]
    condition = getattr(operation, "condition", None)
    if isinstance(condition, tuple):
        return [f"{_classical(condition[0], clbits)} == {int(condition[1])}"]
    return [] if condition is None else [_classical(condition, clbits)]


def _box(operation: Any) -> list[str]:
    notes = [f"{note.namespace} {_ADDRESS.sub('', repr(note))}" for note in operation.annotations]
    return [f"{operation.duration!r} {operation.unit}", *notes]


def _defined(operation: Any, clbits: Places, loops: Loops) -> list[str]:
    import numpy as np

    params = list(getattr(operation, "params", ()))
    words = [str(getattr(operation, "unit", "")), *(_value(value, clbits, loops) for value in params)]
    matrix = any(isinstance(value, np.ndarray) for value in params)  # says it all; a definition is long to make
    definition = None if matrix else getattr(operation, "definition", None)
    if definition is not None:
        words += _lines(definition, loops)
    tableau = getattr(operation, "tableau", None)
    return words if tableau is None else [*words, _value(tableau, clbits, loops)]


def _value(value: Any, clbits: Places, loops: Loops) -> str:
    """A parameter of an instruction. Whole numbers and floats that are equal are written alike."""
    if type(value) is float:
        return repr(value)
    if isinstance(value, (bool, str, type(None))):
        return repr(value)

    import numpy as np
    from qiskit.circuit import ParameterExpression

    if isinstance(value, (int, float, np.integer, np.floating)):
        number = float(value)
        return repr(number) if abs(number) < 2**53 else str(value)
    if isinstance(value, (complex, np.complexfloating)):
        return repr(complex(value))
    if isinstance(value, ParameterExpression):
        return _formula(value, loops)
    if isinstance(value, np.ndarray):
        array = value.astype(value.dtype.newbyteorder("<"), copy=False)
        return f"{array.dtype.str} {array.shape} {hashlib.sha256(array.tobytes()).hexdigest()}"
    if isinstance(value, (list, tuple)):
        return f"({', '.join(_value(item, clbits, loops) for item in value)})"
    return _classical(value, clbits)


def _formula(value: Any, loops: Loops) -> str:
    from qiskit.circuit import Parameter

    renamed = {old: new for old, new in loops.items() if old in value.parameters}
    value = value.subs(renamed) if renamed else value
    if isinstance(value, Parameter):
        return repr(value.name)
    free = sorted(value.parameters, key=lambda parameter: parameter.name)
    letters = {old: Parameter(f"p{index}") for index, old in enumerate(free)}
    return f"{in_order(str(value.subs(letters)))} of {[parameter.name for parameter in free]}"


def _classical(value: Any, clbits: Places) -> str:
    """A classical bit, register or expression; variables by their names."""
    from qiskit.circuit import ClassicalRegister, Clbit
    from qiskit.circuit.classical import expr

    if isinstance(value, Clbit):
        return f"bit {clbits[value]}"
    if isinstance(value, ClassicalRegister):
        return f"register {value.name}"
    if isinstance(value, expr.Var) and not value.standalone:
        return f"{_classical(value.var, clbits)} {value.type!r}"
    if isinstance(value, (expr.Var, expr.Stretch)):
        return f"variable {value.name} {value.type!r}"
    if isinstance(value, expr.Expr):
        names = ("op", "value", "operand", "left", "right", "target", "index")
        parts = [_classical(getattr(value, name), clbits) for name in names if hasattr(value, name)]
        return f"({type(value).__name__} {' '.join(parts)} {value.type!r})"
    return _ADDRESS.sub("", repr(value))
