"""Files that a spec names must be there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.diagnostics import Diagnostic
from qspec.errors import SourceError
from qspec.reading.layers import path_routes, value_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qspec.reading.files import InputFiles


def check_inputs(data: Mapping[str, Any], files: InputFiles) -> Iterator[Diagnostic]:
    """Input files of values and observables that are missing, no files, or too large; none of them is read.

    The files of circuits are not looked at here: their texts are scanned.
    """
    for route in path_routes(data):
        name = value_at(data, route)
        if route[0] == "jobs" and isinstance(name, str):
            try:
                files.look(name)
            except SourceError as error:
                yield Diagnostic(code=error.code, message=str(error), label=error.advice, route=route)
