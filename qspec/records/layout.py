"""JSON for people to read: what fits stands on one line, the rest is indented."""

from __future__ import annotations

import json
from itertools import chain, islice
from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_WIDTH = 110
_PIECES = 1000


class Entries:
    """A mapping for `readable` that is too long for one line, and whose entries are made when they are written."""

    def __init__(self, entries: Iterable[tuple[str, Any]]) -> None:
        self.entries = entries


def readable(data: Any) -> bytes:
    """JSON for people: what fits stands on one line, the rest is indented. The indenting of `json` itself is slow."""
    return f"{laid_out(data, '')}\n".encode("utf-8", "backslashreplace")


def readable_pieces(data: Any) -> Iterator[bytes]:
    """The same piece by piece, of which `data` may hold `Entries`."""
    pieces = chain(_pieces(data, ""), ["\n"])
    while some := "".join(islice(pieces, _PIECES)):
        yield some.encode("utf-8", "backslashreplace")


def one_line(data: Any) -> bytes:
    """The same on one line, without its end."""
    return _line(data).encode("utf-8", "backslashreplace")


_line = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def _pieces(data: Any, indent: str) -> Iterator[str]:
    whole = _whole(data, indent)
    if whole is not None:
        yield whole
        return
    inner = indent + "  "
    if isinstance(data, list):
        opening, closing = "[", "]"
        rows: Iterable[tuple[str, Any]] = (("", value) for value in data)
    else:
        opening, closing = "{", "}"
        entries = data.entries if isinstance(data, Entries) else data.items()
        rows = ((f"{_line(str(key))}: ", value) for key, value in entries)
    before = f"{opening}\n{inner}"
    for head, value in rows:
        yield before + head
        yield from _pieces(value, inner)
        before = f",\n{inner}"
    yield f"\n{indent}{closing}"


def _whole(data: Any, indent: str) -> str | None:
    """The data laid out; None where there are entries in them that are not made yet."""
    try:
        return laid_out(data, indent)
    except TypeError:
        if isinstance(data, (dict, list, Entries)):
            return None
        raise


def as_block(rows: Iterable[str]) -> bytes:
    """What `readable` gives for a mapping that does not fit on one line, from the text of each of its entries."""
    return "{{\n  {}\n}}\n".format(",\n  ".join(rows)).encode("utf-8", "backslashreplace")


def laid_out(data: Any, indent: str) -> str:
    """The text of some data that stand behind so much indentation."""
    if isinstance(data, dict):
        inner = indent + "  "
        return _block("{", [f"{_line(str(key))}: {laid_out(value, inner)}" for key, value in data.items()], "}", indent)
    if isinstance(data, list):
        inner = indent + "  "
        return _block("[", [laid_out(value, inner) for value in data], "]", indent)
    if data is None:
        return "null"
    return repr(data) if type(data) is int or (type(data) is float and isfinite(data)) else _line(data)


def _block(opening: str, rows: list[str], closing: str, indent: str) -> str:
    """The rows on one line where they fit, and none of them took more; else each on its own."""
    line = f"{opening}{', '.join(rows)}{closing}"
    if len(line) + len(indent) <= _WIDTH and "\n" not in line:
        return line
    inner = f"\n{indent}  "
    return f"{opening}{inner}{f',{inner}'.join(rows)}\n{indent}{closing}"
