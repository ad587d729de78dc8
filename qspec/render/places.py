"""Where a run's jobs and expectations stand in its spec, found again from the texts that the run folder keeps."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from qspec.diagnostics import Span, spell
from qspec.errors import RecordError
from qspec.reading.document import read_document
from qspec.records.bundles import RecordedFiles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qspec.diagnostics import Route
    from qspec.reading.nodes import Node
    from qspec.records.record import RunRecord
    from qspec.records.view import FinishedRun


class Places:
    """The places of a run's spec, and of the specs that this one extends."""

    def __init__(self, run: FinishedRun) -> None:
        self._overrides = [override.partition("=")[0] for override in run.record.overrides]
        self._roots = list(_roots(run))

    def of(self, route: Route) -> Span | None:
        """The place that a route leads to, on one line: where the value begins, or its key. None where it is unknown.

        A value that `--set` put there stands in no file.
        """
        written = spell(route)
        if any(f"{written}.".startswith(f"{override}.") for override in self._overrides):
            return None
        found = [root for root in self._roots if root.find(route) is not None]
        return _first_line(found[0].span(route, on_key=True)) if found else None


def _first_line(span: Span) -> Span:
    if span.line == span.end_line:
        return span
    return Span(path=span.path, line=span.line, column=span.column, end_line=span.line, end_column=span.column + 1)


def _roots(run: FinishedRun) -> Iterator[Node]:
    """The trees of the spec and of what it extends, nearest first, as far as their files are whole."""
    record: RunRecord = run.record
    files = RecordedFiles(run.folder, record.files)
    for file in (record.spec, *record.layers):
        with suppress(RecordError):
            root = read_document(files.read(file.stored, file.sha256), file.path).root
            if root is not None:
                yield root
