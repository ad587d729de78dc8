"""Jobs that the service has twice: one is kept, the others are cancelled, and the person is told.

A job is sent again only after none with its tag was found for the settle time. Where the service made one all the same,
later, or its lists lagged for longer, there are two; the sooner that is found out, the less is paid.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qspec.errors import ServiceError
from qspec.service.submission import cancel, status_of, was_cancelled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qspec.records.parts import SubmissionRecord
    from qspec.running.errand import Errand

_LOOKS = 6


def keep_the_oldest(errand: Errand, job: str, submission: SubmissionRecord, found: Sequence[str]) -> SubmissionRecord:
    """Keep the oldest of several jobs that carry one tag, which is the first to run, and cancel the others.

    One that failed or was cancelled is none to keep. Where the service does not say how they stand, nothing is done now:
    they are looked for again.
    """
    standing = {each: status_of(errand.service, each) for each in found}
    if None in standing.values():
        return errand.change(job, replace(submission, resent=True))
    alive = [each for each, word in standing.items() if word not in ("CANCELLED", "ERROR")]
    if not alive:
        return submission
    oldest, *others = alive
    if submission.job_id != oldest:
        submission = errand.change(job, replace(submission, job_id=oldest, status="QUEUED", adopted=True))
        errand.journal.note("adopted", job=job, part=submission.part, job_id=oldest)
    cancel_others(errand, job, others)
    return submission


def cancel_others(errand: Errand, job: str, others: Sequence[str]) -> None:
    """Cancel jobs that carry the tag of another one."""
    refused = cancel(errand.service, others)
    for other in others:
        errand.journal.note("duplicate-cancelled", job=job, job_id=other, refused=refused.get(other, ""))
        outcome = f"could not be cancelled: {refused[other]}" if other in refused else "was cancelled"
        errand.watcher.trouble(f"job '{job}': the service had it twice; {other} {outcome}")


def look_for_others(errand: Errand, job: str, submission: SubmissionRecord) -> SubmissionRecord:
    """The submission, with another job's ID where an older one with the same tag has turned up while it waits."""
    ours, found = str(submission.job_id), _found(errand, job, submission)
    known = found if ours in found else (*found, ours)  # a list that lags lacks the newest
    return keep_the_oldest(errand, job, submission, known) if len(known) > 1 else submission


def look_again(errand: Errand, job: str, submission: SubmissionRecord) -> None:
    """Once more when a job has ended. A list without the job itself lags; it is waited for where it was sent twice."""
    found = _found(errand, job, submission)
    for number in range(_LOOKS):
        if not submission.resent or submission.job_id in found:
            break
        errand.patience.pause(number)
        found = _found(errand, job, submission)
    others = [job_id for job_id in found if job_id != submission.job_id]
    cancel_others(errand, job, [job_id for job_id in others if not was_cancelled(errand.service, job_id)])


def _found(errand: Errand, job: str, submission: SubmissionRecord) -> tuple[str, ...]:
    try:
        return errand.look_up(submission.tag)
    except ServiceError as error:
        errand.trouble(str(error), job=job)
        return ()
