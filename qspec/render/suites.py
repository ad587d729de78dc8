"""What came of a run, or of checking specs, as test suites: a case for each job and for each expectation.

Continuous integration knows these words; JUnit files, annotations and code scanning are written from them.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping  # noqa: TC003  the dataclass decorator evaluates the annotations
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from qspec.frozen import frozen
from qspec.records.view import has_ended
from qspec.render.look import clipped
from qspec.render.outcomes import spoken_expectation, spoken_outcome
from qspec.render.points import spoken_sweep

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qspec.diagnostics import Diagnostic, Route
    from qspec.reading.reports import Report
    from qspec.records.parts import JobRecord, VerdictRecord
    from qspec.records.record import RunRecord
    from qspec.records.view import FinishedRun

_FINAL = ("DONE", "ERROR", "CANCELLED")
_WIDEST = 4000


@frozen
class Trouble:
    """Why a case is not a good one. `rule` is a word for its kind, `lines` what else there is to say."""

    word: Literal["failure", "error", "skipped"]
    rule: str
    message: str
    lines: tuple[str, ...] = ()


@frozen
class Case:
    """A job, an expectation with the margin of its verdict, a PUB that was compared, or a spec that was checked.

    `route` leads to what it is about in the spec.
    """

    name: str
    troubles: tuple[Trouble, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float | None = None
    margin: float | None = None
    route: Route = ()

    def has(self, word: str) -> bool:
        """Whether any of its troubles is of this word."""
        return any(trouble.word == word for trouble in self.troubles)


@frozen
class Suite:
    """The cases of one run, or of all specs that were checked. `path` is the spec's; `said` what was said beside them."""

    name: str
    path: str = ""
    cases: tuple[Case, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)
    started: str = ""
    seconds: float | None = None
    said: tuple[str, ...] = ()


def suite_of_run(run: FinishedRun, *more: Case, said: Sequence[str] = ()) -> Suite:
    """The suite of a run, finished or not, and `more` cases behind its own."""
    record = run.record
    return Suite(
        name=record.name,
        path=record.spec.path,
        cases=(*cases_of(run), *more),
        properties=dict(_properties(run)),
        started=record.created,
        seconds=_seconds(record),
        said=tuple(said),
    )


def cases_of(run: FinishedRun) -> Iterator[Case]:
    """A case for each job, for each expectation, and for each sink that could not write."""
    points = () if run.record.sweep is None else (f"points: {spoken_sweep(run.record.sweep)}",)
    yield from (_of_job(job, points) for job in run.record.jobs)
    yield from _of_expectations(run)
    for index, sink in enumerate(run.record.sinks):
        if sink.error:
            trouble = Trouble(word="error", rule="sink-failed", message=sink.error)
            yield Case(name=f"sink {index}: {sink.kind}", troubles=(trouble,), route=("sinks", index))


def _of_job(job: JobRecord, points: tuple[str, ...]) -> Case:
    return Case(
        name=f"job {job.id}",
        troubles=tuple(_troubles(job)),
        notes=(*points, *job.notes),
        seconds=job.seconds,
        route=("jobs", job.id),
    )


def _troubles(job: JobRecord) -> Iterator[Trouble]:
    ids = tuple(f"as {each.job_id}, {each.status}" for each in job.submissions if each.job_id)
    if job.status not in _FINAL:
        yield Trouble(word="skipped", rule="not-finished", message=f"not finished: {job.status}", lines=ids)
    elif job.status != "DONE":
        said = f"{job.status}: {job.error}" if job.error else job.status
        yield Trouble(word="error", rule="job-failed", message=said, lines=ids)


def _of_expectations(run: FinishedRun) -> Iterator[Case]:
    """Those that were judged, by their verdicts; the others are skipped, with the reason."""
    for index, (expectation, record) in enumerate(_judged(run)):
        yield Case(
            name=f"expect {index}: {spoken_expectation(expectation)}",
            troubles=tuple(_missed(record, run.record)),
            notes=_found(record) if record is not None and record.verdict.passed else (),
            margin=None if record is None else record.verdict.margin,
            route=("expect", index),
        )


