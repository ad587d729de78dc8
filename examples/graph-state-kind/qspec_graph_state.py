"""A circuit kind in one file: graph states, written down by their edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from qspec.facts import CircuitFacts

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from qspec.kinds import Files


@dataclass(frozen=True, kw_only=True, slots=True)
class GraphState:
    """A graph state: every qubit in the state +, and a controlled Z along every edge."""

    kind: ClassVar[str] = "graph-state"
    SCHEMA: ClassVar[dict[str, Any]] = {
        "description": "A graph state, given by the edges of its graph.",
        "properties": {
            "num_qubits": {"type": "integer", "minimum": 1, "maximum": 1000, "description": "Vertices of the graph."},
            "edges": {
                "type": "array",
                "description": "Pairs of qubits.",
                "items": {
                    "type": "array",
                    "minItems": 2,
                    "maxItems": 2,
                    "items": {"type": "integer", "minimum": 0},
                },
            },
        },
        "required": ["num_qubits", "edges"],
    }
    EXAMPLE: ClassVar[str] = "{kind: graph-state, num_qubits: 3, edges: [[0, 1], [1, 2]]}"
    MISUSE: ClassVar[str] = "{kind: graph-state, num_qubits: 3, edges: [[0, 1, 2]]}"

    num_qubits: int
    edges: tuple[list[int], ...]

    def scan(self, files: Files) -> CircuitFacts:  # noqa: ARG002
        """What is known without Qiskit."""
        return CircuitFacts(num_qubits=self.num_qubits, registers={}, parameters={}, measures=False)

    def load(self, files: Files) -> QuantumCircuit:  # noqa: ARG002
        """The circuit of the graph state."""
        from qiskit import QuantumCircuit

        circuit = QuantumCircuit(self.num_qubits)
        circuit.h(range(self.num_qubits))
        for first, second in self.edges:
            circuit.cz(first, second)
        return circuit
