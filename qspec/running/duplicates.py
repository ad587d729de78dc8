"""Jobs that the service has twice: one is kept, the others are cancelled, and the person is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qspec.errors import ServiceError
from qspec.service.submission import cancel, was_cancelled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qspec.records.parts import SubmissionRecord
    from qspec.running.errand import Errand


def cancel_others(errand: Errand, job: str, others: Sequence[str]) -> None:
    """Cancel jobs that carry the tag of another one."""
    refused = cancel(errand.service, others)
    for other in others:
        errand.journal.note("duplicate-cancelled", job=job, job_id=other, refused=refused.get(other, ""))
        outcome = f"could not be cancelled: {refused[other]}" if other in refused else "was cancelled"
        errand.watcher.trouble(f"job '{job}': the service had it twice; {other} {outcome}")


def look_again(errand: Errand, job: str, submission: SubmissionRecord) -> None:
    """Once more when a job has ended: right after its submission the service's lists may have lagged."""
    try:
        found = errand.look_up(submission.tag)
    except ServiceError as error:
        errand.trouble(str(error), job=job)
        return
    others = [job_id for job_id in found if job_id != submission.job_id]
    cancel_others(errand, job, [job_id for job_id in others if not was_cancelled(errand.service, job_id)])
