"""The results of jobs that ended, made of the raw bytes on disk: of all parts of a job, joined in their order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qspec.errors import JobError, UsageError
from qspec.frozen import frozen
from qspec.records.files import hash_file, plain
from qspec.records.names import ARRAYS, JOBS, METADATA
from qspec.records.results import save_result
from qspec.running.cancelling import is_cancelled
from qspec.running.errand import Consignment
from qspec.running.jobs import note_files
from qspec.running.submissions import current
from qspec.service.decoding import decode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit.primitives import PrimitiveResult, PubResult

    from qspec.planning.plan import Plan
    from qspec.records.parts import JobRecord, SubmissionRecord
    from qspec.running.errand import Errand
    from qspec.service.backend import RemoteBackend


@frozen
class WholeJobs:
    """The jobs of a run without a sweep. Each has one result, made when all its submissions have ended."""

    plan: Plan
    backend: RemoteBackend

    @property
    def jobs(self) -> tuple[str, ...]:
        """The ids of the jobs, in order of the spec."""
        return tuple(job.id for job in self.plan.jobs)

    def consignment(self, job: str, submission: SubmissionRecord) -> Consignment:
        """What a submission of a job sends."""
        planned = next(each for each in self.plan.jobs if each.id == job)
        pubs = planned.pubs[submission.first_pub : submission.first_pub + submission.pubs]
        return Consignment(program=planned.job, pubs=[pub.pub for pub in pubs], backend=self.backend)

    def keep(self, errand: Errand, job: str, submission: SubmissionRecord) -> None:
        """Nothing: its bytes are on disk."""

    def collect(self, errand: Errand, job: str) -> None:
        """Make the job's result of what its parts gave, and record how the job ended."""
        collect(errand, job)

    def is_collected(self, errand: Errand, record: JobRecord) -> bool:
        """Whether a job's result is on disk as it was written, or the job is known to have none."""
        return has_whole_result(errand, record)

    def close(self) -> None:
        """Nothing is open."""


def collect(errand: Errand, job: str) -> None:
    """Make the job's result of what its parts gave, and record how the job ended."""
    record = errand.job(job)
    cancelled = is_cancelled(errand.journal.folder.path)
    if failed := failure(current(record), cancelled=cancelled):
        finish(errand, _with_what_there_is(errand, record), status=failed[0], error=failed[1])
        return
    try:
        result = _joined(errand, record)
    except JobError as error:
        finish(errand, _with_what_there_is(errand, record), status="ERROR", error=str(error))
        return
    finish(errand, _with_result(errand, record, result), status="DONE", error=None)


def has_whole_result(errand: Errand, record: JobRecord) -> bool:
    """Whether a job's result is on disk as it was written, or the job is known to have none."""
    names = (record.result, record.metadata)
    if None in names:
        return record.status in ("ERROR", "CANCELLED")
    noted, folder = errand.journal.record.files, errand.journal.folder.path
    return all(
        (folder / str(name)).is_file() and hash_file(folder / str(name)) == noted.get(str(name)) for name in names
    )


def failure(parts: Sequence[SubmissionRecord], *, cancelled: bool) -> tuple[Any, str] | None:
    """How a job with these parts, which have ended, failed, status and words; None when all of them have a result.

    `cancelled`: somebody asked for that with qspec.
    """
    failed = [each for each in parts if each.status != "DONE" or each.raw is None or each.error]
    if not failed:
        return None
    status = "CANCELLED" if all(each.status == "CANCELLED" for each in failed) else "ERROR"
    words = [_words(each, parts=len(parts), cancelled=cancelled) for each in failed]
    return status, "; ".join(words)


def _words(each: SubmissionRecord, *, parts: int, cancelled: bool) -> str:
    where = f"part {each.part + 1} of {parts}: " if parts > 1 else ""
    if each.state == "refused" and each.status is None:
        return f"{where}the service refused it: {each.error}"
    if each.status == "DONE":
        return f"{where}{each.error or 'the service gave no result'}"
    if each.status == "CANCELLED" and each.error is None:
        return f"{where}cancelled {'with qspec cancel' if cancelled else 'on the service, not by qspec'}"
    return f"{where}{each.error or f'the service says {each.status}'}"


def _joined(errand: Errand, record: JobRecord) -> PrimitiveResult[Any]:
    """The results of all parts, one after the other. Raises `JobError` when one cannot be decoded or is incomplete."""
    from qiskit.primitives import PrimitiveResult

    results = [_of_part(errand, record, each) for each in current(record)]
    pubs: list[PubResult] = [pub for result in results for pub in result]
    metadata = results[0].metadata if len(results) == 1 else {"parts": [result.metadata for result in results]}
    return PrimitiveResult(pubs, metadata=metadata)


