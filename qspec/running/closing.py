"""What comes after the jobs: sinks, expectations, and the run's last word. None of it can cost a result."""

from __future__ import annotations

import math
import shutil
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from qspec.errors import QspecError
from qspec.records.content import hash_content
from qspec.records.files import disk_fails, machine_errors, make_folder, plain, sync_folder
from qspec.records.folder import hash_folder
from qspec.records.names import STAGE
from qspec.records.parts import SinkRecord, Verdict, VerdictRecord
from qspec.records.view import FinishedRun
from qspec.running.jobs import note_files
from qspec.running.sinking import write_sink
from qspec.running.verdicts import verdicts_of_points

if TYPE_CHECKING:
    from pathlib import Path

    from qspec.planning.sweeps import AnyPlan
    from qspec.records.folder import RunFolder
    from qspec.records.record import Outcome, RunRecord
    from qspec.running.journal import Journal
    from qspec.running.progress import Progress


def write_sinks(plan: AnyPlan, journal: Journal, progress: Progress) -> None:
    """Let every sink write. A failing one is recorded, and the others go on. Raises `MachineError` for a full disk."""
    run = FinishedRun(journal.record, journal.folder.path)
    for sink in plan.spec.sinks:
        progress.sink_written(_write_sink(sink, run, journal))


def _write_sink(sink: Any, run: FinishedRun, journal: Journal) -> SinkRecord:
    """A sink writes into a folder of its own. What it wrote is in the log before it is moved to its place."""
    stage = journal.folder.path / STAGE
    try:
        with machine_errors(stage):
            if stage.exists():  # that of the sink before, which could not be removed then
                shutil.rmtree(stage)
            stage.mkdir()
        written = _written(sink, run, stage, journal.folder)
        record = journal.add_sink(written)
        _move(written.files, stage, journal.folder.path)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    note_files(journal, *record.files)
    return record


def _written(sink: Any, run: FinishedRun, stage: Path, home: RunFolder) -> SinkRecord:
    try:
        names = tuple(_name(path, stage, home) for path in write_sink(sink, run, stage))
        return SinkRecord(kind=sink.kind, files=names)
    except Exception as error:  # a sink may come from another package; the results are on disk
        if disk_fails(error):
            raise
        return SinkRecord(kind=sink.kind, error=_words(error))


def _name(path: Path, stage: Path, home: RunFolder) -> str:
    """A sink's file by its path in the run folder. Raises `RefusedError` when that place is taken."""
    if not path.is_relative_to(stage):
        return path.relative_to(home.path).as_posix()  # written there already, by a sink that knows the folder
    name = path.relative_to(stage).as_posix()
    home.place(name)
    return name


def _move(names: tuple[str, ...], stage: Path, home: Path) -> None:
    with machine_errors(home):
        for name in names:
            if (stage / name).exists():
                make_folder((home / name).parent)
                (stage / name).rename(home / name)
        for folder in {(home / name).parent for name in names}:
            sync_folder(folder)


def check_expectations(plan: AnyPlan, journal: Journal, progress: Progress, *, dry_run: bool = False) -> None:
    """Let every check of `expect` say its verdict. One that cannot be made has not passed.

    In a dry run those that look at results say nothing: a mock backend's numbers mean nothing.
    """
    run = FinishedRun(journal.record, journal.folder.path)
    asked = [number for number, check in enumerate(plan.spec.expect) if not dry_run or not _of_results(check)]
    checks = [plan.spec.expect[number] for number in asked]
    if run.points is None:
        verdicts = [_verdict(check, run) for check in checks]
    else:
        verdicts = verdicts_of_points(asked, run.points, _verdict)
    for check, verdict in zip(checks, verdicts, strict=True):
        progress.verdict_given(journal.add_verdict(VerdictRecord(expectation=_keys(check), verdict=verdict)))


def _of_results(check: Any) -> bool:
    return bool(getattr(check, "of_results", True))


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


def finish(plan: AnyPlan, journal: Journal) -> RunRecord:
    """Say how the run ended, with the hashes of its content and its files."""
    files = journal.folder.hash_files(journal.record.files)
    record = journal.change(
        finished=journal.time(),
        outcome=outcome_of(journal.record),
        content_hash=hash_content(journal.record, plan.resolved, _hash_of_points(journal)),
        folder_hash=hash_folder(files),
        files=files,
    )
    journal.note("run-finished", outcome=record.outcome, content_hash=record.content_hash)
    return record


def _hash_of_points(journal: Journal) -> str | None:
    points = FinishedRun(journal.record, journal.folder.path).points
    return None if points is None else points.content_hash()


def outcome_of(record: RunRecord) -> Outcome:
    """How a run whose jobs, sinks and checks are through has ended; the worst of what happened."""
    if any(job.status != "DONE" for job in record.jobs):
        return "failed"
    if not all(verdict.verdict.passed for verdict in record.verdicts):
        return "expectation-failed"
    return "sink-failed" if any(sink.error for sink in record.sinks) else "done"
