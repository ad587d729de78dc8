"""Where two mappings of plain data differ, value by value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from qspec.diagnostics import clipped

if TYPE_CHECKING:
    from collections.abc import Iterator

_ABSENT = object()
_WIDEST = 60


def differences(before: Any, after: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """The place of each value that differs, as keys joined by dots, and what stood and stands there, in words."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            inner = f"{place}.{key}" if place else str(key)
            yield from differences(before.get(key, _ABSENT), after.get(key, _ABSENT), inner)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from differences(old, new, f"{place}.{number}")
    elif before != after or isinstance(before, bool) is not isinstance(after, bool):
        yield place, _change(before, after)


def _change(before: Any, after: Any) -> str:
    if isinstance(before, str) and isinstance(after, str) and "\n" in before + after:
        lines = zip(before.splitlines(), after.splitlines(), strict=False)
        number = next((number for number, (old, new) in enumerate(lines, 1) if old != new), None)
        return "its lines differ in number" if number is None else f"its text differs from line {number} on"
    return f"{_spoken(before)} became {_spoken(after)}"


def _spoken(value: Any) -> str:
    return "nothing" if value is _ABSENT else clipped(json.dumps(value, ensure_ascii=False), _WIDEST)
