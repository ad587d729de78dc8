"""What all steps of a run on the service share: its plan, its journal, the backend, and the session, opened when needed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from qspec.errors import ServiceError
from qspec.frozen import frozen
from qspec.running.sessions import close_known, note_closed
from qspec.running.submissions import current, status_of
from qspec.service.sessions import find_session, open_session
from qspec.service.submission import look_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qspec.planning.sweeps import AnyPlan
    from qspec.records.parts import ExecutionRecord, JobRecord, SubmissionRecord
    from qspec.running.conduct import Conduct
    from qspec.running.journal import Journal
    from qspec.running.progress import Progress
    from qspec.service.account import Service
    from qspec.service.backend import RemoteBackend
    from qspec.service.patience import Patience


@frozen
class Consignment:
    """What one submission sends: PUBs, the object of their program, and the backend that they are for."""

    program: Any
    pubs: Sequence[Any]
    backend: RemoteBackend


class Cargo(Protocol):
    """What a run sends to the service, and what it makes of what comes back."""

    @property
    def jobs(self) -> Sequence[str]:
        """The ids of the jobs, in order of the spec."""

    def consignment(self, job: str, submission: SubmissionRecord) -> Consignment:
        """What a submission of a job sends."""

    def keep(self, errand: Errand, job: str, submission: SubmissionRecord) -> None:
        """Make of a submission that has ended what can be made of it before the others have."""

    def collect(self, errand: Errand, job: str) -> None:
        """Make the job's result of what its submissions gave, which have all ended, and record how the job ended."""

    def is_collected(self, errand: Errand, record: JobRecord) -> bool:
        """Whether that has been done, and is on disk as it was written."""

    def close(self) -> None:
        """Bring to disk what is not there yet. Raises `MachineError`."""


@dataclass(slots=True)
class Errand:
    """A run on the service. `backend` is the first that it needs, `session` is the open session or batch of this process, None in job mode.

    `unknown` are the tags of jobs of which the service said, when it was asked last, that it does not know them.
    """

    plan: AnyPlan
    cargo: Cargo
    journal: Journal
    watcher: Progress
    conduct: Conduct
    patience: Patience
    backend: RemoteBackend
    session: Any = field(default=None)
    unknown: set[str] = field(default_factory=set)

    @property
    def service(self) -> Service:
        """The open service."""
        return self.backend.service

    @property
    def execution(self) -> ExecutionRecord:
        """How the jobs are sent, as the record has it."""
        execution = self.journal.record.execution
        assert execution is not None  # noqa: S101  a run on the service has it from the start
        return execution

    def job(self, job: str) -> JobRecord:
        """The record of a job."""
        return self.journal.record.job(job)

    def look_up(self, tag: str) -> tuple[str, ...]:
        """The IDs of the jobs with a tag, in the instance that they were sent to. Raises `ServiceError`."""
        instance = self.execution.instance or self.backend.instance
        return look_up(self.service, tag, instance=instance, mocks=self.conduct.dry_run).job_ids

    def change_execution(self, **fields: Any) -> None:
        """Change how the record says the jobs are sent."""
        self.journal.change(execution=replace(self.execution, **fields))

    def change(self, job: str, submission: SubmissionRecord) -> SubmissionRecord:
        """Put a submission's new record in the place of its old one; a new status of the job is noted and shown."""
        record = self.job(job)
        submissions = tuple(submission if old.tag == submission.tag else old for old in record.submissions)
        changed = replace(record, submissions=submissions)
        status = status_of(current(changed))
        shown = status if status not in ("DONE", "ERROR", "CANCELLED") else record.status
        if shown == record.status:
            self.journal.change(jobs=tuple(changed if old.id == job else old for old in self.journal.record.jobs))
        else:
            started = record.started or (self.journal.time() if shown == "RUNNING" else None)
            self.watcher.job_changed(self.journal.change_job(replace(changed, status=shown, started=started)))
        return submission

    def mode(self, backend: RemoteBackend) -> Any:
        """What jobs for a backend are submitted on: it, or the session or batch, which is opened now if there is none."""
        if self.execution.mode == "job":
            return backend.runtime
        if self.session is None:
            self.session = self._known_session() or self._new_session()
        return self.session

    def _known_session(self) -> Any:
        known = self.execution
        if known.session_id is None or known.closed:
            return None
        return find_session(self.service, known.session_id, mode=known.mode)

    def _new_session(self) -> Any:
        max_time = self.plan.spec.execution.max_time
        session = open_session(self.backend, mode=self.execution.mode, max_time=max_time)
        self.change_execution(session_id=session.session_id, closed=False)
        self.journal.note("session-opened", session_id=session.session_id, mode=self.execution.mode)
        return session

    def close(self) -> None:
        """Close the session, if one is open, so that it costs nothing beyond its jobs. A failure is noted."""
        try:
            close_known(self.service, self.journal)
        except ServiceError as error:
            self.trouble(str(error))
        else:
            self.session = None

    def session_is_over(self) -> bool:
        """Whether there is a session that takes no more jobs, by its own limits; the next `mode` opens another then."""
        known = self.execution
        if known.mode == "job" or known.session_id is None:
            return False
        try:
            over = find_session(self.service, known.session_id, mode=known.mode) is None
        except ServiceError:
            return False
        if over:
            self.session = None
            note_closed(self.journal)
        return over

    def trouble(self, words: str, *, job: str | None = None) -> None:
        """Note something that went wrong and does not stop the run."""
        self.journal.note("trouble", job=job, words=words)
        self.watcher.trouble(words)
