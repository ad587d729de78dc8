"""Sampling a circuit part by part: what no gate and no condition ties together is independent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qspec.simulation.targets import take

from .single import Qubit, is_single

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit
    from qiskit.circuit import Bit, CircuitInstruction

    from qspec.simulation.local import LocalBackend

    Floats = NDArray[np.float64]

MOST_QUBITS = 14
"""With more, the vector of amplitudes takes longer than matrix products do for the circuits that run here."""

_IDLE = ("barrier", "delay")


class Simulator:
    """A device that samples circuits. `backend` is its Aer simulation; what was worked out for a qubit is kept."""

    def __init__(self, backend: LocalBackend) -> None:
        self.backend = backend
        self._qubits: dict[int, Qubit] = {}

    def sample(
        self, circuit: QuantumCircuit, values: Floats, shots: int, rng: np.random.Generator
    ) -> dict[str, NDArray[np.bool_]]:
        """The bits of every classical register, as `(*shape, shots, bits)`; bit 0 comes first.

        `values` are those of the circuit's parameters, `(*shape, parameters)`.
        """
        import numpy as np

        shape = (*values.shape[:-1], shots)
        bits = {register.name: np.zeros((*shape, register.size), dtype=bool) for register in circuit.cregs}
        order = {parameter: index for index, parameter in enumerate(circuit.parameters)}
        for part in split(circuit):
            if is_single(part):
                ones = self._qubit(part).probability(part, values, order)
                drawn = rng.random(shape) < ones[..., np.newaxis]
                for register, index in part.find_bit(part.data[-1].clbits[0]).registers:
                    bits[register.name][..., index] |= drawn
            else:
                for name, found in self._simulated(part, values, order, shots, rng).items():
                    bits[name] |= found
        return bits

    def _qubit(self, part: QuantumCircuit) -> Qubit:
        number = part.find_bit(part.data[0].qubits[0]).index
        if number not in self._qubits:
            alone = take(self.backend.target, [number])
            self._qubits[number] = Qubit(alone, noisy=self.backend.noisy)
        return self._qubits[number]

    def _simulated(
        self, part: QuantumCircuit, values: Floats, order: dict[Any, int], shots: int, rng: np.random.Generator
    ) -> dict[str, NDArray[np.bool_]]:
        from qiskit.primitives.containers.bindings_array import BindingsArray
        from qiskit.primitives.containers.sampler_pub import SamplerPub
        from qiskit_aer.primitives import SamplerV2

        compaction = self.backend.compacted([part])
        small = compaction.circuits[0]
        columns = [order[parameter] for parameter in small.parameters]
        bindings = BindingsArray({tuple(small.parameters): values[..., columns]}, shape=values.shape[:-1])
        wide = small.num_qubits > MOST_QUBITS
        small_backend = replace(compaction.backend, method="matrix_product_state") if wide else compaction.backend
        simulator = small_backend.simulator([small])
        sampler = SamplerV2.from_backend(simulator, seed=int(rng.integers(1, 2**31)))
        data = sampler.run([SamplerPub(small, bindings, shots)]).result()[0].data
        return {name: array.to_bool_array(order="little") for name, array in data.items()}


def split(circuit: QuantumCircuit) -> Iterator[QuantumCircuit]:
    """The circuit's independent parts, each over all qubits and registers; barriers are dropped."""
    if circuit.num_vars or circuit.num_stretches or not circuit.data:
        yield circuit
        return
    groups = _groups(circuit)
    for instructions in groups:
        part = circuit.copy_empty_like()
        part.global_phase = 0
        for instruction in instructions:
            part.append(instruction)
        yield part


def _groups(circuit: QuantumCircuit) -> Sequence[list[CircuitInstruction]]:
    """The instructions by the set of bits that they tie together; sets that nothing but idling touches are left out."""
    leader: dict[Bit, Bit] = {bit: bit for bit in (*circuit.qubits, *circuit.clbits)}

    def find(bit: Bit) -> Bit:
        while leader[bit] is not bit:
            leader[bit] = leader[leader[bit]]
            bit = leader[bit]
        return bit

    instructions = [instruction for instruction in circuit.data if instruction.operation.name != "barrier"]
    for instruction in instructions:
        bits = [*instruction.qubits, *instruction.clbits]
        for bit in bits[1:]:
            leader[find(bit)] = find(bits[0])
    groups: dict[Bit, list[CircuitInstruction]] = {}
    for instruction in instructions:
        groups.setdefault(find(instruction.qubits[0]), []).append(instruction)
    return [group for group in groups.values() if any(entry.operation.name not in _IDLE for entry in group)]
