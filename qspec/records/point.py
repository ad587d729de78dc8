"""One point of a sweep, as a run of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qspec.errors import RecordError
from qspec.records.names import POINTS
from qspec.records.placing import label_of
from qspec.records.saved import SavedResult
from qspec.records.view import FinishedRun
from qspec.seeds import derive

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from qiskit import QuantumCircuit

    from qspec.records.archive import Fields
    from qspec.records.axes import Cell
    from qspec.records.columns import Kept
    from qspec.records.parts import JobRecord, SubmissionRecord
    from qspec.records.points import Points
    from qspec.records.record import RunRecord

    Array = np.ndarray[Any, Any]


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
    def of_points(self) -> int:
        """The number of points of the sweep."""
        return len(self._points)

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
        fields = {
            "jobs": jobs,
            "circuits": planned.circuits,
            "sources": planned.sources,
            "backend": planned.backend,
            "seed": seed,
        }
        none = {"sweep": None, "verdicts": (), "content_hash": None}  # these are of all points together
        ended = {job.status for job in jobs}
        if ended <= {"DONE", "ERROR"}:
            fields["outcome"] = "failed" if "ERROR" in ended else "done"
        return replace(self._points.run.record, **fields, **none)  # type: ignore[arg-type]

    def _job(self, job: JobRecord) -> JobRecord:
        if self._batch is None:
            damage = self._points.index.damage
            return replace(job, status="ERROR", error=f"no result: {damage}") if damage else job
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

    def circuit_in(self, name: str) -> QuantumCircuit:
        """The same; all points share what was read last."""
        return self._points.run.circuit_in(name)

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
