"""How a job of the spec is cut into jobs of the service: by PUBs, in order, as the backend's limits ask for."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qspec.service.backend import MOST_BYTES, MOST_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qspec.planning.pubs import PlannedJob, PlannedPub
    from qspec.service.backend import RemoteBackend

_BYTES_OF_AN_OPERATION = 120
_ROOM = 0.5
"""Estimates of sizes and times are held against half of what the service allows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Some PUBs of a job that follow each other: `count` of them from `first`."""

    first: int
    count: int


def draw_tag() -> str:
    """A tag by which the service finds one submission: no other has it, in this run or any other."""
    return f"qspec-{secrets.token_hex(12)}"


def parts_of(job: PlannedJob, backend: RemoteBackend, *, mode: str) -> tuple[Part, ...]:
    """The parts of a job. In job mode a job is never cut: `excess` says whether it is too large for that.

    Nor is one whose PUBs share what they learn (`indivisible`): its parts would learn, and pay for, the same again.
    """
    if mode == "job" or getattr(job.job, "indivisible", False):
        return (Part(first=0, count=len(job.pubs)),)
    parts: list[Part] = []
    first = 0
    for index in range(1, len(job.pubs) + 1):
        if index == len(job.pubs) or _too_much(job.pubs[first : index + 1], backend):
            parts.append(Part(first=first, count=index - first))
            first = index
    return tuple(parts)


def excess(job: PlannedJob, backend: RemoteBackend) -> str:
    """What of a job is more than the service takes at once, in words; empty when it fits."""
    return _too_much(job.pubs, backend)


def _too_much(pubs: Sequence[PlannedPub], backend: RemoteBackend) -> str:
    most = backend.most_circuits
    if most is not None and len(pubs) > most:
        return f"{len(pubs)} PUBs, and {backend.name} takes {most} in one job"
    seconds = sum(pub.qpu_seconds or 0.0 for pub in pubs)
    if seconds > _ROOM * MOST_SECONDS and len(pubs) > 1:
        return f"an estimated {seconds:,.0f} QPU seconds, and a job is ended after {MOST_SECONDS:,}"
    size = sum(_bytes(pub) for pub in pubs)
    if size > _ROOM * MOST_BYTES and len(pubs) > 1:
        return f"about {size / 1e6:,.0f} MB, and the service takes {MOST_BYTES / 1e6:,.0f} MB in one job"
    return ""


def _bytes(pub: PlannedPub) -> int:
    """About how many bytes a PUB is on the way to the service, its circuit and its numbers."""
    values: Any = pub.pub.parameter_values if hasattr(pub.pub, "parameter_values") else None
    numbers = 0 if values is None else sum(array.size for array in values.data.values())
    return pub.circuit.size * _BYTES_OF_AN_OPERATION + 11 * numbers
