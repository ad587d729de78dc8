"""What `qspec cache` answers: the cache's contents, and what clearing and verifying came to."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from qspec.caching.settings import is_on
from qspec.caching.upkeep import clear, contents, verify
from qspec.render.table import table

if TYPE_CHECKING:
    from collections.abc import Callable

    from qspec.render.look import Look

    Answer = tuple[dict[str, Any], str, int]

_NAMES = {"isa": "ISA circuits", "parsed": "circuits read from texts"}
NOT_REMOVED, DAMAGED = 7, 1


def answer_of(action: str, form: str, look: Look) -> tuple[str, int]:
    """Do what is asked for; returns the answer as `text` or `json`, and the exit code."""
    data, text, code = _ACTIONS[action](look)
    return (json.dumps({"version": 1, **data}, indent=2) + "\n" if form == "json" else text), code


def _info(look: Look) -> Answer:
    found = contents()
    data = {
        "folder": None if found.folder is None else str(found.folder),
        "on": is_on(),
        "limit_bytes": found.limit,
        "bytes": sum(found.bytes.values()),
        "entries": {kind: {"number": found.entries[kind], "bytes": found.bytes[kind]} for kind in found.entries},
    }
    rows = [(_NAMES[kind], str(found.entries[kind]), _size(found.bytes[kind])) for kind in found.entries]
    rows.append(("together", str(sum(found.entries.values())), _size(sum(found.bytes.values()))))
    switched = "" if is_on() else "it is switched off by QSPEC_NO_CACHE\n"
    head = f"the cache is in {found.folder or 'no folder'}, and has {_size(found.limit)} at most\n{switched}\n"
    return data, head + table(("", "entries", "size"), rows, right={1, 2}, indent=2, look=look), 0


def _clear(_look: Look) -> Answer:
    gone, left = clear()
    text = f"removed {_entries(gone)}\n" + (f"{_entries(left)} could not be removed\n" if left else "")
    return {"removed": gone, "left": left}, text, NOT_REMOVED if left else 0


def _verify(_look: Look) -> Answer:
    found = verify()
    data = {
        "sound": found.sound,
        "damaged": [str(path) for path in found.damaged],
        "left": [str(path) for path in found.left],
    }
    lines = [f"{_entries(found.sound)} sound, {len(found.damaged)} damaged\n"]
    lines += [f"{'cannot remove' if path in found.left else 'removed'}: {path}\n" for path in found.damaged]
    return data, "".join(lines), NOT_REMOVED if found.left else DAMAGED if found.damaged else 0


_ACTIONS: dict[str, Callable[[Look], Answer]] = {"info": _info, "clear": _clear, "verify": _verify}


def _entries(number: int) -> str:
    return f"{number} {'entry' if number == 1 else 'entries'}"


def _size(number: float) -> str:
    if number < 1024:
        return f"{number:.0f} B"
    power = min(int(math.log(number, 1024)), 3)
    return f"{number / 1024**power:.1f} {'KMG'[power - 1]}iB"
