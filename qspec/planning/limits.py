"""The limits of a spec, held against its plan before anything is submitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qspec.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qspec.planning.pubs import PlannedJob
    from qspec.spec import Limits

_WORDS = {
    "qpu_seconds": "estimated QPU seconds",
    "shots": "shots",
    "circuits": "circuit executions",
    "two_qubit_depth": "two-qubit depth",
}


def check_limits(limits: Limits, planned: Mapping[str, float], *, without_estimate: Sequence[str] = ()) -> None:
    """Raise `RefusedError`, naming every limit that the plan passes; `planned` are its sums by the names of the limits.

    `without_estimate` are the jobs on a device whose QPU seconds nobody can tell, which cannot be held against a limit.
    On a simulator a job without an estimate counts as none.
    """
    if limits.qpu_seconds is not None and without_estimate:
        message = f"there is no estimate of the QPU seconds of job '{without_estimate[0]}', and the spec limits them"
        raise RefusedError(message, advice="circuits with control flow have none; leave out 'limits.qpu_seconds'")
    passed = [
        f"{_WORDS[name]} {_number(amount)}, at most {_number(limit)} allowed"
        for name, amount in planned.items()
        for limit in _limit(limits, name)
        if amount > limit
    ]
    if passed:
        noun = "limit" if len(passed) == 1 else "limits"
        message = f"the plan passes {len(passed)} {noun} of the spec: {'; '.join(passed)}"
        raise RefusedError(message, advice="ask for less, or raise the numbers under 'limits'")


def planned_sums(jobs: Sequence[PlannedJob]) -> dict[str, float]:
    """What the limits limit, over all jobs: by the names of the limits."""
    pubs = [pub for job in jobs for pub in job.pubs]
    return {
        "qpu_seconds": sum(job.qpu_seconds or 0.0 for job in jobs),
        "shots": sum(pub.executions * pub.shots for pub in pubs),
        "circuits": sum(pub.executions for pub in pubs),
        "two_qubit_depth": max((pub.circuit.two_qubit_depth for pub in pubs), default=0),
    }


def _limit(limits: Limits, name: str) -> Iterator[float]:
    limit: float | None = getattr(limits, name)
    if limit is not None:
        yield limit


def _number(value: float) -> str:
    return f"{value:,.4g}" if isinstance(value, float) and not value.is_integer() else f"{int(value):,}"
