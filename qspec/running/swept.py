"""The points of a sweep on a service: what each submission sends of them, and their results in packs as they come."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from itertools import groupby
from typing import TYPE_CHECKING, Any

from qspec.errors import JobError
from qspec.frozen import frozen
from qspec.planning.folding import laid_out, unfold
from qspec.planning.grid import grid_of, job_grids
from qspec.planning.parts import part_of
from qspec.records.batches import PackIndex, PointJob
from qspec.records.files import plain
from qspec.running.cancelling import is_cancelled
from qspec.running.collecting import decoded, failure, finish, implementation
from qspec.running.errand import Consignment
from qspec.running.points import PointStore, at_point
from qspec.running.pointwork import BYTES, came_of, size_of
from qspec.running.submissions import current, has_ended, status_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qiskit.primitives import PrimitiveResult, PubResult

    from qspec.planning.grid import Grid, JobGrid
    from qspec.planning.lineup import Lineup
    from qspec.planning.sweeps import SweepPlan
    from qspec.records.parts import JobRecord, SubmissionRecord
    from qspec.records.swept import SweepRecord
    from qspec.running.errand import Errand
    from qspec.running.journal import Journal
    from qspec.running.progress import Progress

_DECODED = 4
Row = dict[str, PointJob]
"""What came of each job at one point."""


@frozen
class _Sent:
    """What a submission sends, and for each PUB of its points where that is: in which PUB, at which place of its first
    axis, None where it is that PUB itself.
    """

    consignment: Consignment
    spots: Sequence[tuple[int, int | None]]


@frozen
class _Given:
    """What a submission that has sent this gave: its result, or in `error` why there is none that can be used."""

    sent: _Sent
    result: PrimitiveResult[Any] | None = None
    error: str = ""

    def pubs(self, start: int, stop: int) -> Iterator[PubResult]:
        """What it gave for some of the points' PUBs, by their numbers in the submission."""
        assert self.result is not None  # noqa: S101 - asked by who calls
        for pub, place in self.sent.spots[start:stop]:
            yield self.result[pub] if place is None else unfold(self.result[pub], place)


