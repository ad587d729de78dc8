"""All arrays of all jobs in one NumPy archive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from qspec.records.placing import destinations, path_property

if TYPE_CHECKING:
    from pathlib import Path

    from qspec.records.parts import JobRecord
    from qspec.records.view import FinishedRun


@dataclass(frozen=True, kw_only=True, slots=True)
class NpzSink:
    """Writes the arrays of `result.npz` of every job, as `<job>.pub0.meas`, and the parameter values beside them.

    Packed bits are as in the run folder: uint8 of shape (*PUB shape, shots, bytes), big-endian, with their number
    in `<job>.pub0.meas.num_bits`. `<job>.pub0.parameter_values` has a last axis over `<job>.pub0.parameters`.
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

        places = destinations(self.path, run, folder)
        for path, jobs in places.items():
            arrays = {name: array for job in jobs for name, array in _arrays(run, job).items()}
            with machine_errors(path):
                path.parent.mkdir(parents=True, exist_ok=True)
            with writing_whole(path) as file:
                write_arrays(file, arrays)
        return tuple(places)


def _arrays(run: FinishedRun, job: JobRecord) -> dict[str, Any]:
    from qspec.records.archive import read_arrays

    names = [name for name in (job.inputs, job.result) if name is not None]
    read = [read_arrays(run.folder / name, sha256=run.record.files.get(name)) for name in names]
    return {f"{job.id}.{name}": array for arrays in read for name, array in arrays.items()}
