"""The spec of a recorded run, read again from the run's own folder, to be planned anew."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qspec.errors import SourceError
from qspec.reading.files import LARGEST_FILE, InputFiles
from qspec.reading.layers import Layer
from qspec.reading.load import check_content, loaded
from qspec.records.bundles import RecordedFiles
from qspec.records.names import RESOLVED, SPEC, STORED
from qspec.records.record import read_record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from qspec.reading.load import Loaded
    from qspec.records.record import RunRecord


def restored(folder: Path, *, overrides: Sequence[str] = (), trust: bool = False) -> Loaded:
    """The spec in force of a run, with its seed and its input files as they were, and `overrides` on top.

    It has only the files that the run was made from. Raises `RecordError` for damage, `SpecError` with the findings of
    an override that does not fit.
    """
    record = read_record(folder)
    stored = RecordedFiles(folder, record.files)
    files = RecordedInputs(stored, record, trust=trust)
    shown = str(folder / RESOLVED)
    return replace(
        loaded(check_content(stored.read(RESOLVED), RESOLVED, shown, files, overrides)),
        path=record.spec.path,
        layers=recorded_layers(stored, record),
        overrides=(*record.overrides, *overrides),
        repeats=record.run,
    )


class RecordedInputs(InputFiles):
    """The input files that a run was made from, as they were, and no others. Raises `RecordError` for damage."""

    def __init__(self, stored: RecordedFiles, record: RunRecord, *, trust: bool) -> None:
        super().__init__(stored.folder / STORED, allow_outside=True, trust=trust)
        self.used |= {file.path: stored.read(file.stored, file.sha256) for file in record.inputs}
        self.references |= {file.path: stored.read(file.stored, file.sha256) for file in record.references}

    def may_lack(self, reference: str) -> bool:  # noqa: ARG002  as in the class above
        """What was not there when the run was made need not be there now."""
        return True

    def _path(self, name: str, most: int = LARGEST_FILE) -> Path:  # noqa: ARG002  as in the class above
        advice = f"it was made from {', '.join(sorted(self.used)[:8]) or 'no files'}"
        raise SourceError(f"the run has no file '{name}'", code="missing-file", file=name, advice=advice)


def recorded_layers(stored: RecordedFiles, record: RunRecord) -> tuple[Layer, ...]:
    """The spec that a run was given, and the specs that it extends. Raises `RecordError`."""
    spec = Layer(name=record.spec.path, content=stored.read(SPEC, record.spec.sha256))
    bases = (Layer(name=base.path, content=stored.read(base.stored, base.sha256)) for base in record.layers)
    return spec, *bases
