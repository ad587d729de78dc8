"""One entry of the cache as bytes: a line that says what it is, with a checksum of the content, and the content."""

from __future__ import annotations

import hashlib
import json
from typing import Any

FORM = 1
"""The version of entries. It is part of every key: raise it when what is kept, or how it is made, changes."""

KINDS = ("isa", "parsed")
"""What entries there are: ISA circuits, and circuits that were read from a text."""


def key_of(data: Any) -> str:
    """The key of an entry: the SHA-256, in hexadecimal digits, of all that it depends on, which is JSON data."""
    text = json.dumps([FORM, data], sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def seal(kind: str, key: str, content: bytes) -> bytes:
    """The bytes of the file that holds an entry."""
    return _head(kind, key, content) + content


def unseal(sealed: bytes, kind: str, key: str) -> bytes | None:
    """The content of an entry; None when it is not whole, or is not the one of this kind and key."""
    end = sealed.find(b"\n") + 1
    content = sealed[end:]
    return content if end and sealed[:end] == _head(kind, key, content) else None


def _head(kind: str, key: str, content: bytes) -> bytes:
    return f"qspec-cache {FORM} {kind} {key} {len(content)} {hashlib.sha256(content).hexdigest()}\n".encode()
