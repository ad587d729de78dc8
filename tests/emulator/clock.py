"""The service's clock: the machine's, plus as much as a test has moved it on."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from .messages import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """Time of day in UTC, which only `advance` moves against the machine's."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """The time now, with its zone."""
        return datetime.now(UTC) + timedelta(seconds=self._ahead)

    def monotonic(self) -> float:
        """Seconds since some moment, which nothing but `advance` makes jump."""
        return time.monotonic() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move the clock on: what waits in the queue becomes due, tokens expire, sessions run out."""
        with self._lock:
            self._ahead += seconds
        for listener in self._listeners:
            listener()

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every move."""
        self._listeners.append(listener)


def spelled(moment: datetime | None) -> str | None:
    """A moment as the service writes it."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read_moment(text: str) -> datetime | None:
    """A moment as clients write it, in UTC where no zone is named; None for an empty text. Raises `Refusal`."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as error:
        raise Refusal(400, 1211, f"{text} is not a date and time") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
