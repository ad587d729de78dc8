"""Rules about the entries of `circuits`, and what a look at their texts tells: facts, or a certain mistake."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qspec import kinds
from qspec.bindings import check_names, elements_of
from qspec.diagnostics import Diagnostic, Route, has_errors, nearest
from qspec.errors import SourceError
from qspec.reading.build import circuit_of
from qspec.reading.rules.entries import entries, sound_entry
from qspec.reading.sources import source_finding
from qspec.values import check_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qspec.facts import CircuitFacts
    from qspec.reading.files import InputFiles
    from qspec.reading.nodes import Node
    from qspec.spec import Circuit

MEASURED = "meas"
"""The register that `measure: all` adds, as in Qiskit's `measure_all`."""


def check_circuits(
    data: Mapping[str, Any], root: Node | None, files: InputFiles
) -> tuple[list[Diagnostic], dict[str, CircuitFacts]]:
    """The findings about the circuits, and the facts of those without an error, by their ids."""
    findings: list[Diagnostic] = []
    facts: dict[str, CircuitFacts] = {}
    for route, entry in entries(data, "circuits"):
        mistakes = [*_check_source(entry, route), *_check_bind(entry, route)]
        unclear = has_errors(mistakes) or _misspells_its_source(entry)
        sound = None if unclear else sound_entry(kinds.CIRCUITS, entry, ("measure", "bind"))
        if sound is not None:
            circuit = circuit_of(sound)
            try:
                bare = circuit.source.scan(files)
                mistakes += check_additions(circuit, bare, route)
                if not has_errors(mistakes):
                    facts[str(route[1])] = with_additions(circuit, bare)
            except SourceError as error:
                mistakes.append(source_finding(error, route, root, files))
        findings += mistakes
    return findings, facts


def _check_source(entry: Mapping[str, Any], route: Route) -> Iterator[Diagnostic]:
    if entry.get("kind") == "qasm" and ("source" in entry) == ("file" in entry) and not _misspells_its_source(entry):
        found = "not both" if "source" in entry else "and this has neither"
        yield _one_of("a qasm circuit has either 'source' or 'file'", found, (*route, "file"))
    if entry.get("kind") == "qpy" and "index" in entry and "name" in entry:
        yield _one_of("a qpy circuit is chosen by 'index' or by 'name'", "not by both", (*route, "name"))


def _misspells_its_source(entry: Mapping[str, Any]) -> bool:
    """Whether a qasm circuit has a key that was meant to be 'source' or 'file', which is a finding of its own."""
    strays = [key for key in entry if key not in ("kind", "source", "file", "measure", "bind")]
    without = entry.get("kind") == "qasm" and "source" not in entry and "file" not in entry
    return without and bool(nearest("source", strays) or nearest("file", strays))


def _one_of(rule: str, found: str, route: Route) -> Diagnostic:
    return Diagnostic(code="one-of", message=f"{rule}, {found}", route=route, on_key=True)


def _check_bind(entry: Mapping[str, Any], route: Route) -> Iterator[Diagnostic]:
    bind = entry.get("bind")
    for name, value in bind.items() if isinstance(bind, dict) else ():
        yield from check_value(value, (*route, "bind", name))


def check_additions(circuit: Circuit, bare: CircuitFacts, route: Route) -> Iterator[Diagnostic]:
    """Mistakes in `measure` and `bind`, by the facts of the circuit without them. `route` leads to the circuit."""
    if circuit.measure and (bare.measures or MEASURED in (bare.registers or {})):
        what = "has measurements already" if bare.measures else f"has a register called '{MEASURED}' already"
        message = f"circuit '{route[-1]}' {what}"
        label = "remove 'measure', or the measurements in the circuit"
        yield Diagnostic(code="already-measured", message=message, route=(*route, "measure"), label=label)
    if bare.parameters is None or not circuit.bind:
        return
    here = (*route, "bind")
    named = check_names(list(circuit.bind), bare.parameters, circuit=str(route[-1]), route=here)
    yield from (finding for finding in named if finding.code != "missing-parameter")
    for name in circuit.bind:
        length = bare.parameters.get(name)
        if length is not None:
            message = f"'{name}' is a vector of {length} parameters, and 'bind' gives one number"
            label = f"bind its elements: '{name}[0]', …"
            yield Diagnostic(code="parameter-shape", message=message, route=(*here, name), label=label)


def with_additions(circuit: Circuit, bare: CircuitFacts) -> CircuitFacts:
    """The facts of a circuit with its `measure` and `bind`, from those of the circuit without them."""
    facts = bare
    if circuit.bind and bare.parameters is not None:
        facts = replace(facts, parameters=_left_free(bare.parameters, circuit.bind))
    if circuit.measure:
        registers = None
        if bare.registers is not None and bare.num_qubits is not None:
            registers = {**bare.registers, MEASURED: bare.num_qubits}
        facts = replace(facts, registers=registers, measures=True)
    return facts


def _left_free(parameters: Mapping[str, int | None], bind: Mapping[str, Any]) -> dict[str, int | None]:
    """The parameters without the bound ones; what is left of a vector are single parameters."""
    bound = {element for name in bind for element in elements_of(name, parameters)}
    free: dict[str, int | None] = {}
    for name, length in parameters.items():
        elements = elements_of(name, parameters)
        if bound.isdisjoint(elements):
            free[name] = length
        else:
            free |= dict.fromkeys(element for element in elements if element not in bound)
    return free
