"""The state of one run: on disk first, then told to whoever watches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qspec.records.record import Texts
from qspec.records.status import StatusLog, now, spoken_time

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from qspec.records.folder import RunFolder
    from qspec.records.parts import JobRecord, JobStatus, SinkRecord, VerdictRecord
    from qspec.records.record import RunRecord
    from qspec.records.status import EventName


class Journal:
    """Keeps `record` as it is on disk. Every change is an event in status.jsonl and a new, whole run.json."""

    def __init__(self, folder: RunFolder, record: RunRecord, *, clock: Callable[[], datetime] = now) -> None:
        self.folder = folder
        self.record = record
        self.clock = clock
        self.log = StatusLog(folder.path, clock=clock)
        self._texts = Texts()

    def time(self) -> str:
        """The time as records write it."""
        return spoken_time(self.clock())

    def note(self, event: EventName, *, job: str | None = None, status: JobStatus | None = None, **detail: Any) -> None:
        """Append an event that leaves run.json as it is."""
        self.log.append(event, job=job, status=status, **detail)

    def change(self, **fields: Any) -> RunRecord:
        """Change the record and write it."""
        self.record = replace(self.record, **fields)
        self.folder.write_record(self.record, self._texts)
        return self.record

    def change_job(self, job: JobRecord, **detail: Any) -> JobRecord:
        """Put a job's new record in the place of its old one, and note its status."""
        jobs = tuple(job if old.id == job.id else old for old in self.record.jobs)
        self.change(jobs=jobs)
        self.note("job-status", job=job.id, status=job.status, **detail)
        return job

    def add_sink(self, sink: SinkRecord) -> SinkRecord:
        """Note what a sink wrote, or why it failed; run.json has it when the run ends."""
        self.record = replace(self.record, sinks=(*self.record.sinks, sink))
        if sink.error is None:
            self.note("sink-written", kind=sink.kind, files=list(sink.files))
        else:
            self.note("sink-failed", kind=sink.kind, error=sink.error)
        return sink

    def add_verdict(self, verdict: VerdictRecord) -> VerdictRecord:
        """Note a verdict; run.json has it when the run ends."""
        self.record = replace(self.record, verdicts=(*self.record.verdicts, verdict))
        found = verdict.verdict
        self.note("verdict", expectation=dict(verdict.expectation), passed=found.passed, message=found.message)
        return verdict
