"""The points of a sweep on disk: which of them have results, and each as a run of its own."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING, Any

from qspec.errors import RecordError, UsageError
from qspec.records.archive import read_arrays, unpack
from qspec.records.axes import cells_of
from qspec.records.batches import PackIndex
from qspec.records.names import INPUTS, POINTS, VARIANTS
from qspec.records.point import PointRun
from qspec.records.swept import parse_variant, read_variants

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np

    from qspec.records.archive import Fields
    from qspec.records.axes import Cell
    from qspec.records.parts import JobRecord
    from qspec.records.swept import VariantRecord
    from qspec.records.view import FinishedRun
    from qspec.sweep import Variants

    Array = np.ndarray[Any, Any]

VALUES = f"{POINTS}/{INPUTS}"
"""Where the parameter values of all variants at their first points are kept."""
ORDER = f"{POINTS}/order.npz"
"""Where it is kept in what order the points of a sweep on a service were sent: for each job their numbers."""


class Points:
    """The points of a run, by their numbers in the sweep. Nothing is read before it is asked for.

    With `leave_out_damaged`, to be set before anything is read, points whose file is damaged are failed ones, and the
    others are there: to look at what is left. Nothing is to be computed from that.
    """

    leave_out_damaged = False

    def __init__(self, run: FinishedRun) -> None:
        assert run.record.sweep is not None  # noqa: S101 - it has points
        self.run = run
        self.variants: Variants = run.record.sweep.variants
        self._variant: tuple[int, VariantRecord] | None = None
        self._unpacked_of = -1
        self._unpacked: dict[str, list[Fields]] = {}

    def __len__(self) -> int:
        return self.variants.sweep.size

    @cached_property
    def index(self) -> PackIndex:
        """Which batch has which point. Raises `RecordError`."""
        record = self.run.record
        assert record.sweep is not None  # noqa: S101 - it has points
        return PackIndex(self.run.folder, record.sweep.packs, record.files, leave_out_damaged=self.leave_out_damaged)

    @cached_property
    def _lines(self) -> list[bytes]:
        lines = read_variants(self.run.folder, self.run.record.files.get(VARIANTS))
        if len(lines) != len(self.variants):
            raise RecordError(f"'{self.run.folder / VARIANTS}' does not have the variants of the sweep")
        return lines

    @cached_property
    def _inputs(self) -> dict[str, Fields]:
        """What is kept of parameter values, by variant and job."""
        found: dict[str, Fields] = {}
        if VALUES in self.run.record.files:
            arrays = read_arrays(self.run.folder / VALUES, sha256=self.run.record.files[VALUES])
            for name, array in arrays.items():
                variant, job, key = name.split(".", 2)
                found.setdefault(f"{variant}.{job}", {})[key] = array
        return found

    def variant(self, number_: int) -> VariantRecord:
        """What a variant of the spec was planned as. Raises `RecordError`."""
        if self._variant is None or self._variant[0] != number_:
            self._variant = number_, parse_variant(self._lines[number_])
        return self._variant[1]

    def point(self, point: int) -> PointRun:
        """One point as a run. Raises `UsageError` for a number that there is not, `RecordError` for damage."""
        if not 0 <= point < len(self):
            raise UsageError(f"there is no point {point}: the sweep has {len(self):,}, counted from 0")
        variant, index = self.variants.place(point)
        return PointRun(self, variant, index, point)

    def find(self, text: str) -> PointRun:
        """The point that a text means: its number, or the beginning of its id. Raises as `point` does."""
        if text.isascii() and text.isdigit() and len(text) < 10:  # a number, although an id may begin like that
            return self.point(int(text))
        sweep = self.variants.sweep
        found = [number_ for number_ in range(len(self)) if text and sweep.point_id(number_).startswith(text)]
        if len(found) != 1:
            several = f"{len(found)} points have ids that begin with" if found else "there is no point"
            raise UsageError(f"{several} '{text}'", advice=f"points are numbered from 0 to {len(self) - 1}")
        return self.point(found[0])

    def __iter__(self) -> Iterator[PointRun]:
        """Every point, variant by variant."""
        for variant in range(len(self.variants)):
            for index in range(self.variants.size(variant)):
                yield PointRun(self, variant, index, self.variants.point(variant, index))

    @cached_property
    def samples(self) -> tuple[int, ...]:
        """The numbers of some points such that what came of a job at any point has the form that it has at one of them:
        PUBs of the same shapes, with the same fields. Raises `RecordError`.
        """
        found: dict[int, None] = {}
        for variant in range(len(self.variants)):
            seen = set()
            for batch in self.index.batches(variant):
                for job, column in batch.columns().items():
                    for place, form in column.forms(batch.first - batch.span.first, batch.last - batch.span.first):
                        if (job, form) not in seen:
                            seen.add((job, form))
                            found[self.variants.point(variant, batch.span.first + place)] = None
        return tuple(found)

    def finished_jobs(self) -> tuple[JobRecord, ...]:
        """The jobs that have a result at any of the points, in order of the spec. Raises `RecordError`."""
        finished = {job.id for number in self.samples for job in self.point(number).finished_jobs()}
        return tuple(job for job in self.run.record.jobs if job.id in finished)

    @cached_property
    def cells(self) -> dict[str, tuple[Cell, ...]]:
        """The values of each axis by its place, as numbers and texts."""
        return cells_of(self.variants)

    def content_hash(self) -> str:
        """The hash of what came out at all points: of their circuits and results, whatever packs these are in."""
        digest = hashlib.sha256(b"qspec-points-1\n")
        for variant in range(len(self.variants)):
            jobs = self.variant(variant).jobs
            for index in range(self.variants.size(variant)):
                batch = self.index.batch(variant, index)
                for job in jobs:
                    hashes = batch.hashes(job.id, index) if batch else None
                    isa = " ".join(pub.isa for pub in job.pubs)
                    digest.update(f"{job.id} {isa} {' '.join(hashes) if hashes else 'none'}\n".encode())
        return f"sha256:{digest.hexdigest()}"

    def inputs(self, variant: int, job: JobRecord) -> list[Fields]:
        """The parameter values of a job's PUBs at the first point of a variant."""
        key = f"v{variant}.{job.id}"
        if key not in self._unpacked:
            if variant != self._unpacked_of:
                self._unpacked_of, self._unpacked = variant, {}
            self._unpacked[key] = unpack(self._inputs.get(key, {}), len(job.pubs))
        return self._unpacked[key]

    def varied(self, job: str, pub: int, parameters: Sequence[str]) -> dict[int, tuple[int, tuple[Cell, ...]]]:
        """Which of a PUB's parameters differ between the points of a variant: for each, by its place among
        `parameters`, the number of the axis and the values there.
        """
        axes = self.variants.sweep.axes
        numeric = {axes[axis].place: axis for axis in self.variants.numeric}
        places = [(column, f"jobs.{job}.pubs.{pub}.parameter_values.{name}") for column, name in enumerate(parameters)]
        return {column: (numeric[place], self.cells[place]) for column, place in places if place in numeric}
