"""One request with its answer, its line in the ledger and the faults that strike it."""

from __future__ import annotations

import json
import math
import random
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from .faults import GARBAGE, WORDS
from .messages import Answer, Refusal
from .routes import respond

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from .faults import Fault
    from .ledger import Entry
    from .messages import Request
    from .service import Service


class Exchange:
    """One request with its answer, its line in the ledger and the faults that strike it."""

    def __init__(
        self,
        service: Service,
        request: Request,
        stopping: threading.Event,
        send: Callable[..., None],
        cut: Callable[..., None],
    ) -> None:
        self._service = service
        self._request = request
        self._stopping = stopping
        self._send = send
        self._cut = cut
        self._entry = _entered(service, request)

    def carry_out(self) -> None:
        """Answer the request, or do to it what the faults say."""
        entry, request = self._entry, self._request
        faults = self._service.faults.choose(entry.number, request.method, request.path)
        entry.fault = ", ".join(fault.name for fault in faults)
        if any(self._strike(fault) for fault in faults if fault.phase == "before" and not _alters(fault)):
            return
        answer = respond(self._service, request)
        entry.status = answer.status
        _note_job(entry, answer)
        for fault in faults:
            answer = altered(answer, fault, entry)
        if any(self._strike(fault, answer) for fault in faults if fault.phase == "after" or fault.do == "truncate"):
            return
        self._finish("answered", answer)

    def _strike(self, fault: Fault, answer: Answer | None = None) -> bool:
        """What a fault does to the connection; whether that is the end of the exchange."""
        if fault.do == "expire":
            self._service.accounts.expire()
        elif fault.do == "delay":
            self._stopping.wait(fault.seconds)
        elif fault.do == "hang":
            self._entry.outcome = "hung"
            self._stopping.wait()
            self._cut(reset=False)
            return True
        elif fault.do == "status":
            self._entry.status = fault.status
            self._finish("answered", _refused(fault))
            return True
        elif fault.do in ("drop", "reset"):
            self._entry.outcome = "dropped" if fault.do == "drop" else "reset"
            self._cut(reset=fault.do == "reset")
            return True
        elif fault.do == "truncate" and answer is not None:
            self._entry.outcome = "truncated"
            self._send(answer, half=True)
            return True
        return False

    def _finish(self, outcome: str, answer: Answer) -> None:
        self._entry.outcome = outcome
        self._send(answer)


def altered(answer: Answer, fault: Fault, entry: Entry) -> Answer:
    """The answer as a fault of kind `body` or `word` leaves it."""
    shows_jobs = entry.method == "GET" and answer.status == 200 and re.fullmatch("/jobs(/[^/]+)?", entry.path)
    if fault.do == "word" and shows_jobs:
        return _reworded(answer, fault, random.Random(f"{fault.seed}/{entry.number}"))
    if fault.do != "body":
        return answer
    special = {"<half>": answer.body[: len(answer.body) // 2], "<empty>": b"", "<garbage>": GARBAGE.encode()}
    body = special.get(fault.text, fault.text.encode() if fault.text else answer.body)
    kind = fault.content_type or answer.content_type
    status = 200 if answer.status == 204 else answer.status
    return Answer(status=status, body=body, content_type=kind, headers=answer.headers)


def _reworded(answer: Answer, fault: Fault, chance: random.Random) -> Answer:
    """A job, or a list of jobs, with another status word."""
    data = json.loads(answer.body)
    for job in data.get("jobs", [data]):
        if fault.text == "<missing>":
            job["state"].pop("status", None)
            job.pop("status", None)
        else:
            word = chance.choice(WORDS) if fault.text == "<random>" else fault.text
            job["state"]["status"] = job["status"] = word
    return Answer(status=answer.status, body=json.dumps(data).encode(), headers=answer.headers)


def _alters(fault: Fault) -> bool:
    return fault.do in ("body", "word", "truncate")


def _refused(fault: Fault) -> Answer:
    after: Mapping[str, str] = {} if fault.retry_after is None else {"Retry-After": _spelled(fault)}
    return Refusal(fault.status, 1000, "the emulator was told to refuse this request").answer(**after)


def _spelled(fault: Fault) -> str:
    """When to ask again. A date is of the machine's clock, as that of the answer itself, and a second late at most."""
    seconds = fault.retry_after or 0.0
    if not fault.retry_date:
        return f"{seconds:g}"
    return format_datetime(datetime.now(UTC) + timedelta(seconds=math.ceil(seconds) + 1), usegmt=True)


def _entered(service: Service, request: Request) -> Entry:
    entry = service.ledger.enter(service.clock.now(), request.method, request.path)
    entry.authorization = request.headers.get("authorization", "").partition(" ")[0].lower()
    entry.bytes_in = len(request.body)
    entry.tags = tuple(request.query.get("tags", []))
    return entry


def _note_job(entry: Entry, answer: Answer) -> None:
    if (entry.method, entry.path) == ("POST", "/jobs") and answer.status == 200:
        entry.job_id = json.loads(answer.body)["id"]
    elif entry.path.startswith("/jobs/"):
        entry.job_id = entry.path.split("/")[2]
