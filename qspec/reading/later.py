"""What the spec format has and this version of qspec cannot do yet, so that it is not called a mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qspec.diagnostics import Route

_TOP_KEYS = frozenset(["sweep"])
_WORDS = {
    "backends": frozenset(["python"]),
    "circuits": frozenset(["mqt_bench", "python"]),
    "sinks": frozenset(["hdf5", "junit", "parquet", "plot", "report", "rocrate", "sqlite"]),
    "checks": frozenset(["distribution", "same_as"]),
}


def is_later_key(route: Route) -> bool:
    """Whether the key at the end of the route belongs to the format, but not yet to this version of qspec."""
    return len(route) == 1 and route[0] in _TOP_KEYS


def is_later_word(shelf: str, word: object) -> bool:
    """Whether a kind of a shelf belongs to the format, but not yet to this version of qspec."""
    return isinstance(word, str) and word in _WORDS.get(shelf, ())
