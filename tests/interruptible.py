"""Processes that hear Ctrl-C although the tests themselves may run in the background, where shells switch it off."""

from __future__ import annotations

import signal
from contextlib import contextmanager


@contextmanager
def interruptible():
    """Processes that are started within the block answer SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
