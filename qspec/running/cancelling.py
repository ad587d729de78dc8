"""Cancelling the jobs of a run on the service, those whose submission got no answer too."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qspec.errors import ServiceError, UsageError
from qspec.records.files import write_whole
from qspec.records.folder import RunFolder
from qspec.records.names import CANCELLED
from qspec.records.record import read_record
from qspec.running.asking import open_recorded
from qspec.running.journal import Journal
from qspec.running.lock import take
from qspec.running.submissions import current, has_ended
from qspec.service.submission import cancel, look_up

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
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

    From then on nothing of the run is sent, whoever drives it: a file in its folder says so. Raises `UsageError` for a
    run on this machine, `ServiceError` when the service is out of reach.
    """
    record = read_record(folder)
    if record.execution is None:
        raise UsageError("the run has no jobs on a service", advice="interrupt the process that runs it")
    write_whole(folder / CANCELLED, b"")
    service = open_recorded(folder)
    lock = take(folder)
    if lock is None:  # the process that drives the run sees what becomes of its jobs
        return cancel_jobs(service, record)
    try:
        return cancel_open(service, Journal(RunFolder(folder), read_record(folder)))
    finally:
        lock.release()


def cancel_jobs(service: Service, record: RunRecord) -> tuple[Cancelled, ...]:
    """Ask the service to cancel every job of the run that has not ended; those whose IDs are known first."""
    wanted = [(job.id, each) for job in record.jobs for each in current(job) if not has_ended(each)]
    known = [(job, str(each.job_id)) for job, each in wanted if each.job_id is not None]
    asked = list(_cancelled(service, known))
    for job, each in wanted:
        if each.state == "submitting":
            asked += _lost(service, record, job, each)
    return tuple(asked)


def _cancelled(service: Service, wanted: Sequence[tuple[str, str]]) -> Iterator[Cancelled]:
    refused = cancel(service, [job_id for _, job_id in wanted])
    for job, job_id in wanted:
        yield Cancelled(job=job, job_id=job_id, refused=refused.get(job_id, ""))


def _lost(service: Service, record: RunRecord, job: str, each: SubmissionRecord) -> list[Cancelled]:
    """The same for a job whose submission got no answer, where it can be found now."""
    execution = record.execution
    instance = (execution.instance if execution else None) or service.client.active_instance()
    try:
        found = look_up(service, each.tag, instance=instance, mocks=bool(execution and execution.dry_run)).job_ids
    except ServiceError as error:
        return [Cancelled(job=job, job_id="no answer", refused=str(error))]
    if found:
        return list(_cancelled(service, [(job, job_id) for job_id in found]))
    return [Cancelled(job=job, job_id="no answer", refused="not found yet; qspec resume settles it and cancels it")]


def is_cancelled(folder: Path) -> bool:
    """Whether somebody asked to cancel the run in a folder: nothing of it is sent any more."""
    return (folder / CANCELLED).exists()


def cancel_open(service: Service, journal: Journal) -> tuple[Cancelled, ...]:
    """The same for the run that this process drives: what was never sent will not be, and the log tells it."""
    write_whole(journal.folder.path / CANCELLED, b"")
    journal.change(jobs=tuple(map(_without_unsent, journal.record.jobs)))
    asked = cancel_jobs(service, journal.record)
    for each in asked:
        journal.note("cancel-requested", job=each.job, job_id=each.job_id, refused=each.refused)
    return asked


def without_sending(submission: SubmissionRecord) -> SubmissionRecord:
    """A submission that will not be sent."""
    return replace(submission, state="refused", status="CANCELLED", error="cancelled before it was submitted")


def _without_unsent(job: JobRecord) -> JobRecord:
    submissions = tuple(without_sending(each) if each.state == "planned" else each for each in job.submissions)
    return replace(job, submissions=submissions)
