"""Findings as a person reads them: a headline, the lines that it is about with a caret, advice and choices.

error[unknown-key]: 'shotz' is not a key of a sampler job
  ┌─ specs/bell.yaml:9:5
  │
9 │     shotz: 4096
  │     ^^^^^ did you mean 'shots'?
  │
  = keys here: options, program_id, pubs, shots
"""

from __future__ import annotations

import re
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from qspec.frozen import frozen
from qspec.render.excerpt import Excerpt, excerpt
from qspec.render.look import Look, plural, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from qspec.diagnostics import Diagnostic, Span

_TINTS = {"error": "red", "warning": "yellow"}
_LINE_ENDS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_NARROWEST = 24


@frozen
class _Place:
    """A stretch of text to underline: with `^` where the finding is, with `-` at its second places."""

    span: Span
    label: str
    sign: str
    tint: str


def render_findings(
    findings: Sequence[Diagnostic], sources: Mapping[str, str], *, checked: Sequence[str], look: Look | None = None
) -> str:
    """The findings with their code frames, and a last line that counts them; empty when there are none.

    `sources` maps the paths that findings point into to their texts; `checked` names the specs that were looked at.
    """
    if not findings:
        return ""
    paths = {place.span.path for finding in findings for place in _places(finding)}
    lines = {path: _LINE_ENDS.split(sources[path]) for path in paths & sources.keys()}
    blocks = [_Block(lines, look or Look()).render(finding) for finding in findings]
    return "\n\n".join([*blocks, summary(findings, checked)]) + "\n"


def summary(findings: Iterable[Diagnostic], checked: Sequence[str]) -> str:
    """The line that counts the findings: `2 errors and 1 warning in specs/bell.yaml`."""
    severities = [finding.severity for finding in findings]
    counts = [plural(severities.count(name), name) for name in _TINTS if name in severities]
    place = checked[0] if len(checked) == 1 else plural(len(checked), "spec")
    return f"{' and '.join(counts) or 'no findings'} in {visible(place)}"


class _Block:
    """Renders one finding; all its frames share the width of the gutter."""

    def __init__(self, lines: Mapping[str, Sequence[str]], look: Look) -> None:
        self.lines = lines
        self.look = look
        self.pad = ""

    def render(self, finding: Diagnostic) -> str:
        places = list(_places(finding))
        framed = [place for place in places if place.span.path in self.lines]
        self.pad = " " * max((len(str(place.span.line)) for place in framed), default=1)
        rows = [self.headline(finding)]
        for number, (_, group) in enumerate(groupby(framed, key=lambda place: place.span.path)):
            rows += [self.gutter("│")] if number else []
            rows += self.frame(list(group))
        notes = [self.note(note) for note in (*_unframed(finding, places, framed), *finding.notes)]
        if notes and framed:
            rows.append(self.gutter("│"))
        return "\n".join([*rows, *notes])

    def headline(self, finding: Diagnostic) -> str:
        title = self.look.paint(f"{finding.severity}[{finding.code}]", _TINTS[finding.severity])
        return f"{title}{self.look.paint(f': {self.say(finding.message)}', 'bold')}"

    def say(self, text: str) -> str:
        return self.look.draw(visible(" ".join(text.splitlines())))

    def frame(self, places: list[_Place]) -> Iterator[str]:
        yield self.gutter("┌─", f" {self.say(str(places[0].span))}")
        yield self.gutter("│")
        by_line = [list(group) for _, group in groupby(sorted(places, key=_line_of), key=_line_of)]
        for group, following in pairwise([*by_line, []]):
            yield from self.rows(group)
            if following:
                yield from self.between(group[0].span, following[0].span)

    def rows(self, places: list[_Place]) -> Iterator[str]:
        shown = self.excerpt(places[0].span, places[0].span.line)
        yield self.numbered(places[0].span.line, shown.text)
        for place in places:
            before, width = shown.underline(place.span)
            mark = f"{place.sign * width} {self.say(place.label)}".rstrip()
            yield self.gutter("│", f" {' ' * before}{self.look.paint(mark, place.tint)}")

    def between(self, first: Span, second: Span) -> Iterator[str]:
        gap = second.line - first.line - 1
        if gap == 1:
            yield self.numbered(first.line + 1, self.excerpt(first, first.line + 1).text)
        elif gap:
            yield self.gutter("·")

    def excerpt(self, span: Span, line: int) -> Excerpt:
        lines = self.lines[span.path]
        room = max(self.look.width - len(self.pad) - 3, _NARROWEST)
        return excerpt(lines[line - 1] if line <= len(lines) else "", span.column - 1, room, self.look)

    def note(self, text: str) -> str:
        lines = [self.look.draw(visible(line)) for line in text.splitlines()]
        return self.gutter("=", " " + f"\n{self.pad}   ".join(lines))

    def numbered(self, line: int, text: str) -> str:
        number = f"{line:>{len(self.pad)}} {self.look.draw('│')}"
        return f"{self.look.paint(number, 'blue')} {text}".rstrip()

    def gutter(self, sign: str, text: str = "") -> str:
        return f"{self.pad} {self.look.paint(self.look.draw(sign), 'blue')}{text}"


def _places(finding: Diagnostic) -> Iterator[_Place]:
    """The places of a finding, those in one file together, its own file first."""
    if finding.span is None:
        return
    own = finding.span
    yield _Place(span=own, label=finding.label, sign="^", tint=_TINTS[finding.severity])
    others = [
        _Place(span=place.span, label=place.label, sign="-", tint="blue") for place in finding.related if place.span
    ]
    yield from sorted(others, key=lambda place: (place.span.path != own.path, place.span.path))


def _unframed(finding: Diagnostic, places: Sequence[_Place], framed: Sequence[_Place]) -> Iterator[str]:
    """What would have stood in a frame, where the text of the file is not at hand."""
    if not places:
        yield f"at {finding.place}"
        yield from filter(None, [finding.label])
    for place in places:
        if place not in framed:
            yield f"{place.span}: {place.label}".removesuffix(": ")


def _line_of(place: _Place) -> int:
    return place.span.line
