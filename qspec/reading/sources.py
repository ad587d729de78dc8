"""Mistakes in the texts and files that a spec refers to, at their place: in the file, or in the inline block."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qspec.diagnostics import Diagnostic, Related, Route, Span
from qspec.reading.nodes import text_span

if TYPE_CHECKING:
    from qspec.errors import SourceError
    from qspec.reading.files import InputFiles
    from qspec.reading.nodes import Node

_WORD = re.compile(r"\w+|\S|\Z")


def source_finding(error: SourceError, route: Route, root: Node | None, files: InputFiles) -> Diagnostic:
    """The finding that an error becomes. `route` leads to the circuit, value or observable that names the source."""
    if error.file:
        return _in_file(error, (*route, *(error.keys or ("file",))), files)
    route = (*route, *(error.keys or ("source",)))
    node = root.find(route) if root else None
    span = None
    if node is not None and isinstance(node.value, str) and error.line:
        span = text_span(node, error.line, error.column, _width(node.value, error))
    return Diagnostic(
        code=error.code, message=str(error), label=error.advice, route=route, on_key=error.on_key, span=span
    )


def _in_file(error: SourceError, route: Route, files: InputFiles) -> Diagnostic:
    if not error.line or error.file not in files.used:
        return Diagnostic(code=error.code, message=str(error), label=error.advice, route=route)
    column = max(error.column, 1)
    width = _width(files.used[error.file].decode("utf-8", "replace"), error)
    span = Span(
        path=files.shown(error.file),
        line=error.line,
        column=column,
        end_line=error.line,
        end_column=column + width,
    )
    related = (Related(label="read from here", route=route),)
    return Diagnostic(code=error.code, message=str(error), label=error.advice, route=route, span=span, related=related)


def _width(text: str, error: SourceError) -> int:
    """The characters of the word or sign at the place of the error."""
    lines = text.split("\n", error.line)
    line = lines[error.line - 1] if error.line <= len(lines) else ""
    found = _WORD.match(line, max(error.column, 1) - 1)
    return max(len(found[0]), 1) if found else 1
