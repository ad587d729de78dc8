"""Rules about `expect`: what it says of a PUB must be possible, so that no run ends with an expectation that cannot hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.diagnostics import Diagnostic, Route, clipped, suggestion
from qspec.reading.rules.entries import entries, whole
from qspec.reading.rules.pubs import gives_counts, shape_of_pub, takes_observables
from qspec.reading.sound import is_sound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qspec.facts import CircuitFacts
    from qspec.reading.rules.pubs import Shapes
    from qspec.values import Shape

_OF_OBSERVABLES = {"expectation_values": True, "probabilities": False, "distribution": False}
"""Which expectations are about jobs with observables, and which about jobs with counts."""


def check_expectations(
    data: Mapping[str, Any], facts: Mapping[str, CircuitFacts], shapes: Shapes | None = None
) -> Iterator[Diagnostic]:
    """Expectations of the wrong program, and registers, bitstrings and points that their PUB does not have.

    Asked by validation and by planning, like `check_facts`. Codes: wrong-program, unknown-register, bitstring-width,
    unknown-point.
    """
    for route, entry in entries(data, "expect"):
        found = _pub_of(data, entry)
        if found is None:
            continue
        job, pub, pub_route = found
        if _is_foreign(entry, job):
            yield _wrong_program(entry, job, route)
            continue
        known = facts.get(str(pub.get("circuit")))
        if known is not None:
            yield from _check_bits(entry, known, str(pub["circuit"]), route)
            if "index" in entry:
                yield from _check_point(entry, shape_of_pub(pub, known, pub_route, shapes or {}), route)


def _pub_of(data: Mapping[str, Any], entry: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any], Route] | None:
    """The job and the PUB that an expectation is about, and the PUB's route; None where a mistake hides them."""
    jobs, name, index = data.get("jobs"), entry.get("job"), whole(entry.get("pub", 0))
    job = jobs.get(name) if isinstance(jobs, dict) and isinstance(name, str) else None
    pubs = job.get("pubs") if isinstance(job, dict) else None
    if not isinstance(job, dict) or not isinstance(pubs, list) or index is None or index >= len(pubs):
        return None
    pub = pubs[index]
    return (job, pub, ("jobs", str(name), "pubs", index)) if isinstance(pub, dict) else None


def _is_foreign(entry: Mapping[str, Any], job: Mapping[str, Any]) -> bool:
    wanted = _OF_OBSERVABLES.get(str(entry.get("kind")))
    found = takes_observables(job) if wanted else gives_counts(job)
    return wanted is not None and found is False


def _wrong_program(entry: Mapping[str, Any], job: Mapping[str, Any], route: Route) -> Diagnostic:
    wanted = "an estimator" if _OF_OBSERVABLES[entry["kind"]] else "a sampler"
    message = f"'{entry['kind']}' is about {wanted} job, and '{entry['job']}' has the program_id '{job['program_id']}'"
    return Diagnostic(code="wrong-program", message=message, route=(*route, "job"))


def _check_bits(entry: Mapping[str, Any], facts: CircuitFacts, circuit: str, route: Route) -> Iterator[Diagnostic]:
    values, register = entry.get("values"), entry.get("register")
    if entry.get("kind") not in ("probabilities", "distribution") or facts.registers is None:
        return
    if isinstance(register, str) and register not in facts.registers:
        yield Diagnostic(
            code="unknown-register",
            message=f"circuit '{circuit}' has no classical register '{clipped(register)}'",
            route=(*route, "register"),
            label=suggestion(register, list(facts.registers)),
            notes=(f"registers of '{circuit}': {', '.join(facts.registers) or 'none'}",),
        )
    elif isinstance(values, dict):
        chosen = {register: facts.registers[register]} if isinstance(register, str) else dict(facts.registers)
        yield from _check_widths(values, chosen, (*route, "values"))


def _check_widths(values: Mapping[str, Any], registers: Mapping[str, int], route: Route) -> Iterator[Diagnostic]:
    """Joint bitstrings have a part for each register, the last register leftmost."""
    ordered = list(registers.items())[::-1]
    widths = [bits for _, bits in ordered]
    spoken = ", ".join(f"{name} ({bits} bit{'' if bits == 1 else 's'})" for name, bits in ordered)
    for bitstring in values:
        if set(bitstring) <= set("01 ") and [len(part) for part in bitstring.split(" ")] != widths:
            yield Diagnostic(
                code="bitstring-width",
                message=f"'{clipped(bitstring)}' is not a bitstring of {spoken or 'this circuit, which has no bits'}",
                route=(*route, bitstring),
                on_key=True,
                label="a space stands between registers, the last one comes first" if len(widths) > 1 else "",
            )


def _check_point(entry: Mapping[str, Any], shape: Shape | None, route: Route) -> Iterator[Diagnostic]:
    index = entry.get("index")
    if shape is None or not isinstance(index, list) or not is_sound(index):
        return
    steps = [whole(step) for step in index]
    if len(steps) != len(shape) or any(step is None or step >= size for step, size in zip(steps, shape, strict=False)):
        yield Diagnostic(
            code="unknown-point",
            message=f"the PUB's results have shape {list(shape)}, and there is no point {index}",
            route=(*route, "index"),
            label="one number for each axis, counted from 0" if shape else "leave 'index' out: there is one point only",
        )