def _judged(run: FinishedRun) -> Iterator[tuple[Mapping[str, Any], VerdictRecord | None]]:
    """Every expectation of the spec with its verdict. These are in the same order; a dry run has none of some kinds."""
    verdicts = deque(run.record.verdicts)
    given = [record.expectation for record in verdicts]
    for expectation in run.spec_in_force().get("expect") or given:
        judged = bool(verdicts) and verdicts[0].expectation.get("kind") == expectation.get("kind")
        yield expectation, verdicts.popleft() if judged else None


def _missed(found: VerdictRecord | None, record: RunRecord) -> Iterator[Trouble]:
    if found is None:
        said = "not checked in a dry run" if record.is_dry else f"not checked: the run is {record.outcome}"
        yield Trouble(word="skipped", rule="not-finished", message=said)
    elif not found.verdict.passed:
        yield Trouble(
            word="failure", rule="expectation-failed", message=found.verdict.message, lines=_found(found, again=False)
        )


def _found(record: VerdictRecord, *, again: bool = True) -> tuple[str, ...]:
    """What was found, by how much it held or not, and what was expected."""
    margin = record.verdict.margin
    expected = clipped(json.dumps(record.expectation, ensure_ascii=False), _WIDEST)
    lines = [record.verdict.message] if again else []
    return (*lines, *([] if margin is None else [f"margin {margin:+.4g}"]), f"expected {expected}")


def _properties(run: FinishedRun) -> Iterator[tuple[str, str]]:
    record = run.record
    yield "run folder", str(run.folder)
    yield "outcome", spoken_outcome(record)
    yield "spec", record.spec.path
    yield "backend", record.backend.name
    yield "seed", str(record.seed)
    if record.repeats is not None:
        yield "repeats", record.repeats
    if record.sweep is not None:
        yield "points", str(record.sweep.points)
        yield "points done", str(record.sweep.done)
        yield "points failed", str(record.sweep.failed)
    if record.content_hash:
        yield "content hash", record.content_hash


def _seconds(record: RunRecord) -> float | None:
    """From the making of the run folder to the end of the run; where that is not known what the jobs took together."""
    if record.finished is not None and has_ended(record):
        return (_moment(record.finished) - _moment(record.created)).total_seconds()
    known = [job.seconds for job in record.jobs if job.seconds is not None]
    return sum(known) if known else None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def suite_of_reports(reports: Sequence[Report]) -> Suite:
    """The suite of checking specs: a case for each, with a failure for each error in it."""
    return Suite(name="qspec validate", cases=tuple(map(_of_report, reports)))


def _of_report(report: Report) -> Case:
    errors = [finding for finding in report.findings if finding.severity == "error"]
    warnings = [finding for finding in report.findings if finding.severity == "warning"]
    notes = tuple(f"warning[{each.code}]: {each.place}: {each.message}" for each in warnings)
    return Case(name=report.path, troubles=tuple(map(_of_finding, errors)), notes=notes)


def _of_finding(finding: Diagnostic) -> Trouble:
    lines = filter(None, (finding.label, *(place.label for place in finding.related), *finding.notes))
    return Trouble(word="failure", rule=finding.code, message=f"{finding.place}: {finding.message}", lines=tuple(lines))


def suite_of_findings(path: str, findings: Sequence[Diagnostic]) -> Suite:
    """The suite of a spec that was not run, since it is wrong: a failure for each error."""
    return Suite(name=path, path=path, cases=(case_of_findings("spec", findings),))


def case_of_findings(name: str, findings: Sequence[Diagnostic]) -> Case:
    """The case that a wrong spec is: a failure for each error."""
    errors = tuple(_of_finding(finding) for finding in findings if finding.severity == "error")
    return Case(name=name, troubles=errors)


def stopped(message: str, advice: str) -> Case:
    """The case that a command is which could not do what it should."""
    trouble = Trouble(word="error", rule="command-failed", message=message, lines=tuple(advice.splitlines()))
    return Case(name="qspec", troubles=(trouble,))


def totals(suites: Sequence[Suite]) -> dict[str, Any]:
    """How many cases there are, and how many of them have troubles, by the words of JUnit."""
    cases = [case for suite in suites for case in suite.cases]
    return {
        "tests": len(cases),
        "failures": sum(case.has("failure") for case in cases),
        "errors": sum(case.has("error") for case in cases),
        "skipped": sum(case.has("skipped") for case in cases),
    }
