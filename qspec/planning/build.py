"""Circuits from their sources, with `measure` and `bind` applied, and the facts about them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from qspec.facts import CircuitFacts
from qspec.values import number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qiskit import QuantumCircuit

    from qspec.kinds import Files
    from qspec.planning.reuse import Reuse
    from qspec.spec import Circuit


def load_source(circuit: Circuit, files: Files, *, seed: int, reuse: Reuse) -> QuantumCircuit:
    """The circuit of a source as it stands there. Raises `SourceError`.

    `seed` is for sources that draw at random and name no seed themselves. A source that is a text (`text_of`) is not
    read again where `reuse` knows the text.
    """
    source = circuit.source
    if hasattr(source, "text_of"):
        return reuse.parsed(source.kind, source.text_of(files), lambda: source.load(files))
    seeded = getattr(source, "seeded", None)
    loaded: QuantumCircuit = (seeded(seed) if seeded else source).load(files)
    return loaded


def add(circuit: Circuit, bare: QuantumCircuit) -> QuantumCircuit:
    """The circuit with its parameters bound and its measurements added; `check_additions` found no mistake in them."""
    built = bare
    if circuit.bind:
        built = built.assign_parameters({name: number(value) for name, value in circuit.bind.items()})
    if circuit.measure == "all":
        built = built.measure_all(inplace=False)
    return built


def facts_of(circuit: QuantumCircuit) -> CircuitFacts:
    """All facts about a circuit. A parameter vector counts as one only while all of its elements are free."""
    return CircuitFacts(
        num_qubits=circuit.num_qubits,
        registers={register.name: register.size for register in circuit.cregs},
        parameters=_parameters(circuit),
        measures=any(True for _ in measured_bits(circuit)),
    )


def _parameters(circuit: QuantumCircuit) -> dict[str, int | None]:
    from qiskit.circuit import ParameterVectorElement

    free = list(circuit.parameters)
    elements = Counter(item.vector.name for item in free if isinstance(item, ParameterVectorElement))
    names: dict[str, int | None] = {}
    for parameter in free:
        vector = parameter.vector if isinstance(parameter, ParameterVectorElement) else None
        if vector is not None and elements[vector.name] == len(vector):
            names[vector.name] = len(vector)
        else:
            names[parameter.name] = None
    return names


def measured_bits(circuit: QuantumCircuit) -> Iterator[Any]:
    """The classical bits that measurements write into, inside control flow too (there as bits of the block)."""
    for instruction in circuit.data:
        if instruction.name == "measure":
            yield from instruction.clbits
        elif instruction.is_control_flow():
            for block in instruction.operation.blocks:
                outer: Mapping[Any, Any] = dict(zip(block.clbits, instruction.clbits, strict=True))
                yield from (outer[bit] for bit in measured_bits(block))


def measures_into_registers(circuit: QuantumCircuit) -> bool:
    """Whether any measurement writes into a classical register, rather than into single bits."""
    held = {bit for register in circuit.cregs for bit in register}
    return any(bit in held for bit in measured_bits(circuit))
