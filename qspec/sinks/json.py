"""Results as one JSON file that people and programs read: counts, expectation values, standard errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from qspec.frozen import frozen
from qspec.records.placing import destinations, path_property

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from qspec.records.parts import JobRecord
    from qspec.records.point import PointRun
    from qspec.records.points import Points
    from qspec.records.saved import PubData
    from qspec.records.view import FinishedRun

_NAMES = {"evs": "expectation_values", "stds": "standard_errors"}
_MANY = 1000  # counts, which fit no line


@frozen
class JsonSink:
    """Writes the results of all jobs as JSON. What has the shape of a broadcast PUB is a nested list of that shape.

    Of a sweep there are `points`, a line each: `number`, `id`, the `values` of the axes by their places, and `jobs`.
    """

    kind: ClassVar[str] = "json"
    SCHEMA: ClassVar[dict[str, Any]] = {
        "description": "Counts, expectation values and standard errors of all jobs as one JSON file.",
        "properties": {"path": path_property("results.json")},
        "required": [],
    }
    EXAMPLE: ClassVar[str] = "{kind: json, path: 'tables/{name}-{job}.json'}"
    MISUSE: ClassVar[str] = "{kind: json, path: /tmp/results.json}"

    path: str = "results.json"

    def write(self, run: FinishedRun, folder: Path) -> tuple[Path, ...]:
        """Write the file, or one for each job with `{job}` in the path. Raises `RefusedError`, `MachineError`."""
        from qspec.records.files import machine_errors, writing_whole
        from qspec.records.layout import readable_pieces

        places = destinations(self.path, run, folder)
        for path, jobs in places.items():
            head = {"name": run.record.name, "run": run.record.run, **_point(run)}
            data = {**head, "jobs": {job.id: _job(run, job, at_once=False) for job in jobs}}
            with machine_errors(path):
                path.parent.mkdir(parents=True, exist_ok=True)
            with writing_whole(path) as file:
                file.writelines(readable_pieces(data))
        return tuple(places)

    def write_points(self, points: Points, folder: Path) -> tuple[Path, ...]:
        """Write all points of a sweep, a line each; a job that failed at a point is not in its line. Raises as `write`
        does.
        """
        from qspec.records.files import machine_errors, writing_whole
        from qspec.records.layout import one_line

        record = points.run.record
        places = destinations(self.path, points.run, folder)
        for path, jobs in places.items():
            with machine_errors(path):
                path.parent.mkdir(parents=True, exist_ok=True)
            with writing_whole(path) as file:
                head = one_line({"name": record.name, "run": record.run})
                file.write(head.removesuffix(b"}") + b', "points": [')
                for number, point in enumerate(points):
                    file.write((b",\n" if number else b"\n") + one_line(_line(point, {job.id for job in jobs})))
                file.write(b"\n]}\n")
        return tuple(places)


def _line(point: PointRun, jobs: Collection[str]) -> dict[str, Any]:
    finished = [job for job in point.finished_jobs() if job.id in jobs]
    return {**_point(point), "jobs": {job.id: _job(point, job, at_once=True) for job in finished}}


def _point(run: FinishedRun) -> dict[str, Any]:
    """What is said of a point of a sweep; nothing of a run that is none."""
    from qspec.records.point import PointRun

    return {"number": run.number, "id": run.id, "values": run.values} if isinstance(run, PointRun) else {}


def _job(run: FinishedRun, job: JobRecord, *, at_once: bool) -> dict[str, Any]:
    """A job's results; with `at_once` as they are, otherwise with many counts as entries that are made in their turn."""
    facts = {"program_id": job.program_id, "shots": job.shots, "precision": job.precision}
    pubs = [_pub(run, job, index, pub, at_once=at_once) for index, pub in enumerate(run.pubs(job.id))]
    return {**{key: value for key, value in facts.items() if value is not None}, "pubs": pubs}


def _pub(run: FinishedRun, job: JobRecord, index: int, pub: PubData, *, at_once: bool) -> dict[str, Any]:
    from qspec.records.files import plain

    data: dict[str, Any] = {"circuit": job.pubs[index].circuit, "shape": list(pub.shape)}
    values = run.parameter_values(job.id, index)
    if values:
        data["parameter_values"] = plain(values)
    if pub.registers:
        data["registers"] = {name: bits.num_bits for name, bits in pub.registers.items()}
        data["counts"] = _counts(pub, (), at_once=at_once)
    return {**data, **{_NAMES.get(name, name): plain(array) for name, array in pub.arrays.items()}}


def _counts(pub: PubData, index: tuple[int, ...], *, at_once: bool) -> Any:
    """Counts of one point, or a nested list of them over the axes that `index` leaves open."""
    from qspec.records.layout import Entries

    if len(index) < len(pub.shape):
        return [_counts(pub, (*index, step), at_once=at_once) for step in range(pub.shape[len(index)])]
    tally = pub.tally(index=index)
    return dict(tally.items()) if at_once or len(tally) < _MANY else Entries(tally.items())
