"""Signals that ask this process to end become an exception, so that what is in hand is put in order first.

Every command imports this, so it imports next to nothing.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIGNALS = ("SIGTERM", "SIGHUP")


class Stopped(SystemExit):
    """A signal asked this process to end; left alone, it ends with the code that shells expect, 128 + the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.signal = signal.Signals(number).name

    def __str__(self) -> str:
        return f"stopped by {self.signal}"


@contextmanager
def stopping_on_signals() -> Iterator[None]:
    """Within the block SIGTERM and SIGHUP raise `Stopped`, where nobody else has a say about them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    known = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    ours = [number for number in known if signal.getsignal(number) is signal.SIG_DFL]
    try:
        for number in ours:
            signal.signal(number, _stop)
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _stop(number: int, _frame: object) -> NoReturn:
    raise Stopped(number)
