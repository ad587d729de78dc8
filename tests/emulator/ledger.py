"""The ledger: every request and every job that the service has seen, in the order in which they came."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from .clock import spelled

if TYPE_CHECKING:
    from datetime import datetime

    from .jobs import Job


@dataclass(kw_only=True, slots=True)
class Entry:
    """One request. `status` is what was answered, or would have been, had a fault not cut it.

    `outcome` says what the client got: `answered`, `dropped`, `reset`, `truncated`, `hung`, or `open` until then.
    `authorization` is `bearer`, `apikey` or empty: the ledger holds no secrets. `fault` names the fault that fired.
    """

    number: int
    time: datetime
    method: str
    path: str
    tags: tuple[str, ...] = ()
    authorization: str = ""
    bytes_in: int = 0
    job_id: str = ""
    status: int = 0
    outcome: str = "open"
    fault: str = ""

    def data(self) -> dict[str, Any]:
        """The entry as JSON data."""
        return {**asdict(self), "time": spelled(self.time)}


@dataclass(kw_only=True, slots=True)
class Ledger:
    """What happened. `requests` and `jobs` only ever grow, unless `clear` is called."""

    requests: list[Entry] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self, time: datetime, method: str, path: str) -> Entry:
        """A new line for a request that has just come."""
        with self._lock:
            entry = Entry(number=len(self.requests) + 1, time=time, method=method, path=path)
            self.requests.append(entry)
            return entry

    def count(self, method: str, path: str) -> int:
        """How many requests of this method and exactly this path came, for instance `("POST", "/jobs")`."""
        return sum(entry.method == method and entry.path == path for entry in list(self.requests))

    def find(self, job_id: str) -> Job | None:
        """The job of an ID."""
        return next((job for job in list(self.jobs) if job.id == job_id), None)

    def tagged(self, *tags: str) -> list[Job]:
        """The jobs that have all of these tags."""
        return [job for job in list(self.jobs) if set(tags) <= set(job.tags)]

    def clear(self) -> None:
        """Forget the requests; jobs stay, they are the service's."""
        with self._lock:
            self.requests.clear()

    def data(self) -> dict[str, Any]:
        """The whole ledger as JSON data."""
        return {
            "requests": [entry.data() for entry in list(self.requests)],
            "jobs": [job.data() for job in list(self.jobs)],
        }
