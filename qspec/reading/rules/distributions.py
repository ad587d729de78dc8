"""Rules about the expectation `distribution`: its keys go together, and so many shots can show what it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.checks.distribution import SUM_TOLERANCE
from qspec.confidence import largest_distance, smallest_fidelity
from qspec.diagnostics import Diagnostic, Route
from qspec.programs.sampler import DEFAULT_SHOTS
from qspec.reading.rules.entries import entries, whole
from qspec.reading.sound import is_sound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LIMITS = {"total_variation_distance": ("at_most", "at_least"), "hellinger_fidelity": ("at_least", "at_most")}


def check_distributions(data: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """What cannot be meant, or cannot hold. Codes: one-of, out-of-range, too-few-shots."""
    for route, entry in entries(data, "expect"):
        if entry.get("kind") == "distribution" and is_sound(entry):
            yield from _check_keys(entry, route)
            yield from _check_sum(entry.get("values", {}), (*route, "values"))
            yield from _check_shots(entry, _shots(data, entry), route)


def _check_keys(entry: Mapping[str, Any], route: Route) -> Iterator[Diagnostic]:
    if "values" in entry and "ideal" in entry:
        yield _one_of("a distribution is expected by 'values' or by 'ideal'", "not by both", (*route, "ideal"))
    limit, other = _LIMITS.get(str(entry.get("metric")), ("", ""))
    if other and other in entry:
        yield _one_of(f"a limit for '{entry['metric']}' is '{limit}'", f"not '{other}'", (*route, other))


def _one_of(rule: str, found: str, route: Route) -> Diagnostic:
    return Diagnostic(code="one-of", message=f"{rule}, {found}", route=route, on_key=True)


def _check_sum(values: object, route: Route) -> Iterator[Diagnostic]:
    numbers = list(values.values()) if isinstance(values, dict) else []
    if all(_is_number(number) for number in numbers) and sum(numbers) > 1 + SUM_TOLERANCE:
        message = f"the expected probabilities add up to {sum(numbers):.6g}, which is more than 1"
        yield Diagnostic(code="out-of-range", message=message, route=route, on_key=True)


def _shots(data: Mapping[str, Any], entry: Mapping[str, Any]) -> int | None:
    """The shots of the job that an expectation is about; None where they are not known."""
    jobs, name = data.get("jobs"), entry.get("job")
    job = jobs.get(name) if isinstance(jobs, dict) and isinstance(name, str) else None
    if not isinstance(job, dict) or job.get("program_id") != "sampler":
        return None
    options = job.get("options", {})
    said = job.get("shots") or (options.get("default_shots") if isinstance(options, dict) else None)
    return DEFAULT_SHOTS if said is None else whole(said) if is_sound(said) else None


def _check_shots(entry: Mapping[str, Any], shots: int | None, route: Route) -> Iterator[Diagnostic]:
    """Whether the bound would be within the limit if the shots were exactly what is expected."""
    limit = next((key for key in _LIMITS.get(str(entry.get("metric")), ())[:1] if _is_number(entry.get(key))), None)
    confidence = entry.get("confidence", 0.99)
    if limit is None or not shots or not _is_number(confidence) or not 0 < confidence < 1:
        return
    if limit == "at_most":
        best = largest_distance(0.0, shots=shots, confidence=confidence)
        beyond = best > entry[limit]
    else:
        values = entry.get("values")
        outcomes = len(values) + 1 if isinstance(values, dict) and values else 2
        best = smallest_fidelity(1.0, shots=shots, outcomes=outcomes, confidence=confidence)
        beyond = best < entry[limit]
    if beyond:
        yield Diagnostic(
            code="too-few-shots",
            message=f"{shots:,} shots cannot show this with confidence {confidence:g}: their bound is {best:.4g} at best",
            route=(*route, limit),
            label="more shots, or another limit",
        )


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
