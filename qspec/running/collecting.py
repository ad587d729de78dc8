"""What the service has of a job that ended goes to disk: raw bytes first, then figures, then the result that they are."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from qspec.errors import JobError, ServiceError, UsageError
from qspec.records.files import hash_file, machine_errors, plain, readable, write_whole
from qspec.records.names import ARRAYS, JOBS, METADATA
from qspec.records.results import save_result
from qspec.running.duplicates import look_again
from qspec.running.jobs import note_files
from qspec.running.submissions import current, has_ended
from qspec.service.decoding import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qiskit.primitives import PrimitiveResult, PubResult

    from qspec.records.parts import JobRecord, SubmissionRecord
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


def collect(errand: Errand, job: str) -> None:
    """Make the job's result of what its parts gave, and record how the job ended."""
    record = errand.job(job)
    if failed := _failure(current(record)):
        _finish(errand, record, status=failed[0], error=failed[1])
        return
    try:
        result = _joined(errand, record)
    except JobError as error:
        _finish(errand, record, status="ERROR", error=str(error))
        return
    _save(errand, record, result)


def has_whole_result(errand: Errand, record: JobRecord) -> bool:
    """Whether a job's result is on disk as it was written, or the job is known to have none."""
    names = (record.result, record.metadata)
    if None in names:
        return record.status in ("ERROR", "CANCELLED")
    noted, folder = errand.journal.record.files, errand.journal.folder.path
    return all(
        (folder / str(name)).is_file() and hash_file(folder / str(name)) == noted.get(str(name)) for name in names
    )


def lacks_result(errand: Errand, each: SubmissionRecord) -> bool:
    """Whether a job is done, and its result not whole on disk."""
    return each.status == "DONE" and not _has_raw(errand, each)


def _has_raw(errand: Errand, each: SubmissionRecord) -> bool:
    path = errand.journal.folder.path / str(each.raw)
    return each.raw is not None and path.is_file() and _is_whole(path.read_bytes())


def _failure(parts: tuple[SubmissionRecord, ...]) -> tuple[Any, str] | None:
    """How a job with these parts failed, status and words; None when all of them have a result."""
    assert all(map(has_ended, parts))  # noqa: S101  nobody asks earlier
    failed = [each for each in parts if each.status != "DONE" or each.state == "refused" or each.raw is None]
    if not failed:
        return None
    cancelled = all(each.status == "CANCELLED" for each in failed)
    words = [_words(each, several=len(parts) > 1) for each in failed]
    return ("CANCELLED" if cancelled else "ERROR"), "; ".join(words)


def _words(each: SubmissionRecord, *, several: bool) -> str:
    where = f"part {each.part}: " if several else ""
    if each.state == "refused" and each.status is None:
        return f"{where}the service refused it: {each.error}"
    if each.status == "DONE":
        return f"{where}{each.error or 'the service gave no result'}"
    return f"{where}{each.error or f'the service says {each.status}'}"


def _joined(errand: Errand, record: JobRecord) -> PrimitiveResult[Any]:
    """The results of all parts, one after the other. Raises `JobError` when one cannot be decoded or is incomplete."""
    from qiskit.primitives import PrimitiveResult

    results = [_decoded(errand, record, each) for each in current(record)]
    pubs: list[PubResult] = [pub for result in results for pub in result]
    metadata = results[0].metadata if len(results) == 1 else {"parts": [result.metadata for result in results]}
    return PrimitiveResult(pubs, metadata=metadata)


def _decoded(errand: Errand, record: JobRecord, part: SubmissionRecord) -> PrimitiveResult[Any]:
    planned = errand.planned(record.id)
    program, pubs = planned.job, [pub.pub for pub in planned.pubs[part.first_pub : part.first_pub + part.pubs]]
    path = errand.journal.folder.path / str(part.raw)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise JobError(f"cannot read the raw result '{part.raw}': {error.strerror}") from error
    try:
        decoder = _decoder_of(program, trust=errand.plan.loaded.files.trust)
        result = program.decode(decode(content, program.runtime_program, decoder), pubs)
    except (JobError, UsageError) as error:
        raise JobError(f"{error}; it is kept as it came in '{part.raw}'") from error
    if len(result) != part.pubs:
        raise JobError(f"the result has {len(result)} PUBs, and {part.pubs} were submitted; it is in '{part.raw}'")
    return result


def _decoder_of(program: Any, *, trust: bool) -> Any:
    """A person's own decoder, where the program has a key for it and the spec names one."""
    return program.load_decoder(trust=trust) if hasattr(program, "load_decoder") else None


def _save(errand: Errand, record: JobRecord, result: PrimitiveResult[Any]) -> None:
    journal = errand.journal
    folder = journal.folder.path / JOBS / record.id
    saving = save_result(folder, result)
    journal.note("result-saved", job=record.id, file=f"{JOBS}/{record.id}/{ARRAYS}", pubs=len(saving.pub_hashes))
    texts = tuple(f"metadata that JSON cannot hold is kept as text: {place}" for place in saving.kept_as_text)
    pubs = tuple(replace(pub, result_hash=noted) for pub, noted in zip(record.pubs, saving.pub_hashes, strict=True))
    done = replace(
        record,
        pubs=pubs,
        notes=(*record.notes, *texts),
        implementation=f"{errand.planned(record.id).job.runtime_program} on {errand.backend.name}",
        options=plain(errand.planned(record.id).job.options),
        result=f"{JOBS}/{record.id}/{ARRAYS}",
        metadata=f"{JOBS}/{record.id}/{METADATA}",
    )
    note_files(journal, done.result, done.metadata)
    _finish(errand, done, status="DONE", error=None)


def _finish(errand: Errand, record: JobRecord, *, status: Any, error: str | None) -> None:
    finished = max(_times(current(record)), default=errand.journal.time())
    done = replace(record, status=status, error=error, finished=finished)
    errand.watcher.job_finished(errand.journal.change_job(done))
    charged = [each.usage for job in errand.journal.record.jobs for each in job.submissions if each.usage is not None]
    errand.change_execution(usage=sum(charged) if charged else None)


def _times(parts: tuple[SubmissionRecord, ...]) -> Iterator[str]:
    yield from (each.finished for each in parts if each.finished)
