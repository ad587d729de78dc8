"""What results were made from, as runs and locks say it: two of them are compared to find a cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from qspec.errors import RecordError
from qspec.frozen import frozen
from qspec.records.content import IDENTITY
from qspec.records.files import canonical, hash_file, plain, read_bytes, sha256
from qspec.records.names import BACKEND
from qspec.records.record import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from qspec.records.locks import LockedCircuit, LockedJob, LockedPub, LockRecord
    from qspec.records.parts import CircuitRecord, JobRecord, PubRecord
    from qspec.records.view import FinishedRun

    MadeCircuit: TypeAlias = CircuitRecord | LockedCircuit
    MadeJob: TypeAlias = JobRecord | LockedJob
    MadePub: TypeAlias = PubRecord | LockedPub

WITHOUT_EFFECT = IDENTITY | {"sinks", "expect", "limits", "seed", "qspec"}
"""Keys of a spec that results do not depend on, or, of the seed, that are compared by themselves."""
_WHO_PAYS = {"instance", "account", "channel"}
"""Keys of a backend on the service that say by which account it is reached: it is the same device for everybody."""


def without_effect_removed(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A spec in force as far as results depend on it."""
    left = {key: value for key, value in spec.items() if key not in WITHOUT_EFFECT}
    backend = left.get("backend")
    if isinstance(backend, dict) and backend.get("kind") == "ibm":
        left["backend"] = {key: value for key, value in backend.items() if key not in _WHO_PAYS}
    return left


@frozen(eq=False)
class Made:
    """Everything that results can depend on; of a sweep, as it is at the first point.

    `asked` is the spec in force without what has no effect. `calibrated` and `backend_data` are asked for when they are
    needed: the hash of target and calibration with their date, and the data themselves, None where they are not kept.
    `machine` and `blas` are None where nothing is known of the machine. `on_service` says that a service ran the jobs.
    """

    asked: Mapping[str, Any]
    inputs: Mapping[str, str]
    sources: Mapping[str, str]
    seed: int
    seeds: Mapping[str, int]
    backend: tuple[str, str]
    calibrated: Callable[[], tuple[str, str | None]]
    backend_data: Callable[[], Mapping[str, Any] | None]
    circuits: Sequence[MadeCircuit]
    jobs: Sequence[MadeJob]
    versions: Mapping[str, str]
    machine: Mapping[str, str] | None
    blas: Mapping[str, str] | None
    on_service: bool


def made_of_run(run: FinishedRun) -> Made:
    """What a run was made from. Its functions raise `RecordError` for damage."""
    record = run.record

    def data() -> dict[str, Any]:
        path = run.folder / BACKEND
        if hash_file(path) != record.files.get(BACKEND):
            raise RecordError(f"'{path}' was changed or damaged after it was written")
        return parse_json(read_bytes(path))

    def calibrated() -> tuple[str, str | None]:
        found = data()
        return backend_hash(found), calibration_date(found)

    return Made(
        asked=without_effect_removed(run.spec_in_force()),
        inputs={file.path: file.sha256 for file in record.inputs},
        sources=record.sources,
        seed=record.seed,
        seeds=record.seeds,
        backend=(record.backend.kind, record.backend.name),
        calibrated=calibrated,
        backend_data=data,
        circuits=record.circuits,
        jobs=record.jobs,
        versions=record.versions,
        machine={"processor": record.platform.machine, "system": record.platform.system},
        blas=record.platform.blas,
        on_service=record.execution is not None,
    )


def made_of_lock(lock: LockRecord) -> Made:
    """What the results of a lock were made from."""
    first = lock.variants[0]
    return Made(
        asked=lock.asked,
        inputs={file.path: file.sha256 for file in lock.inputs},
        sources=first.sources,
        seed=lock.seed,
        seeds=first.seeds,
        backend=(first.backend.kind, first.backend.name),
        calibrated=lambda: (first.backend.sha256, first.backend.calibrated),
        backend_data=lambda: None,
        circuits=first.circuits,
        jobs=first.jobs,
        versions=lock.versions,
        machine=None,
        blas=None,
        on_service=False,
    )


def backend_hash(data: Mapping[str, Any]) -> str:
    """The hash of a backend's target with its calibration, and of how it is simulated, wherever these came from."""
    return sha256(canonical(plain({key: value for key, value in data.items() if key != "source"})))


def calibration_date(data: Mapping[str, Any]) -> str | None:
    """When a backend was calibrated, as its data say it; None where they do not."""
    source = data.get("source")
    found = source.get("calibrated") if isinstance(source, dict) else None
    return None if found is None else str(found)
