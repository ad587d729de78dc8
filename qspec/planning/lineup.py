"""How a job of a sweep goes to the service: which points share a job there, and in what order their PUBs stand.

Points whose jobs differ in nothing but circuits and parameter values share one: their PUBs are run as they would be
alone. Options, shots, precision and the backend belong to a job of the service as a whole. Neighbours that differ in
parameter values alone are even the same PUBs there, with an axis over the points in front, see `qspec.planning.folding`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from qspec.frozen import frozen
from qspec.planning.folding import broadcasts, can_fold
from qspec.planning.grid import grid_of
from qspec.planning.parts import Load, Part, further_load_of, is_indivisible, load_of, parts_of
from qspec.service.backend import MOST_SECONDS
from qspec.sweep import spelling

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qspec.planning.plan import Plan
    from qspec.planning.pubs import PlannedJob
    from qspec.service.backend import RemoteBackend
    from qspec.sweep import Variants


@frozen
class Lineup:
    """The PUBs of one job at all points of a sweep, numbered in the order in which they are sent.

    `order` are the numbers of the points, `starts` the first PUB of each, and behind them the number of all PUBs.
    """

    order: Sequence[int]
    starts: Sequence[int]

    def places(self, part: Part) -> range:
        """The places in `order` of the points that have PUBs in a part."""
        return range(bisect_right(self.starts, part.first) - 1, bisect_left(self.starts, part.first + part.count))

    def own(self, place: int, part: Part) -> slice:
        """Which of its own PUBs the point at a place has in a part: all, unless its job is cut in itself."""
        start, stop = self.starts[place], self.starts[place + 1]
        return slice(max(part.first - start, 0), min(part.first + part.count, stop) - start)


def lined_up(order: Sequence[int], sizes: Sequence[int]) -> Lineup:
    """The lineup of points in this order, which have so many PUBs."""
    return Lineup(order=order, starts=list(accumulate(sizes, initial=0)))


@frozen
class Shares:
    """One job of a sweep, shared out among jobs of the service: each of `parts` is one, with PUBs of `lineup`.

    `loads` are how much they are, which is not known of a recorded run.
    """

    lineup: Lineup
    parts: tuple[Part, ...]
    loads: tuple[Load, ...] = ()

    @property
    def sent(self) -> Iterator[tuple[Part, Load]]:
        """The parts with their loads."""
        return zip(self.parts, self.loads, strict=True)


@frozen
class _Alike:
    """Points of one variant at which a job is the same but for parameter values: the job, and the points' numbers."""

    planned: PlannedJob
    points: Sequence[int]


def share_out(job: str, plans: Sequence[Plan], variants: Variants, *, mode: str) -> Shares:
    """How a job goes to the service. `plans` are those of the variants, for backends of one account."""
    groups: dict[str, list[_Alike]] = {}
    for variant, plan in enumerate(plans):
        for said, alike in _alike(job, plan, variants, variant):
            key = spelling({"backend": plan.resolved["backend"], "job": said})
            groups.setdefault(key, []).append(alike)
    backends = {key: _backend(plans, variants, group[0].points[0]) for key, group in groups.items()}
    order = [point for group in groups.values() for alike in group for point in alike.points]
    sizes = [len(alike.planned.pubs) for group in groups.values() for alike in group for _ in alike.points]
    found: list[tuple[Part, Load]] = []
    for key, group in groups.items():
        first = found[-1][0].first + found[-1][0].count if found else 0
        found += _cut(group, backends[key], first, mode=mode)
    parts, loads = zip(*found, strict=True)
    return Shares(lineup=lined_up(order, sizes), parts=parts, loads=loads)


def _backend(plans: Sequence[Plan], variants: Variants, point: int) -> RemoteBackend:
    backend: Any = plans[variants.place(point)[0]].backend
    return backend  # type: ignore[no-any-return]


def _alike(job: str, plan: Plan, variants: Variants, variant: int) -> Iterator[tuple[Mapping[str, Any], _Alike]]:
    """What the spec says of a job beside its PUBs, each different thing with the points of a variant that have it."""
    planned = next(each for each in plan.jobs if each.id == job)
    said = {key: value for key, value in plan.resolved["jobs"][job].items() if key != "pubs"}
    grid = grid_of(variants, variant)
    varied = next((column for column in grid.columns if column.job == job and not column.name), None)
    points = [variants.point(variant, index) for index in range(variants.size(variant))]
    if varied is None:
        yield said, _Alike(planned=planned, points=points)
        return
    found: dict[float, list[int]] = {}
    for index, point in enumerate(points):
        found.setdefault(grid.values(index)[varied], []).append(point)
    for value, chosen in found.items():
        alike = _Alike(planned=with_number(planned, varied.key, value), points=chosen)
        yield {**said, varied.key: value}, alike


def with_number(job: PlannedJob, key: str, value: float) -> PlannedJob:
    """A job with other shots or another precision, its PUBs' sums with it."""
    program = replace(job.job, **{key: value})
    ratio = program.shots_per_execution / job.job.shots_per_execution
    pubs = tuple(
        replace(
            pub,
            shots=program.shots_per_execution,
            qpu_seconds=None if pub.qpu_seconds is None else pub.qpu_seconds * ratio,
        )
        for pub in job.pubs
    )
    seconds = None if job.qpu_seconds is None else job.qpu_seconds * ratio
    return replace(job, job=program, pubs=pubs, qpu_seconds=seconds)


def _cut(group: Sequence[_Alike], backend: RemoteBackend, first: int, *, mode: str) -> Iterator[tuple[Part, Load]]:
    """The parts of points that may share a job, from PUB `first` on: as few as can be, and cut between points.

    A point whose job is too large by itself is cut in itself, where the mode allows that.
    """
    count, load, folded = 0, Load(), broadcasts(group[0].planned.job)
    for alike in group:
        planned, number = alike.planned, len(alike.planned.pubs)
        own = parts_of(planned, backend, mode=mode)
        together = not is_indivisible(planned) and len(own) == 1
        longest, whole, further = _longest(planned), load_of(planned.pubs), _further(planned)
        for place in range(len(alike.points)):
            more = load + (further if place and count else whole)
            if count and (not together or more.excess(backend, longest=longest)):
                yield Part(first=first, count=count, folded=folded), load
                first, count, more = first + count, 0, whole
            if len(own) > 1:
                yield from _own(planned, own, first)
                first, more = first + number, Load()
                continue
            count, load = count + number, more
    if count:
        yield Part(first=first, count=count, folded=folded), load


def _own(planned: PlannedJob, own: Sequence[Part], first: int) -> Iterator[tuple[Part, Load]]:
    """The parts of a point that is too large by itself."""
    for part in own:
        pubs = planned.pubs[part.first : part.first + part.count]
        yield replace(part, first=first + part.first), load_of(pubs)


def _further(planned: PlannedJob) -> Load:
    """How much more a job becomes by the next point of the same variant."""
    pubs = [pub.pub for pub in planned.pubs]
    return further_load_of(planned.pubs) if broadcasts(planned.job) and can_fold(pubs) else load_of(planned.pubs)


def _longest(planned: PlannedJob) -> float:
    """Seconds after which the service ends a job; a limit of the spec holds for all points that share one."""
    said = planned.job.options.get("max_execution_time")
    return min(MOST_SECONDS, said) if said else MOST_SECONDS
