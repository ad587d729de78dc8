"""Waiting for jobs on the service: asked rarely when little changes, never for ever, and nothing is lost meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from qspec.errors import ServiceError, UnfinishedError
from qspec.running.cancelling import is_cancelled
from qspec.running.duplicates import look_for_others
from qspec.running.fetching import collect_part, lacks_result
from qspec.running.submissions import LOST, current, has_ended
from qspec.service.observation import FINAL, KNOWN, RemoteJob, Seen
from qspec.service.submission import cancel

if TYPE_CHECKING:
    from collections.abc import Collection

    from qspec.records.parts import SubmissionRecord
    from qspec.running.errand import Errand

_QUEUE_AFTER = 4.0
"""The place in the queue is asked for when polls are this many seconds apart."""
_LEAST = 20.0
"""Seconds that an answer about a job is given, even when the deadline is nearer."""
_ADVICE = "is this the account that sent it? if the job is gone, --retry-failed sends it again"


@dataclass(slots=True)
class _Watch:
    """One job that is waited for: when it is asked next, and since when something is wrong with it.

    `wrong_since`: it could not be asked about; `unknown_since`: the service has no such job, it says. `look_at` is when
    a second job with its tag is looked for next, None where there can be none. `cancelling` are the service's words
    about cancelling it: empty when it will, None when it was not asked.
    """

    job: str
    tag: str
    remote: RemoteJob
    due: float
    interval: float
    wrong_since: float | None = None
    said: str = ""
    unknown_since: float | None = None
    look_at: float | None = None
    cancelling: str | None = None


def wait_all(errand: Errand, *, once: bool) -> None:
    """Wait until every submitted job has ended, and collect each as it ends; with `once` each is asked about only once.

    Raises `UnfinishedError` when the deadline has come, when the service stays out of reach, or, after all others have
    ended, when it does not know a job.
    """
    start = errand.patience.now()
    end = start + (0.0 if once else errand.conduct.deadline)
    lost: list[_Watch] = []
    watches = [
        _watch(errand, job, submission, due=start)
        for job in errand.cargo.jobs
        for submission in current(errand.job(job))
        if submission.job_id is not None and (not has_ended(submission) or lacks_result(errand, submission))
    ]
    _keep_what_ended(errand, {watch.tag for watch in watches})
    waited = {watch.job for watch in watches}
    for job in errand.cargo.jobs:
        if job not in waited:
            _collect_if_ended(errand, job)
    while watches:
        watch = min(watches, key=lambda each: each.due)
        _sleep_until(errand, min(watch.due, end))
        if watch.due > end:  # each was asked once at least
            raise UnfinishedError(_overdue(errand, watches, once=once))
        if (ended := _ask(errand, watch, end=end)) or _is_lost(errand, watch):
            watches.remove(watch)
            if ended:
                errand.cargo.keep(errand, watch.job, _submission(errand, watch))
            else:
                lost.append(watch)
                errand.change(watch.job, replace(_submission(errand, watch), error=LOST))
            if watch.job not in {each.job for each in watches}:
                _collect_if_ended(errand, watch.job)
    if lost:
        which = " and ".join(f"job {watch.remote.job_id}" for watch in lost)
        raise UnfinishedError(f"the service does not know {which}", advice=_ADVICE)


def _keep_what_ended(errand: Errand, waited: Collection[str]) -> None:
    """Keep what earlier processes were told of, and may not have come to keep; `waited` are the tags of the others."""
    for job in errand.cargo.jobs:
        for submission in current(errand.job(job)):
            if has_ended(submission) and submission.tag not in waited:
                errand.cargo.keep(errand, job, submission)


def _overdue(errand: Errand, watches: list[_Watch], *, once: bool) -> str:
    jobs = "1 job has" if len(watches) == 1 else f"{len(watches)} jobs have"
    when = "yet" if once else f"in {errand.conduct.deadline:g} seconds"
    return f"{jobs} not ended {when}"


def _is_lost(errand: Errand, watch: _Watch) -> bool:
    """Whether the service has said for some time that there is no such job."""
    since = watch.unknown_since
    return since is not None and errand.patience.now() - since >= errand.patience.settle


def _watch(errand: Errand, job: str, submission: SubmissionRecord, *, due: float) -> _Watch:
    remote = RemoteJob(errand.service, str(submission.job_id))
    look_at = due + errand.patience.settle if submission.resent else None
    return _Watch(
        job=job, tag=submission.tag, remote=remote, due=due, interval=errand.patience.first_poll, look_at=look_at
    )


def _sleep_until(errand: Errand, time: float) -> None:
    seconds = time - errand.patience.now()
    if seconds > 0:
        errand.patience.sleep(seconds)


def _ask(errand: Errand, watch: _Watch, *, end: float) -> bool:
    """Ask about one job until the time `end`; whether it has ended. Its next time is set."""
    submission = _submission(errand, watch)
    try:
        with errand.service.transport.within(max(end - errand.patience.now(), _LEAST)):
            seen = watch.remote.see()
        if seen.final:
            errand.unknown.discard(watch.tag)
            _ended(errand, watch, submission, seen)
            return True
    except ServiceError as error:
        _unanswered(errand, watch, str(error))
        return False
    watch.wrong_since = watch.unknown_since = None
    errand.unknown.discard(watch.tag)
    if seen.status not in KNOWN:
        _say(errand, watch, f"the service says that job {watch.remote.job_id} is '{seen.status}'")
    else:
        _go_on(errand, watch, submission, seen.status)
    _cancel_if_asked(errand, watch)
    return False


def _go_on(errand: Errand, watch: _Watch, submission: SubmissionRecord, status: Any) -> None:
    """A job that has not ended."""
    watch.said = ""
    if status != submission.status or submission.error:
        watch.interval = errand.patience.first_poll
        errand.change(watch.job, replace(submission, status=status, error=None))
    _again(errand, watch)
    _look_for_others(errand, watch, begins=status == "RUNNING" != submission.status)
    position = _position(watch) if status == "QUEUED" and watch.interval >= _QUEUE_AFTER else None
    errand.watcher.waiting(watch.job, status, position)


def _look_for_others(errand: Errand, watch: _Watch, *, begins: bool) -> None:
    """Look for a second job under the same tag while there is time to cancel one: seldom, and when the job `begins`."""
    now = errand.patience.now()
    if watch.look_at is None or (now < watch.look_at and not begins):
        return
    watch.look_at = now + max(2 * (now - watch.look_at), errand.patience.settle)
    kept = look_for_others(errand, watch.job, _submission(errand, watch))
    if kept.job_id != watch.remote.job_id:
        watch.remote, watch.due = RemoteJob(errand.service, str(kept.job_id)), now


def _cancel_if_asked(errand: Errand, watch: _Watch) -> None:
    """Cancel a job that the service may not have had, or known, when somebody asked for that."""
    if watch.cancelling == "" or not is_cancelled(errand.journal.folder.path):
        return
    job_id = watch.remote.job_id
    refused = cancel(errand.service, [job_id]).get(job_id, "")
    if refused != watch.cancelling:
        errand.journal.note("cancel-requested", job=watch.job, job_id=job_id, refused=refused)
        errand.watcher.cancelling(watch.job, job_id, refused)
    watch.cancelling = refused


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


def _unanswered(errand: Errand, watch: _Watch, words: str) -> None:
    """A job that cannot be asked about now; given up when that has lasted too long."""
    now = errand.patience.now()
    watch.wrong_since = now if watch.wrong_since is None else watch.wrong_since
    if errand.service.transport.last_status == HTTPStatus.NOT_FOUND:
        errand.unknown.add(watch.tag)
        watch.unknown_since = now if watch.unknown_since is None else watch.unknown_since
    else:
        watch.unknown_since = None
        errand.unknown.discard(watch.tag)
    if now - watch.wrong_since > errand.patience.down:
        raise UnfinishedError(f"{words}; it has been so for too long")
    _say(errand, watch, words)


def _say(errand: Errand, watch: _Watch, words: str) -> None:
    """Note what is wrong with a job, once, and go on asking."""
    if words != watch.said:
        watch.said = words
        errand.trouble(words, job=watch.job)
    errand.watcher.waiting(watch.job, f"no news: {words}", None)
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
    parts = current(record)
    lost = any(each.error == LOST for each in parts)
    if not lost and not errand.cargo.is_collected(errand, record) and all(map(has_ended, parts)):
        errand.cargo.collect(errand, job)
