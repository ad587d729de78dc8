"""Results as tidy tables: one row for each bitstring, or for each expectation value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from qspec.records.placing import destinations, path_property

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from qspec.records.parts import JobRecord
    from qspec.records.saved import PubData
    from qspec.records.view import FinishedRun

    Row = dict[str, Any]

MOST_PARAMETERS = 32
_OWN = frozenset({"job", "pub", "circuit", "register", "bitstring", "count", "expectation_value", "standard_error"})


@dataclass(frozen=True, kw_only=True, slots=True)
class CsvSink:
    """Writes a table for each job; jobs whose path is the same share one, with empty cells where they differ.

    Bitstrings are written as `0b0011`, so that no reader takes 0011 for the number eleven: drop the first two
    characters, or read them with Python's `int(text, 0)`. Of several registers the joint bitstrings stand
    there, the last register leftmost, a space between.
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
        """Write the tables. Raises `RefusedError`, `MachineError`."""
        from qspec.records.files import write_all

        places = destinations(self.path, run, folder)
        for path, jobs in places.items():
            rows = [row for job in jobs for row in _rows(run, job)]
            write_all(path.parent, {path.name: _table(rows)})
        return tuple(places)


def _table(rows: list[Row]) -> bytes:
    import csv
    import io

    columns = list(dict.fromkeys(column for row in rows for column in row))
    columns.sort(key=_rank)
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _rank(column: str) -> int:
    """Where a column stands: what a row is about, its point, its parameters, and last what was found."""
    if column in {"job", "pub", "circuit"}:
        return 0
    return 3 if column in _OWN else 1 if column.startswith("index_") else 2


def _rows(run: FinishedRun, job: JobRecord) -> Iterator[Row]:
    from itertools import product

    for number, pub in enumerate(run.pubs(job.id)):
        values = run.parameter_values(job.id, number)
        columns = values if len(values) <= MOST_PARAMETERS else {}
        for index in product(*map(range, pub.shape)):
            point = {f"index_{axis}": step for axis, step in enumerate(index)}
            parameters = {_column(name): array[index].item() for name, array in columns.items()}
            head = {"job": job.id, "pub": number, "circuit": job.pubs[number].circuit}
            for found in _found(pub, index):
                yield {**head, **point, **parameters, **found}


def _column(parameter: str) -> str:
    return f"parameter {parameter}" if parameter in _OWN or parameter.startswith("index_") else parameter


def _found(pub: PubData, index: tuple[int, ...]) -> Iterator[Row]:
    if pub.registers:
        register = " ".join(reversed(list(pub.registers)))
        for bitstring, count in pub.counts(index=index).items():
            yield {"register": register, "bitstring": _safe(bitstring), "count": count}
    if "evs" in pub.arrays:
        row = {"expectation_value": pub.arrays["evs"][index].item()}
        yield {**row, "standard_error": pub.arrays["stds"][index].item()} if "stds" in pub.arrays else row


def _safe(bitstring: str) -> str:
    return " ".join(f"0b{part}" for part in bitstring.split(" "))
