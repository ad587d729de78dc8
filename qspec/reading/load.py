"""From a file to findings, and from a file without errors to a spec: the whole way of reading."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qspec.diagnostics import Diagnostic, Related, clipped, has_errors
from qspec.errors import SourceError, UsageError, reason_of, spec_error
from qspec.reading.build import build
from qspec.reading.decoding import LARGEST_TEXT
from qspec.reading.files import InputFiles, repository_of
from qspec.reading.layers import Layer, apply_override, override_path, put, read_stack, rooted
from qspec.reading.rules import check_rules
from qspec.reading.rules.secrets import conceal, find_secrets
from qspec.reading.schema import schema_for, words_of
from qspec.reading.sound import sound
from qspec.reading.speech import spoken
from qspec.reading.wording import structure_findings
from qspec.spec import FORMAT_VERSION, Spec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from qspec.diagnostics import Route, Span
    from qspec.reading.nodes import Node

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Checked:
    """A spec that was read and checked, valid or not.

    `data` is the spec in force (bases and overrides merged, paths root-relative), None when it could not be read;
    `findings` are located and sorted; `sources` are the texts that findings point into, by path.
    """

    path: str
    data: Mapping[str, Any] | None
    findings: tuple[Diagnostic, ...]
    root: Node | None
    files: InputFiles
    layers: tuple[Layer, ...]
    overrides: tuple[str, ...]
    texts: Mapping[str, str]

    @property
    def sources(self) -> Mapping[str, str]:
        """The texts that findings may point into, by the path that findings call them."""
        read = {self.files.shown(name): content for name, content in self.files.used.items()}
        return {path: content.decode("utf-8", "replace") for path, content in read.items()} | dict(self.texts)

    def locate(self, findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        """The findings with their places filled in, each once, in the order of the files and lines."""
        return located(findings, self.root, self.path)


@dataclass(frozen=True, slots=True)
class Loaded(Checked):
    """A spec without errors: everything of `Checked`, and the `Spec` itself."""

    spec: Spec
    data: Mapping[str, Any]


def check_file(
    path: str, *, overrides: Sequence[str] = (), allow_outside: bool = False, trust: bool = False
) -> Checked:
    """Read and check the spec at `path` (`-` is standard input). Findings are values; nothing is raised for them.

    `trust` lets code run later that the spec names; nothing of it is run here.

    Raises `UsageError` when the file cannot be read at all, or an override has not the form KEY=VALUE.
    """
    content, folder = _content(path)
    root = repository_of(folder)
    files = InputFiles(root, allow_outside=allow_outside, trust=trust)
    name = "stdin" if path == STDIN else Path(path).name
    name = "/".join([*folder.resolve().relative_to(root).parts, name])
    return check_content(content, name, path, files, overrides)


def _content(path: str) -> tuple[bytes, Path]:
    if path == STDIN:
        import sys

        return sys.stdin.buffer.read(LARGEST_TEXT + 1), Path.cwd()
    try:
        with Path(path).open("rb") as file:
            return file.read(LARGEST_TEXT + 1), Path(os.path.realpath(path)).parent
    except OSError as error:
        raise UsageError(f"cannot read '{clipped(path, 200)}': {reason_of(error)}", advice=_beside(path)) from error


def _beside(path: str) -> str:
    from qspec.diagnostics import suggestion

    folder = Path(path).parent
    try:
        names = [str(folder / entry.name) for entry in os.scandir(folder) if entry.name != Path(path).name][:1000]
    except OSError:
        return ""
    return suggestion(path, names)


def check_content(content: bytes, name: str, shown: str, files: InputFiles, overrides: Sequence[str] = ()) -> Checked:
    """Check the bytes of a spec whose root-relative name is `name`; `shown` is its name in findings."""
    stack = read_stack(content, name, shown, files)
    findings = list(stack.findings)
    root = stack.root
    if root is not None:
        for override in overrides:
            root = apply_override(root, override, name.rpartition("/")[0], findings)
    paths = dict(rooted(root, files)) if root else {}
    data = put(root.plain(), {route: path for route, path in paths.items() if isinstance(path, str)}) if root else None
    findings = _all_findings(findings, root, data, paths, files, complete=stack.complete)
    texts = {source.path: source.text for source in stack.sources}
    texts |= {override_path(override): override for override in overrides} | dict(_texts_read(files))
    secrets = find_secrets(root, texts)
    findings, texts = conceal(located(findings, root, shown), texts, secrets, root)
    return Checked(
        path=shown,
        data=data,
        findings=located(findings, root, shown),
        root=root,
        files=files,
        layers=stack.layers,
        overrides=tuple(overrides),
        texts=texts,
    )


def _texts_read(files: InputFiles) -> Iterator[tuple[str, str]]:
    """The texts among the input files that were read, by the path that findings call them."""
    for name, content in files.used.items():
        with suppress(UnicodeDecodeError):
            yield files.shown(name), content.decode("utf-8")


def load_file(path: str, *, overrides: Sequence[str] = (), allow_outside: bool = False, trust: bool = False) -> Loaded:
    """The spec at `path`, ready to be planned. Raises `SpecError` with every finding when it has errors."""
    return loaded(check_file(path, overrides=overrides, allow_outside=allow_outside, trust=trust))


def loaded(checked: Checked) -> Loaded:
    """The checked spec, built. Raises `SpecError` with every finding when it has errors."""
    if has_errors(checked.findings) or checked.data is None:
        raise spec_error(checked.findings, sources=checked.sources, path=checked.path)
    return Loaded(
        path=checked.path,
        data=checked.data,
        findings=checked.findings,
        root=checked.root,
        files=checked.files,
        layers=checked.layers,
        overrides=checked.overrides,
        texts=checked.texts,
        spec=build(checked.data),
    )


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


def _all_findings(
    reading: list[Diagnostic],
    root: Node | None,
    data: Any,
    paths: Mapping[Route, str | SourceError],
    files: InputFiles,
    *,
    complete: bool,
) -> list[Diagnostic]:
    """The findings of reading, and those of the structure and the rules that do not repeat them."""
    if root is None:
        return reading
    wrong_version = _version_finding(root)
    if wrong_version:
        return [wrong_version]
    known = {_start(finding.span) for finding in reading if finding.span}
    mistakes = _structure_findings(root, paths)
    rules = check_rules(sound(data, mistakes), root, files) if complete else []
    structure = [finding for finding in mistakes if _start(_span(finding, root)) not in known]
    # what is missing may stand in a base that was not read, or in the mapping that was to be merged in
    if not complete or any(finding.code == "merge-key" for finding in reading):
        structure = [finding for finding in structure if finding.code != "missing-key"]
    return reading + structure + [finding for finding in rules if _start(_span(finding, root)) not in known]


def _structure_findings(root: Node, paths: Mapping[Route, str | SourceError]) -> list[Diagnostic]:
    plain = root.plain()
    if isinstance(plain, dict) and isinstance(plain.get("extends"), str):  # what it extends is merged in already
        plain = {key: value for key, value in plain.items() if key != "extends"}
    findings = structure_findings(plain, schema_for(words_of(plain)))
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
