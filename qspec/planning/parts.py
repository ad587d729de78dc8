"""How a job of the spec is cut into jobs of the service: by PUBs, in order, as the backend's limits ask for."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qspec.frozen import frozen
from qspec.service.backend import MOST_BYTES, MOST_EXECUTIONS, MOST_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qspec.planning.pubs import PlannedJob, PlannedPub
    from qspec.records.parts import SubmissionRecord
    from qspec.service.backend import RemoteBackend

_BYTES_OF_AN_OPERATION, _BYTES_OF_A_NUMBER = 120, 11
_ROOM = 0.5
"""Estimates of sizes and times are held against half of what the service allows."""


@frozen
class Part:
    """Some PUBs of a job that follow each other: `count` of them from `first`.

    `folded`: neighbouring points of a sweep are one PUB there, see `qspec.planning.folding`.
    """

    first: int
    count: int
    folded: bool = False


def part_of(submission: SubmissionRecord) -> Part:
    """The part of a job that a submission is."""
    return Part(first=submission.first_pub, count=submission.pubs, folded=submission.folded)


def draw_tag() -> str:
    """A tag by which the service finds one submission: no other has it, in this run or any other."""
    return f"qspec-{secrets.token_hex(12)}"


@frozen
class Load:
    """How much goes into one job: PUBs, and `pieces` that could as well go into different ones, which several PUBs are,
    and several points in one PUB; estimated QPU seconds, about how many bytes, executions counted shot by shot.
    """

    pubs: int = 0
    pieces: int = 0
    seconds: float = 0.0
    size: int = 0
    executions: int = 0

    def __add__(self, other: Load) -> Load:
        return Load(
            pubs=self.pubs + other.pubs,
            pieces=self.pieces + other.pieces,
            seconds=self.seconds + other.seconds,
            size=self.size + other.size,
            executions=self.executions + other.executions,
        )

    def excess(self, backend: RemoteBackend, *, longest: float = MOST_SECONDS) -> str:
        """What of it is more than the service takes at once, in words; empty when it fits.

        A job is ended after `longest` seconds. A single piece cannot be cut, and is taken to fit.
        """
        most = backend.most_circuits
        if most is not None and self.pubs > most:
            return f"{self.pubs} PUBs, and {backend.name} takes {most} in one job"
        if self.seconds > _ROOM * longest and self.pieces > 1:
            return f"an estimated {self.seconds:,.0f} QPU seconds, and a job is ended after {longest:,.0f}"
        if self.executions > MOST_EXECUTIONS and self.pieces > 1:
            return f"{self.executions:,} executions, and the service takes {MOST_EXECUTIONS:,} in one job"
        if self.size > _ROOM * MOST_BYTES and self.pieces > 1:
            return f"about {self.size / 1e6:,.0f} MB, and the service takes {MOST_BYTES / 1e6:,.0f} MB in one job"
        return ""


def load_of(pubs: Sequence[PlannedPub]) -> Load:
    """How much PUBs are together."""
    further = further_load_of(pubs)
    circuits = sum(pub.circuit.size * _BYTES_OF_AN_OPERATION for pub in pubs)
    return replace(further, pubs=len(pubs), size=further.size + circuits)


def further_load_of(pubs: Sequence[PlannedPub]) -> Load:
    """How much more PUBs of the same circuits become when they have the parameter values of these, too."""
    return Load(
        pieces=len(pubs),
        seconds=sum(pub.qpu_seconds or 0.0 for pub in pubs),
        size=sum(_BYTES_OF_A_NUMBER * _numbers(pub) for pub in pubs),
        executions=sum(pub.executions * pub.shots for pub in pubs),
    )


def parts_of(job: PlannedJob, backend: RemoteBackend, *, mode: str) -> tuple[Part, ...]:
    """The parts of a job. In job mode a job is never cut: `excess` says whether it is too large for that.

    Nor is one whose PUBs share what they learn (`indivisible`): its parts would learn, and pay for, the same again.
    """
    if mode == "job" or is_indivisible(job):
        return (Part(first=0, count=len(job.pubs)),)
    parts: list[Part] = []
    first, load = 0, Load()
    for index, pub in enumerate(job.pubs):
        more = load + load_of([pub])
        if index > first and more.excess(backend):
            parts.append(Part(first=first, count=index - first))
            first, more = index, load_of([pub])
        load = more
    return (*parts, Part(first=first, count=len(job.pubs) - first))


def is_indivisible(job: PlannedJob) -> bool:
    """Whether the PUBs of a job share what they learn, so that with others, or without some, each gives something else."""
    return bool(getattr(job.job, "indivisible", False))


def excess(job: PlannedJob, backend: RemoteBackend) -> str:
    """What of a job is more than the service takes at once, in words; empty when it fits."""
    return load_of(job.pubs).excess(backend)


def _numbers(pub: PlannedPub) -> int:
    """How many parameter values a PUB has."""
    values: Any = pub.pub.parameter_values if hasattr(pub.pub, "parameter_values") else None
    return 0 if values is None else sum(array.size for array in values.data.values())
