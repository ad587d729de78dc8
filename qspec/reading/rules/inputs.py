"""Files that a spec names must be there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.diagnostics import Diagnostic
from qspec.errors import SourceError
from qspec.reading.layers import path_routes, value_at
from qspec.records.names import LOCK_SUFFIX, RECORD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qspec.reading.files import InputFiles


def check_inputs(data: Mapping[str, Any], files: InputFiles) -> Iterator[Diagnostic]:
    """Input files of values, observables and references that are missing, no files, or too large; none of them is read.

    The files of circuits are not looked at here: their texts are scanned.
    """
    for route in path_routes(data):
        name = value_at(data, route)
        if route[0] != "circuits" and isinstance(name, str):
            try:
                files.look(_looked_at(name, files) if route[0] == "expect" else name)
            except SourceError as error:
                yield Diagnostic(code=error.code, message=str(error), label=error.advice, route=route)


def _looked_at(reference: str, files: InputFiles) -> str:
    """The file that must be there for a reference: a lock itself, of a run its record, or the lock that it became."""
    if reference.endswith(LOCK_SUFFIX):
        return reference
    became = reference + LOCK_SUFFIX
    return became if became in files.used else f"{reference}/{RECORD}"
