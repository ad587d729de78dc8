"""An ISA circuit with all that planning knows of it, apart from what it is called."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qspec.frozen import frozen
from qspec.planning.estimate import duration_of
from qspec.planning.fingerprint import fingerprint
from qspec.planning.isa import IsaCircuit, measure_up

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from qspec.planning.transpile import Transpiler


@frozen(kw_only=False)
class Transpiled:
    """An ISA circuit, measured, without the id of its source; and what Qiskit warned of."""

    isa: IsaCircuit
    warned: tuple[str, ...]

    def suits(self, circuit: QuantumCircuit) -> bool:
        """Whether it would come of any circuit like this one: of its name and metadata it has copies, and no more."""
        isa = self.isa.circuit
        inherited = isa.name == circuit.name and isa.metadata == circuit.metadata
        return inherited and not any(circuit.name in said for said in self.warned)

    def named_like(self, circuit: QuantumCircuit) -> Transpiled:
        """The same with the name and the metadata of the circuit that it is for."""
        isa = self.isa.circuit
        if isa.name == circuit.name and isa.metadata == circuit.metadata:
            return self
        named = isa.copy(circuit.name)
        named.metadata = circuit.metadata
        return replace(self, isa=replace(self.isa, circuit=named))


def transpile(transpiler: Transpiler, circuit: QuantumCircuit, *, seed: int) -> Transpiled:
    """What comes of a circuit. Raises `TranspileError`."""
    isa, warned = transpiler.run(circuit, seed=seed)
    measured = measure_up(
        "", isa, num_qubits=circuit.num_qubits, hash_=fingerprint(isa), duration=duration_of(isa, transpiler.target)
    )
    return Transpiled(measured, warned)
