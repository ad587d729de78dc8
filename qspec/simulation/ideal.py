"""What a circuit gives without noise: the exact probabilities of its bitstrings, from a state vector.

Measurements wait until the end. A qubit that goes on after it was measured hands its value to a qubit that is added, and
a qubit that is reset goes on as an added one: the joint distribution of all bits is the same, and nothing is drawn by lot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.errors import UsageError
from qspec.frozen import frozen
from qspec.simulation.failures import simulating

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit
    from qiskit.circuit import CircuitInstruction, Clbit, Qubit

    Array = np.ndarray[Any, Any]

MOST_QUBITS = 25
"""The most qubits of a state vector: half a gibibyte."""

_IDLE = ("barrier", "delay")
_ANEW = ("reset", "initialize")
_BY_LOT = ("store", "kraus", "superop", "quantum_channel", "roerror")
_AT_ONCE = 2**22
_CIRCUITS_AT_ONCE = 256
_ONE_ORDER = {"statevector_parallel_threshold": 64}
"""Several threads for one state would add up its probabilities in another order, and change their last bits."""


@frozen(eq=False)
class Ideal:
    """The exact distribution of joint bitstrings.

    `probabilities[k]` is that of the number k; its bit j is the bit at `places[j]`, counted from the right without spaces.
    All other bits are 0.
    """

    probabilities: NDArray[np.float64]
    places: tuple[int, ...]

    def of(self, bitstrings: Sequence[str]) -> NDArray[np.float64]:
        """The probability of each bitstring; qubit 0 is the rightmost character, spaces between registers."""
        import numpy as np

        return np.array([self._of(bitstring.replace(" ", "")[::-1]) for bitstring in bitstrings], dtype=float)

    def _of(self, bits: str) -> float:
        chosen = "".join([bits[place] for place in self.places])
        if chosen.count("1") != bits.count("1"):  # a bit is set that nothing ever writes
            return 0.0
        return float(self.probabilities[int(chosen[::-1] or "0", 2)])


def ideal_distributions(
    circuit: QuantumCircuit, registers: Sequence[str], values: Mapping[str, Array], points: Sequence[tuple[int, ...]]
) -> Iterator[Ideal]:
    """The distribution of the joint bitstrings of these registers, the last one leftmost, at each of the points.

    `values` has the values of each parameter by its name, arrays of which `points` are indices. Raises `UsageError` for a
    circuit that is too wide, or whose outcomes decide what happens; `JobError` when Aer fails.
    """
    import numpy as np

    bits = [bit for name in registers for bit in next(found for found in circuit.cregs if found.name == name)]
    bare, holders = _deferred(circuit)
    places = {holders[bit]: place for place, bit in reversed(list(enumerate(bits))) if bit in holders}
    if not places:
        yield from (Ideal(probabilities=np.ones(1), places=()) for _ in points)
        return
    for probabilities in _simulated(bare, list(places), values, points):
        yield Ideal(probabilities=probabilities, places=tuple(places.values()))


def _simulated(
    circuit: QuantumCircuit, measured: list[int], values: Mapping[str, Array], points: Sequence[tuple[int, ...]]
) -> Iterator[NDArray[np.float64]]:
    """The probabilities of the measured qubits' numbers, the first qubit the lowest bit, at each point."""
    import numpy as np
    import qiskit_aer.library  # noqa: F401  gives circuits their methods that save
    from qiskit_aer import AerSimulator

    circuit.save_probabilities(qubits=measured)
    simulator = AerSimulator(method="statevector", **_ONE_ORDER)
    if not circuit.parameters:
        with simulating():
            found = simulator.run(circuit).result().data()["probabilities"]
        yield from (np.asarray(found) for _ in points)
        return
    step = max(1, min(_CIRCUITS_AT_ONCE, _AT_ONCE >> len(measured)))
    for first in range(0, len(points), step):
        some = points[first : first + step]
        binds = {
            parameter: [float(values[parameter.name][point]) for point in some] for parameter in circuit.parameters
        }
        with simulating():
            result = simulator.run([circuit], parameter_binds=[binds]).result()
            each = [np.asarray(experiment.data.to_dict()["probabilities"]) for experiment in result.results]
        yield from each


def _deferred(circuit: QuantumCircuit) -> tuple[QuantumCircuit, dict[Clbit, int]]:
    """A circuit on the qubits in use, without measurements and resets, and the qubit that has each bit's value at its end."""
    from qiskit import QuantumCircuit

    instructions = [instruction for instruction in circuit.data if instruction.name not in _IDLE]
    _refuse(instructions)
    layout = _Layout()
    for instruction, then in zip(instructions, _next_names(instructions), strict=True):
        layout.add(instruction, then)
    if layout.width > MOST_QUBITS:
        raise UsageError(
            f"the ideal distribution of a circuit with {layout.width} active qubits cannot be simulated: at most {MOST_QUBITS}",
            advice="say what is expected by 'values'",
        )
    bare = QuantumCircuit(max(layout.width, 1))
    for operation, places in layout.steps:
        bare.append(operation, places)
    return bare, layout.holders


def _refuse(instructions: Sequence[CircuitInstruction]) -> None:
    """Raises `UsageError` for what a state vector cannot say, or what is not known to write only what it measures."""
    for instruction in instructions:
        name = instruction.name
        writes = bool(instruction.clbits) and name != "measure"
        if writes or instruction.is_control_flow() or name in _BY_LOT:
            raise UsageError(
                f"the ideal distribution of a circuit with '{name}' cannot be simulated: control flow, classical"
                " variables and channels are left out",
                advice="say what is expected by 'values'",
            )


def _next_names(instructions: Sequence[CircuitInstruction]) -> list[str]:
    """What comes next on each instruction's first qubit; empty where nothing does."""
    following: dict[Qubit, str] = {}
    found = []
    for instruction in reversed(instructions):
        found.append(following.get(instruction.qubits[0], "") if instruction.qubits else "")
        following.update(dict.fromkeys(instruction.qubits, instruction.name))
    return found[::-1]


class _Layout:
    """Where each qubit is at the moment, and which qubit holds the value of each bit."""

    def __init__(self) -> None:
        self.width = 0
        self.steps: list[tuple[Any, list[int]]] = []
        self.holders: dict[Clbit, int] = {}
        self._places: dict[Qubit, int] = {}

    def add(self, instruction: CircuitInstruction, then: str) -> None:
        """Add an instruction, after which `then` acts on its first qubit."""
        from qiskit.circuit.library import CXGate

        if instruction.name in _ANEW:
            for qubit in instruction.qubits:
                self._places.pop(qubit, None)
        if instruction.name == "reset":
            return
        places = [self._place(qubit) for qubit in instruction.qubits]
        if instruction.name != "measure":
            self.steps.append((instruction.operation, places))
        elif then in ("", *_ANEW):
            self.holders[instruction.clbits[0]] = places[0]
        else:
            self.holders[instruction.clbits[0]] = self._added()
            self.steps.append((CXGate(), [places[0], self.width - 1]))

    def _place(self, qubit: Qubit) -> int:
        if qubit not in self._places:
            self._places[qubit] = self._added()
        return self._places[qubit]

    def _added(self) -> int:
        self.width += 1
        return self.width - 1
