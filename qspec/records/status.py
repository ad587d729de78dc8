"""The status log: `status.jsonl`, append-only, one event a line, each on disk before the run goes on."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  the codec evaluates the annotations
from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zlib import crc32

from qspec.errors import MachineError, RecordError
from qspec.frozen import frozen
from qspec.records.codec import build, data_of
from qspec.records.files import append_line, canonical, read_bytes
from qspec.records.layout import one_line
from qspec.records.names import STATUS_LOG
from qspec.records.parts import JobStatus  # noqa: TC001  the codec evaluates the annotations
from qspec.records.record import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILE = STATUS_LOG
EventName = Literal[
    "run-created",
    "planned",
    "run-resumed",
    "session-opened",
    "session-closed",
    "submitting",
    "submitted",
    "not-submitted",
    "submission-unknown",
    "adopted",
    "duplicate-cancelled",
    "cancel-requested",
    "result-received",
    "trouble",
    "usage",
    "job-status",
    "result-saved",
    "points-saved",
    "point-failed",
    "sink-written",
    "sink-failed",
    "verdict",
    "run-finished",
    "run-interrupted",
]


@frozen
class Event:
    """One line of the status log."""

    seq: Annotated[int, "Number of the event, from 1."]
    time: Annotated[str, "When it happened: UTC, ISO 8601."]
    event: Annotated[EventName, "What happened."]
    job: Annotated[str | None, "The id of the job that it is about."] = None
    status: Annotated[JobStatus | None, "The job's new status, in the runtime's words."] = None
    detail: Annotated[Mapping[str, Any], "What else belongs to it."] = field(default_factory=dict)
    crc32: Annotated[str, "Checksum of the line's other keys as canonical JSON, to notice damage."] = ""


@frozen
class Events:
    """What a status log holds: its events, and the numbers of the lines (from 1) that were set aside as torn."""

    events: tuple[Event, ...]
    set_aside: tuple[int, ...] = ()


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


def spoken_time(time: datetime) -> str:
    """A time as records write it: 2025-01-31T12:00:00.000000Z."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class StatusLog:
    """Appends events to the status log of one run folder; goes on counting where an earlier process stopped."""

    def __init__(self, folder: Path, *, clock: Callable[[], datetime] = now) -> None:
        self.path = folder / FILE
        self.clock = clock
        self.seq = _last_number(folder)

    def append(
        self, event: EventName, *, job: str | None = None, status: JobStatus | None = None, **detail: Any
    ) -> Event:
        """Write one event, and return when it is on disk. Raises `MachineError`."""
        time = spoken_time(self.clock())
        written = Event(seq=self.seq + 1, time=time, event=event, job=job, status=status, detail=detail)
        try:
            append_line(self.path, render_event(written))
        except MachineError:
            self.seq = max(self.seq, _last_number(self.path.parent))  # the line may be there all the same
            raise
        self.seq += 1
        return written


def _last_number(folder: Path) -> int:
    """The number of the last event in a status log; 0 when there is none."""
    if not (folder / FILE).exists():
        return 0
    return max((event.seq for event in read_events(folder).events), default=0)


def render_event(event: Event) -> bytes:
    """The line of an event, without its end; keys that say nothing are left out, a checksum is added."""
    data = {key: value for key, value in data_of(event).items() if value not in (None, {}, "")}
    return one_line({**data, "crc32": _checksum(data)})


def _checksum(data: dict[str, Any]) -> str:
    return f"{crc32(canonical(data)):08x}"


def _read_event(line: bytes) -> Event:
    data = parse_json(line)
    if data.pop("crc32", None) != _checksum(data):
        raise RecordError("the line was changed or damaged after it was written")
    return build(Event, data)


def read_events(folder: Path) -> Events:
    """The events of a run. Lines that a crash tore are set aside; raises `RecordError` when there is no log."""
    events: list[Event] = []
    set_aside: list[int] = []
    for number, line in enumerate(read_bytes(folder / FILE).split(b"\n"), start=1):
        try:
            if line:
                events.append(_read_event(line))
        except (RecordError, ValueError, RecursionError):  # the latter two from numbers and brackets without end
            set_aside.append(number)
    return Events(events=tuple(events), set_aside=tuple(set_aside))
