"""The jobs on the service that a job of the spec becomes, as the record holds them, and what they say of it together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qspec.errors import QspecError, ServiceError, UnfinishedError, UnsettledError
from qspec.planning.parts import draw_tag, parts_of
from qspec.planning.sweeps import SweepPlan
from qspec.records.parts import ExecutionRecord, SubmissionRecord
from qspec.service.backend import RemoteBackend

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from qspec.planning.plan import PlannedJob
    from qspec.planning.sweeps import AnyPlan
    from qspec.records.parts import JobRecord, JobStatus
    from qspec.records.record import RunRecord

LOST = "the service does not know the job"
"""Stands as the error of a submission whose job was there and is not, as far as the service says."""
_PROGRESS: tuple[JobStatus, ...] = ("INITIALIZING", "QUEUED", "RUNNING")


def planned_submissions(plan: AnyPlan, job: PlannedJob) -> tuple[SubmissionRecord, ...]:
    """The submissions of a job that has not been sent yet, of a sweep at all points; none for a local run."""
    if not isinstance(plan.backend, RemoteBackend):
        return ()
    if isinstance(plan, SweepPlan):
        parts = plan.shares[job.id].parts
    else:
        parts = parts_of(job, plan.backend, mode=plan.spec.execution.mode)
    return tuple(
        SubmissionRecord(part=number, first_pub=part.first, pubs=part.count, folded=part.folded, tag=draw_tag())
        for number, part in enumerate(parts)
    )


def planned_execution(plan: AnyPlan, *, dry_run: bool) -> ExecutionRecord | None:
    """How the jobs will be sent; None for a local run."""
    if not isinstance(plan.backend, RemoteBackend):
        return None
    return ExecutionRecord(
        mode=plan.spec.execution.mode,
        instance=plan.backend.instance,
        dry_run=dry_run,
        usage_estimate=plan.qpu_seconds,
    )


def current(job: JobRecord) -> tuple[SubmissionRecord, ...]:
    """The submissions that count, one for each part: not those that were replaced."""
    return tuple(each for each in job.submissions if each.state != "replaced")


def has_ended(submission: SubmissionRecord) -> bool:
    """Whether a submission is through: its job has ended, or the service would not take it."""
    return submission.state == "refused" or submission.status in ("DONE", "CANCELLED", "ERROR")


def with_retries(job: JobRecord, *, unknown: Collection[str]) -> JobRecord:
    """The record with a fresh submission in the place of each that failed, was cancelled or refused.

    A job that was lost is one of them only if the service still does not know it: `unknown` are the tags of those. One
    that may be on the service all the same is looked for by its tag before it is sent again.
    """
    lost = [each for each in current(job) if each.error == LOST and each.tag in unknown and not has_ended(each)]
    if job.status not in ("ERROR", "CANCELLED") and not lost:
        return job
    again = [each for each in current(job) if each.status in ("ERROR", "CANCELLED") or each.state == "refused"]
    again += lost
    doubtful = [each for each in again if each.state == "refused" and (each.status is None or each.resent)]
    kept = tuple(
        replace(each, state="submitting", status=None, error=None)  # looked for by its tag before it is sent again
        if each in doubtful
        else replace(each, state="replaced")
        if each in again
        else each
        for each in job.submissions
    )
    fresh = tuple(
        SubmissionRecord(part=each.part, first_pub=each.first_pub, pubs=each.pubs, folded=each.folded, tag=draw_tag())
        for each in again
        if each not in doubtful
    )
    submissions = tuple(sorted((*kept, *fresh), key=lambda each: each.part))
    pubs = tuple(replace(pub, result_hash=None) for pub in job.pubs)  # there may be results of some
    anew = {"error": None, "started": None, "finished": None, "result": None, "metadata": None, "notes": ()}
    return replace(job, submissions=submissions, status="INITIALIZING", pubs=pubs, **anew)  # type: ignore[arg-type]


def status_of(submissions: Sequence[SubmissionRecord]) -> JobStatus:
    """The status of a job whose parts have these: the worst when all have ended, else that of the one furthest on."""
    ended = [has_ended(each) for each in submissions]
    if all(ended):
        words = {each.status or "ERROR" for each in submissions}
        return "ERROR" if "ERROR" in words else "CANCELLED" if "CANCELLED" in words else "DONE"
    known = [each.status or "INITIALIZING" for each in submissions]
    if any(ended):
        return "RUNNING"
    return max(known, key=lambda word: _PROGRESS.index(word) if word in _PROGRESS else 0)


def as_it_stands(record: RunRecord, error: ServiceError) -> QspecError:
    """What a failure of the service means for a run: nothing was submitted, or something was, or that is not known."""
    sent = [each for job in record.jobs for each in job.submissions]
    advice = error.advice
    if any(each.state == "submitting" for each in sent):
        return UnsettledError(str(error), advice=advice)
    if any(each.job_id is not None for each in sent):
        return UnfinishedError(str(error), advice=advice)
    return error


def all_have_ended(record: RunRecord) -> bool:
    """Whether there is nothing to wait for: every job on the service has ended, or was refused."""
    return all(has_ended(each) for job in record.jobs for each in current(job))
