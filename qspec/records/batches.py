"""Neighbouring points of a variant as members of a pack: their arrays, stacked, and what is to be said beside them.

The members of the points 100 to 199 of variant 0 begin with `v0.100-199.`. `v0.100-199.counts.pub0.point0-99.meas` is
the array `meas` of PUB 0 of the job `counts` with an axis of its 100 points in front; `v0.100-199.json` has the rest. Points where a job failed are not in its arrays, and the name says so: `v0.100-199.failed.json`.
"""

from __future__ import annotations

import io
import re
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from qspec.errors import RecordError
from qspec.frozen import frozen
from qspec.records.archive import write_array
from qspec.records.coding import encode
from qspec.records.columns import Column
from qspec.records.files import plain
from qspec.records.layout import one_line
from qspec.records.packs import Pack
from qspec.records.record import parse_json
from qspec.records.results import FORMAT_VERSION, collect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from qiskit.primitives import PrimitiveResult

    from qspec.records.archive import Array, Packed, Stack
    from qspec.records.columns import Kept
    from qspec.records.packs import Member

_MOST_OPEN = 4
_NAME = re.compile(r"v(\d+)\.(\d+)-(\d+)\.(failed\.)?json")


@frozen
class PointJob:
    """What came of one job at one point: its result, or why there is none.

    `facts` are `implementation`, `options`, `notes` and `seeds` as in a job's record, and on a service the IDs of its
    `jobs`; `seconds` is how long it ran here.
    """

    result: PrimitiveResult[Any] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    seconds: float | None = None
    error: str | None = None
    traceback: str = ""


@frozen
class Span:
    """The points `first` to `last` of a variant, and whether a job failed at any of them."""

    variant: int
    first: int
    last: int
    failed: bool = False

    @property
    def prefix(self) -> str:
        """What the names of their members begin with."""
        return f"v{self.variant}.{self.first}-{self.last}."

    @property
    def name(self) -> str:
        """The name of the member that says what there is."""
        return f"{self.prefix}{'failed.' if self.failed else ''}json"


def span_of(name: str) -> Span | None:
    """The points that a member is about; None for one that holds an array."""
    match = _NAME.fullmatch(name)
    if not match:
        return None
    return Span(variant=int(match[1]), first=int(match[2]), last=int(match[3]), failed=bool(match[4]))


def members_of(variant: int, first: int, rows: Sequence[Mapping[str, PointJob]]) -> list[Member]:
    """The members that points become, given what came of each job at each of them, in order."""
    failed = any(done.result is None for row in rows for done in row.values())
    span = Span(variant=variant, first=first, last=first + len(rows) - 1, failed=failed)
    members: list[Member] = []
    jobs: dict[str, Any] = {}
    for job in rows[0]:
        column = [row[job] for row in rows]
        jobs[job], arrays = _job(column)
        members += [(f"{span.prefix}{job}.{name}.npy", _npy(array)) for name, array in arrays.items()]
    data = {"qspec_points": FORMAT_VERSION, "jobs": jobs}
    return [*members, (span.name, one_line(data))]  # last, so that it is there only when the arrays are


def _npy(array: Array | Stack) -> bytes:
    stream = io.BytesIO()
    write_array(stream, array)
    return stream.getvalue()


def _job(column: Sequence[PointJob]) -> tuple[dict[str, Any], Packed]:
    """What is to be kept of one job at some points."""
    done = [each for each in column if each.result is not None]
    arrays: Packed = {}
    pubs = []
    for index in range(len(list(done[0].result or ())) if done else 0):
        collected = collect([each.result[index] for each in done if each.result], noun="point", stack_above=1)
        arrays |= {f"pub{index}.{name}": array for name, array in collected.arrays.items()}
        pubs.append({"entries": collected.entries, "hashes": collected.hashes, "kept_as_text": collected.kept_as_text})
    data: dict[str, Any] = {
        "pubs": pubs,
        "facts": [[len(list(alike)), facts] for facts, alike in groupby(plain(dict(each.facts)) for each in done)],
        "metadata": [
            [len(list(alike)), metadata]
            for metadata, alike in groupby(encode(each.result.metadata, "metadata", []) for each in done if each.result)
        ],
        "seconds": [None if each.seconds is None else round(each.seconds, 6) for each in column],
    }
    failed = {str(place): [each.error, each.traceback] for place, each in enumerate(column) if each.result is None}
    return ({**data, "failed": failed} if failed else data), arrays


