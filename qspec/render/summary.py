"""What a step of continuous integration shows of a run, or of checked specs: Markdown, in blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qspec.diagnostics import has_errors
from qspec.render.comparison import spoken_causes, spoken_effect, spoken_numbers, spoken_p_value
from qspec.render.comparison_cases import spoken_pub, verdicts_of
from qspec.render.look import Look
from qspec.render.markdown import escaped, folded, table
from qspec.render.outcomes import spoken_outcome, spoken_request
from qspec.render.points import spoken_sweep
from qspec.render.run import render_run
from qspec.render.suites import cases_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qspec.comparing.runs import RunComparison
    from qspec.diagnostics import Diagnostic
    from qspec.reading.reports import Report
    from qspec.records.record import RunRecord
    from qspec.records.view import FinishedRun
    from qspec.render.comparison_cases import PubVerdict
    from qspec.render.suites import Case

_GOOD, _BAD, _WARNING, _WAITING = "✅", "❌", "⚠️", "⏳"
_SIGNS = {"done": _GOOD, "unfinished": _WAITING, "interrupted": _WAITING}
_LONGEST = 60_000


def run_blocks(run: FinishedRun, *, top: int, said: str = "") -> Iterator[str]:
    """A run: its outcome, verdicts with their margins, jobs, what they gave, and where all of it is."""
    record = run.record
    yield f"### {_SIGNS.get(record.outcome, _BAD)} {escaped(record.name)}: {escaped(spoken_outcome(record))}\n"
    if said or record.error:
        yield f"{escaped(said or record.error or '')}\n"
    yield _footer(run)
    cases = list(cases_of(run))
    expected = [case for case in cases if case.route[0] == "expect"]
    if expected:
        yield table(("", "expectation", "found", "margin"), _expectations(expected), noun="expectation")
    yield table(("", "job", "program", "status", "seconds"), _jobs(record), noun="job")
    sinks = [case for case in cases if case.route[0] == "sinks"]
    yield from (f"{_BAD} {escaped(case.name)}: {escaped(case.troubles[0].message)}\n" for case in sinks)
    yield folded("results", render_run(run, top=top, look=Look()), most=_LONGEST)


def _expectations(cases: Sequence[Case]) -> Iterator[tuple[str, ...]]:
    for case in cases:
        said = case.troubles[0].message if case.troubles else case.notes[0]
        margin = "" if case.margin is None else escaped(f"{case.margin:+.4g}")
        yield _sign(case), escaped(case.name.partition(": ")[2]), escaped(said), margin


def _jobs(record: RunRecord) -> Iterator[tuple[str, ...]]:
    for job in record.jobs:
        sign = {"DONE": _GOOD, "ERROR": _BAD, "CANCELLED": _BAD}.get(job.status, _WAITING)
        said = f"{job.status}: {job.error}" if job.error else job.status
        taken = "" if job.seconds is None else escaped(f"{job.seconds:.2f}")
        yield sign, escaped(job.id), escaped(", ".join(spoken_request(job))), escaped(said), taken


def _sign(case: Case) -> str:
    return _WAITING if case.has("skipped") else _BAD if case.troubles else _GOOD


def _footer(run: FinishedRun) -> str:
    record = run.record
    known = {"points": spoken_sweep(record.sweep)} if record.sweep is not None else {}
    known |= {"backend": record.backend.name, "seed": str(record.seed), "run folder": str(run.folder)}
    known |= {"content": record.content_hash} if record.content_hash else {}
    return "".join(f"- {name}: {escaped(value)}\n" for name, value in known.items())


def comparison_blocks(found: RunComparison, name: str) -> Iterator[str]:
    """A run called `name` held against an earlier one: the verdict with its cause, and that of each PUB, the worst first."""
    sign = _GOOD if found.accepts(found.word) else _BAD
    wanted = ", and identical was asked for" if found.exact and found.word == "consistent" else ""
    yield f"### {sign} {escaped(name)}: {found.word}{wanted}\n"
    said = [("compared with", found.before), ("PUBs", spoken_numbers(found)), *spoken_causes(found)]
    yield "".join(f"- {head}: {escaped(words, most=1000)}\n" for head, words in said)
    if found.missing:
        yield table(("", "what else is different"), ((_BAD, escaped(each)) for each in found.missing), noun="line")
    verdicts = sorted(verdicts_of(found), key=lambda each: each.badness)
    if verdicts:
        yield table(("", "PUB", "verdict", "p-value", "effect", "test"), _verdicts(found, verdicts), noun="PUB")


def _verdicts(found: RunComparison, verdicts: Sequence[PubVerdict]) -> Iterator[tuple[str, ...]]:
    for each in verdicts:
        sign = _GOOD if found.accepts(each.word) else _BAD
        where, said = escaped(f"{each.job} PUB {each.pub}"), escaped(spoken_pub(each))
        if not each.apart:
            yield sign, where, said, "", "", ""
            continue
        compared = each.apart[0].compared
        rest = (spoken_p_value(compared), spoken_effect(compared), compared.test or compared.message)
        yield sign, where, said, *map(escaped, rest)


def failure_blocks(title: str, message: str, advice: str, *, waits: bool = False) -> Iterator[str]:
    """A command that could not do what it should; with `waits` it is only not finished yet."""
    yield f"### {_WAITING if waits else _BAD} {escaped(title)}\n"
    yield "\n\n".join(escaped(line, most=1000) for line in (message, *advice.splitlines())) + "\n"


def validation_blocks(reports: Sequence[Report]) -> Iterator[str]:
    """Specs that were checked: how many are valid, and every finding."""
    wrong = [report for report in reports if has_errors(report.findings)]
    valid = f"{len(reports) - len(wrong):,} of {len(reports):,} specs are valid"
    yield f"### {_BAD if wrong else _GOOD} {valid}\n"
    yield from finding_blocks(tuple({finding: None for report in reports for finding in report.findings}))


def finding_blocks(findings: Sequence[Diagnostic]) -> Iterator[str]:
    """A table of findings, none where there are none."""
    if findings:
        yield table(("", "where", "what", "code"), map(_finding, findings), noun="finding")


def _finding(finding: Diagnostic) -> tuple[str, ...]:
    sign = _BAD if finding.severity == "error" else _WARNING
    said = f"{finding.message}; {finding.label}" if finding.label else finding.message
    return sign, escaped(finding.place), escaped(said), escaped(finding.code)
