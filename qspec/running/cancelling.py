"""Cancelling the jobs of a run on the service, those whose submission got no answer too."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qspec.errors import MachineError, ServiceError, UsageError
from qspec.frozen import frozen
from qspec.records.files import write_whole
from qspec.records.folder import RunFolder
from qspec.records.names import CANCELLED
from qspec.records.record import read_record
from qspec.records.view import has_ended as run_has_ended
from qspec.running.asking import open_recorded
from qspec.running.finished import leaves_session
from qspec.running.journal import Journal
from qspec.running.lock import driving, take
from qspec.running.sessions import close_known, reopening
from qspec.running.submissions import as_it_stands, current, has_ended
from qspec.service.submission import cancel, look_up

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from qspec.records.parts import JobRecord, SubmissionRecord
    from qspec.records.record import RunRecord
    from qspec.running.lock import Lock
    from qspec.service.account import Service

NO_ANSWER = "no answer"
"""Stands in the place of the ID of a job whose submission got no answer."""


@frozen
class Cancelled:
    """One job that was asked to be cancelled; `refused` are the service's words when it would not."""

    job: str
    job_id: str
    refused: str = ""


@frozen
class Cancelling:
    """What became of cancelling a run: the jobs that were `asked`, and how many were never sent, and will not be.

    `disk` is what kept the run folder from being told; the service was asked all the same. `ended`: the run had come
    to its end before, and stays as it is, but for its session, which was `closed` if it was still open.
    """

    asked: tuple[Cancelled, ...] = ()
    unsent: int = 0
    disk: MachineError | None = None
    ended: bool = False
    closed: bool = False


def cancel_run(folder: Path) -> Cancelling:
    """Cancel the jobs of a recorded run, whoever drives it. A run that came to its end stays as it is.

    A file in the folder says it to who drives the run: nothing more is sent, and what is sent is cancelled. Raises
    `UsageError` for a run on this machine, `UnfinishedError` or `UnsettledError` when the service is out of reach.
    """
    record = read_record(folder)
    if record.execution is None:
        raise UsageError("the run has no jobs on a service", advice="interrupt the process that runs it")
    if run_has_ended(record):
        open_still = leaves_session(record)
        if open_still:
            _close_late(folder, record)
        return Cancelling(ended=True, closed=open_still)
    try:
        return _cancel(folder, record, disk=_told(folder))
    except ServiceError as error:
        reason = ServiceError(
            f"the jobs could not be cancelled, and may go on: {error}", advice="say qspec cancel again"
        )
        raise as_it_stands(record, reason) from error


def _close_late(folder: Path, record: RunRecord) -> None:
    """Close the session that a run which came to its end could not close. Raises `UnfinishedError` when it stays open."""
    with driving(folder):
        journal = Journal(RunFolder(folder), read_record(folder))
        try:
            with reopening(journal):
                close_known(open_recorded(folder), journal)
        except ServiceError as error:
            raise as_it_stands(record, error) from error


def _told(folder: Path) -> MachineError | None:
    """Leave word in the folder; what kept this from it, so that no disk stands between a person and the service."""
    try:
        write_whole(folder / CANCELLED, b"")
    except MachineError as error:
        return error
    return None


def _cancel(folder: Path, record: RunRecord, *, disk: MachineError | None) -> Cancelling:
    service = open_recorded(folder) if _is_sent(record) else None
    lock = None if disk else _lock(folder)
    if lock is None:  # the process that drives the run, if any, finds the word in the folder
        return Cancelling(asked=_asked(service, record), unsent=_unsent(record), disk=disk)
    try:
        return cancel_open(service, Journal(RunFolder(folder), read_record(folder)))
    finally:
        lock.release()


def _lock(folder: Path) -> Lock | None:
    """The run's lock; None when another process drives it, or when there can be no lock: nobody drives it then."""
    try:
        return take(folder)
    except OSError:
        return None


def _unsent(record: RunRecord) -> int:
    return sum(each.state == "planned" for job in record.jobs for each in current(job))


def _asked(service: Service | None, record: RunRecord) -> tuple[Cancelled, ...]:
    return () if service is None else cancel_jobs(service, record)


def _is_sent(record: RunRecord) -> bool:
    """Whether there may be something of the run on the service: a job, or an open session."""
    known = record.execution
    session = known is not None and known.session_id is not None and not known.closed
    return session or any(each.state in ("submitting", "submitted") for job in record.jobs for each in current(job))


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
        return [Cancelled(job=job, job_id=NO_ANSWER, refused=str(error))]
    if found:
        return list(_cancelled(service, [(job, job_id) for job_id in found]))
    return [Cancelled(job=job, job_id=NO_ANSWER, refused="not found yet; who drives the run on cancels it")]


def is_cancelled(folder: Path) -> bool:
    """Whether somebody asked to cancel the run in a folder: nothing of it is sent any more, and what is sent ends."""
    return (folder / CANCELLED).exists()


def cancel_open(service: Service | None, journal: Journal) -> Cancelling:
    """Cancel the run that this process drives, its session too; what was never sent will not be, and the log tells it.

    The service is asked before anything is written. It is None where it has nothing of the run.
    """
    asked, unsent = _asked(service, journal.record), _unsent(journal.record)
    try:
        write_whole(journal.folder.path / CANCELLED, b"")
        journal.change(jobs=tuple(_with_found(_without_unsent(job), asked) for job in journal.record.jobs))
        for each in asked:
            journal.note("cancel-requested", job=each.job, job_id=each.job_id, refused=each.refused)
        if service is not None:
            _close(service, journal)
    except MachineError as error:
        return Cancelling(asked=asked, unsent=unsent, disk=error)
    return Cancelling(asked=asked, unsent=unsent)


def _close(service: Service, journal: Journal) -> None:
    try:
        close_known(service, journal)
    except ServiceError as error:
        journal.note("trouble", words=str(error))


def without_sending(submission: SubmissionRecord) -> SubmissionRecord:
    """A submission that will not be sent, or not again."""
    words = "cancelled, and no job was found to cancel" if submission.resent else "cancelled before it was submitted"
    return replace(submission, state="refused", status="CANCELLED", error=words)


def _without_unsent(job: JobRecord) -> JobRecord:
    submissions = tuple(without_sending(each) if each.state == "planned" else each for each in job.submissions)
    return replace(job, submissions=submissions)


def _with_found(job: JobRecord, asked: Sequence[Cancelled]) -> JobRecord:
    """The record with the ID of the job whose submission got no answer, where it was found to be cancelled."""
    known = {each.job_id for each in job.submissions} | {NO_ANSWER}
    found = [each.job_id for each in asked if each.job == job.id and each.job_id not in known]
    if not found:
        return job
    submissions = tuple(
        replace(each, state="submitted", job_id=found[0], status="QUEUED", adopted=True)
        if each.state == "submitting"
        else each
        for each in job.submissions
    )
    return replace(job, submissions=submissions)
