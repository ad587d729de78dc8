"""What comes after the jobs: sinks, expectations, and the run's last word. None of it can cost a result."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from qspec.errors import QspecError
from qspec.records.content import hash_content
from qspec.records.files import plain
from qspec.records.folder import hash_folder
from qspec.records.parts import SinkRecord, Verdict, VerdictRecord
from qspec.records.view import FinishedRun

if TYPE_CHECKING:
    from qspec.planning.plan import Plan
    from qspec.records.record import Outcome, RunRecord
    from qspec.running.journal import Journal
    from qspec.running.progress import Progress


def write_sinks(plan: Plan, journal: Journal, progress: Progress) -> None:
    """Let every sink write. A failing one is recorded, and the others go on."""
    run = FinishedRun(journal.record, journal.folder.path)
    for sink in plan.spec.sinks:
        progress.sink_written(journal.add_sink(_written(sink, run)))


def _written(sink: Any, run: FinishedRun) -> SinkRecord:
    try:
        paths = sink.write(run, run.folder)
        return SinkRecord(kind=sink.kind, files=tuple(path.relative_to(run.folder).as_posix() for path in paths))
    except Exception as error:  # noqa: BLE001  a sink may come from another package; the results are on disk
        return SinkRecord(kind=sink.kind, error=_words(error))


def check_expectations(plan: Plan, journal: Journal, progress: Progress) -> None:
    """Let every check of `expect` say its verdict. One that cannot be made has not passed."""
    run = FinishedRun(journal.record, journal.folder.path)
    for check in plan.spec.expect:
        progress.verdict_given(
            journal.add_verdict(VerdictRecord(expectation=_keys(check), verdict=_verdict(check, run)))
        )


def _verdict(check: Any, run: FinishedRun) -> Verdict:
    try:
        found = check.check(run)
    except Exception as error:  # noqa: BLE001  a check may come from another package; the results are on disk
        return Verdict(passed=False, message=_words(error))
    margin = None if found.margin is None or not math.isfinite(found.margin) else float(found.margin)
    return Verdict(passed=bool(found.passed), message=found.message, margin=margin, details=plain(found.details))


def _keys(check: Any) -> dict[str, Any]:
    """The keys of an expectation, as the spec in force has them, those that say nothing left out."""
    given = {field.name: getattr(check, field.name) for field in fields(check)}
    return {"kind": check.kind, **{key: plain(value) for key, value in given.items() if value is not None}}


def _words(error: Exception) -> str:
    if isinstance(error, QspecError):
        return f"{error}; {error.advice}" if error.advice else str(error)
    return f"{type(error).__name__}: {error}"


def finish(plan: Plan, journal: Journal) -> RunRecord:
    """Say how the run ended, with the hashes of its content and its files."""
    files = journal.folder.hash_files()
    record = journal.change(
        finished=journal.time(),
        outcome=outcome_of(journal.record),
        content_hash=hash_content(journal.record, plan.resolved),
        folder_hash=hash_folder(files),
        files=files,
    )
    journal.note("run-finished", outcome=record.outcome, content_hash=record.content_hash)
    return record


def outcome_of(record: RunRecord) -> Outcome:
    """How a run whose jobs, sinks and checks are through has ended; the worst of what happened."""
    if any(job.status != "DONE" for job in record.jobs):
        return "failed"
    if not all(verdict.verdict.passed for verdict in record.verdicts):
        return "expectation-failed"
    return "sink-failed" if any(sink.error for sink in record.sinks) else "done"
