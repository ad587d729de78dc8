"""Whether a run came to its end; without what it takes to drive one there."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from qspec.errors import RecordError
from qspec.records.status import read_events
from qspec.records.view import has_ended

if TYPE_CHECKING:
    from pathlib import Path

    from qspec.records.record import RunRecord
    from qspec.running.conduct import Conduct


def is_complete(folder: Path, record: RunRecord) -> bool:
    """Whether there is nothing left to do for a run: its record and its log say that it came to its end."""
    return has_ended(record) and last_event(folder) in ("run-finished", None) and not leaves_session(record)


def leaves_session(record: RunRecord) -> bool:
    """Whether the session of a run could not be closed: it may cost something until the service ends it by itself."""
    known = record.execution
    return known is not None and known.session_id is not None and not known.closed


def is_through(folder: Path, record: RunRecord, conduct: Conduct) -> bool:
    """Whether a run stays as it is when it is resumed in this way: `retry_failed` goes on with one whose jobs failed."""
    return is_complete(folder, record) and not is_retried(record, conduct)


def is_retried(record: RunRecord, conduct: Conduct) -> bool:
    """Whether a run that has ended is gone on with: some of its jobs failed, and are to be tried again.

    Points of a sweep on this machine that have no result are always tried again: they may have failed for want of
    memory, and cost nothing but time.
    """
    if record.sweep is not None and record.execution is None and record.sweep.done < record.sweep.points:
        return True
    return conduct.retry_failed and record.outcome == "failed"


def last_event(folder: Path) -> str | None:
    """What the log says last, lines that a crash tore aside; None when there is no log to read."""
    with suppress(RecordError):
        events = read_events(folder).events
        return events[-1].event if events else None
    return None
