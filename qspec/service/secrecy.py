"""What must never be written down: the account's token and what is derived from it, wherever the service repeats them."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterator

REMOVED = "[removed]"
_SHORTEST, _LONG = 6, 12
_BEARER = r"(?i)\b(bearer|apikey)\s+[\w.~+/=-]{8,}"
_SIGNED = r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"


class Secrets:
    """The secrets that a process has met, in every form in which a server may send them back."""

    def __init__(self) -> None:
        self._forms: list[str] = []

    def add(self, secret: str | None) -> None:
        """Remember a secret. Very short ones would make texts unreadable and protect nothing."""
        if secret and len(secret) >= _SHORTEST:
            self._forms = sorted({*self._forms, *_forms(secret)}, key=len, reverse=True)

    def removed_from(self, text: str) -> str:
        """The text without them."""
        for form in self._forms:
            text = text.replace(form, REMOVED)
        return re.sub(_SIGNED, REMOVED, re.sub(_BEARER, rf"\1 {REMOVED}", text))

    def removed_from_bytes(self, content: bytes) -> bytes:
        """The bytes of a result without them; the same bytes where there are none.

        Short ones stay: no service knows a password of the way to it, and a word of the result may be spelt like one.
        """
        removed = REMOVED.encode()
        for form in self._forms:
            if len(form) >= _LONG:
                content = content.replace(form.encode(), removed)
        content = re.sub(_BEARER.encode(), rb"\1 " + removed, content)
        return re.sub(_SIGNED.encode(), removed, content)

    def removed_from_data(self, value: Any) -> Any:
        """JSON data without them, in names as well as in values."""
        if isinstance(value, str):
            return self.removed_from(value)
        if isinstance(value, dict):
            return {self.removed_from(str(key)): self.removed_from_data(item) for key, item in value.items()}
        return [self.removed_from_data(item) for item in value] if isinstance(value, (list, tuple)) else value


def _forms(secret: str) -> set[str]:
    content = secret.encode()
    plain = {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}
    return (
        plain
        | {content.hex(), content.hex().upper()}
        | {form for form in _in_base64(content) if len(form) >= _SHORTEST}
    )


def _in_base64(content: bytes) -> Iterator[str]:
    """What the bytes look like in base64, alone and within other bytes, which may begin in any of three places."""
    for before in range(3):
        padded = b"\0" * before + content
        whole = padded[: len(padded) // 3 * 3]
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(whole).decode()[4 if before else 0 :]
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield from (encode(content).decode(), encode(content).decode().rstrip("="))
