"""Points of a sweep that are alike: their arrays go together into one, with an axis over the points in front."""

from __future__ import annotations

import io
from dataclasses import field
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from qspec.errors import RecordError
from qspec.frozen import frozen
from qspec.records.columns import read_array

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import numpy as np

    from qspec.records.batches import Batch
    from qspec.records.columns import Column, Piece
    from qspec.records.packs import Pack
    from qspec.records.parts import JobRecord
    from qspec.records.points import Points

    Array = np.ndarray[Any, Any]
    Likeness = tuple["JobLikeness", ...]

_HEAD = 4096
_BITS = ".num_bits"
_CHUNK = 8 << 20


class ArrayLikeness(NamedTuple):
    """What an array of a job is like at a point. `num_bits` is of packed bits; None for other arrays."""

    pub: int
    key: str
    dtype: str
    shape: tuple[int, ...]
    num_bits: int | None


class JobLikeness(NamedTuple):
    """What a job's result is like at a point: its arrays, in order of their names."""

    job: str
    arrays: tuple[ArrayLikeness, ...]


class Stretch(NamedTuple):
    """Neighbouring points of one batch: the first and the last, counted in their variant."""

    batch: Batch
    first: int
    last: int


@frozen
class Part:
    """The points of a variant at which the same jobs have results of the same shapes, in order.

    `whole` says whether these are all of the jobs that were asked for.
    """

    points: Points
    variant: int
    whole: bool
    likeness: Likeness
    stretches: list[Stretch] = field(default_factory=list)

    @property
    def size(self) -> int:
        """The number of points."""
        return sum(last - first + 1 for _, first, last in self.stretches)

    def numbers(self) -> Iterator[list[int]]:
        """The numbers of the points in the sweep, some at a time."""
        variants = self.points.variants
        for _, first, last in self.stretches:
            yield [variants.point(self.variant, index) for index in range(first, last + 1)]

    def axis(self, place: int) -> Iterator[list[Any]]:
        """The values of an axis, given by its number, at the points, some at a time."""
        sweep = self.points.variants.sweep
        cells = self.points.cells[sweep.axes[place].place]
        for numbers in self.numbers():
            yield [cells[sweep.indices(number)[place]] for number in numbers]

    def rows(self, job: str, pub: int, key: str) -> Iterator[Array]:
        """What an array is at the points, with an axis over these in front, some at a time. Raises `RecordError`."""
        read: tuple[str, Array] | None = None
        for batch, first, last in self.stretches:
            self.points.index.use(batch)
            column = batch.column(job)
            start, stop = (column.rows[index - batch.span.first] for index in (first, last))
            for piece in column.pieces_of(pub, key, start, stop):
                if read is None or read[0] != f"{batch.pack.path}/{piece.name}":
                    read = f"{batch.pack.path}/{piece.name}", _stacked(batch.pack, piece)
                yield read[1][max(start - piece.first, 0) : stop - piece.first + 1]

    def parameter_values(self, job: JobRecord, pub: int) -> Iterator[Array]:
        """The values of a PUB's parameters at the points, as `rows` are."""
        import numpy as np

        points = self.points
        fields = points.inputs(self.variant, job)[pub]
        base = fields["parameter_values"]
        varied = points.varied(job.id, pub, fields["parameters"].tolist())
        step = max(1, _CHUNK // max(base.nbytes, 1))
        for numbers in self.numbers():
            for start in range(0, len(numbers), step):
                chosen = numbers[start : start + step]
                values = np.repeat(base[None], len(chosen), axis=0)
                for column, (place, cells) in varied.items():
                    found = [cells[points.variants.sweep.indices(number)[place]] for number in chosen]
                    values[..., column] = np.reshape(found, (-1,) + (1,) * (base.ndim - 1))
                yield values


def parts_of(points: Points, variant: int, jobs: Collection[str]) -> list[Part]:
    """The points of a variant at which any of some jobs has a result, in parts that are alike. Raises `RecordError`."""
    parts: dict[Likeness, Part] = {}
    for batch in points.index.batches(variant):
        for first, last, likeness in _stretches(batch, jobs):
            if likeness:
                whole = len(likeness) == len(jobs)
                part = Part(points=points, variant=variant, whole=whole, likeness=likeness)
                parts.setdefault(likeness, part).stretches.append(Stretch(batch, first, last))
    return list(parts.values())


def _stretches(batch: Batch, jobs: Collection[str]) -> Iterator[tuple[int, int, Likeness]]:
    """The first and last of neighbouring points that are alike, and what they are like."""
    columns = [(job, column, _likenesses(job, column)) for job, column in batch.columns().items() if job in jobs]
    places = range(batch.first, batch.last + 1)
    for likeness, alike in groupby(places, lambda index: _likeness(columns, index - batch.span.first)):
        stretch = list(alike)
        yield stretch[0], stretch[-1], likeness


def _likeness(columns: list[tuple[str, Column, list[JobLikeness]]], place: int) -> Likeness:
    rows = ((column.rows.get(place), alike) for _, column, alike in columns)
    return tuple(alike[row] for row, alike in rows if row is not None)


def _likenesses(job: str, column: Column) -> list[JobLikeness]:
    """What a job's results are like, row by row."""
    found: list[list[ArrayLikeness]] = [[] for _ in column.rows]
    for (pub, key), pieces in sorted(column.pieces.items()):
        if key.endswith(_BITS):  # it goes with the bits
            continue
        for piece in pieces:
            bits = next(column.pieces_of(pub, f"{key}{_BITS}", piece.first, piece.first), None)
            alike = _array(column.pack, piece, bits, pub, key)
            for row in range(piece.first, piece.last + 1):
                found[row].append(alike)
    made: dict[tuple[ArrayLikeness, ...], JobLikeness] = {}
    return [made.setdefault(key, JobLikeness(job, key)) for key in map(tuple, found)]


def _array(pack: Pack, piece: Piece, bits: Piece | None, pub: int, key: str) -> ArrayLikeness:
    from numpy.lib import format as npy

    stream = io.BytesIO(pack.head(piece.name, _HEAD))
    try:
        readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        shape, _, dtype = readers[npy.read_magic(stream)](stream)
    except (ValueError, KeyError) as error:
        raise RecordError(f"'{pack.path}' is damaged: '{piece.name}' cannot be read") from error
    num_bits = None if bits is None else int(_stacked(pack, bits)[0])
    return ArrayLikeness(pub, key, dtype.str, tuple(shape[1:] if piece.stacked else shape), num_bits)


def _stacked(pack: Pack, piece: Piece) -> Array:
    array = read_array(pack, piece.name)
    return array if piece.stacked else array[None]
