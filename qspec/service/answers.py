"""What an answer of the service says, or a failure on the way to one."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from requests.exceptions import ConnectTimeout
from urllib3.exceptions import MaxRetryError, NewConnectionError

if TYPE_CHECKING:
    from requests import RequestException, Response

_TAG = re.compile(r"</?[a-zA-Z!][^<>]*>")
_MOST_BYTES = 100_000


def never_left(error: RequestException) -> bool:
    """Whether a request certainly did not reach the service: there was no connection to send it over."""
    if isinstance(error, ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)


def retry_after(response: Response) -> float:
    """The seconds that the service asks to wait, said as a number of them or as a date; 0 where it asks for nothing."""
    said = response.headers.get("Retry-After", "")
    if said.isdecimal():
        return float(said)
    try:
        return max((parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds(), 0.0)
    except (ValueError, TypeError):  # no date, or one without a zone
        return 0.0


def said_in(content: bytes) -> str:
    """The words of an error answer: those of the service's JSON, else of its text or page, in one line."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return " ".join(_TAG.sub(" ", content[:_MOST_BYTES].decode("utf-8", "replace")).split())
    errors = data.get("errors") or data.get("error") if isinstance(data, dict) else None
    listed = errors if isinstance(errors, list) else [errors]
    said = (error.get("message") if isinstance(error, dict) else error for error in listed)
    return "; ".join(words for words in said if isinstance(words, str) and words)


def names_in(content: bytes) -> frozenset[str]:
    """The names in a list of backends; none where it is no such list."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return frozenset()
    devices = data.get("devices") if isinstance(data, dict) else None
    names = [each.get("name") if isinstance(each, dict) else each for each in devices or ()]
    return frozenset(name for name in names if isinstance(name, str))


def reason_of_failure(error: Exception) -> str:
    """The innermost cause of a connection's failure, in words."""
    while error.__cause__ or error.__context__:
        inner = error.__cause__ or error.__context__
        if not isinstance(inner, Exception):
            break
        error = inner
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return f"no answer: {words[:1].lower()}{words[1:]}"
