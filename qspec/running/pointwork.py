"""The points of one variant of a sweep, as whoever computes them has them: this process, a worker, or a cluster."""

from __future__ import annotations

import pickle
import time
from typing import TYPE_CHECKING, Any

from qspec.errors import MachineError
from qspec.frozen import frozen
from qspec.planning.grid import Grid, JobGrid, grid_of, job_grids
from qspec.records.batches import PointJob, members_of
from qspec.running.jobwork import failed
from qspec.simulation.local import LocalBackend
from qspec.simulation.remembered import Remembered
from qspec.workers.contexts import KEPT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qspec.planning.plan import Plan
    from qspec.records.packs import Member
    from qspec.simulation.local import Outcome, Share
    from qspec.sweep import Variants

WORK = f"{__name__}:open_work"
"""What computes points, by the name that workers import it by."""
_SECONDS = 0.5
BYTES = 8 << 20
"""About how many bytes of results go into one batch of a pack."""
_TOGETHER = 64
_PACKED: Remembered[bytes] = Remembered(KEPT)
_OPENED: Remembered[LocalBackend] = Remembered(KEPT)


@frozen
class Computed:
    """What came of some points, as members of a pack; `failures` has the words of the job that failed, by the index
    of the point in its variant.
    """

    members: list[Member]
    failures: dict[int, str]
    seconds: float


@frozen
class VariantWork:
    """Everything that it takes to compute any point of one variant."""

    variant: int
    backend: LocalBackend
    jobs: tuple[JobGrid, ...]
    grid: Grid

    def compute(self, first: int, count: int) -> Iterator[tuple[int, Computed]]:
        """The points from `first` on, as they are computed: how many, and what came of them. A job that fails at a
        point is in them as a failure.
        """
        rows: list[dict[str, PointJob]] = []
        size, start, begun = 0, time.monotonic(), first
        for row in self._rows(first, count):
            rows.append(row)
            size += sum(size_of(done) for done in row.values())
            if size >= BYTES or time.monotonic() - start >= _SECONDS:
                yield len(rows), self.computed(begun, rows, time.monotonic() - start)
                begun += len(rows)
                rows, size, start = [], 0, time.monotonic()
        if rows:
            yield len(rows), self.computed(begun, rows, time.monotonic() - start)

    def computed(self, first: int, rows: Sequence[dict[str, PointJob]], seconds: float) -> Computed:
        """What came of points that follow each other."""
        return came_of(self.variant, first, rows, seconds)

    def _rows(self, first: int, count: int) -> Iterator[dict[str, PointJob]]:
        """What came of each job, point by point."""
        for start in range(first, first + count, _TOGETHER):
            indices = range(start, min(start + _TOGETHER, first + count))
            columns = {job.id: self._column(job, indices) for job in self.jobs}
            for _ in indices:
                yield {job: next(column) for job, column in columns.items()}

    def _column(self, job: JobGrid, indices: range) -> Iterator[PointJob]:
        """What came of one job at some points; neighbours with the same program are run together."""
        pending: list[Share] = []
        program: Any = None
        for index in indices:
            values = self.grid.values(index)
            wanted = job.program(values)
            if pending and wanted != program:
                yield from _run(program, self.backend, pending)
                pending = []
            program = wanted
            pending.append(job.share(program, values))
        yield from _run(program, self.backend, pending)


def _run(program: Any, backend: LocalBackend, shares: Sequence[Share]) -> Iterator[PointJob]:
    """What came of a job with each of some shares. One that fails leaves the others alone."""
    left = list(shares)
    while left:
        start = time.monotonic()
        try:
            for outcome in _outcomes(program, backend, tuple(left)):
                yield _done(outcome, time.monotonic() - start)
                del left[0]
                start = time.monotonic()
        except MachineError:
            raise
        except Exception as error:  # noqa: BLE001  whatever fails in a primitive, the other points are run
            yield _failed(error, time.monotonic() - start)
            del left[0]


def _outcomes(program: Any, backend: LocalBackend, shares: Sequence[Share]) -> Iterator[Outcome]:
    """The outcome of each share, as if it were run alone. Programs of other packages need not know how to share work."""
    if hasattr(program, "run_each"):
        yield from program.run_each(backend, shares)
        return
    for share in shares:
        yield program.run(backend, share.pubs, seed=share.seed, pub_seeds=share.pub_seeds)


def _done(outcome: Outcome, seconds: float) -> PointJob:
    facts = {
        "implementation": outcome.implementation,
        "options": outcome.options,
        "notes": outcome.notes,
        "seeds": outcome.seeds,
    }
    return PointJob(result=outcome.result, facts=facts, seconds=seconds)


def came_of(variant: int, first: int, rows: Sequence[dict[str, PointJob]], seconds: float = 0.0) -> Computed:
    """What came of points of a variant that follow each other, from index `first` on: of each a row of its jobs."""
    failures = {
        first + place: f"job '{job}': {done.error}"
        for place, row in enumerate(rows)
        for job, done in row.items()
        if done.error is not None
    }
    return Computed(members=members_of(variant, first, rows), failures=failures, seconds=seconds)


def _failed(error: Exception, seconds: float) -> PointJob:
    attempt = failed(error, seconds)
    return PointJob(error=attempt.error, traceback=attempt.traceback, seconds=seconds)


def size_of(done: PointJob) -> int:
    """About how many bytes a result's arrays have."""
    pubs = done.result or ()
    return sum(getattr(getattr(value, "array", value), "nbytes", 0) for pub in pubs for value in pub.data.values())


def work_of(plan: Plan, variants: Variants, variant: int) -> VariantWork:
    """The work of a variant, from the plan of its first point."""
    assert isinstance(plan.backend, LocalBackend)  # noqa: S101 - sweeps run on this machine
    return VariantWork(variant=variant, backend=plan.backend, jobs=job_grids(plan), grid=grid_of(variants, variant))


def packed(work: VariantWork) -> bytes:
    """The work as bytes, for our own workers. Variants that share a backend hold the same bytes of it."""
    backend = _PACKED.for_same((work.backend,), (), lambda: pickle.dumps(work.backend))
    return pickle.dumps((backend, work.variant, work.jobs, work.grid))


def open_work(content: bytes) -> VariantWork:
    """The work that `packed` made bytes of. A backend that other variants have brought is at hand, with its noise."""
    packed_backend, variant, jobs, grid = pickle.loads(content)  # noqa: S301  from the process that planned it
    backend = _OPENED.get(packed_backend, lambda: pickle.loads(packed_backend))  # noqa: S301
    return VariantWork(variant=variant, backend=backend, jobs=jobs, grid=grid)
