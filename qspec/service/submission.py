"""One attempt to submit a job, and the one question that matters afterwards: is there a job now, or not?"""

from __future__ import annotations

import inspect
import json
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

from qspec.errors import QspecError
from qspec.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from qspec.service.account import Service
    from qspec.service.transport import Attempt

Fate = Literal["accepted", "refused", "not-sent", "busy", "unauthorised", "unknown"]
_NO_JOB = frozenset({400, 403, 404, 405, 413, 414, 415, 422})
"""Answers that say that the request was looked at, and no job made of it. All others may come from behind one."""


@frozen
class Answer:
    """What became of one attempt.

    `accepted`: there is a job, `job_id`. `refused`: there is none, and asking again would change nothing. `busy` (429)
    and `unauthorised` (401): there is none, now. `not-sent`: the request never left. `unknown`: there may be a job.
    `retry_after` is what the service asked for, in seconds.
    """

    fate: Fate
    words: str = ""
    job_id: str | None = None
    retry_after: float = 0.0


def attempt(service: Service, submit: Callable[[], Any]) -> Answer:
    """Call `submit`, which asks the runtime's client to submit one job, and say what became of it.

    The request is sent at most once. What the client makes of the answer does not count: the answer itself does.
    Raises only what is no failure, like an interruption; mistakes in the job, which the client finds before it asks
    the service anything, raise `QspecError`s as they are.
    """
    words = ""
    with service.transport.watching() as seen:
        try:
            with service.calling("the job was not submitted"):
                submit()
        except QspecError as error:
            if not service.transport.has_asked and not service.transport.last_error:
                raise
            words = service.transport.last_error or str(error)
    answer = _judged(seen, words)
    if answer.fate == "not-sent" and service.transport.last_status == HTTPStatus.UNAUTHORIZED:
        return replace(answer, fate="unauthorised")
    return answer


def _judged(seen: Attempt, words: str) -> Answer:
    job_id = _job_id(seen.content) if seen.status is not None and seen.status < HTTPStatus.MULTIPLE_CHOICES else None
    if job_id:
        return Answer(fate="accepted", job_id=job_id)
    if not seen.sent:
        return Answer(fate="not-sent", words=words)
    if seen.status == HTTPStatus.TOO_MANY_REQUESTS:
        return Answer(fate="busy", words=words, retry_after=seen.retry_after)
    if seen.status == HTTPStatus.UNAUTHORIZED:
        return Answer(fate="unauthorised", words=words)
    if seen.status in _NO_JOB:
        return Answer(fate="refused", words=words)
    return Answer(fate="unknown", words=words or "the answer has no job ID")


def _job_id(content: bytes) -> str | None:
    try:
        data = json.loads(content)
    except ValueError:
        return None
    found = data.get("id") if isinstance(data, dict) else None
    return found if isinstance(found, str) and found else None


@frozen
class Found:
    """The jobs that carry a tag, oldest first: normally one, or none."""

    job_ids: tuple[str, ...]


def look_up(service: Service, tag: str, *, instance: str, mocks: bool = False) -> Found:
    """The jobs on the service that carry the tag. Raises `ServiceError` when the list cannot be read."""
    with service.calling("cannot look for the job by its tag"):
        jobs = service.client.jobs(limit=None, job_tags=[tag], instance=instance, **_mocks(service, mocks=mocks))
        ours = [job for job in jobs if _carries(service, job, tag)]
        dated = sorted((_seconds(job.creation_date), job.job_id()) for job in ours)
    return Found(job_ids=tuple(job_id for _, job_id in dated))


def _carries(service: Service, job: Any, tag: str) -> bool:
    """Whether a listed job has the tag. A list need not repeat tags; then the job itself is asked, or the list believed."""
    tags = job.tags if job.tags is not None else service.client.job(job.job_id()).tags
    return tags is None or tag in tags


def _seconds(created: datetime | None) -> float:
    """A moment as a number: the client gives local times, whose texts do not sort when clocks are set back."""
    return 0.0 if created is None else created.timestamp()


def _mocks(service: Service, *, mocks: bool) -> dict[str, bool]:
    """What asks for jobs on mock backends, too. Runtime 0.50 cannot be asked; such jobs cost nothing."""
    known = inspect.signature(service.client.jobs).parameters
    return {"include_mocks": True} if mocks and "include_mocks" in known else {}


def cancel(service: Service, job_ids: Sequence[str]) -> dict[str, str]:
    """Ask the service to cancel jobs. Returns, for those that it would not, its words; a job that has ended is one."""
    refused: dict[str, str] = {}
    for job_id in job_ids:
        try:
            with service.calling(f"cannot cancel the job {job_id}"):
                service.client.job(job_id).cancel()
        except QspecError as error:
            if not was_cancelled(service, job_id):
                refused[job_id] = str(error)
    return refused


def status_of(service: Service, job_id: str) -> str | None:
    """The status word of a job; None when the service does not say."""
    try:
        with service.calling(f"cannot read the status of job {job_id}"):
            return str(service.client.job(job_id).status())
    except QspecError:
        return None


def was_cancelled(service: Service, job_id: str) -> bool:
    """Whether a job that the service would not cancel is cancelled already: the answer to an earlier request was lost."""
    return status_of(service, job_id) == "CANCELLED"
