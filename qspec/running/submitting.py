"""Every submission is sent at most once: written down before, looked up after, adopted when its answer was lost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qspec.errors import JobError, MachineError, QspecError, ServiceError, UnsettledError, UsageError
from qspec.running.cancelling import is_cancelled, without_sending
from qspec.running.duplicates import keep_the_oldest
from qspec.running.submissions import current
from qspec.service.submission import Answer, attempt

if TYPE_CHECKING:
    from qspec.records.parts import SubmissionRecord
    from qspec.running.errand import Errand

_LOOK_UPS_THAT_FAIL = 6


def submit_all(errand: Errand) -> None:
    """Submit everything that has not been: what is unsettled first, then the rest in order.

    A job that the service refuses is recorded, and the others are submitted. Raises `ServiceError` when the service is
    out of reach, `UnsettledError` when it may have a job that cannot be found out about.
    """
    try:
        for state in ("submitting", "planned"):
            for job in errand.cargo.jobs:
                for submission in current(errand.job(job)):
                    if submission.state == state:
                        submit_one(errand, job, submission)
    except QspecError:
        errand.close()
        raise
    errand.close()


def submit_one(errand: Errand, job: str, submission: SubmissionRecord) -> None:
    """Submit one submission, or adopt its job. Raises as `submit_all`."""
    if submission.state == "submitting":
        settled = _settle(errand, job, submission)
        if settled.state == "submitted":
            return
        submission = settled
    patience, tries = errand.patience, 0
    start = patience.now()
    while tries < patience.attempts:
        if is_cancelled(errand.journal.folder.path):
            errand.change(job, without_sending(submission))
            return
        submission, answer = _attempt(errand, job, submission)
        if submission.state in ("submitted", "refused"):
            return
        if answer.fate == "busy" and patience.now() - start < patience.busy:  # so many submissions a minute, no more
            errand.watcher.waiting(job, f"not submitted yet: {answer.words}", None)
            patience.pause(tries, first=10.0, at_least=answer.retry_after)
            continue
        tries += 1
        if answer.fate == "unauthorised":
            errand.service.transport.forget_tokens()
        else:
            patience.pause(tries - 1, at_least=answer.retry_after)
    raise ServiceError(f"cannot submit job '{job}': {answer.words}")


def _attempt(errand: Errand, job: str, submission: SubmissionRecord) -> tuple[SubmissionRecord, Answer]:
    """One attempt: its intent is on disk before anything is sent, its outcome before anything else is done."""
    consignment = errand.cargo.consignment(job, submission)
    tags = (*errand.plan.spec.tags, submission.tag)
    try:
        mode = errand.mode(consignment.backend)
    except UsageError as error:  # the account has lost the backend since the run was planned
        return _refused(errand, job, submission, Answer(fate="refused", words=str(error))), Answer(fate="refused")
    if is_cancelled(errand.journal.folder.path):  # said while the session was opened
        return errand.change(job, without_sending(submission)), Answer(fate="refused")
    session_id = errand.execution.session_id if errand.execution.mode != "job" else None
    errand.journal.note("submitting", job=job, part=submission.part, tag=submission.tag)
    submission = errand.change(job, replace(submission, state="submitting", session_id=session_id))
    try:
        answer = attempt(
            errand.service,
            lambda: consignment.program.submit(mode, consignment.pubs, tags=tags, dry_run=errand.conduct.dry_run),
        )
    except (JobError, ServiceError) as error:  # nothing was sent: the client could not make a job of the PUBs
        return _refused(errand, job, submission, Answer(fate="refused", words=str(error))), Answer(fate="refused")
    return _outcome(errand, job, submission, answer), answer


def _outcome(errand: Errand, job: str, submission: SubmissionRecord, answer: Answer) -> SubmissionRecord:
    if answer.fate == "accepted":
        return _accepted(errand, job, submission, str(answer.job_id))
    if answer.fate == "refused" and not errand.session_is_over():
        return _refused(errand, job, submission, answer)
    if answer.fate == "unknown":
        errand.journal.note("submission-unknown", job=job, part=submission.part, words=answer.words)
        errand.watcher.trouble(f"job '{job}': the answer to its submission was lost ({answer.words}); looking for it")
        submission = _settle(errand, job, submission)
        errand.session_is_over()  # it may have been what was wrong; the next attempt opens another then
        return submission
    return _not_submitted(errand, job, submission, answer.words)


def _accepted(errand: Errand, job: str, submission: SubmissionRecord, job_id: str) -> SubmissionRecord:
    """The service has the job. Its number is told and on disk at once; then others with the same tag are looked for."""
    errand.watcher.submitted(job, job_id)  # first of all: a disk may be full
    fields = {"job_id": job_id, "state": "submitted", "status": "QUEUED", "created": errand.journal.time()}
    try:
        submission = errand.change(job, replace(submission, **fields))  # type: ignore[arg-type]
    except MachineError as error:
        message = f"{error}; the service has job '{job}' as {job_id}"
        raise MachineError(message, advice=error.advice) from error.__cause__
    errand.journal.note("submitted", job=job, part=submission.part, job_id=job_id)
    try:
        found = errand.look_up(submission.tag)
    except ServiceError as error:
        errand.trouble(str(error), job=job)
        return submission
    return keep_the_oldest(errand, job, submission, found) if len(found) > 1 else submission


def _refused(errand: Errand, job: str, submission: SubmissionRecord, answer: Answer) -> SubmissionRecord:
    errand.journal.note("not-submitted", job=job, part=submission.part, words=answer.words)
    return errand.change(job, replace(submission, state="refused", error=answer.words))


def _not_submitted(errand: Errand, job: str, submission: SubmissionRecord, words: str) -> SubmissionRecord:
    errand.journal.note("not-submitted", job=job, part=submission.part, words=words)
    return errand.change(job, replace(submission, state="planned"))


def _settle(errand: Errand, job: str, submission: SubmissionRecord) -> SubmissionRecord:
    """Find out whether there is a job for a submission whose answer is not known.

    It is looked for by its tag until the settle time is over: only a look-up after that time says that there is none.
    Raises `UnsettledError` when the service does not answer the look-ups either.
    """
    patience, failed = errand.patience, 0
    end = patience.now() + patience.settle
    for number in range(10_000):
        over = patience.now() >= end
        try:
            found = errand.look_up(submission.tag)
        except ServiceError as error:
            failed += 1
            _check_hope(job, error, failed)
            found = ()
        else:
            failed = 0
        if found:
            return _adopted(errand, job, submission, found)
        if over and not failed:
            break
        patience.pause(number, first=0.25, longest=min(5.0, max(patience.settle / 4, 0.05)))
    return _not_submitted(errand, job, replace(submission, resent=True), "no job has its tag")


def _check_hope(job: str, error: ServiceError, failed: int) -> None:
    if failed >= _LOOK_UPS_THAT_FAIL:
        message = f"whether job '{job}' was submitted is not known yet: {error}"
        raise UnsettledError(message, advice="it is neither lost nor sent twice") from error


def _adopted(errand: Errand, job: str, submission: SubmissionRecord, found: tuple[str, ...]) -> SubmissionRecord:
    fields = {"job_id": found[0], "state": "submitted", "status": "QUEUED", "adopted": True}
    submission = errand.change(job, replace(submission, **fields))  # type: ignore[arg-type]
    errand.journal.note("adopted", job=job, part=submission.part, job_id=found[0])
    errand.watcher.submitted(job, found[0])
    return keep_the_oldest(errand, job, submission, found) if len(found) > 1 else submission
