"""What there is to say about one spec, as a tree: its structure and the rules, at their places."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qspec.diagnostics import Diagnostic, Related
from qspec.errors import SourceError
from qspec.frozen import frozen
from qspec.reading.layers import put, rooted
from qspec.reading.rules import Rules
from qspec.reading.schema import walker_for, words_of
from qspec.reading.sound import sound
from qspec.reading.speech import spoken
from qspec.reading.wording import structure_findings
from qspec.spec import FORMAT_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qspec.diagnostics import Route, Span
    from qspec.reading.files import InputFiles
    from qspec.reading.nodes import Node


@frozen(kw_only=False)
class Examined:
    """A spec's data, with root-relative paths, and the findings about it."""

    data: Any
    findings: list[Diagnostic]


def examine(
    root: Node,
    files: InputFiles,
    reading: Sequence[Diagnostic] = (),
    *,
    complete: bool,
    rules: Rules | None = None,
) -> Examined:
    """The findings of reading, and those of the structure and the rules that do not repeat them.

    `complete` says whether every base was read, so that what is missing is really missing. Of a spec of another format
    version nothing else is said. `rules` are those of the sweep that the spec is a point of; None where it is none.
    """
    wrong_version = _version_finding(root)
    if wrong_version:
        return Examined(root.plain(), [wrong_version])
    paths = dict(rooted(root, files))
    data = _with_paths(root, paths)
    known = {_start(finding.span) for finding in reading if finding.span}
    mistakes = _structure_findings(root, paths)
    broken = (rules or Rules(files)).findings(sound(data, mistakes), root) if complete else []
    structure = [finding for finding in mistakes if _start(_span(finding, root)) not in known]
    # what is missing may stand in a base that was not read, or in the mapping that was to be merged in
    if not complete or any(finding.code == "merge-key" for finding in reading):
        structure = [finding for finding in structure if finding.code != "missing-key"]
    broken = [finding for finding in broken if _start(_span(finding, root)) not in known]
    return Examined(data, [*reading, *structure, *broken])


def data_of(root: Node, files: InputFiles) -> Any:
    """The data of a spec without errors, with root-relative paths."""
    return _with_paths(root, dict(rooted(root, files)))


def _with_paths(root: Node, paths: Mapping[Route, str | SourceError]) -> Any:
    return put(root.plain(), {route: path for route, path in paths.items() if isinstance(path, str)})


def _version_finding(root: Node) -> Diagnostic | None:
    node = root.find(("qspec",))
    if node is None or (node.value == FORMAT_VERSION and not isinstance(node.value, bool)):
        return None
    return Diagnostic(
        code="format-version",
        message=f"{spoken(node.value)} is not a version of the spec format that this qspec reads",
        route=("qspec",),
        label=f"this qspec reads version {FORMAT_VERSION}",
    )


def _structure_findings(root: Node, paths: Mapping[Route, str | SourceError]) -> list[Diagnostic]:
    plain = root.plain()
    if isinstance(plain, dict) and isinstance(plain.get("extends"), str):  # what it extends is merged in already
        plain = {key: value for key, value in plain.items() if key != "extends"}
    findings = structure_findings(plain, walker_for(words_of(plain)))
    for route, path in paths.items():
        if isinstance(path, SourceError):
            findings.append(Diagnostic(code=path.code, message=str(path), label=path.advice, route=route))
    return findings


def _start(span: Span) -> tuple[str, int, int]:
    return span.path, span.line, span.column


def _span(finding: Diagnostic, root: Node) -> Span:
    return finding.span or root.span(finding.route, on_key=finding.on_key)


def located(findings: Iterable[Diagnostic], root: Node | None, path: str) -> tuple[Diagnostic, ...]:
    """The findings with spans, each once; those of the spec's own file first, then by file, line and column."""
    placed: dict[Any, Diagnostic] = {}
    for finding in findings:
        found = _placed(finding, root)
        placed.setdefault((found.code, found.message, found.span), found)  # an alias leads to one place by two routes
    return tuple(sorted(placed.values(), key=lambda finding: _order(finding, path)))


def _placed(finding: Diagnostic, root: Node | None) -> Diagnostic:
    if root is None:
        return finding
    related = tuple(_placed_related(place, root) for place in finding.related)
    return replace(finding, span=_span(finding, root), related=related)


def _placed_related(place: Related, root: Node) -> Related:
    return place if place.span else replace(place, span=root.span(place.route, on_key=place.on_key))


def _order(finding: Diagnostic, path: str) -> tuple[Any, ...]:
    span = finding.span
    if span is None:
        return (0, "", 0, 0, finding.code)
    return (span.path != path, span.path, span.line, span.column, finding.code, finding.message)
