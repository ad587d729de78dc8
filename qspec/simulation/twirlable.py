"""Circuits that the runtime's client-side primitives handle correctly.

They rewrite the single-qubit gates before a twirled layer or a measurement. samplomatic 0.21, which does it, takes
the parameters of one gate for all gates of its kind beside it, except for rz and rx: a circuit with two different ry
gives wrong numbers, without a word (seen with qiskit-ibm-runtime 0.51). IBM's devices have rz, sx and x,
where nothing goes wrong; other circuits are translated first, or refused where that would change their noise.
`tests/simulation/test_twirlable.py` notices when samplomatic is mended: then this module can go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qspec.errors import JobError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qiskit import QuantumCircuit

_BASIS = ("rz", "sx", "x", "cx")

_UNDERSTOOD = frozenset(
    [
        *("rz", "rx", "sx", "sxdg", "x", "y", "z", "h", "s", "sdg", "t", "tdg", "id"),
        *("cx", "cz", "ecr", "rzz"),
        *("measure", "reset", "delay", "barrier"),
        *("if_else", "for_loop", "while_loop", "switch_case", "break_loop", "continue_loop", "store"),
    ]
)


def foreign_gates(circuits: Sequence[QuantumCircuit]) -> tuple[str, ...]:
    """The names of the gates in any of the circuits that would go wrong, sorted."""
    return tuple(sorted({name for circuit in circuits for name in _names(circuit)} - _UNDERSTOOD))


def twirlable(circuit: QuantumCircuit, *, noisy: bool) -> QuantumCircuit:
    """A circuit that is handled correctly: the same, or on an ideal simulator its like in rz, sx, x and cx.

    Raises `JobError` for foreign gates on a noisy backend, where other gates would have other noise.
    """
    foreign = foreign_gates([circuit])
    if not foreign:
        return circuit
    if noisy:
        raise JobError(refusal(foreign))
    return _translated(circuit)


TRANSLATED = f"the circuits were translated to {', '.join(_BASIS)} for the runtime's primitives"
"""What the record says of circuits that had foreign gates."""


def refusal(foreign: Sequence[str]) -> str:
    """The headline about gates that cannot be twirled on a noisy backend."""
    named = f"the gate {foreign[0]}" if len(foreign) == 1 else f"the gates {', '.join(foreign)}"
    return f"the runtime's primitives cannot twirl, decouple or mitigate circuits with {named}"


def _names(circuit: QuantumCircuit) -> Iterator[str]:
    for instruction in circuit.data:
        yield instruction.name
        for block in getattr(instruction.operation, "blocks", ()):
            yield from _names(block)


def _translated(circuit: QuantumCircuit) -> QuantumCircuit:
    from qiskit.transpiler import generate_preset_pass_manager

    translated: QuantumCircuit = generate_preset_pass_manager(
        optimization_level=1, basis_gates=list(_BASIS), seed_transpiler=1
    ).run(circuit)
    return translated
