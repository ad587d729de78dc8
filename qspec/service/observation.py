"""What the service says of a job: its status, where it stands in the queue, what it cost, why it failed."""

from __future__ import annotations

import json
import math
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from qspec.errors import ServiceError
from qspec.frozen import frozen
from qspec.service.backend import calibration_of
from qspec.simulation.description import describe

if TYPE_CHECKING:
    from qiskit_ibm_runtime import RuntimeJobV2

    from qspec.service.account import Service

FINAL = frozenset({"DONE", "CANCELLED", "ERROR"})
KNOWN = frozenset({"INITIALIZING", "QUEUED", "RUNNING"}) | FINAL
_CODE = re.compile(r"Error code (\d+)")
_LONGEST = 2000
_RAN_TOO_LONG = "RAN TOO LONG"
_TOO_LONG = 1305
"""The service's code for a job that it ended because it ran too long: a failure, though its state says cancelled."""


@frozen
class Seen:
    """A job's status word as the service says it, in capitals; `error` and `error_code` where it failed."""

    status: str
    error: str | None = None
    error_code: int | None = None

    @property
    def final(self) -> bool:
        """Whether the job has ended."""
        return self.status in FINAL


@frozen
class Metrics:
    """Figures about a job: QPU seconds charged, its place in the queue, when it was created, ran and ended (ISO 8601)."""

    usage: float | None = None
    position: int | None = None
    created: str | None = None
    running: str | None = None
    finished: str | None = None


class RemoteJob:
    """One job on the service. The runtime's object is fetched when it is needed, and again after a new log-in."""

    def __init__(self, service: Service, job_id: str) -> None:
        self.service = service
        self.job_id = job_id
        self._job: RuntimeJobV2 | None = None

    def forget(self) -> None:
        """Fetch the runtime's object anew at the next call."""
        self._job = None

    def _fetched(self) -> RuntimeJobV2:
        if self._job is None:
            self._job = self.service.client.job(self.job_id)
        return self._job

    def see(self) -> Seen:
        """Its status now. Raises `ServiceError` when the service does not say."""
        try:
            with self.service.calling(f"cannot read the status of job {self.job_id}"):
                job = self._fetched()
                status = job.status()
                error = job.error_message() if status == "ERROR" else None
        except ServiceError:
            if (ended := self._ended()) is None:
                raise
            return ended
        if not isinstance(status, str) or not status:
            raise ServiceError(f"cannot read the status of job {self.job_id}: the answer has none")
        ended = self._ended()
        if ended is not None and (status.upper().startswith("CANCELLED") or ended.error_code == _TOO_LONG):
            return ended
        return Seen(status=status.upper()[:100], error=self._words(error), error_code=_code(error))

    def _ended(self) -> Seen | None:
        """What the service said of a job that failed or was cancelled, by its own answer; None of any other job.

        The client wants more of a failed job, its result, which there is none of, and has no word for a job that ran
        too long.
        """
        state = state_in(self.service.transport.job_answer)
        said = str(state.get("status")).upper()
        if said != "FAILED" and not said.startswith("CANCELLED"):
            return None
        code = _whole(state.get("reason_code", state.get("reasonCode")))
        too_long = code == _TOO_LONG or _RAN_TOO_LONG in said
        reason = str(state.get("reason") or "") or (said.lower() if too_long else "")
        word = "CANCELLED" if said.startswith("CANCELLED") and not too_long else "ERROR"
        return Seen(status=word, error=self._words(reason), error_code=code)

    def _words(self, error: str | None) -> str | None:
        """The service's own words, without the client's around them."""
        if not error:
            return None
        words = error.partition("has failed:\n")[2] or error
        return " ".join(self.service.secrets.removed_from(words).split())[:_LONGEST]

    def metrics(self) -> Metrics:
        """Its figures, as far as the service gives them. Raises `ServiceError`."""
        with self.service.calling(f"cannot read the metrics of job {self.job_id}"):
            said = self._fetched().metrics()
        return _metrics(said if isinstance(said, dict) else {})

    def calibration(self) -> dict[str, Any] | None:
        """The backend's calibration at the time when the job ran, and its target then, in the form of backend.json.

        None where the backend has none. Raises `ServiceError`.
        """
        with self.service.calling(f"cannot read the calibration that job {self.job_id} ran with"):
            job = self._fetched()
            calibration = calibration_of(job.properties())
            if calibration is None:
                return None
            running = _metrics(job.metrics()).running
            time = job.creation_date if running is None else datetime.fromisoformat(running).astimezone()
            target = describe(job.backend(timeout=0).target_history(datetime=time))
        known: dict[str, Any] = self.service.secrets.removed_from_data({"calibration": calibration, **target})
        return known

    def fetch(self) -> bytes:
        """The result's bytes as they came. Raises `ServiceError`; an empty answer is one.

        `Transport.received` has been called with them before this returns.
        """
        kept: list[bytes] = []
        before = self.service.transport.received

        def keep(path: str, content: bytes) -> None:
            if before is not None:
                before(path, content)
            kept.append(content)

        self.service.transport.received = keep
        try:
            with self.service.calling(f"cannot fetch the result of job {self.job_id}"):
                text = self._fetched().result(timeout=0, decoder=_undecoded())  # only jobs that have ended: no waiting
                if text and not kept:  # it came from elsewhere, by a redirection
                    keep("", str(text).encode())
        finally:
            self.service.transport.received = before
        if not kept or not kept[-1].strip():
            raise ServiceError(f"cannot fetch the result of job {self.job_id}: the answer is empty")
        return kept[-1]


def state_in(answer: bytes) -> dict[str, Any]:
    """The state in the service's answer about a job; empty where there is none."""
    try:
        data = json.loads(answer)
    except (ValueError, RecursionError):
        return {}
    state = data.get("state") if isinstance(data, dict) else None
    return state if isinstance(state, dict) else {}


def _undecoded() -> Any:
    from qiskit_ibm_runtime.decoders.result_decoder import ResultDecoder

    class Undecoded(ResultDecoder):  # type: ignore[misc]
        """Leaves a result as it came."""

        @classmethod
        def decode(cls, data: Any) -> Any:
            return data

    return Undecoded


def _code(error: str | None) -> int | None:
    found = _CODE.search(error or "")
    return int(found[1]) if found else None


def _metrics(said: dict[str, Any]) -> Metrics:
    usage = said.get("usage")
    times = said.get("timestamps")
    charged = _charged(usage if isinstance(usage, dict) else {})
    return Metrics(
        usage=charged,
        position=_whole(said.get("position_in_queue")),
        **{
            name: _time((times if isinstance(times, dict) else {}).get(name))
            for name in ("created", "running", "finished")
        },
    )


def _charged(usage: dict[str, Any]) -> float | None:
    """QPU seconds, once the service has settled them."""
    if usage.get("status") == "pending":
        return None
    for name in ("qpu_charge_time_seconds", "quantum_seconds", "seconds"):
        value = usage.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
    return None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _time(value: Any) -> str | None:
    """A time as the service writes it; None for what is none."""
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return str(value)
