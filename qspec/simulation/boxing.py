"""Circuits in boxes, and what the runtime's executor and noise learner take: items of a quantum program, layers.

Boxing groups the gates and measurements of an ISA circuit into annotated boxes; a boxed circuit becomes a template
circuit and a samplex, which draws the random parameters of the template that twirl it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from qspec.errors import JobError
from qspec.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qiskit import QuantumCircuit
    from qiskit.circuit import CircuitInstruction
    from qiskit.primitives.containers.bindings_array import BindingsArray
    from qiskit_ibm_runtime import QuantumProgram
    from samplomatic.quantum_program import CircuitItem, SamplexItem

Boxing = Mapping[str, Any]
"""Arguments of samplomatic's `generate_boxing_pass_manager`."""


@frozen
class ProgramPub:
    """A PUB of the executor: an ISA circuit with its parameter values, and how it is boxed.

    `shots` are those of one execution. Without `boxing` (None) the circuit runs as it is, once for each parameter set;
    boxed, it runs `randomizations` times for each.
    """

    circuit: QuantumCircuit
    parameter_values: BindingsArray
    shots: int
    boxing: Boxing | None = None
    randomizations: int = 1

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the executions: that of the parameter sets, after the randomizations where there are some."""
        shape = tuple(self.parameter_values.shape)
        return shape if self.boxing is None else (self.randomizations, *shape)


@contextmanager
def boxing_errors() -> Iterator[None]:
    """Turns what boxing and building raise about a circuit into a `JobError` with their words."""
    from qiskit.exceptions import QiskitError
    from samplomatic.exceptions import BuildError, SamplexError

    try:
        yield
    except (QiskitError, BuildError, SamplexError, ValueError, TypeError) as error:
        words = error.message if isinstance(error, QiskitError) else str(error)
        raise JobError(f"the circuit cannot be boxed: {words}") from error


def box(circuit: QuantumCircuit, boxing: Boxing) -> QuantumCircuit:
    """The circuit with its operations in boxes. Raises what Qiskit and samplomatic raise."""
    from samplomatic.transpiler import generate_boxing_pass_manager

    boxed: QuantumCircuit = generate_boxing_pass_manager(**boxing).run(circuit)
    return boxed


def item_of(pub: ProgramPub) -> CircuitItem | SamplexItem:
    """The item of a quantum program that a PUB is. Raises `JobError` when its circuit cannot be boxed."""
    from samplomatic import build
    from samplomatic.quantum_program import CircuitItem, SamplexItem

    values = pub.parameter_values.as_array(pub.circuit.parameters)
    if pub.boxing is None:
        return CircuitItem(pub.circuit, circuit_arguments=values)
    with boxing_errors():
        template, samplex = build(box(pub.circuit, pub.boxing))
        arguments = {"parameter_values": values} if pub.circuit.num_parameters else {}
        return SamplexItem(template, samplex, samplex_arguments=arguments, shape=pub.shape)


def program_of(pubs: Sequence[ProgramPub]) -> QuantumProgram:
    """The quantum program of PUBs, which have the same shots. Raises `JobError` when a circuit cannot be boxed."""
    from qiskit_ibm_runtime import QuantumProgram

    return QuantumProgram(shots=pubs[0].shots, items=[item_of(pub) for pub in pubs])


@frozen
class Layers:
    """The distinct layers of circuits, in order of their first box: boxes without the gates that dress them.

    `about` has for each layer its physical `qubits` and its `operations` on them; `by_pub` has for each circuit the
    layers that it is made of.
    """

    instructions: tuple[CircuitInstruction, ...]
    about: tuple[Mapping[str, Any], ...]
    by_pub: tuple[tuple[int, ...], ...]


def layers_of(circuits: Sequence[QuantumCircuit], boxing: Boxing) -> Layers:
    """The distinct layers of ISA circuits. Raises `JobError` when a circuit cannot be boxed."""
    from samplomatic.utils import BoxKey, find_unique_box_instructions

    found: dict[BoxKey, tuple[int, CircuitInstruction, Mapping[str, Any]]] = {}
    by_pub = []
    for circuit in circuits:
        with boxing_errors():
            layers = {BoxKey(layer): layer for layer in find_unique_box_instructions(box(circuit, boxing))}
        for key, layer in layers.items():
            found.setdefault(key, (len(found), layer, _about(layer, circuit)))
        by_pub.append(tuple(found[key][0] for key in layers))
    return Layers(
        instructions=tuple(layer for _, layer, _ in found.values()),
        about=tuple(about for _, _, about in found.values()),
        by_pub=tuple(by_pub),
    )


def _about(layer: CircuitInstruction, circuit: QuantumCircuit) -> dict[str, Any]:
    places = [circuit.find_bit(qubit).index for qubit in layer.qubits]
    body = layer.operation.body
    operations = [
        [instruction.name, *(places[body.find_bit(qubit).index] for qubit in instruction.qubits)]
        for instruction in body
        if instruction.name != "barrier"
    ]
    return {"qubits": places, "operations": operations}
