"""What comes in and what goes out: requests, answers, and refusals in the service's format."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON = "application/json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A request as it came: `path` is percent-decoded and starts with a slash; `headers` have lower-case names."""

    method: str
    path: str
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def word(self, name: str, default: str = "") -> str:
        """The value of a query parameter; of several, the last."""
        return self.query.get(name, [default])[-1]

    def data(self) -> Any:
        """The decoded JSON body. Raises `Refusal` when it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise Refusal(400, 1211, f"the body is not JSON: {error}") from error


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """An answer that has not been sent yet."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """The service says no: an HTTP status, a code of the service's registry and words."""

    def __init__(self, status: int, code: int, message: str, solution: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.solution = solution

    def answer(self, **headers: str) -> Answer:
        """The refusal as the service words it."""
        error = {
            "code": self.code,
            "message": str(self),
            "solution": self.solution,
            "more_info": "https://quantum.cloud.ibm.com/docs/errors",
        }
        return reply({"errors": [error], "trace": "emulated"}, status=self.status, **headers)


def reply(data: Any, *, status: int = 200, **headers: str) -> Answer:
    """An answer of JSON data."""
    return Answer(status=status, body=json.dumps(data).encode(), headers=headers)
