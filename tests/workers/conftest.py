"""No test of workers leaves a process behind."""

from __future__ import annotations

import pytest
from workers_at_hand import children, wait_until


@pytest.fixture(autouse=True)
def nothing_is_left():
    before = set(children())
    yield
    wait_until(lambda: set(children()) <= before)
