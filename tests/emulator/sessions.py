"""Sessions and batches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from .clock import spelled
from .messages import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .jobs import Job

MAX_TTL = 28_800
ACTIVE_TTL = 28_800
INTERACTIVE_TTL = 60


@dataclass(kw_only=True, slots=True)
class Session:
    """A session (`dedicated`) or a batch. `jobs` are those submitted to it, in order."""

    id: str
    mode: str
    backend: str
    instance: str
    max_ttl: int
    created: datetime
    jobs: list[Job]
    accepting_jobs: bool = True
    closed: datetime | None = None

    @property
    def started(self) -> datetime | None:
        """When its first job began to run."""
        return min((moment for job in self.jobs if (moment := job.time("Running"))), default=None)

    def expired(self, now: datetime) -> bool:
        """Whether its longest time is over."""
        return self.started is not None and now >= self.started + timedelta(seconds=self.max_ttl)

    def state(self, now: datetime) -> str:
        """The service's word: open, active or closed."""
        if self.expired(now) or (not self.accepting_jobs and all(job.ended for job in self.jobs)):
            return "closed"
        return "open" if self.started is None else "active"

    def check_accepts(self, now: datetime, backend: str) -> None:
        """Raises `Refusal` when a job cannot be submitted to it."""
        if not self.accepting_jobs or self.expired(now):
            raise Refusal(409, 1217, f"Session has been closed: {self.id}.", "Create a new session.")
        if backend != self.backend:
            raise Refusal(400, 1352, f"The session runs on {self.backend}, not on {backend}.")

    def data(self, now: datetime) -> dict[str, Any]:
        """The session in the service's format."""
        state = self.state(now)
        ended = [moment for job in self.jobs if (moment := job.time("Completed", "Failed", "Cancelled"))]
        running = [moment for job in self.jobs if (moment := job.time("Running"))]
        return {
            "id": self.id,
            "backend_name": self.backend,
            "interactive_ttl": INTERACTIVE_TTL if self.mode == "dedicated" else 1,
            "max_ttl": self.max_ttl,
            "active_ttl": ACTIVE_TTL,
            "state": state,
            "accepting_jobs": self.accepting_jobs and state != "closed",
            "last_job_started": spelled(max(running, default=None)),
            "last_job_completed": spelled(max(ended, default=None)),
            "started_at": spelled(self.started),
            "activated_at": spelled(self.started),
            "closed_at": spelled(self.closed) if state == "closed" else None,
            "mode": self.mode,
            "elapsed_time": self._elapsed(now),
            "timestamps": [{"status": "open", "timestamp": spelled(self.created)}],
        }

    def _elapsed(self, now: datetime) -> float:
        if self.mode == "batch":
            return sum(job.charged_seconds for job in self.jobs)
        return 0.0 if self.started is None else ((self.closed or now) - self.started).total_seconds()


def check_request(data: Any, plan: str) -> None:
    """Raises `Refusal` for a body that does not describe a session, or a mode that the plan does not have."""
    if not isinstance(data, dict) or data.get("mode", "dedicated") not in ("dedicated", "batch"):
        raise Refusal(400, 1211, "mode must be 'dedicated' or 'batch'")
    if data.get("mode", "dedicated") == "dedicated" and plan == "open":
        message = "You are not authorized to run a session when using the open plan."
        raise Refusal(400, 1352, message, "Create an instance of a different plan or use another execution mode.")
    ttl = data.get("max_ttl")
    if ttl is not None and not (isinstance(ttl, int) and 0 < ttl <= MAX_TTL):
        raise Refusal(400, 1211, f"max_ttl must be from 1 to {MAX_TTL}")


def expire(sessions: Sequence[Session], now: datetime) -> list[Job]:
    """The jobs whose session ran out before they started."""
    return [job for session in sessions if session.expired(now) for job in session.jobs if job.status == "Queued"]