class SweptJobs:
    """The jobs of a sweep. A point goes into a pack when all its jobs have ended; it stays there as it is.

    What is in the packs is told from what the submissions say by the words of failures: after another try they differ.
    """

    def __init__(self, plan: SweepPlan, journal: Journal, watcher: Progress) -> None:
        self._plan = plan
        self.jobs = tuple(job.id for job in journal.record.jobs)
        self._index = _packed(journal)
        self._said: dict[int, tuple[str | None, ...]] = {}
        done = sum(self._good(point) for point in range(plan.sweep.size))
        self._store = PointStore(journal, watcher, done=done)
        self._given: OrderedDict[str, _Given] = OrderedDict()
        self._places = {job: _places(shares.lineup) for job, shares in plan.shares.items()}
        self._variant: tuple[int, Grid, dict[str, JobGrid]] | None = None

    def consignment(self, job: str, submission: SubmissionRecord) -> Consignment:
        """What a submission of a job sends: the PUBs of its points, one after the other."""
        return self._sent(job, submission).consignment

    def _sent(self, job: str, submission: SubmissionRecord) -> _Sent:
        lineup, part = self._plan.shares[job].lineup, part_of(submission)
        stops = [(*self._plan.variants.place(lineup.order[place]), place) for place in lineup.places(part)]
        found: list[Any] = []
        spots: list[tuple[int, int | None]] = []
        program: Any = None
        for variant, together in groupby(stops, key=lambda stop: stop[0]):
            grid, jobs = self._of_variant(variant)
            points: list[Sequence[Any]] = []
            for _, index, place in together:
                values = grid.values(index)
                program = jobs[job].program(values)
                points.append(jobs[job].share(program, values).pubs[lineup.own(place, part)])
            pubs, where = laid_out(program, points, folded=part.folded)
            spots += [(len(found) + pub, place) for pub, place in where]
            found += pubs
        backend: Any = self._plan.plans[variant].backend
        return _Sent(consignment=Consignment(program=program, pubs=found, backend=backend), spots=spots)

    def _of_variant(self, variant: int) -> tuple[Grid, dict[str, JobGrid]]:
        if self._variant is None or self._variant[0] != variant:
            grids = {job.id: job for job in job_grids(self._plan.plans[variant])}
            self._variant = variant, grid_of(self._plan.variants, variant), grids
        return self._variant[1:]

    def keep(self, errand: Errand, job: str, submission: SubmissionRecord) -> None:
        """Put those points of a submission that has ended into packs whose other jobs have ended, too."""
        lineup = self._plan.shares[job].lineup
        sent = {each: current(errand.job(each)) for each in self.jobs}
        points = (lineup.order[place] for place in lineup.places(part_of(submission)))
        due = [point for point in points if not self._good(point) and self._has_ended(point, sent)]
        batch: list[Row] = []
        first, size = (-1, -1), 0
        for variant, index in sorted(map(self._plan.variants.place, due)):
            row = self._row(errand, self._plan.variants.point(variant, index), sent)
            if row is None:
                continue
            if batch and (size >= BYTES or (variant, index) != (first[0], first[1] + len(batch))):
                self._save(first, batch)
                batch, size = [], 0
            first = first if batch else (variant, index)
            batch.append(row)
            size += sum(map(size_of, row.values()))
        if batch:
            self._save(first, batch)

    def _has_ended(self, point: int, sent: dict[str, tuple[SubmissionRecord, ...]]) -> bool:
        return all(has_ended(each) for job in self.jobs for each, _, _ in self._parts(job, point, sent[job]))

    def _parts(
        self, job: str, point: int, sent: Sequence[SubmissionRecord]
    ) -> Iterator[tuple[SubmissionRecord, int, int]]:
        """The submissions that have PUBs of a point, and from where to where in their results these stand."""
        lineup, place = self._plan.shares[job].lineup, self._places[job][point]
        start, stop = lineup.starts[place], lineup.starts[place + 1]
        number = bisect_right(sent, start, key=lambda each: each.first_pub) - 1
        while number < len(sent) and sent[number].first_pub < stop:
            first = sent[number].first_pub
            yield sent[number], max(start - first, 0), min(stop - first, sent[number].pubs)
            number += 1

    def _row(self, errand: Errand, point: int, sent: dict[str, tuple[SubmissionRecord, ...]]) -> Row | None:
        """What came of each job at a point; None where that is in the packs already."""
        row = {job: self._at(errand, job, list(self._parts(job, point, sent[job]))) for job in self.jobs}
        said = tuple(done.error for done in row.values())
        if said == self._known(point):
            return None
        self._said[point] = said
        return row

    def _at(self, errand: Errand, job: str, parts: Sequence[tuple[SubmissionRecord, int, int]]) -> PointJob:
        cancelled = is_cancelled(errand.journal.folder.path)
        if failed := failure([each for each, _, _ in parts], cancelled=cancelled):
            return PointJob(error=failed[1])
        pubs: list[Any] = []
        metadata: Any = None
        for each, start, stop in parts:
            given = self._of_submission(errand, job, each)
            if given.result is None:
                return PointJob(error=given.error)
            pubs += given.pubs(start, stop)
            metadata = given.result.metadata
        facts = {
            "implementation": implementation(errand, given.sent.consignment),
            "options": plain(given.sent.consignment.program.options),
            "notes": (),
            "seeds": (),
            "jobs": [each.job_id for each, _, _ in parts],
        }
        return PointJob(result=_result(pubs, metadata), facts=facts)

    def _of_submission(self, errand: Errand, job: str, submission: SubmissionRecord) -> _Given:
        """What a submission gave; the last few are remembered, since their points come one by one."""
        if submission.tag not in self._given:
            sent = self._sent(job, submission)
            try:
                given = _Given(sent=sent, result=decoded(errand, sent.consignment, submission))
            except JobError as error:
                given = _Given(sent=sent, error=str(error))
            self._given[submission.tag] = given
            if len(self._given) > _DECODED:
                self._given.popitem(last=False)
        return self._given[submission.tag]

    def _save(self, first: tuple[int, int], rows: Sequence[Row]) -> None:
        variant, index = first
        self._store.keep(variant, len(rows), came_of(variant, index, rows))

    def _known(self, point: int) -> tuple[str | None, ...] | None:
        """The words of the failures of each job at a point, as the packs have them; None where they have no such point."""
        if point in self._said:
            return self._said[point]
        variant, index = self._plan.variants.place(point)
        batch = self._index.batch(variant, index)
        return None if batch is None else tuple(batch.noted(job, index).error for job in self.jobs)

    def _good(self, point: int) -> bool:
        """Whether the packs have a result of every job at a point."""
        if point in self._said:
            return not any(self._said[point])
        variant, index = self._plan.variants.place(point)
        batch = self._index.batch(variant, index)
        return batch is not None and not batch.failed(index)

    def collect(self, errand: Errand, job: str) -> None:  # noqa: ARG002  all at once
        """Record how the jobs ended, when all have: each at all points together."""
        if not all(has_ended(each) for job in self.jobs for each in current(errand.job(job))):
            return
        self._store.close()
        index = _packed(errand.journal)
        failed = {job: [*self._failed(index, job)] for job in self.jobs}
        bad = {point for words in failed.values() for point, _ in words}
        self._store.done, self._store.failed = self._plan.sweep.size - len(bad), len(bad)
        self._store.close()
        for each in self.jobs:
            self._finish(errand, errand.job(each), failed[each])

    def _failed(self, index: PackIndex, job: str) -> Iterator[tuple[int, str]]:
        """The points where a job failed, with the words."""
        for variant in range(len(self._plan.variants)):
            for batch in index.batches(variant):
                for place in range(batch.first, batch.last + 1) if batch.span.failed else ():
                    error = batch.noted(job, place).error
                    if error is not None:
                        yield self._plan.variants.point(variant, place), error

    def _finish(self, errand: Errand, record: JobRecord, failed: Sequence[tuple[int, str]]) -> None:
        if not failed:
            finish(errand, record, status="DONE", error=None)
            return
        words = f"{len(failed):,} of {self._plan.sweep.size:,} points failed; the first: {at_point(*failed[0])}"
        cancelled = status_of(current(record)) == "CANCELLED"
        finish(errand, record, status="CANCELLED" if cancelled else "ERROR", error=words)

    def is_collected(self, errand: Errand, record: JobRecord) -> bool:  # noqa: ARG002  the packs say the rest
        """Whether the record says how the job ended; points that the packs lack were put there before."""
        return record.status in ("DONE", "ERROR", "CANCELLED")

    def close(self) -> None:
        """Close the pack that grows. Raises `MachineError`."""
        self._store.close()


def _result(pubs: list[Any], metadata: Any) -> PrimitiveResult[Any]:
    from qiskit.primitives import PrimitiveResult

    return PrimitiveResult(pubs, metadata=metadata)


def _sweep(journal: Journal) -> SweepRecord:
    assert journal.record.sweep is not None  # noqa: S101 - the run is one of a sweep
    return journal.record.sweep


def _packed(journal: Journal) -> PackIndex:
    return PackIndex(journal.folder.path, _sweep(journal).packs, journal.record.files)


def _places(lineup: Lineup) -> list[int]:
    """The place of each point in a lineup."""
    places = [0] * len(lineup.order)
    for place, point in enumerate(lineup.order):
        places[point] = place
    return places
