"""What the service has of a job that ended goes to disk as it comes: the result's raw bytes first, then figures."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from qspec.errors import ServiceError
from qspec.records.files import machine_errors, plain, write_whole
from qspec.records.layout import readable
from qspec.records.names import JOBS
from qspec.running.duplicates import look_again

if TYPE_CHECKING:
    from qspec.records.parts import SubmissionRecord
    from qspec.running.errand import Errand
    from qspec.service.observation import RemoteJob

_FETCHES = 5


def collect_part(errand: Errand, job: str, submission: SubmissionRecord, remote: RemoteJob) -> None:
    """Fetch what the service has of one job: its result's bytes, its figures, and the calibration that it ran with.

    Raises `ServiceError` while the service is out of reach.
    """
    if submission.status == "DONE":
        submission = _with_raw(errand, job, submission, remote)
        submission = _with_calibration(errand, job, submission, remote)
    errand.change(job, _with_metrics(errand, job, submission, remote))
    look_again(errand, job, submission)


def _with_metrics(errand: Errand, job: str, submission: SubmissionRecord, remote: RemoteJob) -> SubmissionRecord:
    try:
        metrics = remote.metrics()
    except ServiceError as error:
        errand.trouble(str(error), job=job)
        return submission
    errand.journal.note("usage", job=job, part=submission.part, seconds=metrics.usage)
    times = {name: getattr(metrics, name) for name in ("created", "running", "finished") if getattr(metrics, name)}
    return errand.change(job, replace(submission, usage=metrics.usage, **times))


def _with_raw(errand: Errand, job: str, submission: SubmissionRecord, remote: RemoteJob) -> SubmissionRecord:
    """The submission with its result's bytes on disk; without them when the service does not give them.

    What an earlier process fetched is not asked for again: a private job's result can be read once.
    """
    name = f"{JOBS}/{job}/raw/{_spelt(remote.job_id)}"
    path, words = _whole_file(errand, name), ""
    if path is None:
        path, words = _fetched(errand, name, remote)
        errand.journal.note("result-received", job=job, part=submission.part, file=path)
    if words:
        errand.trouble(words, job=job)
    return errand.change(job, replace(submission, raw=path, error=words or None))


def _fetched(errand: Errand, name: str, remote: RemoteJob) -> tuple[str | None, str]:
    """Fetch until the bytes are a whole result; every answer is kept. Returns the last file, and what is wrong with it."""
    kept: list[str] = []

    def keep(_path: str, content: bytes) -> None:
        if content.strip():
            kept.append(_keep(errand, name, errand.service.secrets.removed_from_bytes(content)))

    errand.service.transport.received = keep
    try:
        words = _until_whole(errand, remote)
    finally:
        errand.service.transport.received = None
    return (kept[-1] if kept else None), words


def _until_whole(errand: Errand, remote: RemoteJob) -> str:
    """Fetch a result until it is whole; what is wrong with it when the service has nothing better.

    While the service is out of reach nothing is wrong with the result: raises `ServiceError`.
    """
    words = ""
    for number in range(_FETCHES):
        try:
            if _is_whole(remote.fetch()):
                return ""
            words = f"the result of job {remote.job_id} came damaged"
        except ServiceError as error:
            if errand.service.transport.is_unreachable:
                raise
            words = str(error)
        remote.forget()
        errand.patience.pause(number)
    return words


def _spelt(job_id: str) -> str:
    """A job's ID as part of a file's name; no two are spelt alike."""
    return quote(job_id, safe="").replace(".", "%2E")


def _whole_file(errand: Errand, name: str) -> str | None:
    """A file of an earlier fetch that is whole."""
    folder = errand.journal.folder.path
    files = [*folder.glob(f"{name}.json"), *folder.glob(f"{name}.[0-9].json")]
    return next((path.relative_to(folder).as_posix() for path in files if _is_whole(path.read_bytes())), None)


def _is_whole(content: bytes) -> bool:
    """Whether the bytes are JSON from their beginning to their end, as every result is."""
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True


def _keep(errand: Errand, name: str, content: bytes) -> str:
    """Write bytes into the run folder under a name that is free, or find them there."""
    place = errand.journal.folder.path
    for number in range(1, 10_000):
        path = f"{name}.json" if number == 1 else f"{name}.{number}.json"
        target = place / path
        if not target.exists():
            with machine_errors(target):
                target.parent.mkdir(parents=True, exist_ok=True)
            write_whole(target, content)
            return path
        if target.read_bytes() == content:
            return path
    raise AssertionError("unreachable")


def _with_calibration(errand: Errand, job: str, submission: SubmissionRecord, remote: RemoteJob) -> SubmissionRecord:
    try:
        calibration = remote.calibration()
    except ServiceError as error:
        errand.trouble(str(error), job=job)
        return submission
    if calibration is None:
        return submission
    name = f"{JOBS}/{job}/calibration-{_spelt(remote.job_id)}"
    path = _keep(errand, name, readable(plain(calibration)))
    return errand.change(job, replace(submission, calibration=path))


def lacks_result(errand: Errand, each: SubmissionRecord) -> bool:
    """Whether a job is done, and its result not whole on disk."""
    return each.status == "DONE" and not _has_raw(errand, each)


def _has_raw(errand: Errand, each: SubmissionRecord) -> bool:
    path = errand.journal.folder.path / str(each.raw)
    return each.raw is not None and path.is_file() and _is_whole(path.read_bytes())
