"""Waiting for jobs on the service: asked rarely when little changes, never for ever, and nothing is lost meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qspec.errors import ServiceError, UnfinishedError
from qspec.running.collecting import collect, collect_part, has_whole_result, lacks_result
from qspec.running.submissions import current, has_ended
from qspec.service.observation import FINAL, KNOWN, RemoteJob, Seen

if TYPE_CHECKING:
    from qspec.records.parts import SubmissionRecord
    from qspec.running.errand import Errand

_QUEUE_AFTER = 4.0
"""The place in the queue is asked for when polls are this many seconds apart."""


@dataclass(slots=True)
class _Watch:
    """One job that is waited for: when it is asked next, and since when something is wrong with it."""

    job: str
    tag: str
    remote: RemoteJob
    due: float
    interval: float
    wrong_since: float | None = None
    said: str = ""


def wait_all(errand: Errand) -> None:
    """Wait until every submitted job has ended, and collect each as it ends.

    Raises `UnfinishedError` when the deadline has come, or when the service, or a job's state, stays out of reach.
    """
    start = errand.patience.now()
    end = start + (0.0 if errand.conduct.look_once else errand.conduct.deadline)
    watches = [
        _watch(errand, job.id, submission, due=start)
        for job in errand.plan.jobs
        for submission in current(errand.job(job.id))
        if submission.job_id is not None and (not has_ended(submission) or lacks_result(errand, submission))
    ]
    waited = {watch.job for watch in watches}
    for job in errand.plan.jobs:
        if job.id not in waited:
            _collect_if_ended(errand, job.id)
    while watches:
        watch = min(watches, key=lambda each: each.due)
        _sleep_until(errand, min(watch.due, end))
        if watch.due > end:  # each was asked once at least
            raise UnfinishedError(_overdue(errand, watches), advice="later: qspec resume")
        if _ask(errand, watch):
            watches.remove(watch)
            if watch.job not in {each.job for each in watches}:
                _collect_if_ended(errand, watch.job)


def _overdue(errand: Errand, watches: list[_Watch]) -> str:
    jobs = "1 job has" if len(watches) == 1 else f"{len(watches)} jobs have"
    when = "yet" if errand.conduct.look_once else f"in {errand.conduct.deadline:g} seconds"
    return f"{jobs} not ended {when}"


def _watch(errand: Errand, job: str, submission: SubmissionRecord, *, due: float) -> _Watch:
    remote = RemoteJob(errand.service, str(submission.job_id))
    first = errand.patience.first_poll
    return _Watch(job=job, tag=submission.tag, remote=remote, due=due, interval=first)


def _sleep_until(errand: Errand, time: float) -> None:
    seconds = time - errand.patience.now()
    if seconds > 0:
        errand.patience.sleep(seconds)


def _ask(errand: Errand, watch: _Watch) -> bool:
    """Ask about one job; whether it has ended. Its next time is set."""
    submission = _submission(errand, watch)
    try:
        seen = watch.remote.see()
        if seen.final:
            _ended(errand, watch, submission, seen)
            return True
    except ServiceError as error:
        _wrong(errand, watch, str(error))
        return False
    if seen.status not in KNOWN:
        _wrong(errand, watch, f"the service says that job {watch.remote.job_id} is '{seen.status}'")
        return False
    watch.wrong_since, watch.said = None, ""
    if seen.status != submission.status:
        watch.interval = errand.patience.first_poll
        errand.change(watch.job, replace(submission, status=seen.status))  # type: ignore[arg-type]
    _again(errand, watch)
    position = _position(watch) if seen.status == "QUEUED" and watch.interval >= _QUEUE_AFTER else None
    errand.watcher.waiting(watch.job, seen.status, position)
    return False


def _submission(errand: Errand, watch: _Watch) -> SubmissionRecord:
    return next(each for each in errand.job(watch.job).submissions if each.tag == watch.tag)


def _again(errand: Errand, watch: _Watch) -> None:
    """Set the next time: half as much later each time, up to a fifth more by chance."""
    watch.due = errand.patience.now() + watch.interval * (1 + 0.2 * errand.patience.jitter())
    watch.interval = min(watch.interval * 1.5, errand.patience.longest_poll)


def _position(watch: _Watch) -> int | None:
    try:
        return watch.remote.metrics().position
    except ServiceError:
        return None


def _wrong(errand: Errand, watch: _Watch, words: str) -> None:
    """A job that cannot be asked about now. Noted once; given up when it has lasted too long."""
    now = errand.patience.now()
    watch.wrong_since = now if watch.wrong_since is None else watch.wrong_since
    if words != watch.said:
        watch.said = words
        errand.trouble(words, job=watch.job)
    if now - watch.wrong_since > errand.patience.down:
        raise UnfinishedError(f"{words}; it has been so for too long", advice="later: qspec resume")
    _again(errand, watch)


def _ended(errand: Errand, watch: _Watch, submission: SubmissionRecord, seen: Seen) -> None:
    assert seen.status in FINAL  # noqa: S101  asked for by `seen.final`
    ended = replace(
        submission,
        status=seen.status,  # type: ignore[arg-type]
        error=seen.error,
        error_code=seen.error_code,
    )
    collect_part(errand, watch.job, errand.change(watch.job, ended), watch.remote)


def _collect_if_ended(errand: Errand, job: str) -> None:
    record = errand.job(job)
    if not has_whole_result(errand, record) and all(map(has_ended, current(record))):
        collect(errand, job)
