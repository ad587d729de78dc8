"""Cancelling the jobs of a run on the service, those whose submission got no answer too."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qspec.errors import UsageError
from qspec.records.folder import RunFolder
from qspec.records.record import read_record
from qspec.running.asking import open_recorded
from qspec.running.journal import Journal
from qspec.running.lock import take
from qspec.running.submissions import current, has_ended
from qspec.service.submission import cancel, look_up

if TYPE_CHECKING:
    from pathlib import Path

    from qspec.records.parts import JobRecord, SubmissionRecord
    from qspec.records.record import RunRecord
    from qspec.service.account import Service


@dataclass(frozen=True, kw_only=True, slots=True)
class Cancelled:
    """One job that was asked to be cancelled; `refused` are the service's words when it would not."""

    job: str
    job_id: str
    refused: str = ""


def cancel_run(folder: Path) -> tuple[Cancelled, ...]:
    """Cancel the jobs of a recorded run, whoever drives it. Where nobody does, its record says that it was asked.

    Raises `UsageError` for a run on this machine, `ServiceError` when the service is out of reach.
    """
    record = read_record(folder)
    if record.execution is None:
        raise UsageError("the run has no jobs on a service", advice="interrupt the process that runs it")
    service = open_recorded(folder)
    lock = take(folder)
    if lock is None:  # the process that drives the run sees what becomes of its jobs
        return cancel_jobs(service, record)
    try:
        return cancel_open(service, Journal(RunFolder(folder), read_record(folder)))
    finally:
        lock.release()


def cancel_jobs(service: Service, record: RunRecord) -> tuple[Cancelled, ...]:
    """Ask the service to cancel every job of the run that has not ended. Raises `ServiceError` when it cannot be asked."""
    wanted = [
        (job.id, job_id) for job in record.jobs for each in current(job) for job_id in _ids(service, record, each)
    ]
    refused = cancel(service, [job_id for _, job_id in wanted])
    return tuple(Cancelled(job=job, job_id=job_id, refused=refused.get(job_id, "")) for job, job_id in wanted)


def _ids(service: Service, record: RunRecord, each: SubmissionRecord) -> tuple[str, ...]:
    if has_ended(each) or each.state == "planned":
        return ()
    if each.job_id is not None:
        return (each.job_id,)
    execution = record.execution
    instance = (execution.instance if execution else None) or service.client.active_instance()
    return look_up(service, each.tag, instance=instance, mocks=bool(execution and execution.dry_run)).job_ids


def cancel_open(service: Service, journal: Journal) -> tuple[Cancelled, ...]:
    """The same for the run that this process drives: what was never sent will not be, and the log tells it."""
    journal.change(jobs=tuple(map(_without_unsent, journal.record.jobs)))
    asked = cancel_jobs(service, journal.record)
    for each in asked:
        journal.note("cancel-requested", job=each.job, job_id=each.job_id, refused=each.refused)
    return asked


def _without_unsent(job: JobRecord) -> JobRecord:
    words = "cancelled before it was submitted"
    submissions = tuple(
        replace(each, state="refused", status="CANCELLED", error=words) if each.state == "planned" else each
        for each in job.submissions
    )
    return replace(job, submissions=submissions)
