"""Findings: values that say what is wrong with a spec, and where.

A rule yields `Diagnostic`s with a *route* (the keys that lead to a value). `qspec.reading.document` turns the
route into a `Span` (file, line, column) before anybody sees it. All findings come at once, sorted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from qspec.frozen import frozen

Severity = Literal["error", "warning"]
Step = str | int
Route = tuple[Step, ...]

_LONGEST_WORD = 100  # beyond it nobody mistypes, and looking for what is near takes long


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Span:
    """A stretch of text in a file. Lines and columns count from 1, in characters; the end is exclusive."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@frozen
class Related:
    """A second place that belongs to a finding, with what is to be said there."""

    label: str
    route: Route = ()
    on_key: bool = False
    span: Span | None = None


@frozen
class Diagnostic:
    """One finding.

    `code` is a word of `qspec explain`; `message` the headline, which states the fact; `label` the advice that
    stands under the caret; `notes` are the last lines (choices, context). `route` leads to the value (or to its
    key, with `on_key`); `span` is filled in when the finding is located, or by a rule that reads another file.
    """

    code: str
    message: str
    route: Route = ()
    on_key: bool = False
    label: str = ""
    related: tuple[Related, ...] = ()
    notes: tuple[str, ...] = ()
    severity: Severity = "error"
    span: Span | None = None

    @property
    def place(self) -> str:
        """`file:line:column`, or the route where the place is not known."""
        return str(self.span) if self.span else spell(self.route) or "spec"


def spell(route: Route) -> str:
    """The route as a person writes it: `jobs.counts.pubs.0.circuit`."""
    return ".".join(str(step) for step in route)


def has_errors(findings: list[Diagnostic] | tuple[Diagnostic, ...]) -> bool:
    """Whether any finding is an error rather than a warning."""
    return any(finding.severity == "error" for finding in findings)


def clipped(text: str, most: int = 40) -> str:
    """The text on one line, cut to `most` characters, as a message quotes it."""
    return (text if len(text) <= most else f"{text[:most]}…").replace("\n", "⏎")


def nearest(word: str, choices: list[str] | tuple[str, ...]) -> str:
    """The choice most like `word`, or an empty text when none is near."""
    return _nearest(word, tuple(choices)) if len(word) <= _LONGEST_WORD else ""


@lru_cache(maxsize=1000)  # a spec may repeat one mistake thousands of times
def _nearest(word: str, choices: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    lowered = {choice.lower(): choice for choice in reversed(choices)}
    matches = get_close_matches(word.lower(), lowered, n=1, cutoff=0.6)
    return lowered[matches[0]] if matches else ""


def suggestion(word: str, choices: list[str] | tuple[str, ...]) -> str:
    """The label that advises the nearest choice, or an empty text."""
    near = nearest(word, choices)
    return f"did you mean '{near}'?" if near else ""