@dataclass(slots=True)
class Batch:
    """Neighbouring points in a pack. Arrays are read when they are first asked for, and kept until `forget`.

    `first` and `last` are the points that count: newer packs may have others of its `span`. `names` are the members
    that hold its arrays.
    """

    pack: Pack
    span: Span
    first: int = -1
    last: int = -1
    names: tuple[str, ...] = ()
    _jobs: dict[str, Column] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        if self.last < 0:
            self.first, self.last = self.span.first, self.span.last

    def without(self, newer: Span) -> list[Batch]:
        """The batch without the points of a newer one: itself, what is before and after them, or nothing."""
        if newer.last < self.first or newer.first > self.last:
            return [self]
        before = [replace(self, last=newer.first - 1)] if self.first < newer.first else []
        after = [replace(self, first=newer.last + 1)] if newer.last < self.last else []
        return [*before, *after]

    def kept(self, job: str, index: int) -> Kept:
        """What is kept of a job at the point `index` of the variant. Raises `RecordError`."""
        return self.column(job).kept(index - self.span.first)

    def noted(self, job: str, index: int) -> Kept:
        """The same without its arrays."""
        return self.column(job).noted(index - self.span.first)

    def hashes(self, job: str, index: int) -> tuple[str, ...] | None:
        """The hashes of a job's results at a point, without reading them; None where it failed."""
        return self.column(job).hashes(index - self.span.first)

    def failed(self, index: int) -> bool:
        """Whether any job failed at a point."""
        place = index - self.span.first
        return self.span.failed and any(column.hashes(place) is None for column in self.columns().values())

    def column(self, job: str) -> Column:
        """One job at all points of the span. Raises `RecordError`."""
        try:
            return self.columns()[job]
        except KeyError:
            raise RecordError(f"'{self.pack.path}' holds no job '{job}'") from None

    def columns(self) -> dict[str, Column]:
        """Every job at all points of the span. Raises `RecordError`."""
        if not self._jobs:
            data = parse_json(self.pack.read(self.span.name))
            if data.get("qspec_points") != FORMAT_VERSION or not isinstance(data.get("jobs"), dict):
                raise RecordError(f"'{self.pack.path}' is damaged: '{self.span.name}' is not of this format")
            number, prefix = self.span.last - self.span.first + 1, self.span.prefix
            self._jobs = {
                job: Column(self.pack, f"{prefix}{job}.", entry, number, self.names)
                for job, entry in data["jobs"].items()
            }
        return self._jobs

    def forget(self) -> None:
        """Let go of what was read; it is read again when it is asked for."""
        self._jobs = {}


def batches_of(pack: Pack) -> Iterator[Batch]:
    """What a pack holds, in the order in which it came. Raises `RecordError`."""
    names: list[str] = []
    for name in pack.names():
        span = span_of(name)
        if span is None:
            names.append(name)
            continue
        yield Batch(pack, span, names=tuple(each for each in names if each.startswith(span.prefix)))
        names = []  # those of a batch stand before the member that says what there is


class PackIndex:
    """Which batch has what came of a point: the newest, where there are several.

    Raises `RecordError` for a damaged pack, unless it is to be left out: then `damage` is what was to be said of it.
    """

    def __init__(
        self, folder: Path, packs: Iterable[str], hashes: Mapping[str, str], *, leave_out_damaged: bool = False
    ) -> None:
        self._batches: dict[int, list[Batch]] = {}
        self.damage = ""
        for name in packs:
            try:
                found = list(batches_of(Pack(folder / name, hashes.get(name))))
            except RecordError as error:
                if not leave_out_damaged:
                    raise
                self.damage = self.damage or str(error)
                continue
            for batch in found:
                self._batches.setdefault(batch.span.variant, []).append(batch)
        self._sorted: dict[int, tuple[list[int], list[Batch]]] = {}
        self._recent: deque[Batch] = deque()

    def batch(self, variant: int, index: int) -> Batch | None:
        """The batch of the point `index` of a variant; None where there is none."""
        firsts, batches = self._of(variant)
        place = bisect_right(firsts, index) - 1
        if place < 0 or batches[place].last < index:
            return None
        found = batches[place]
        self.use(found)
        return found

    def batches(self, variant: int) -> Iterator[Batch]:
        """The batches of a variant, in order of their points."""
        for batch in self._of(variant)[1]:
            self.use(batch)
            yield batch

    def use(self, batch: Batch) -> None:
        """Note that a batch is in use: of those that were in use before all but the last few let go of what they read."""
        if self._recent and self._recent[-1] is batch:
            return
        self._recent = deque(each for each in self._recent if each is not batch)
        self._recent.append(batch)
        if len(self._recent) > _MOST_OPEN:
            self._recent.popleft().forget()

    def missing(self, variant: int, size: int, *, failed: bool) -> Iterator[range]:
        """The points of a variant that have no result, in ranges; with `failed` those too where a job failed."""
        start = 0
        for batch in self.batches(variant):
            if batch.first > start:
                yield range(start, batch.first)
            if failed and batch.span.failed:
                places = range(batch.first, batch.last + 1)
                yield from (range(place, place + 1) for place in places if batch.failed(place))
            start = batch.last + 1
        if start < size:
            yield range(start, size)

    def _of(self, variant: int) -> tuple[list[int], list[Batch]]:
        """The batches of a variant that do not overlap: later ones take the place of what they repeat."""
        if variant not in self._sorted:
            batches = _without_overlaps(self._batches.get(variant, []))
            self._sorted[variant] = [batch.first for batch in batches], batches
        return self._sorted[variant]


def _without_overlaps(batches: list[Batch]) -> list[Batch]:
    """The batches in order of their points, each cut down to what no newer one has."""
    ordered = sorted(batches, key=lambda batch: batch.first)
    if all(one.last < other.first for one, other in pairwise(ordered)):
        return ordered
    kept: list[Batch] = []
    for batch in batches:
        rest: list[Batch] = []
        for older in kept:
            rest += older.without(batch.span)
        kept = [*rest, batch]
    return sorted(kept, key=lambda batch: batch.first)
