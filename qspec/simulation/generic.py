"""The gates and the couplings of a made-up device."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from qspec.diagnostics import nearest
from qspec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit.transpiler import CouplingMap

SHAPES = ("line", "ring", "grid", "heavy_hex", "full")
_DEFAULT_BASIS = ("cx", "id", "rz", "sx", "x")
_MOST_FULLY_COUPLED = 200


def basis_of(names: Sequence[str], num_qubits: int) -> list[str]:
    """The basis gates; where none are named, those of `GenericBackendV2`. Raises `UsageError` for a gate that a device cannot have."""
    from qiskit.circuit.library import get_standard_gate_name_mapping

    gates = {name: gate for name, gate in get_standard_gate_name_mapping().items() if gate.num_qubits <= 2}
    for name in names:
        if name not in gates:
            near = nearest(name, list(gates))
            advice = (
                f"did you mean '{near}'?" if near else "they are called as in qiskit.circuit.library: rz, sx, cz, …"
            )
            raise UsageError(f"'{name}' is not a standard gate on one or two qubits", advice=advice)
        if gates[name].num_qubits > num_qubits:
            raise UsageError(f"the gate '{name}' needs {gates[name].num_qubits} qubits, and there is one")
    default = [name for name in _DEFAULT_BASIS if gates[name].num_qubits <= num_qubits]
    return list(dict.fromkeys(names)) or default


def coupling_of(shape: str | Sequence[Sequence[int]], num_qubits: int) -> CouplingMap:
    """The coupling map over exactly these qubits. Raises `UsageError` for one that does not fit them."""
    from qiskit.transpiler import CouplingMap

    if not isinstance(shape, str):
        return _of_pairs([(int(control), int(target)) for control, target in shape], num_qubits)
    if shape == "full" or num_qubits == 1:
        return _full(num_qubits)
    if shape == "line" or num_qubits == 2:
        return CouplingMap.from_line(num_qubits)
    if shape == "ring":
        return CouplingMap.from_ring(num_qubits)
    if shape == "grid":
        rows = next(rows for rows in range(math.isqrt(num_qubits), 0, -1) if num_qubits % rows == 0)
        return CouplingMap.from_grid(rows, num_qubits // rows)
    return CouplingMap.from_heavy_hex(_distance(num_qubits))


def _full(num_qubits: int) -> CouplingMap:
    if num_qubits > _MOST_FULLY_COUPLED:
        raise UsageError(
            f"{num_qubits} qubits are too many to couple all with all; the most is {_MOST_FULLY_COUPLED}",
            advice="choose another coupling_map, such as heavy_hex or grid",
        )
    return _of_pairs([(a, b) for a in range(num_qubits) for b in range(num_qubits) if a != b], num_qubits)


def _of_pairs(pairs: Sequence[tuple[int, int]], num_qubits: int) -> CouplingMap:
    from qiskit.transpiler import CouplingMap

    coupling = CouplingMap()
    for qubit in range(num_qubits):
        coupling.add_physical_qubit(qubit)
    for control, target in dict.fromkeys(pairs):
        if control == target or max(control, target) >= num_qubits:
            raise UsageError(
                f"[{control}, {target}] is not a pair of different qubits from 0 to {num_qubits - 1}",
                advice="coupling_map lists pairs of qubit numbers",
            )
        coupling.add_edge(control, target)
    return coupling


def _distance(num_qubits: int) -> int:
    """The code distance of the heavy-hex lattice with so many qubits: (5 d^2 - 2 d - 1) / 2 for odd d."""
    sizes = {(5 * distance**2 - 2 * distance - 1) // 2: distance for distance in range(3, 40, 2)}
    if num_qubits in sizes:
        return sizes[num_qubits]
    near = [*[size for size in sizes if size < num_qubits][-1:], *[size for size in sizes if size > num_qubits][:1]]
    raise UsageError(
        f"a heavy-hex lattice cannot have {num_qubits} qubits", advice=f"it can have {' or '.join(map(str, near))}"
    )
