"""Rules about PUBs: their values as written, and how they fit their circuits, by whatever is known of those.

`check_pubs` needs no facts. `check_facts` is asked twice: by validation with what a look at the circuits' texts
tells, and by planning with all there is to know; where a fact is unknown (None), it is silent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec import kinds
from qspec.bindings import broadcast, check_names, check_shapes, leading_shape
from qspec.diagnostics import Diagnostic, Related, Route
from qspec.reading.rules.entries import entries, pubs_of
from qspec.reading.rules.observables import check_observables, check_width, shape_of_observables
from qspec.reading.sound import is_sound
from qspec.values import check_value, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qspec.facts import CircuitFacts
    from qspec.values import Shape

    Shapes = Mapping[Route, Shape | None]


def check_pubs(data: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Mistakes in parameter values and observables that need no circuit to be seen."""
    for route, pub in pubs_of(data):
        for name, value in _values(pub).items():
            if is_sound(value):
                yield from check_value(value, (*route, "parameter_values", name))
        yield from check_observables(pub.get("observables"), (*route, "observables"))


def _values(pub: Mapping[str, Any]) -> Mapping[str, Any]:
    values = pub.get("parameter_values")
    return values if isinstance(values, dict) else {}


def check_facts(
    data: Mapping[str, Any], facts: Mapping[str, CircuitFacts], shapes: Shapes | None = None
) -> Iterator[Diagnostic]:
    """Where PUBs do not fit their circuits. `facts` are those after `measure` and `bind`, by circuit id.

    `shapes` has the shapes of values that are known already, such as those in files, by the route of the value.
    """
    for route, pub in pubs_of(data):
        circuit = pub.get("circuit")
        if isinstance(circuit, str) and circuit in facts and runs_circuits(data["jobs"][route[1]]):
            yield from _check_values(pub, facts[circuit], route, shapes or {})
            yield from _check_observables(pub, facts[circuit], route, shapes or {})
    yield from _check_measurements(data, facts)


def _check_values(pub: Mapping[str, Any], facts: CircuitFacts, route: Route, known: Shapes) -> Iterator[Diagnostic]:
    values = _values(pub)
    if facts.parameters is None or not isinstance(pub.get("parameter_values", {}), dict):
        return
    here = (*route, "parameter_values")
    yield from check_names(list(values), facts.parameters, circuit=pub["circuit"], route=here)
    shapes = _shapes(values, here, known)
    yield from check_shapes(shapes, facts.parameters, combine=_combine(pub), route=here)


def _combine(pub: Mapping[str, Any]) -> str:
    return str(pub.get("combine") or "zip")


def _shapes(values: Mapping[str, Any], route: Route, known: Shapes) -> dict[str, Shape | None]:
    routes = {name: (*route, name) for name in values}
    return {name: known[at] if (at := routes[name]) in known else _shape(value) for name, value in values.items()}


def shapes_of(data: Mapping[str, Any]) -> dict[Route, Shape | None]:
    """The shapes of all parameter values, by their routes; None where only a file knows, or where a mistake hides it."""
    return {
        (*route, "parameter_values", name): _shape(value)
        for route, pub in pubs_of(data)
        for name, value in _values(pub).items()
    }


def _shape(value: Any) -> Shape | None:
    return shape_of(value) if is_sound(value) else None


def _check_observables(
    pub: Mapping[str, Any], facts: CircuitFacts, route: Route, known: Shapes
) -> Iterator[Diagnostic]:
    observables = pub.get("observables")
    here = (*route, "observables")
    if facts.num_qubits is not None:
        yield from check_width(observables, facts.num_qubits, circuit=pub["circuit"], route=here)
    theirs = shape_of_observables(observables)
    values = _points(pub, facts, route, known)
    if theirs is not None and values is not None and broadcast([theirs, values]) is None:
        yield Diagnostic(
            code="not-broadcastable",
            message=f"observables of shape {list(theirs)} do not broadcast against parameter values of shape {list(values)}",
            route=here,
            on_key=True,
            label="nest the list one deeper to take every observable at every point",
        )


def _points(pub: Mapping[str, Any], facts: CircuitFacts, route: Route, known: Shapes) -> Shape | None:
    """The shape of the parameter sets of a PUB, where it is known and there is one."""
    if facts.parameters is None:
        return None
    shapes = _shapes(_values(pub), (*route, "parameter_values"), known)
    full = {name: shape for name, shape in shapes.items() if shape is not None}
    return leading_shape(full, facts.parameters, combine=_combine(pub)) if len(full) == len(shapes) else None


def shape_of_pub(pub: Mapping[str, Any], facts: CircuitFacts, route: Route, known: Shapes) -> Shape | None:
    """The shape of a PUB's results: its parameter sets broadcast against its observables. None where not known."""
    points = _points(pub, facts, route, known)
    observables = shape_of_observables(pub["observables"]) if "observables" in pub else ()
    return None if points is None or observables is None else broadcast([points, observables])


def _check_measurements(data: Mapping[str, Any], facts: Mapping[str, CircuitFacts]) -> Iterator[Diagnostic]:
    for route, job in entries(data, "jobs"):
        if takes_observables(job) is False and runs_circuits(job):
            yield from _check_measured(job, facts, route)


def takes_observables(job: Mapping[str, Any]) -> bool | None:
    """Whether a job's PUBs have observables, by its program; None where the program is not known."""
    takes: bool | None = _of_program(job, "observables", default=None)
    return takes


def runs_circuits(job: Mapping[str, Any]) -> bool:
    """Whether a job runs its circuits, and does not only look at what they are made of."""
    return bool(_of_program(job, "runs_circuits", default=True))


def gives_counts(job: Mapping[str, Any]) -> bool | None:
    """Whether a job's results are counts, by its program; None where the program is not known."""
    takes = takes_observables(job)
    given: bool | None = _of_program(job, "counts", default=None if takes is None else not takes)
    return given


def _of_program(job: Mapping[str, Any], name: str, *, default: Any) -> Any:
    word = job.get("program_id")
    return getattr(kinds.PROGRAMS.find(str(word)), name, default) if kinds.PROGRAMS.has(word) else default


def _check_measured(job: Mapping[str, Any], facts: Mapping[str, CircuitFacts], route: Route) -> Iterator[Diagnostic]:
    for pub_route, pub in pubs_of({"jobs": {route[-1]: job}}):
        circuit = pub.get("circuit")
        known = facts.get(circuit) if isinstance(circuit, str) else None
        if known and known.measures is False:
            yield Diagnostic(
                code="no-measurements",
                message=f"circuit '{circuit}' has no measurements, so {_spoken(job['program_id'])} has nothing to return",
                route=(*pub_route, "circuit"),
                label="'measure: all' in the circuit measures every qubit",
                related=(Related(label="the circuit", route=("circuits", str(circuit)), on_key=True),),
            )


def _spoken(program: str) -> str:
    return f"an {program}" if program[0] in "aeiou" else f"a {program}"
