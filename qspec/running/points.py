"""The points of a sweep are computed by a team of workers; what comes back is on disk before all else."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qspec.records.batches import PackIndex, PointJob
from qspec.records.packs import PackWriter
from qspec.running.jobs import note_files
from qspec.running.pointwork import WORK, packed, work_of
from qspec.running.teams import computed
from qspec.workers.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qspec.planning.sweeps import SweepPlan
    from qspec.records.swept import SweepRecord
    from qspec.running.conduct import Conduct
    from qspec.running.journal import Journal
    from qspec.running.pointwork import Computed, VariantWork
    from qspec.running.progress import Progress
    from qspec.workers.tasks import Done

_TASK_SECONDS = 2.0
_FIRST = 4
_MOST_NOTED = 100


def run_points(plan: SweepPlan, journal: Journal, watcher: Progress, conduct: Conduct) -> None:
    """Compute every point that has no result yet. Raises `MachineError` when the disk says no, or workers cannot start."""
    sweep = _sweep(journal)
    left = _Left(plan, PackIndex(journal.folder.path, sweep.packs, journal.record.files))
    _set_jobs(journal, "RUNNING")
    store = PointStore(journal, watcher, done=sweep.points - left.points)
    try:
        for done in computed(WORK, left.tasks(), left.context, conduct, items=left.points):
            store.keep(int(done.context), done.count, left.noted(done))
    finally:
        store.close()
    _set_jobs(journal, "DONE" if not store.failed else "ERROR", error=store.words)


def _sweep(journal: Journal) -> SweepRecord:
    assert journal.record.sweep is not None  # noqa: S101 - the run is one of a sweep
    return journal.record.sweep


def _set_jobs(journal: Journal, status: Any, *, error: str | None = None) -> None:
    """The status of every job of the spec, which is that of all points together."""
    time = journal.time()
    for job in journal.record.jobs:
        started, finished = (time, None) if status == "RUNNING" else (job.started, time)
        journal.change_job(replace(job, status=status, error=error, started=started, finished=finished))


class _Left:
    """The points that are left to compute, given out in tasks of some seconds each."""

    def __init__(self, plan: SweepPlan, index: PackIndex) -> None:
        self._plan = plan
        self._ranges = [
            (variant, points)
            for variant in range(len(plan.variants))
            for points in index.missing(variant, plan.variants.size(variant), failed=True)
        ]
        self.points = sum(len(points) for _, points in self._ranges)
        self._given = 0
        self._seconds: dict[str, tuple[float, int]] = {}

    def tasks(self) -> Iterator[Task]:
        """The tasks, the next always by what is known of the cost by then."""
        for variant, points in self._ranges:
            start = points.start
            while start < points.stop:
                each = self._cost(str(variant))
                count = min(self._count(each), points.stop - start)
                yield Task(context=str(variant), first=start, count=count, cost=each * count)
                start += count
                self._given += count

    def _cost(self, variant: str) -> float:
        """Seconds that a point takes, as far as is known: by those of its variant, else by those of all."""
        seconds, points = self._seconds.get(variant, (0.0, 0))
        if not points:
            seconds = sum(known for known, _ in self._seconds.values())
            points = sum(known for _, known in self._seconds.values())
        return seconds / points if points else 0.0

    def _count(self, each: float) -> int:
        """How many points a task has: some seconds' worth, and near the end fewer, so that no worker is last by long."""
        if each <= 0:
            return _FIRST
        rest = self.points - self._given
        return max(1, min(math.ceil(_TASK_SECONDS / each), math.ceil(rest / 8)))

    def context(self, variant: str) -> bytes:
        """What it takes to compute the points of a variant, for whoever does."""
        return packed(self._work(variant))

    def _work(self, variant: str) -> VariantWork:
        return work_of(self._plan.plans[int(variant)], self._plan.variants, int(variant))

    def noted(self, done: Done) -> Computed:
        """What came of points; one that ended its worker is a failure like any other."""
        computed: Computed = done.result if done.error is None else self._killed(done)
        seconds, points = self._seconds.get(done.context, (0.0, 0))
        self._seconds[done.context] = seconds + computed.seconds, points + done.count
        return computed

    def _killed(self, done: Done) -> Computed:
        work = self._work(done.context)
        row = {job.id: PointJob(error=done.error) for job in work.jobs}
        return work.computed(done.first, [row] * done.count, 0.0)


def at_point(point: int, words: str) -> str:
    """What failed at a point, with its number."""
    return f"point {point:,}: {words}"


class PointStore:
    """Writes what comes into packs, and says so in the record and to who watches: so many are `done`, so many `failed`."""

    def __init__(self, journal: Journal, watcher: Progress, *, done: int) -> None:
        self._journal = journal
        self._watcher = watcher
        self._packs = PackWriter(journal.folder.path)
        self._variants = _sweep(journal).variants
        self.done = done
        self._first = ""
        self.failed = 0
        watcher.points_done(done, 0, _sweep(journal).points)

    @property
    def words(self) -> str | None:
        """What is to be said of the points that failed; None where none did."""
        points = _sweep(self._journal).points
        return f"{self.failed:,} of {points:,} points failed; the first: {self._first}" if self.failed else None

    def keep(self, variant: int, count: int, computed: Computed) -> None:
        """Keep `count` points of a variant. Raises `MachineError`."""
        self._note_pack(self._packs.add(computed.members))
        for index, words in computed.failures.items():
            point = self._variants.point(variant, index)
            self._first = self._first or at_point(point, words)
            if self.failed < _MOST_NOTED:
                self._journal.note("point-failed", point=point, error=words)
            self.failed += 1
        self.done += count - len(computed.failures)
        self._watcher.points_done(self.done, self.failed, _sweep(self._journal).points)

    def close(self) -> None:
        """Close the pack that grows, and say in the record how far the sweep is. Raises `MachineError`."""
        self._note_pack(self._packs.close())
        sweep = replace(_sweep(self._journal), done=self.done, failed=self.failed)
        if sweep != _sweep(self._journal):
            self._journal.change(sweep=sweep)

    def _note_pack(self, name: str | None) -> None:
        if name is None:
            return
        note_files(self._journal, name)
        sweep = _sweep(self._journal)
        sweep = replace(sweep, packs=(*sweep.packs, name), done=self.done, failed=self.failed)
        self._journal.change(sweep=sweep)
        self._journal.note("points-saved", file=name, done=self.done)
