"""Who wants to know how a run goes on. The command line shows it; the Python API is silent by default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from qspec.records.parts import JobRecord, SinkRecord, VerdictRecord
    from qspec.records.record import RunRecord


class Progress(Protocol):
    """Told of each step of a run, in this order, when it is on disk already."""

    def run_created(self, record: RunRecord, folder: Path) -> None:
        """The run folder is there, with everything that was planned."""

    def job_started(self, job: JobRecord) -> None:
        """A job begins."""

    def submitted(self, job: str, job_id: str) -> None:
        """The service has a job, or a part of one, under this ID."""

    def job_changed(self, job: JobRecord) -> None:
        """A job on the service has a new status."""

    def waiting(self, job: str, status: str, position: int | None) -> None:
        """The service was asked about a job; `position` is its place in the queue, None where it does not say."""

    def cancelling(self, job: str, job_id: str, refused: str) -> None:
        """The service was asked to cancel a job; `refused` are its words when it would not, else empty."""

    def left_open(self, session_id: str) -> None:
        """The session or batch of the run could not be closed, which was told as a trouble, and may cost something."""

    def trouble(self, words: str) -> None:
        """Something went wrong that does not stop the run."""

    def job_finished(self, job: JobRecord) -> None:
        """A job ended: DONE with its result saved, or ERROR with the reason in `job.error`."""

    def points_done(self, done: int, failed: int, points: int) -> None:
        """So many points of a sweep have their results on disk, and at so many a job failed."""

    def sink_written(self, sink: SinkRecord) -> None:
        """A sink wrote its files, or failed with the reason in `sink.error`."""

    def verdict_given(self, verdict: VerdictRecord) -> None:
        """An expectation held, or did not."""

    def run_finished(self, record: RunRecord) -> None:
        """The run came to its end; `record.outcome` says how."""


class Silent:
    """A `Progress` that says nothing."""

    def run_created(self, record: RunRecord, folder: Path) -> None:
        """Say nothing."""

    def job_started(self, job: JobRecord) -> None:
        """Say nothing."""

    def submitted(self, job: str, job_id: str) -> None:
        """Say nothing."""

    def job_changed(self, job: JobRecord) -> None:
        """Say nothing."""

    def waiting(self, job: str, status: str, position: int | None) -> None:
        """Say nothing."""

    def cancelling(self, job: str, job_id: str, refused: str) -> None:
        """Say nothing."""

    def left_open(self, session_id: str) -> None:
        """Say nothing."""

    def trouble(self, words: str) -> None:
        """Say nothing."""

    def job_finished(self, job: JobRecord) -> None:
        """Say nothing."""

    def points_done(self, done: int, failed: int, points: int) -> None:
        """Say nothing."""

    def sink_written(self, sink: SinkRecord) -> None:
        """Say nothing."""

    def verdict_given(self, verdict: VerdictRecord) -> None:
        """Say nothing."""

    def run_finished(self, record: RunRecord) -> None:
        """Say nothing."""
