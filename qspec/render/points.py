"""The points of a sweep as a person reads them: a line each, the axes' values first, then what each job gave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.errors import RecordError
from qspec.render.look import clipped, plural, shortened, visible
from qspec.render.results import pub_data, spoken_estimate
from qspec.render.sweep_plans import render_axes, spoken_value
from qspec.render.table import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qspec.records.parts import JobRecord
    from qspec.records.point import PointRun
    from qspec.records.points import Points
    from qspec.records.saved import PubData
    from qspec.records.swept import SweepRecord
    from qspec.records.view import FinishedRun
    from qspec.render.look import Look

MOST_IN_JSON = 1000
_WIDEST_BITSTRING = 24
_WIDEST_HEADING = 28


def render_points(run: FinishedRun, points: Points, *, job: str | None, top: int, look: Look) -> Iterator[str]:
    """The axes, and a line for each of the first `top` points (all with `top=0`)."""
    sweep = points.variants.sweep
    yield from render_axes(sweep, look)
    yield ""
    jobs = [run.job(job)] if job is not None else list(run.record.jobs)
    places = [axis.place for axis in sweep.axes]
    heading = ("point", *_short(places), *(clipped(each.id, _WIDEST_HEADING) for each in jobs))
    shown = min(top or len(points), len(points))
    rows = [_row(points.point(number), places, jobs, look) for number in range(shown)]
    yield table(heading, rows, right={0}, indent=2, look=look).removesuffix("\n")
    if shown < len(points):
        yield f"  and {plural(len(points) - shown, 'more point')}; one in full: qspec show --point NUMBER"


def render_point(point: PointRun, look: Look) -> Iterator[str]:
    """Which point of a sweep it is: its number, its id, and the values of the axes."""
    yield look.paint(f"point {point.number:,}", "bold") + f" ({point.id})"
    rows = [(place, spoken_value(value)) for place, value in point.values.items()]
    yield table((), rows, indent=2, look=look).removesuffix("\n")


def spoken_sweep(sweep: SweepRecord) -> str:
    """How far a sweep is: `2,000 done`, `1,200 of 2,000 done, 3 failed`."""
    failed = f", {sweep.failed:,} failed" if sweep.failed else ""
    return f"{sweep.done:,} {'' if sweep.done == sweep.points else f'of {sweep.points:,} '}done{failed}"


def _short(places: Sequence[str]) -> list[str]:
    """The last key of each place, or as many of the last as it takes to tell them apart."""
    return [_tail(place, [other for other in places if other != place]) for place in places]


def _tail(place: str, others: Sequence[str]) -> str:
    steps = place.split(".")
    for kept in range(1, len(steps) + 1):
        tail = ".".join(steps[-kept:])
        if not any(f".{other}".endswith(f".{tail}") for other in others):
            return clipped(tail, _WIDEST_HEADING)
    return clipped(place, _WIDEST_HEADING)


def _row(point: PointRun, places: Sequence[str], jobs: Sequence[JobRecord], look: Look) -> tuple[str, ...]:
    values = [spoken_value(point.values[place]) for place in places]
    return (f"{point.number:,}", *values, *(_job(point, job.id, look) for job in jobs))


def _job(point: PointRun, job: str, look: Look) -> str:
    """What a job gave at a point, in a few words: its first PUB. Of a dry run no numbers are shown."""
    record = point.job(job)
    if record.status != "DONE" or point.record.is_dry:
        return look.draw(visible(clipped(record.error or record.status, look.width // 3)))
    try:
        return look.draw(_pub(point.pub(job)))
    except RecordError as error:
        return look.draw(visible(f"damaged: {error}"))


def _pub(pub: PubData) -> str:
    if pub.shape:
        return f"{' × '.join(map(str, pub.shape))} values"
    if "evs" in pub.arrays:
        stds = pub.arrays.get("stds")
        return spoken_estimate(float(pub.arrays["evs"]), None if stds is None else float(stds))
    if pub.registers:
        tally = pub.tally()
        first, shots = tally.most_frequent(2), max(tally.shots, 1)
        return "  ".join(f"{shortened(bits, _WIDEST_BITSTRING)} {number / shots:.3f}" for bits, number in first.items())
    return ", ".join(pub.arrays)


def points_data(points: Points, *, job: str | None) -> dict[str, Any]:
    """The points for JSON, up to the first 1,000: values, status, and results by job id, one entry for each PUB."""
    shown = [_point_data(points.point(number), job) for number in range(min(len(points), MOST_IN_JSON))]
    left = len(points) - len(shown)
    return {"points": shown} | ({"points_left_out": left} if left else {})


def point_data(run: FinishedRun) -> dict[str, Any]:
    """For JSON, which point of a sweep a run is; nothing for any other."""
    from qspec.records.point import PointRun

    return {"point": _which(run)} if isinstance(run, PointRun) else {}


def _which(point: PointRun) -> dict[str, Any]:
    return {"number": point.number, "id": point.id, "values": point.values}


def _point_data(point: PointRun, job: str | None) -> dict[str, Any]:
    jobs = [record for record in point.record.jobs if job in (None, record.id)]
    return {
        **_which(point),
        "jobs": {record.id: _job_data(point, record) for record in jobs},
    }


def _job_data(point: PointRun, record: JobRecord) -> dict[str, Any]:
    data: dict[str, Any] = {"status": record.status}
    if record.error is not None:
        return {**data, "error": record.error}
    pubs = point.pubs(record.id) if record.result is not None else ()
    return {**data, "pubs": [{"index": index, **pub_data(pub)} for index, pub in enumerate(pubs)]}
