"""What the PUBs of a spec say, with files read in and random values drawn, held against the facts of the circuits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from qspec.bindings import leading_shape
from qspec.diagnostics import Diagnostic, Route
from qspec.errors import SourceError
from qspec.frozen import frozen
from qspec.planning.arrays import array_of
from qspec.planning.observables import empty_observables, read_files
from qspec.reading.layers import put
from qspec.reading.rules.expectations import check_expectations
from qspec.reading.rules.pubs import check_facts
from qspec.reading.sources import source_finding
from qspec.seeds import derive
from qspec.values import MOST_VALUES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qspec.planning.arrays import Floats
    from qspec.planning.circuits import Built
    from qspec.reading.load import Loaded


@frozen
class Inputs:
    """What the PUBs of a spec say, files read in.

    `data` is the spec's data with the observables in place; `arrays` are the parameter values of each PUB by its route.
    """

    data: Mapping[str, Any]
    arrays: Mapping[Route, Mapping[str, Floats]]


def read_inputs(loaded: Loaded, *, seed: int) -> tuple[Inputs, list[Diagnostic]]:
    """All parameter values as arrays and all observables, and the findings about the files among them."""
    arrays: dict[Route, dict[str, Floats]] = {}
    observables: dict[Route, Any] = {}
    findings: list[Diagnostic] = []
    for route, pub in _pubs(loaded.data):
        arrays[route] = {}
        for name, value in (pub.get("parameter_values") or {}).items():
            try:
                arrays[route][name] = array_of(value, loaded.files, seed=values_seed(seed, route, name))
            except SourceError as error:
                findings.append(_finding(error, (*route, "parameter_values", name), loaded))
        for place, content in read_files(pub.get("observables"), loaded.files, (*route, "observables")):
            if isinstance(content, SourceError):
                findings.append(_finding(content, place, loaded))
            else:
                observables[place] = content
    return Inputs(data=put(loaded.data, observables), arrays=arrays), findings


def _finding(error: SourceError, route: Route, loaded: Loaded) -> Diagnostic:
    assert loaded.root is not None  # noqa: S101 - what was loaded has been read
    return source_finding(error, route, loaded.root, loaded.files)


def values_seed(seed: int, route: Route, name: str) -> int:
    """The seed of random parameter values; `route` is that of their PUB: `jobs.<id>.pubs.<index>`."""
    return derive(seed, "values", str(route[1]), str(route[3]), name)


def _pubs(data: Mapping[str, Any]) -> Iterator[tuple[Route, Mapping[str, Any]]]:
    for name, job in data["jobs"].items():
        for index, pub in enumerate(job.get("pubs", ())):
            yield ("jobs", name, "pubs", index), pub


def check_inputs(inputs: Inputs, built: Mapping[str, Built]) -> Iterator[Diagnostic]:
    """Where PUBs do not fit their circuits, now that everything is known; and too many parameter values."""
    facts = {name: one.facts for name, one in built.items()}
    known = dict(_shapes_by_route(inputs))
    yield from check_facts(inputs.data, facts, known)
    yield from check_expectations(inputs.data, facts, known)
    for route, pub in _pubs(inputs.data):
        yield from empty_observables(pub.get("observables"), (*route, "observables"))
        if pub["circuit"] in facts:
            parameters = facts[pub["circuit"]].parameters or {}
            shapes = {name: array.shape for name, array in inputs.arrays[route].items()}
            shape = leading_shape(shapes, parameters, combine=combine_of(pub)) or ()
            count = math.prod(shape) * sum(length or 1 for length in parameters.values())
            if count > MOST_VALUES:
                message = f"combined, these are {count:,} values, and at most {MOST_VALUES:,} are allowed"
                yield Diagnostic(
                    code="too-many-values", message=message, route=(*route, "parameter_values"), on_key=True
                )


def _shapes_by_route(inputs: Inputs) -> Iterator[tuple[Route, tuple[int, ...]]]:
    for route, arrays in inputs.arrays.items():
        for name, array in arrays.items():
            yield (*route, "parameter_values", name), array.shape


def combine_of(pub: Mapping[str, Any]) -> str:
    """How the arrays of a PUB go together: `zip` or `product`."""
    return str(pub.get("combine") or "zip")
