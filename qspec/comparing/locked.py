"""The results of a run held against those of a lock."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qspec.comparing.causes import find_causes
from qspec.comparing.made import made_of_lock, made_of_run
from qspec.comparing.pubs import IDENTICAL
from qspec.comparing.runs import LEVEL, is_mitigated, judged
from qspec.comparing.summaries import compare_with_summary
from qspec.records.point import PointRun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qspec.comparing.runs import ComparedPub, RunComparison
    from qspec.records.locks import LockedPoint, LockRecord
    from qspec.records.view import FinishedRun


def compare_with_lock(
    lock: LockRecord, run: FinishedRun, *, level: float = LEVEL, exact: bool = False, name: str = "lock"
) -> RunComparison:
    """Compare every PUB of a run, or of one point of a sweep, with what a lock says of it, and find what they differ in.

    PUBs with the same hash are identical, others are held against the summaries of the lock. `level` is the probability of
    a false alarm over all PUBs together; `name` is what the lock is called. Raises `RecordError` for damage.
    """
    missing: list[str] = []
    found, names = list(_compared(lock, run, missing)), (name, run.record.run)
    among = run.of_points if isinstance(run, PointRun) else 1
    judge = partial(judged, found, missing, names=names, level=level, exact=exact, among=among)
    if isinstance(run, PointRun) and judge(()).word != "different":
        return judge(())  # the points of a sweep are many, and made of the same
    return judge(find_causes(made_of_lock(lock), made_of_run(run)))


def _compared(lock: LockRecord, run: FinishedRun, missing: list[str]) -> Iterator[ComparedPub]:
    if isinstance(run, PointRun):
        known = next((each for each in lock.points if each.point in (None, run.id)), None)
        if known is None:
            missing.append(f"point {run.number:,} is only in the run")
        else:
            yield from _at(known, run, run.number, missing)
        return
    points = run.points
    if points is None:
        if lock.points_hash is not None or len(lock.points) != 1:
            missing.append("the lock is of a sweep, and the run has none")
            return
        yield from _at(lock.points[0], run, None, missing)
    elif lock.points_hash is None:
        missing.append("the run is a sweep, and the lock is of none")
    elif lock.points:
        numbers = {points.variants.sweep.point_id(number): number for number in range(len(points))}
        for known in lock.points:
            number = numbers.pop(str(known.point), None)
            if number is None:
                missing.append(f"point {known.point} is only in the lock")
            else:
                yield from _at(known, points.point(number), number, missing)
        missing += [f"points only in the run: {len(numbers):,}"] if numbers else []
    elif points.content_hash() == lock.points_hash:
        pubs = ((job, pub) for job in run.record.jobs for pub in job.pubs)
        yield from ((None, job.id, pub.index, pub.circuit, IDENTICAL) for job, pub in pubs)
    else:
        missing.append("the results of some points are others; of so many points the lock has one hash alone")


def _at(known: LockedPoint, run: FinishedRun, number: int | None, missing: list[str]) -> Iterator[ComparedPub]:
    """Every PUB of a run, or of one point of a sweep."""
    results = {(result.job, result.pub): result for result in known.results}
    where = "" if number is None else f" at point {number:,}"
    for job in run.record.jobs:
        for pub in job.pubs:
            old = results.pop((job.id, pub.index), None)
            what = f"PUB {pub.index} of job '{job.id}'{where}"
            if old is None:
                missing.append(f"{what} is only in the run")
            elif old.hash is None or pub.result_hash is None:
                missing.append(f"{what} has no result in the {'lock' if old.hash is None else 'run'}")
            elif old.hash == pub.result_hash:
                yield number, job.id, pub.index, pub.circuit, IDENTICAL
            else:
                data, mitigated = run.pub(job.id, pub.index), is_mitigated(job)
                compared = compare_with_summary(old.summary, data, mitigated=mitigated)
                yield number, job.id, pub.index, pub.circuit, compared
    missing += [f"PUB {pub} of job '{job}'{where} is only in the lock" for job, pub in results]
