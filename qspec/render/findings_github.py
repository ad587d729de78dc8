"""Findings as workflow commands, which GitHub shows as annotations in the files of a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qspec.render.workspace import in_workspace, place_without_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qspec.diagnostics import Diagnostic, Span


def render_github(findings: Sequence[Diagnostic]) -> str:
    """One workflow command a line: `::error file=…,line=…,col=…,endLine=…,endColumn=…,title=…::message`."""
    return "".join(f"{_command(finding)}\n" for finding in findings)


def render_notice(severity: str, title: str, message: str) -> str:
    """One command that is about no file: of the severity `error`, `warning` or `notice`."""
    return f"::{severity} title={_escaped_property(title)}::{_escaped(message)}\n"


def _command(finding: Diagnostic) -> str:
    place = dict(_place(finding.span)) if finding.span and not place_without_file(finding.span) else {}
    properties = {**place, "title": f"{finding.severity}[{finding.code}]"}
    message = _escaped("\n".join(_lines(finding)))
    listed = ",".join(f"{name}={_escaped_property(str(value))}" for name, value in properties.items())
    return f"::{finding.severity} {listed}::{message}"


def _place(span: Span) -> Iterator[tuple[str, str | int]]:
    yield "file", in_workspace(span.path)
    yield "line", span.line
    if span.line == span.end_line:  # GitHub drops columns of an annotation over several lines, and complains
        yield "col", span.column
    yield "endLine", span.end_line
    if span.line == span.end_line:
        yield "endColumn", span.end_column


def _lines(finding: Diagnostic) -> Iterator[str]:
    yield finding.message if finding.span else f"{finding.place}: {finding.message}"
    yield from filter(None, [place_without_file(finding.span), finding.label])
    for place in finding.related:
        yield f"{place_without_file(place.span) or place.span}: {place.label}" if place.span else place.label
    yield from finding.notes


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
