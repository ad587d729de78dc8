"""The points of a sweep on disk: which of them have results, and each as a run of its own."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from qspec.errors import RecordError, UsageError
from qspec.records.archive import read_arrays, unpack
from qspec.records.axes import cells_of
from qspec.records.batches import PackIndex
from qspec.records.names import INPUTS, POINTS, VARIANTS
from qspec.records.placing import label_of
from qspec.records.saved import SavedResult
from qspec.records.swept import parse_variant, read_variants
from qspec.records.view import FinishedRun
from qspec.seeds import derive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np

    from qspec.records.archive import Fields
    from qspec.records.axes import Cell
    from qspec.records.columns import Kept
    from qspec.records.parts import JobRecord, SubmissionRecord
    from qspec.records.record import RunRecord
    from qspec.records.swept import VariantRecord
    from qspec.sweep import Variants

    Array = np.ndarray[Any, Any]

VALUES = f"{POINTS}/{INPUTS}"
"""Where the parameter values of all variants at their first points are kept."""
ORDER = f"{POINTS}/order.npz"
"""Where it is kept in what order the points of a sweep on a service were sent: for each job their numbers."""


class Points:
    """The points of a run, by their numbers in the sweep. Nothing is read before it is asked for."""

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
        return PackIndex(self.run.folder, record.sweep.packs, record.files)

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


class PointRun(FinishedRun):
    """One point of a sweep, with what a run without a sweep has: `record`, `pubs`, `counts`, `result`.

    `number` is its number in the sweep, `id` its name, `values` the values of the axes by their places, `variant` the
    variant of the spec that it is a point of.
    """

    def __init__(self, points: Points, variant: int, index: int, number_: int) -> None:
        self._points = points
        self.number = number_
        self.variant = variant
        self._indices = points.variants.sweep.indices(number_)
        self.values = {
            axis.place: axis.values[chosen]
            for axis, chosen in zip(points.variants.sweep.axes, self._indices, strict=True)
        }
        self._planned = points.variant(variant)
        self._batch = points.index.batch(variant, index)
        self._index = index
        super().__init__(points.run.record, points.run.folder)
        self.record = self._record()

    @property
    def id(self) -> str:
        """The point's name, the same in every sweep that has it."""
        return self._points.variants.sweep.point_id(self.number)

    @property
    def label(self) -> str:
        """Its number with zeros in front, so that labels sort as the points do."""
        return label_of(self.number, len(self._points))

    @property
    def cells(self) -> dict[str, Cell]:
        """The values of the axes by their places, as numbers and texts."""
        cells = self._points.cells.items()
        return {place: values[chosen] for (place, values), chosen in zip(cells, self._indices, strict=True)}

    def spec_in_force(self) -> Mapping[str, Any]:
        """The spec of the point's variant, as it is at that variant's first point."""
        return self._planned.spec

    def _kept(self, job: str) -> Kept | None:
        return None if self._batch is None else self._batch.kept(job, self._index)

    def _record(self) -> RunRecord:
        """The record of the point, as if it had been run alone."""
        planned = self._planned
        seed = int(self.values.get("seed", planned.seed))
        jobs = tuple(self._job(replace(job, seed=derive(seed, "simulator", job.id))) for job in planned.jobs)
        fields = {"jobs": jobs, "circuits": planned.circuits, "backend": planned.backend, "seed": seed}
        none = {"sweep": None, "verdicts": (), "content_hash": None}  # these are of all points together
        ended = {job.status for job in jobs}
        if ended <= {"DONE", "ERROR"}:
            fields["outcome"] = "failed" if "ERROR" in ended else "done"
        return replace(self._points.run.record, **fields, **none)  # type: ignore[arg-type]

    def _job(self, job: JobRecord) -> JobRecord:
        if self._batch is None:
            return job
        noted = self._batch.noted(job.id, self._index)
        if noted.error is not None:
            return replace(job, status="ERROR", error=noted.error, seconds=noted.seconds, **self._varied(job))
        facts, name = noted.facts, f"{POINTS}/{self._batch.pack.path.name}"
        pubs = zip(job.pubs, noted.hashes, facts.get("seeds") or [{} for _ in job.pubs], strict=False)
        return replace(
            job,
            status="DONE",
            seconds=noted.seconds,
            implementation=facts.get("implementation"),
            options=facts.get("options", {}),
            notes=(*job.notes, *facts.get("notes", ())),
            pubs=tuple(replace(pub, result_hash=result, seeds=seeds or {}) for pub, result, seeds in pubs),
            result=name,
            metadata=name,
            submissions=self._submissions(job, facts.get("jobs", ())),
            **self._varied(job),
        )

    def _submissions(self, job: JobRecord, ids: Sequence[str]) -> tuple[SubmissionRecord, ...]:
        """Those jobs on the service that gave the result here."""
        return tuple(each for each in self._points.run.record.job(job.id).submissions if each.job_id in ids)

    def _varied(self, job: JobRecord) -> dict[str, Any]:
        """The shots or the precision that an axis gives a job here."""
        said = {key: self.values.get(f"jobs.{job.id}.{key}") for key in ("shots", "precision")}
        return {key: value for key, value in said.items() if value is not None}

    def _read(self, job: str) -> SavedResult:
        if job not in self._saved:
            self.job(job)
            kept = self._kept(job)
            if kept is None or kept.error is not None:
                raise RecordError(f"job '{job}' has no result: {kept.error if kept else 'the point has not been run'}")
            assert self._batch is not None  # noqa: S101 - something of it is kept
            self._saved[job] = SavedResult(
                path=self._batch.pack.path, metadata=kept.metadata, entries=kept.entries, arrays=kept.arrays
            )
        return self._saved[job]

    def parameter_values(self, job: str, pub: int = 0) -> dict[str, Array]:
        """The values that each parameter of a PUB had, by its name, of the PUB's shape; empty without parameters."""
        import numpy as np

        fields = self.inputs(job)[pub]
        if not fields:
            return {}
        values, shape = fields["parameter_values"], self.job(job).pubs[pub].shape
        names = enumerate(fields["parameters"].tolist())
        return {name: np.broadcast_to(values[..., column], shape) for column, name in names}

    def inputs(self, job: str) -> list[Fields]:
        """What is kept of the parameter values of each PUB of a job; nothing of one without parameters."""
        first = self._points.inputs(self._planned.variant, self.job(job))
        return [self._own(job, pub, fields) for pub, fields in enumerate(first)]

    def arrays(self, job: str) -> list[Fields]:
        """The arrays of each PUB of a job as `result.npz` has them. Raises as `result` does."""
        return list(self._read(job).arrays)

    def _own(self, job: str, pub: int, fields: Fields) -> Fields:
        """The parameter values of a PUB with those in place that the axes give it here."""
        varied = self._points.varied(job, pub, fields["parameters"].tolist()) if fields else {}
        if not varied:
            return fields
        values = fields["parameter_values"].copy()
        for column, (axis, cells) in varied.items():
            values[..., column] = cells[self._indices[axis]]
        return {**fields, "parameter_values": values}
