"""What expectations compare results with is read with the input files, so that a run's folder has all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qspec.errors import RecordError, SourceError, UsageError
from qspec.reading.sources import source_finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qspec.diagnostics import Diagnostic
    from qspec.reading.files import InputFiles
    from qspec.reading.load import Loaded


def read_references(loaded: Loaded) -> Iterator[Diagnostic]:
    """Read the lock, or make one of the run, that an expectation names in `reference`; the findings about them."""
    for number, check in enumerate(loaded.spec.expect):
        name = getattr(check, "reference", None)
        if name is None:
            continue
        try:
            _read(name, loaded.files)
        except SourceError as error:
            assert loaded.root is not None  # noqa: S101 - what was loaded has been read
            yield source_finding(error, ("expect", number), loaded.root, loaded.files)


def _read(name: str, files: InputFiles) -> None:
    from qspec.comparing.locking import lock_of
    from qspec.records.locks import parse_lock, render_lock
    from qspec.records.names import LOCK_SUFFIX
    from qspec.records.view import open_run

    try:
        if name.endswith(LOCK_SUFFIX):
            if name not in files.used:
                parse_lock(files.read(name), name)
        elif name + LOCK_SUFFIX not in files.used:
            files.keep(name + LOCK_SUFFIX, render_lock(lock_of(open_run(files.folder(name)))[0]))
    except (RecordError, UsageError) as error:
        raise SourceError(str(error), code="reference", keys=("reference",), advice=error.advice) from error
    except SourceError as error:
        raise SourceError(str(error), code=error.code, keys=("reference",), advice=error.advice) from error
