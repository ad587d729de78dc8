"""Register names as an OpenQASM 3 text writes them.

Qiskit's importer calls registers `esc_C` or `a_` that are written `C` or `aé`: names that OpenQASM 2 did not know.
Needed up to qiskit-qasm3-import 0.6. Delete this module when its converter has no `_escape_qasm2`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from qiskit import QuantumCircuit


def with_written_names(circuit: QuantumCircuit, written: Collection[str]) -> QuantumCircuit:
    """The circuit as it is, but for the names of registers. `written` are all names of the text, used for whatever.

    Where a text has both `C` and `esc_C`, a register `esc_C` keeps that name: it is the one that may have been written.
    """
    names = {_escaped(name): name for name in written if _escaped(name) not in written}
    registers = [*circuit.qregs, *circuit.cregs]
    if not any(register.name in names for register in registers):
        return circuit
    renamed = {
        register: type(register)(name=names.get(register.name, register.name), bits=list(register))
        for register in registers
    }
    named = _renamed(circuit, renamed)
    named._layout = circuit.layout  # noqa: SLF001 - of physical qubits; there is no other way to keep it
    return named


def _escaped(name: str) -> str:
    """The name that Qiskit's importer gives to a register that is written `name`."""
    if re.fullmatch(r"[a-z]\w*", name, re.ASCII):
        return name
    plain = re.sub(r"\W", "_", name)
    return plain if "a" <= plain[0] <= "z" else f"esc_{plain}"


def _renamed(circuit: QuantumCircuit, renamed: Mapping[Any, Any]) -> QuantumCircuit:
    """A copy with other registers over the same bits; `compose` finds those that conditions read, by their bits."""
    from qiskit import QuantumCircuit

    registers = [renamed.get(register, register) for register in (*circuit.qregs, *circuit.cregs)]
    inner = circuit.copy_empty_like()
    for instruction in circuit.data:
        operation = instruction.operation
        if instruction.is_control_flow():
            operation = operation.replace_blocks([_renamed(block, renamed) for block in operation.blocks])
        inner.append(operation, instruction.qubits, instruction.clbits, copy=False)
    copy = QuantumCircuit(circuit.qubits, circuit.clbits, *registers, name=circuit.name)
    return copy.compose(inner, circuit.qubits, circuit.clbits)
