"""All arrays of all jobs in one NumPy archive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from qspec.frozen import frozen
from qspec.records.placing import destinations, path_property

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path
    from zipfile import ZipFile

    from qspec.records.alike import Part
    from qspec.records.parts import JobRecord
    from qspec.records.point import PointRun
    from qspec.records.points import Points
    from qspec.records.view import FinishedRun


@frozen
class NpzSink:
    """Writes the arrays of `result.npz` of every job, as `<job>.pub0.meas`, and the parameter values beside them.

    Packed bits are as in the run folder: uint8 of shape (*PUB shape, shots, bytes), big-endian, with their number
    in `<job>.pub0.meas.num_bits`. `<job>.pub0.parameter_values` has a last axis over `<job>.pub0.parameters`.

    Of a sweep the arrays have an axis over its points in front. `points` has the numbers of these points, and
    `axis.<place>` the value of each axis at them. Names begin with `v0.`, `v1.`, … where circuits, backend or options
    differ between points; then with `part0.`, … where shapes do, as with an axis over shots; and with `incomplete0.`, …
    for points at which only some of the jobs have a result.
    """

    kind: ClassVar[str] = "npz"
    SCHEMA: ClassVar[dict[str, Any]] = {
        "description": "The arrays of all jobs in one NumPy archive: <job>.pub0.meas, <job>.pub0.evs and so on.",
        "properties": {"path": path_property("results.npz")},
        "required": [],
    }
    EXAMPLE: ClassVar[str] = "{kind: npz}"
    MISUSE: ClassVar[str] = "{kind: npz, path: 'results-{shots}.npz'}"

    path: str = "results.npz"

    def write(self, run: FinishedRun, folder: Path) -> tuple[Path, ...]:
        """Write the archive, or one for each job with `{job}` in the path. Raises `RefusedError`, `MachineError`."""
        from qspec.records.archive import write_arrays
        from qspec.records.files import machine_errors, writing_whole
        from qspec.records.point import PointRun

        places = destinations(self.path, run, folder)
        for path, jobs in places.items():
            arrays = _of_point(run) if isinstance(run, PointRun) else {}
            arrays |= {name: array for job in jobs for name, array in _arrays(run, job).items()}
            with machine_errors(path):
                path.parent.mkdir(parents=True, exist_ok=True)
            with writing_whole(path) as file:
                write_arrays(file, arrays)
        return tuple(places)

    def write_points(self, points: Points, folder: Path) -> tuple[Path, ...]:
        """Write all points of a sweep, some at a time. Raises as `write` does."""
        import zipfile

        from qspec.records.files import machine_errors, writing_whole

        places = destinations(self.path, points.run, folder)
        for path, jobs in places.items():
            with machine_errors(path):
                path.parent.mkdir(parents=True, exist_ok=True)
            with writing_whole(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                for name, part in _named_parts(points, [job.id for job in jobs]):
                    _write_part(archive, name, part)
        return tuple(places)


def _arrays(run: FinishedRun, job: JobRecord) -> dict[str, Any]:
    from qspec.records.archive import pack, read_arrays
    from qspec.records.point import PointRun

    if isinstance(run, PointRun):
        read: list[Mapping[str, Any]] = [pack(run.inputs(job.id)), pack(run.arrays(job.id))]
    else:
        names = [name for name in (job.inputs, job.result) if name is not None]
        read = [read_arrays(run.folder / name, sha256=run.record.files.get(name)) for name in names]
    return {f"{job.id}.{name}": array for arrays in read for name, array in arrays.items()}


def _of_point(run: PointRun) -> dict[str, Any]:
    import numpy as np

    return {"point": np.array(run.number), **{f"axis.{place}": np.array(cell) for place, cell in run.cells.items()}}


def _named_parts(points: Points, jobs: Collection[str]) -> Iterator[tuple[str, Part]]:
    """What is written together, with what its names begin with."""
    from qspec.records.alike import parts_of

    for variant in range(len(points.variants)):
        first = f"v{variant}." if len(points.variants) > 1 else ""
        parts = parts_of(points, variant, jobs)
        whole = [part for part in parts if part.whole]
        for number, part in enumerate(whole):
            yield (f"{first}part{number}." if len(whole) > 1 else first), part
        for number, part in enumerate(part for part in parts if not part.whole):
            yield f"{first}incomplete{number}.", part


def _write_part(archive: ZipFile, name: str, part: Part) -> None:
    import numpy as np

    from qspec.records.archive import write_chunks
    from qspec.records.axes import array_type

    size = part.size
    write_chunks(archive, f"{name}points", "<i8", (size,), map(np.array, part.numbers()))
    for number, (place, cells) in enumerate(part.points.cells.items()):
        kind = array_type(cells)
        chunks = (np.array(values, dtype=kind) for values in part.axis(number))
        write_chunks(archive, f"{name}axis.{place}", kind, (size,), chunks)
    for job, arrays in part.likeness:
        for pub, key, dtype, shape, num_bits in arrays:
            whole = f"{name}{job}.pub{pub}.{key}"
            write_chunks(archive, whole, dtype, (size, *shape), part.rows(job, pub, key))
            if num_bits is not None:
                write_chunks(archive, f"{whole}.num_bits", "<i8", (), [np.array(num_bits)])
        _write_parameters(archive, f"{name}{job}.", part, job)


def _write_parameters(archive: ZipFile, name: str, part: Part, job: str) -> None:
    from qspec.records.archive import write_chunks

    record = next(each for each in part.points.variant(part.variant).jobs if each.id == job)
    for pub, fields in enumerate(part.points.inputs(part.variant, record)):
        if fields:
            values, parameters = fields["parameter_values"], fields["parameters"]
            chunks = part.parameter_values(record, pub)
            write_chunks(archive, f"{name}pub{pub}.parameter_values", values.dtype, (part.size, *values.shape), chunks)
            write_chunks(archive, f"{name}pub{pub}.parameters", parameters.dtype, parameters.shape, [parameters])
