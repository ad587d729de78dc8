"""The troubles of a run as findings, at their places in the spec: for annotations and code scanning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qspec.diagnostics import Diagnostic
from qspec.reading.explanations import Explanation
from qspec.render.comparison_cases import cases_of_comparison
from qspec.render.places import Places
from qspec.render.suites import cases_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qspec.comparing.runs import RunComparison
    from qspec.records.view import FinishedRun


def _rule(title: str, why: str) -> Explanation:
    return Explanation(title=title, why=why, wrong="", right="")


RULES = {
    "job-failed": _rule(
        "a job did not come to its end",
        "The job ended as `ERROR` or `CANCELLED`; the message is that of the simulator or the service. `qspec show` has "
        "what the others gave, and `qspec resume --retry-failed` runs failed jobs again.",
    ),
    "expectation-failed": _rule(
        "an expectation did not hold",
        "The results are not what `expect` in the spec says. The margin is the distance to the edge, negative where it "
        "was passed. Results are recorded all the same.",
    ),
    "sink-failed": _rule("a sink could not write", "The results are recorded; what the sink should write is missing."),
    "results-differ": _rule(
        "results are not what they were",
        "They differ from those of an earlier run or of the lock: more than sampling explains, or in a way that no test can "
        "judge, or, with `--exact`, at all. The cause is the deepest of the things in which the records differ; what stands "
        "below `also` may be its consequence.",
    ),
    "lock-not-held": _rule(
        "a spec is not as it was locked",
        "The spec, or a file that it refers to, is not what its lock was made from, or the lock cannot be used. "
        "`qspec lock --update` runs the spec as it is, says what changed, and replaces the lock.",
    ),
}
"""What is to be said of the troubles that a run, or a spec with a lock, can have, by their rules."""


def findings_of_run(run: FinishedRun, compared: RunComparison | None = None) -> Iterator[Diagnostic]:
    """A finding for each job that failed, for each expectation that did not hold, for each sink that could not write; and
    for each PUB whose results are not what they should be, by a comparison with an earlier run or with the lock.
    """
    cases = [*cases_of(run), *(cases_of_comparison(compared) if compared else ())]
    bad = [case for case in cases if case.has("error") or case.has("failure")]
    places = Places(run) if bad else None
    for case in bad:
        for trouble in case.troubles:
            yield Diagnostic(
                code=trouble.rule,
                message=f"{case.name}: {trouble.message}",
                route=case.route,
                notes=(*trouble.lines, f"run folder: {run.folder}"),
                span=places.of(case.route) if places else None,
            )
