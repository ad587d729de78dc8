"""The session or batch of a run, closed so that it costs nothing beyond its jobs."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from qspec.service.sessions import close_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qspec.running.journal import Journal
    from qspec.service.account import Service


def close_known(service: Service, journal: Journal) -> None:
    """Close the session that the record says is open, if there is one. Raises `ServiceError`."""
    known = journal.record.execution
    if known is None or known.session_id is None or known.closed:
        return
    close_session(service, known.session_id)
    note_closed(journal)


@contextmanager
def reopening(journal: Journal) -> Iterator[None]:
    """What is done within the block to a run that came to its end stands in its log, which has an end afterwards too."""
    journal.note("run-resumed", jobs=[], notes=[])
    try:
        yield
    finally:
        journal.note("run-finished", outcome=journal.record.outcome, content_hash=journal.record.content_hash)


def note_closed(journal: Journal) -> None:
    """Record that the session takes no more jobs."""
    known = journal.record.execution
    assert known is not None  # noqa: S101  there is a session
    journal.change(execution=replace(known, closed=True))
    journal.note("session-closed", session_id=known.session_id)
