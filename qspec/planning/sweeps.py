"""The plan of a sweep: each variant of the spec planned at its first point, and what all points are together."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from qspec.diagnostics import Diagnostic, has_errors
from qspec.errors import SpecError
from qspec.frozen import frozen
from qspec.planning.grid import Grid, grid_of
from qspec.planning.limits import check_limits, planned_sums
from qspec.planning.lineup import share_out, with_number
from qspec.planning.plan import Plan, plan, plan_point, root_seed
from qspec.planning.remote import check_one_account, check_remote, check_usage, usage_of
from qspec.planning.resolved import resolved_sweep
from qspec.planning.reuse import Reuse
from qspec.planning.shared import Shared
from qspec.reading.load import at_point
from qspec.reading.variants import named
from qspec.service.backend import RemoteBackend
from qspec.sweep import Variants

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qspec.planning.circuits import Progress
    from qspec.planning.grid import Column
    from qspec.planning.lineup import Shares
    from qspec.planning.locked import Lock
    from qspec.planning.pubs import PlannedJob
    from qspec.reading.load import Loaded
    from qspec.simulation.local import LocalBackend
    from qspec.spec import Spec
    from qspec.sweep import Sweep

    AnyPlan: TypeAlias = "Plan | SweepPlan"


@frozen
class SweepPlan:
    """What a run of a sweep will do: `plans` are those of the first points of its `variants`.

    `seed` is the root seed of all points, unless an axis varies it. `shares` say of each job how it goes to the service;
    there are none where the sweep runs on this machine. The other fields are as in `Plan`.
    """

    loaded: Loaded
    spec: Spec
    seed: int
    variants: Variants
    plans: Sequence[Plan]
    resolved: Mapping[str, Any]
    findings: tuple[Diagnostic, ...]
    seconds: float
    remaining: float | None = None
    shares: Mapping[str, Shares] = field(default_factory=dict)

    @property
    def sweep(self) -> Sweep:
        """The axes, and how they go together."""
        return self.variants.sweep

    def grid(self, variant: int) -> Grid:
        """The points of a variant."""
        return grid_of(self.variants, variant)

    def sums(self) -> dict[str, float]:
        """What the limits limit, over all points, by the names of the limits."""
        total: Counter[str] = Counter()
        deepest = 0.0
        for variant, planned in enumerate(self.plans):
            for sums, times in _point_sums(planned, self.grid(variant), self.variants.size(variant)):
                deepest = max(deepest, sums.pop("two_qubit_depth"))
                total.update({name: times * amount for name, amount in sums.items()})
        names = ("qpu_seconds", "shots", "circuits")
        return {**{name: total[name] for name in names}, "two_qubit_depth": deepest}

    @property
    def jobs(self) -> int:
        """The number of jobs: as many at each point, since no axis adds any."""
        return self.sweep.size * len(self.plans[0].jobs)

    @property
    def pubs(self) -> int:
        """The number of PUBs of all jobs at all points."""
        variants = enumerate(self.plans)
        return sum(self.variants.size(number) * len(job.pubs) for number, plan in variants for job in plan.jobs)

    @property
    def qpu_seconds(self) -> float | None:
        """The estimate for all points together; None where any job has none."""
        return None if self.without_estimate else self.sums()["qpu_seconds"]

    @property
    def without_estimate(self) -> list[str]:
        """The jobs of which nobody can tell the QPU seconds at every point."""
        return [job.id for planned in self.plans for job in planned.jobs if job.qpu_seconds is None]

    @property
    def backend(self) -> LocalBackend | RemoteBackend:
        """What the first point runs on."""
        return self.plans[0].backend


def plan_any(
    loaded: Loaded,
    *,
    offline: bool = False,
    progress: Progress | None = None,
    reuse: Reuse | None = None,
    lock: Lock | None = None,
) -> AnyPlan:
    """The plan of a spec, with a sweep or without one. Arguments and failures are those of `plan`."""
    if loaded.axes is None:
        return plan(loaded, offline=offline, progress=progress, reuse=reuse, lock=lock)
    return plan_sweep(loaded, offline=offline, progress=progress, reuse=reuse, lock=lock)


def plan_sweep(
    loaded: Loaded,
    *,
    offline: bool = False,
    progress: Progress | None = None,
    reuse: Reuse | None = None,
    lock: Lock | None = None,
) -> SweepPlan:
    """Plan every point of a sweep. Arguments and failures are those of `plan`."""
    start = time.perf_counter()
    assert loaded.axes is not None  # noqa: S101 - it has a sweep
    seed = root_seed(loaded.spec, lock)
    variants, shared = loaded.axes.variants, Shared(reuse or Reuse())
    how = _How(offline=offline, progress=progress, lock=lock)
    plans, findings = _plans(loaded, variants, seed, shared, how)
    seeds = _seed_axis(variants)
    if seeds is not None and any(map(_seed_matters, plans)):
        variants = Variants(variants.sweep, tuple(sorted((*variants.structural, seeds))))
        plans, findings = _plans(loaded, variants, seed, shared, how)
    planned = SweepPlan(
        loaded=loaded,
        spec=loaded.spec,
        seed=seed,
        variants=variants,
        plans=plans,
        resolved=resolved_sweep(loaded, seed=seed),
        findings=findings,
        seconds=0.0,
    )
    unknown = planned.without_estimate if planned.backend.remote else []
    check_limits(loaded.spec.limits, planned.sums(), without_estimate=unknown)
    if planned.backend.remote:
        planned = _for_service(planned)
    return replace(planned, seconds=time.perf_counter() - start)


def _for_service(planned: SweepPlan) -> SweepPlan:
    """The plan with what concerns all points on a service together. Raises `SpecError` when the instance has nothing left."""
    loaded, mode = planned.loaded, planned.spec.execution.mode
    backend = planned.plans[0].backend
    assert isinstance(backend, RemoteBackend)  # noqa: S101 - asked by who calls
    usage = usage_of(backend)
    found = loaded.locate(
        [*check_one_account(planned.plans), *check_usage(usage, backend, planned.sums()["qpu_seconds"])]
    )
    if has_errors(found):
        raise SpecError(found, sources=loaded.sources, path=loaded.path)
    shares = {job: share_out(job, planned.plans, planned.variants, mode=mode) for job in planned.spec.jobs}
    findings = (*planned.findings, *found)
    return replace(planned, shares=shares, findings=findings, remaining=usage.remaining)


class _How(NamedTuple):
    """How the variants are planned, all alike."""

    offline: bool
    progress: Progress | None
    lock: Lock | None


def _plans(
    loaded: Loaded, variants: Variants, seed: int, shared: Shared, how: _How
) -> tuple[tuple[Plan, ...], tuple[Diagnostic, ...]]:
    """The plan of each variant, and the findings of all of them. Raises `SpecError` when one is an error."""
    assert loaded.axes is not None  # noqa: S101 - it has a sweep
    axes = replace(loaded.axes, variants=variants)
    whole = replace(loaded, axes=axes)
    lock = how.lock if how.lock is not None and len(how.lock.record.variants) == len(variants) else None
    plans: list[Plan] = []
    found: dict[Diagnostic, list[int]] = {}
    for variant in range(len(variants)):
        if how.progress:
            how.progress("planning", variant, len(variants))
        point = at_point(whole, variant) if lock is None else lock.placed(at_point(whole, variant), variant)
        locked = None if lock is None else partial(lock.isa, variant)
        own_seed = point.spec.seed if point.spec.seed is not None else seed
        try:
            planned = plan_point(point, seed=own_seed, shared=shared, offline=how.offline, locked=locked)
            plans.append(planned)
            findings: Sequence[Diagnostic] = (*planned.findings, *point.locate(_beyond(planned, variants, variant)))
        except SpecError as error:
            findings = error.findings
        for finding in findings:
            found.setdefault(finding, []).append(variant)
    assert loaded.root is not None  # noqa: S101 - what was loaded has been read
    located = loaded.locate(named(axes, found, loaded.root))
    if has_errors(located):
        raise SpecError(located, sources=loaded.sources, path=loaded.path)
    return tuple(plans), located


def _beyond(planned: Plan, variants: Variants, variant: int) -> Iterator[Diagnostic]:
    """What the service would not take of the points of a variant: it is asked of the one with the most shots."""
    if isinstance(planned.backend, RemoteBackend):
        columns = grid_of(variants, variant).columns
        jobs = [_largest(job, columns) for job in planned.jobs]
        yield from check_remote(jobs, planned.backend, planned.spec)


def _largest(job: PlannedJob, columns: Sequence[Column]) -> PlannedJob:
    """A job as it is where it takes the most shots."""
    for column in columns:
        if column.job == job.id and not column.name:
            most = min(column.values) if column.key == "precision" else max(column.values)
            return with_number(job, column.key, most)
    return job


def _seed_axis(variants: Variants) -> int | None:
    """The axis that varies the seed, where points of one variant differ along it."""
    places = [axis.place for axis in variants.sweep.axes]
    axis = places.index("seed") if "seed" in places else None
    return axis if axis in variants.numeric else None


def _seed_matters(planned: Plan) -> bool:
    """Whether another seed makes other circuits or values: then each seed is a variant of its own."""
    drawn = {purpose.partition("/")[0] for purpose in planned.seeds}
    laid_out = planned.backend.target.build_coupling_map() is not None
    return bool(drawn & {"circuits", "values"}) or ("transpiler" in drawn and laid_out)


def _point_sums(planned: Plan, grid: Grid, size: int) -> Iterator[tuple[dict[str, float], float]]:
    """The sums of each job at one point, and how many points have them: those of its own shots or precision."""
    for job in planned.jobs:
        varied = [column for column in grid.columns if column.job == job.id and not column.name]
        if not varied:
            yield planned_sums([job]), size
        for column in varied:
            for value, times in Counter(column.values).items():
                yield planned_sums([with_number(job, column.key, value)]), times * size / len(column.values)
