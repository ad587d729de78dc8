"""How messages call keys, values and choices."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from qspec.diagnostics import clipped

if TYPE_CHECKING:
    from qspec.diagnostics import Route

_WORD = re.compile(r"[a-z_]{2,40}\Z")


def subject(route: Route) -> str:
    """What a message calls the value at `route`: its key, with an entry's number: `tags[2]`."""
    if not route:
        return "a spec"
    last = route[-1]
    if isinstance(last, int):
        return f"{subject(route[:-1])}[{last}]"
    return last if _WORD.match(last) else f"'{clipped(last)}'"


def spoken(value: Any, *, bare: bool = False) -> str:
    """A value as a message says it: the text '4k', the number 4.5, true, a list, a mapping, nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        shown = clipped(value)
        return f"'{shown}'" if bare else f"the text '{shown}'"
    if isinstance(value, (int, float)):
        return f"{value}" if bare else f"the number {value}"
    if value is None:
        return "nothing"
    return "a list" if isinstance(value, list) else "a mapping"


def flow(value: Any) -> str:
    """Data on one line in YAML's words, for reading."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(flow, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


def quoted(choice: Any) -> str:
    """A choice as a message lists it: text in quotes, the rest bare."""
    return f"'{choice}'" if isinstance(choice, str) else spoken(choice, bare=True)


def either(words: list[str]) -> str:
    """The words with commas, and "or" before the last."""
    if len(words) == 1:
        return words[0]
    return f"{', '.join(words[:-1])} or {words[-1]}"
