"""What the service says of a recorded run now: read only, so that it can be asked while another process drives the run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qspec.errors import RecordError, ServiceError
from qspec.frozen import frozen
from qspec.records.files import read_bytes
from qspec.records.names import RESOLVED, VARIANTS
from qspec.records.record import parse_json, read_record
from qspec.records.swept import parse_variant, read_variants
from qspec.running.submissions import current, has_ended

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from qspec.records.parts import SubmissionRecord
    from qspec.records.record import RunRecord
    from qspec.service.account import Service
    from qspec.service.observation import Metrics, RemoteJob


_SECONDS = 60.0
"""How long the service is given to say where all jobs of a run stand: a person waits for it."""


@frozen
class Standing:
    """Where one submission stands: `status` in the service's word, `position` in its queue, `usage` in QPU seconds.

    `words` say why it failed, or why the service could not tell.
    """

    job: str
    part: int
    parts: int
    job_id: str | None
    status: str
    position: int | None = None
    usage: float | None = None
    words: str = ""


def recorded_standings(record: RunRecord) -> tuple[Standing, ...]:
    """Where the submissions of a run stand by its record alone; for a local run, its jobs."""
    return tuple(
        standing
        for job in record.jobs
        for standing in (
            [_recorded(job.id, each, len(current(job))) for each in current(job)]
            or [Standing(job=job.id, part=0, parts=1, job_id=None, status=job.status, words=job.error or "")]
        )
    )


def _recorded(job: str, each: SubmissionRecord, parts: int) -> Standing:
    words = {"planned": "not submitted yet", "submitting": "its answer was lost", "refused": "the service refused it"}
    status = each.status or "INITIALIZING"
    said = each.error or words.get(each.state, "")
    return Standing(
        job=job, part=each.part, parts=parts, job_id=each.job_id, status=status, usage=each.usage, words=said
    )


def standings_of(folder: Path, record: RunRecord, *, offline: bool) -> tuple[Standing, ...]:
    """Where the submissions of a run stand: by its record, and by the service where that may know more.

    Raises `ServiceError` when the service is out of reach; it is not asked when `offline`.
    """
    return recorded_standings(record) if offline or not needs_asking(record) else ask(folder, record)


def needs_asking(record: RunRecord) -> bool:
    """Whether the service may know more than the record: something was sent, and has not ended."""
    sent = [each for job in record.jobs for each in current(job) if each.state in ("submitting", "submitted")]
    return any(not has_ended(each) for each in sent)


def ask(folder: Path, record: RunRecord) -> tuple[Standing, ...]:
    """Where the submissions of a run stand now. Raises `ServiceError` when the service is out of reach."""
    service = open_recorded(folder)
    with service.transport.within(_SECONDS):
        standings = zip(recorded_standings(record), _submissions(record), strict=True)
        return tuple(_asked(service, record, standing, each) for standing, each in standings)


def _submissions(record: RunRecord) -> list[SubmissionRecord]:
    return [each for job in record.jobs for each in current(job)]


def open_recorded(folder: Path) -> Service:
    """The service of a recorded run, by the account that its spec names. Raises `ServiceError`, `RecordError`."""
    from qspec.reading.build import backend_of
    from qspec.service.account import open_service
    from qspec.service.patience import patience

    try:
        return open_service(backend_of(_spec(folder)["backend"]).login, patience())
    except (KeyError, AttributeError, TypeError) as error:
        raise RecordError(f"'{folder / RESOLVED}' is damaged: it names no backend of the service") from error


def _spec(folder: Path) -> Mapping[str, Any]:
    """The spec in force, of a sweep at its first point: there the instance is written down."""
    record = read_record(folder)
    if record.sweep is not None:
        return parse_variant(read_variants(folder, record.files.get(VARIANTS))[0]).spec
    return parse_json(read_bytes(folder / RESOLVED))


def _asked(service: Service, record: RunRecord, standing: Standing, each: SubmissionRecord) -> Standing:
    from qspec.service.observation import RemoteJob

    if has_ended(each) or each.state == "planned":
        return standing
    try:
        job_id = each.job_id or _looked_up(service, record, each.tag)
        if job_id is None:
            return replace(standing, words="its answer was lost, and no job has its tag yet")
        remote = RemoteJob(service, job_id)
        seen = remote.see()
    except ServiceError as error:
        return replace(standing, words=str(error))
    metrics = _metrics(remote)
    position = metrics.position if seen.status == "QUEUED" else None
    return replace(
        standing, job_id=job_id, status=seen.status, position=position, usage=metrics.usage, words=seen.error or ""
    )


def _metrics(remote: RemoteJob) -> Metrics:
    """A job's figures, empty where the service gives none."""
    from qspec.service.observation import Metrics

    try:
        return remote.metrics()
    except ServiceError:
        return Metrics()


def _looked_up(service: Service, record: RunRecord, tag: str) -> str | None:
    from qspec.service.submission import look_up

    execution = record.execution
    instance = (execution.instance if execution else None) or service.client.active_instance()
    found = look_up(service, tag, instance=instance, mocks=bool(execution and execution.dry_run)).job_ids
    return found[0] if found else None
