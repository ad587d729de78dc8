"""Specs held against their locks: for continuous integration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qspec.diagnostics import Diagnostic, Span
from qspec.errors import DriftError, QspecError, SpecError
from qspec.frozen import frozen
from qspec.render.markdown import escaped, table
from qspec.render.suites import Case, Suite, Trouble, case_of_findings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RULE = "lock-not-held"


@frozen(eq=False)
class Held:
    """A spec that was held against its lock. `file` is where that is said, and `error` why it is not held, if so."""

    path: str
    file: str
    error: QspecError | None = None


def suite_of_held(found: Sequence[Held]) -> Suite:
    """A case for each spec: a failure where it is not what was locked, or wrong, an error where that cannot be told."""
    return Suite(name="qspec lock --check", cases=tuple(map(_case, found)))


def _case(held: Held) -> Case:
    error = held.error
    if isinstance(error, SpecError):
        return case_of_findings(held.path, error.findings)
    if error is None:
        return Case(name=held.path)
    trouble = Trouble(
        word="failure" if isinstance(error, DriftError) else "error",
        rule=RULE,
        message=str(error),
        lines=tuple(error.advice.splitlines()),
    )
    return Case(name=held.path, troubles=(trouble,))


def findings_of_held(found: Sequence[Held]) -> Iterator[Diagnostic]:
    """What is wrong with specs at its places; that one is not as it was locked at the beginning of its file."""
    for held in found:
        if isinstance(held.error, SpecError):
            yield from held.error.findings
        elif held.error is not None:
            place = Span(path=held.file, line=1, column=1, end_line=1, end_column=2)
            notes = tuple(held.error.advice.splitlines())
            yield Diagnostic(code=RULE, message=str(held.error), notes=notes, span=place)


def held_blocks(found: Sequence[Held]) -> Iterator[str]:
    """Markdown: how many specs are as they were locked, and why the others are not."""
    wrong = [(held.path, held.error) for held in found if held.error is not None]
    yield f"### {'❌' if wrong else '✅'} {len(found) - len(wrong):,} of {len(found):,} specs are as they were locked\n"
    if wrong:
        rows = (
            ("❌", escaped(path), escaped(str(error), most=1000), escaped(error.advice, most=1000))
            for path, error in wrong
        )
        yield table(("", "spec", "what", "help"), rows, noun="spec")
