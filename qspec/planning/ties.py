"""Two-qubit gates that are equally good: one of them is offered to the transpiler, so that it has nothing to draw.

Where a target has several two-qubit gates to synthesize from and no errors to choose by, as ideal simulators have,
Qiskit takes one at random, differently in each call and whatever the seed is. A test shows it for Qiskit 2.6; delete
this module when that test fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit.transpiler import Target

ROTATIONS = ("rzz", "cp", "rxx", "ryy", "rzx", "crz", "crx", "cry", "cu1")
"""Gates that are each a rotation about a product of two Paulis, up to gates on single qubits; taken before the others."""

FIXED = ("cx", "cz", "ecr", "iswap", "cy", "ch", "dcx")
"""Gates without parameters of which three make any two-qubit gate."""


def without_ties(target: Target, optimization_level: int) -> Target:
    """The target, or one with fewer two-qubit gates for which transpiling is the same every time.

    What is an ISA circuit of the one is one of the other. Below level 2 nothing is synthesized that the target has.
    """
    if optimization_level < 2 and "unitary" in target.operation_names:
        return target
    dropped = _tied(target, ROTATIONS)[1:]
    if not any(name in target.operation_names for name in ROTATIONS):
        dropped = _tied(target, FIXED)[1:]
    return _without(target, dropped) if dropped and not target.has_angle_bounds() else target


def _tied(target: Target, names: Sequence[str]) -> list[str]:
    """Those of the gates that the target has without knowing their errors."""
    present = [name for name in names if name in target.operation_names]
    return [name for name in present if all(getattr(known, "error", None) is None for known in target[name].values())]


def _without(target: Target, names: Sequence[str]) -> Target:
    from qiskit.transpiler import Target

    fewer = Target(
        num_qubits=target.num_qubits,
        dt=target.dt,
        granularity=target.granularity,
        min_length=target.min_length,
        pulse_alignment=target.pulse_alignment,
        acquire_alignment=target.acquire_alignment,
        qubit_properties=target.qubit_properties,
    )
    for name in target.operation_names:
        if name not in names:
            places = target[name]
            fewer.add_instruction(target.operation_from_name(name), None if None in places else dict(places), name=name)
    return fewer
