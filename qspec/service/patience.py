"""How long things are waited for, and the clock that measures it: monotonic, so that setting the time changes nothing."""

from __future__ import annotations

import os
import random
import time
from dataclasses import field
from typing import TYPE_CHECKING

from qspec.errors import UsageError
from qspec.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

SETTLE_VARIABLE = "QSPEC_SETTLE_SECONDS"
MOST_RETRY_AFTER = 120.0


@frozen
class Patience:
    """Durations in seconds. `now` is a monotonic clock, `sleep` waits by it, `jitter` draws from 0 to 1.

    `settle` is how long a job whose submission got no answer is looked for before it is sent again: the service's
    lists may lag. `down` is how long the service may be out of reach, or a job in a state that nobody knows, before
    waiting ends. `busy` is how long one that takes no more jobs for the moment is asked to take a job.
    """

    settle: float = 30.0
    attempts: int = 5
    busy: float = 300.0
    first_poll: float = 0.5
    longest_poll: float = 60.0
    down: float = 3600.0
    now: Callable[[], float] = field(default=time.monotonic)
    sleep: Callable[[float], None] = field(default=time.sleep)
    jitter: Callable[[], float] = field(default=random.random)

    def pause(self, attempt: int, *, first: float = 0.5, longest: float = 30.0, at_least: float = 0.0) -> None:
        """Wait before the next attempt: twice as long each time (`attempt` counts from 0), up to a fifth more by chance."""
        seconds = min(first * 2.0 ** min(attempt, 30), longest) * (1 + 0.2 * self.jitter())
        self.sleep(max(seconds, min(at_least, MOST_RETRY_AFTER)))


def patience() -> Patience:
    """The patience that is in force. Raises `UsageError` for a settle time that is no number of seconds."""
    said = os.environ.get(SETTLE_VARIABLE)
    given: dict[str, float] = {}
    if said:
        try:
            given["settle"] = float(said)
        except ValueError:
            raise UsageError(f"{SETTLE_VARIABLE} must be a number of seconds, not '{said}'") from None
        if not 0 <= given["settle"] <= 86400:
            raise UsageError(f"{SETTLE_VARIABLE} must lie between 0 and 86400 seconds, not '{said}'")
    return Patience(**given)  # type: ignore[arg-type]  # only the fields that are numbers
