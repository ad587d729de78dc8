"""Results as tidy tables: one row for each bitstring, or for each expectation value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from qspec.frozen import frozen
from qspec.records.placing import destinations, path_property

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from qspec.records.parts import JobRecord
    from qspec.records.point import PointRun
    from qspec.records.points import Points
    from qspec.records.saved import PubData
    from qspec.records.view import FinishedRun

    Row = dict[str, Any]

MOST_PARAMETERS = 32
_OWN = frozenset({"job", "pub", "circuit", "register", "bitstring", "count", "expectation_value", "standard_error"})


@frozen
class CsvSink:
    """Writes a table for each job; jobs whose path is the same share one, with empty cells where they differ.

    Bitstrings are written as `0b0011`, so that no reader takes 0011 for the number eleven: drop the first two
    characters, or read them with Python's `int(text, 0)`. Of several registers the joint bitstrings stand
    there, the last register leftmost, a space between.

    Of a sweep a table has the number of the point and the value of each axis in front. Rows stand variant by variant: the
    points that share circuits, backend and options together. A job that failed at a point has no rows of it.
    """

    kind: ClassVar[str] = "csv"
    SCHEMA: ClassVar[dict[str, Any]] = {
        "description": "A tidy table for each job: a row for each bitstring, written as 0b0011, or expectation value.",
        "properties": {"path": path_property("{job}.csv")},
        "required": [],
    }
    EXAMPLE: ClassVar[str] = "{kind: csv, path: 'tables/{job}.csv'}"
    MISUSE: ClassVar[str] = "{kind: csv, path: ../counts.csv}"

    path: str = "{job}.csv"

    def write(self, run: FinishedRun, folder: Path) -> tuple[Path, ...]:
        """Write the tables, row by row. Raises `RefusedError`, `MachineError`."""
        places = destinations(self.path, run, folder)
        for path, jobs in places.items():
            columns = _columns((name for job in jobs for name in _names(run, job)), _swept(run))
            _write(path, columns, (row for job in jobs for row in _rows(run, job)))
        return tuple(places)

    def write_points(self, points: Points, folder: Path) -> tuple[Path, ...]:
        """Write the tables of all points of a sweep, row by row. Raises as `write` does."""
        places = destinations(self.path, points.run, folder)
        for path, jobs in places.items():
            chosen = [job.id for job in jobs]
            samples = (points.point(number) for number in points.samples)
            names = (name for point in samples for job in _chosen(point, chosen) for name in _names(point, job))
            columns = _columns(names, ["point", *points.cells])
            _write(
                path, columns, (row for point in points for job in _chosen(point, chosen) for row in _rows(point, job))
            )
        return tuple(places)


def _write(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    import csv
    import io

    from qspec.records.files import machine_errors, writing_whole

    with machine_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with writing_whole(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        text.detach()


def _columns(names: Iterable[str], front: Iterable[str]) -> list[str]:
    first = dict.fromkeys(front)
    return [*first, *sorted(dict.fromkeys(name for name in names if name not in first), key=_rank)]


def _rank(column: str) -> int:
    """Where a column stands: what a row is about, its point, its parameters, and last what was found."""
    if column in {"job", "pub", "circuit"}:
        return 0
    return 3 if column in _OWN else 1 if column.startswith("index_") else 2


def _chosen(point: PointRun, jobs: Sequence[str]) -> Iterator[JobRecord]:
    return (job for job in point.finished_jobs() if job.id in jobs)


def _names(run: FinishedRun, job: JobRecord) -> Iterator[str]:
    """The columns of a job's rows, in order."""
    for number, pub in enumerate(run.pubs(job.id)):
        if 0 in pub.shape:
            continue
        yield from (*_swept(run), "job", "pub", "circuit", *(f"index_{axis}" for axis in range(len(pub.shape))))
        yield from _parameters(run, job, number)
        yield from (("register", "bitstring", "count") if pub.registers else ())
        if "evs" in pub.arrays:
            yield from (("expectation_value", "standard_error") if "stds" in pub.arrays else ("expectation_value",))


def _rows(run: FinishedRun, job: JobRecord) -> Iterator[Row]:
    from itertools import product

    swept = _swept(run)
    for number, pub in enumerate(run.pubs(job.id)):
        parameters = _parameters(run, job, number)
        for index in product(*map(range, pub.shape)):
            point = {f"index_{axis}": step for axis, step in enumerate(index)}
            values = {name: array[index].item() for name, array in parameters.items()}
            head = {**swept, "job": job.id, "pub": number, "circuit": job.pubs[number].circuit}
            for found in _found(pub, index):
                yield {**head, **point, **values, **found}


def _parameters(run: FinishedRun, job: JobRecord, pub: int) -> dict[str, Any]:
    """The values of a PUB's parameters by their columns; nothing where they are too many."""
    values = run.parameter_values(job.id, pub)
    swept = _swept(run)
    return {_column(name, swept): array for name, array in values.items()} if len(values) <= MOST_PARAMETERS else {}


def _swept(run: FinishedRun) -> Row:
    """The columns that a point of a sweep has in front; none for a run that is none."""
    from qspec.records.point import PointRun

    return {"point": run.number, **run.cells} if isinstance(run, PointRun) else {}


def _column(parameter: str, swept: Row) -> str:
    taken = parameter in _OWN or parameter in swept or parameter.startswith("index_")
    return f"parameter {parameter}" if taken else parameter


def _found(pub: PubData, index: tuple[int, ...]) -> Iterator[Row]:
    if pub.registers:
        register = " ".join(reversed(list(pub.registers)))
        for bitstring, count in pub.tally(index=index).items():
            yield {"register": register, "bitstring": _safe(bitstring), "count": count}
    if "evs" in pub.arrays:
        row = {"expectation_value": pub.arrays["evs"][index].item()}
        yield {**row, "standard_error": pub.arrays["stds"][index].item()} if "stds" in pub.arrays else row


def _safe(bitstring: str) -> str:
    return " ".join(f"0b{part}" for part in bitstring.split(" "))
