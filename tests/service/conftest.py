"""Runs on emulated accounts."""

from __future__ import annotations

from tests.service.emulated import open_accounts, rehearsals

__all__ = ["open_accounts", "rehearsals"]
