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
                _look(name, files, reference=route[0] == "expect")
            except SourceError as error:
                yield Diagnostic(code=error.code, message=str(error), label=error.advice, route=route)


def _look(name: str, files: InputFiles, *, reference: bool) -> None:
    """Raise `SourceError` where a file is not there; of a run that is a reference, where its record is not."""
    if not reference:
        files.look(name)
    elif name.endswith(LOCK_SUFFIX):
        if name not in files.references:
            _look_at_lock(name, files)
    elif name + LOCK_SUFFIX not in files.references:
        try:
            files.look(f"{name}/{RECORD}")
        except SourceError as error:
            if error.code != "missing-file":
                raise
            message = f"'{name}' is neither a lock (…{LOCK_SUFFIX}) nor the folder of a run"
            raise SourceError(message, code=error.code, file=name) from error


def _look_at_lock(name: str, files: InputFiles) -> None:
    try:
        files.look(name)
    except SourceError as error:
        if error.code != "missing-file" or not files.may_lack(name):
            raise
