"""What the spec format has and this version of qspec cannot do yet, so that it is not called a mistake."""

from __future__ import annotations

_WORDS = {
    "backends": frozenset(["python"]),
    "circuits": frozenset(["mqt_bench", "python"]),
    "sinks": frozenset(["hdf5", "junit", "parquet", "plot", "report", "rocrate", "sqlite"]),
}


def is_later_word(shelf: str, word: object) -> bool:
    """Whether a kind of a shelf belongs to the format, but not yet to this version of qspec."""
    return isinstance(word, str) and word in _WORDS.get(shelf, ())
