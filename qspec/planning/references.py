"""What expectations compare results with is read beside the input files, so that a run's folder has all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qspec.errors import RecordError, SourceError, UsageError
from qspec.reading.sources import source_finding
from qspec.records.names import BACKEND, LOCK_SUFFIX, RECORD, RESOLVED, VARIANTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qspec.diagnostics import Diagnostic
    from qspec.reading.files import InputFiles
    from qspec.reading.load import Loaded
    from qspec.records.record import RunRecord


def read_references(loaded: Loaded) -> Iterator[Diagnostic]:
    """Read the lock, or make one of the run, that an expectation names in `reference`; the findings about them."""
    for number, check in enumerate(loaded.spec.expect):
        name = getattr(check, "reference", None)
        if name is None or {name, name + LOCK_SUFFIX} & loaded.files.references.keys():
            continue
        try:
            _read(name, loaded.files)
        except SourceError as error:
            assert loaded.root is not None  # noqa: S101 - what was loaded has been read
            yield source_finding(error, ("expect", number), loaded.root, loaded.files)


def _read(name: str, files: InputFiles) -> None:
    from qspec.comparing.locking import reference_of
    from qspec.records.locks import parse_lock, render_lock
    from qspec.records.record import read_record
    from qspec.records.view import FinishedRun

    lock = name if name.endswith(LOCK_SUFFIX) else name + LOCK_SUFFIX
    try:
        if lock != name:
            folder = files.folder(name)
            files.look(f"{name}/{RECORD}")
            record = read_record(folder)
            _check_inside(name, record, files)
            content = render_lock(reference_of(FinishedRun(record, folder)))
        else:
            content = files.glance(name)
        if not parse_lock(content, name).points:
            raise UsageError(f"'{name}' has one hash for the results of all its points, so many are they")
    except (RecordError, UsageError) as error:
        raise SourceError(str(error), code="reference", keys=("reference",), advice=error.advice) from error
    except SourceError as error:
        if error.code == "missing-file" and files.may_lack(name):
            return
        raise SourceError(str(error), code=error.code, keys=("reference",), advice=error.advice) from error
    files.references[lock] = content


def _check_inside(name: str, record: RunRecord, files: InputFiles) -> None:
    """Raise `SourceError` where the record of a run leads out of the repository: it may be anybody's."""
    from qspec.records.view import FinishedRun

    parts = [part for job in record.jobs for part in (job.result, job.metadata, job.inputs) if part is not None]
    parts += record.sweep.packs if record.sweep else ()
    _look_at(name, (*parts, *record.files, RESOLVED, BACKEND, VARIANTS), files)
    points = FinishedRun(record, files.folder(name)).points
    if points is not None:
        _look_at(name, [points.variant(number).backend_file for number in range(len(points.variants))], files)


def _look_at(name: str, parts: Iterable[str], files: InputFiles) -> None:
    for part in parts:
        try:
            files.look(f"{name}/{part}")
        except SourceError as error:
            if error.code == "outside-repository":
                raise
