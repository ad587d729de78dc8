"""Jobs and the queue: what was accepted, in which state it is, and the thread that carries it out."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from .clock import spelled

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

    from .clock import Clock
    from .faults import JobScript

FINAL = ("Completed", "Failed", "Cancelled")
IDENTIFIER = string.ascii_lowercase + string.digits


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """What carrying a job out gave: its result, the seconds to charge, and numbers for the metrics."""

    result: bytes
    seconds: float
    executions: int = 0
    num_circuits: int = 0
    num_qubits: tuple[int, ...] = ()


class WorkFailed(Exception):
    """A job cannot be carried out: the reason and its code in the service's registry."""

    def __init__(self, code: int, reason: str, *, word: str = "Failed") -> None:
        super().__init__(reason)
        self.code = code
        self.word = word


@dataclass(kw_only=True, slots=True, eq=False)
class Job:
    """A job that was accepted. `body` is the body of the request as it came; `states` are words with their times.

    With `signature` anybody gets its result from the storage.
    """

    id: str
    body: Mapping[str, Any]
    instance: str
    script: JobScript
    due: float
    run_seconds: float = 0.0
    states: list[tuple[str, datetime]] = field(default_factory=list)
    tags: tuple[str, ...] = ()
    result: bytes | None = None
    reason: str | None = None
    reason_code: int | None = None
    charged_seconds: float = 0.0
    reads: int = 0
    lists: int = 0
    deleted: bool = False
    held: bool = False
    work: Work | None = None
    signature: str = field(default_factory=secrets.token_urlsafe)

    @property
    def program_id(self) -> str:
        """The program."""
        return str(self.body["program_id"])

    @property
    def backend(self) -> str:
        """The name of the backend."""
        return str(self.body["backend"])

    @property
    def session_id(self) -> str | None:
        """The session or batch that it belongs to, if any."""
        return self.body.get("session_id")

    @property
    def private(self) -> bool:
        """Whether its parameters are kept and its result can be read only once."""
        return bool(self.body.get("private", False))

    @property
    def status(self) -> str:
        """The service's word for its state: Queued, Running, Completed, Failed or Cancelled."""
        return self.states[-1][0]

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in FINAL

    def time(self, *words: str) -> datetime | None:
        """When it entered the first of these states that it was in."""
        return next((moment for word, moment in self.states if word in words), None)

    def data(self) -> dict[str, Any]:
        """The job as JSON data for the ledger."""
        return {
            "id": self.id,
            "tags": list(self.tags),
            "program_id": self.program_id,
            "backend": self.backend,
            "session_id": self.session_id,
            "private": self.private,
            "states": [[word, spelled(moment)] for word, moment in self.states],
            "reason": self.reason,
            "reason_code": self.reason_code,
            "charged_seconds": self.charged_seconds,
            "reads": self.reads,
            "body": self.body,
        }


def new_identifier(chance: random.Random) -> str:
    """A job or session ID of the service's form: a `d` and 19 lower-case letters and digits."""
    return "d" + "".join(chance.choices(IDENTIFIER, k=19))


def start_times(job: Job, ahead: int, clock: Clock) -> dict[str, Any]:
    """What the service foretells for a job with `ahead` others before it."""
    start = clock.now() + timedelta(seconds=max(job.due - clock.monotonic(), 0.0) + 3 * ahead)
    return {
        "estimated_start_time": spelled(start),
        "estimated_completion_time": spelled(start + timedelta(seconds=max(job.run_seconds, 3.0))),
        "position_in_queue": ahead + 1,
        "position_in_provider": ahead + 1,
    }