def _with_what_there_is(errand: Errand, record: JobRecord) -> JobRecord:
    """The record of a failed job with the results of the parts that did not fail; PUBs of the others have no data."""
    from qiskit.primitives import DataBin, PrimitiveResult, PubResult

    pubs: list[PubResult] = []
    missing: list[int] = []
    for part in current(record):
        try:
            pubs += _of_part(errand, record, part)
        except JobError:
            numbers = range(part.first_pub, part.first_pub + part.pubs)
            pubs += [PubResult(DataBin(shape=record.pubs[number].shape)) for number in numbers]
            missing += numbers
    if len(missing) == len(record.pubs):
        return record
    note = f"{len(missing)} of {len(record.pubs)} PUBs have no result"
    saved = _with_result(errand, record, PrimitiveResult(pubs))
    kept = tuple(replace(pub, result_hash=None) if pub.index in missing else pub for pub in saved.pubs)
    return replace(saved, pubs=kept, notes=tuple(dict.fromkeys((*saved.notes, note))))


def _of_part(errand: Errand, record: JobRecord, part: SubmissionRecord) -> PrimitiveResult[Any]:
    return decoded(errand, errand.cargo.consignment(record.id, part), part)


def decoded(errand: Errand, consignment: Consignment, part: SubmissionRecord) -> PrimitiveResult[Any]:
    """What a submission that sent this gave, from its raw bytes on disk. Raises `JobError`."""
    if part.raw is None or part.error:
        raise JobError("there is no whole result")
    program = consignment.program
    path = errand.journal.folder.path / str(part.raw)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise JobError(f"cannot read the raw result '{part.raw}': {error.strerror}") from error
    try:
        decoder = _decoder_of(program, trust=errand.plan.loaded.files.trust)
        result = program.decode(decode(content, program.runtime_program, decoder), consignment.pubs)
    except (JobError, UsageError) as error:
        raise JobError(f"{error}; it is kept as it came in '{part.raw}'") from error
    if len(result) != len(consignment.pubs):
        raise JobError(
            f"the result has {len(result)} PUBs, and {len(consignment.pubs)} were submitted; it is in '{part.raw}'"
        )
    return result


def _decoder_of(program: Any, *, trust: bool) -> Any:
    """A person's own decoder, where the program has a key for it and the spec names one."""
    return program.load_decoder(trust=trust) if hasattr(program, "load_decoder") else None


def _with_result(errand: Errand, record: JobRecord, result: PrimitiveResult[Any]) -> JobRecord:
    """The record of a job with its result, which is on disk then."""
    journal = errand.journal
    folder = journal.folder.path / JOBS / record.id
    saving = save_result(folder, result)
    journal.note("result-saved", job=record.id, file=f"{JOBS}/{record.id}/{ARRAYS}", pubs=len(saving.pub_hashes))
    consignment = errand.cargo.consignment(record.id, current(record)[0])
    texts = tuple(f"metadata that JSON cannot hold is kept as text: {place}" for place in saving.kept_as_text)
    pubs = tuple(replace(pub, result_hash=noted) for pub, noted in zip(record.pubs, saving.pub_hashes, strict=True))
    done = replace(
        record,
        pubs=pubs,
        notes=(*record.notes, *texts),
        implementation=implementation(errand, consignment),
        options=plain(consignment.program.options),
        result=f"{JOBS}/{record.id}/{ARRAYS}",
        metadata=f"{JOBS}/{record.id}/{METADATA}",
    )
    note_files(journal, done.result, done.metadata)
    return done


def implementation(errand: Errand, consignment: Consignment) -> str:
    """What ran a consignment, in words for the record."""
    name = consignment.backend.name
    where = f"the service's mock backend for {name}, whose numbers mean nothing" if errand.conduct.dry_run else name
    return f"{consignment.program.runtime_program} on {where}"


def finish(errand: Errand, record: JobRecord, *, status: Any, error: str | None) -> None:
    """Record how a job ended, and what the service charged for all jobs, as far as it says."""
    parts = current(record)
    finished = max((each.finished for each in parts if each.finished), default=errand.journal.time())
    started = min((each.running for each in parts if each.running), default=record.started)
    done = replace(record, status=status, error=error, started=started, finished=finished)
    errand.watcher.job_finished(errand.journal.change_job(done))
    charged = [each.usage for job in errand.journal.record.jobs for each in job.submissions if each.usage is not None]
    errand.change_execution(usage=sum(charged) if charged else None)
