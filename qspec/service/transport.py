"""How requests to the service travel: what may be repeated is, what may not goes out once, and nothing hangs for ever.

The runtime's client sends `POST /jobs` again by itself after a 5xx answer, up to six times, and a service that had
accepted the job has then several, each to be paid. It also waits for answers without end. Both are decided by the
transport adapter of the client's `requests` session, which is replaced here (`qspec.service.login`).
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from requests import RequestException
from requests.adapters import HTTPAdapter

from qspec.errors import ServiceError
from qspec.service.answers import names_in, never_left, reason_of_failure, retry_after, said_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from requests import PreparedRequest, Response

    from qspec.service.login import Login
    from qspec.service.patience import Patience
    from qspec.service.secrecy import Secrets

REFUSED_LOGINS = frozenset({400, 401, 403})
"""Answers to a log-in that say that the account itself is refused."""
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 524})
_REPEATS = 4
_JOB = re.compile(r"/jobs/[^/]+$")
_CONNECT_SECONDS, _READ_SECONDS, _SUBMIT_SECONDS = 10.0, 45.0, 120.0
_LONG_ENOUGH = 3.0
"""Seconds that must be left for a request to be made again after a passing trouble."""
_MOST_REQUESTS = 500
_LONGEST = 500


@dataclass(slots=True)
class Attempt:
    """What is known of one attempt to submit a job: whether the request left, and what came back."""

    sent: bool = False
    status: int | None = None
    content: bytes = b""
    retry_after: float = 0.0


class Transport(HTTPAdapter):
    """Sends the requests of one service object.

    `last_error` is the last answer or failure that stood in the way, without secrets; `received` is called with the
    path and the bytes of every result that arrives, before anybody decodes them. `job_answer` is the last answer about
    a job within the last call; `listed` are the names of backends that were in any list of them.
    """

    def __init__(self, patience: Patience, secrets: Secrets) -> None:
        super().__init__(max_retries=0)
        self.patience = patience
        self.secrets = secrets
        self.last_error = ""
        self.last_status: int | None = None
        self.job_answer = b""
        self.listed: frozenset[str] = frozenset()
        self.received: Callable[[str, bytes], None] | None = None
        self.logins: dict[str, Login] = {}
        self._attempt: Attempt | None = None
        self._budget = _MOST_REQUESTS
        self._end: float | None = None

    @contextmanager
    def watching(self) -> Iterator[Attempt]:
        """What becomes of the one job that is submitted within the block."""
        self._attempt = Attempt()
        try:
            yield self._attempt
        finally:
            self._attempt = None

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """No answer is waited for longer than so many seconds in all within the block, and none asked for again then."""
        self._end = self.patience.now() + seconds
        try:
            yield
        finally:
            self._end = None

    @property
    def repeats(self) -> int:
        """How often a request that changes nothing is made again after a passing trouble."""
        return _REPEATS if self._end is None or self._end - self.patience.now() > _LONG_ENOUGH else 0

    @contextmanager
    def call(self) -> Iterator[None]:
        """One call of the client: it may not go on asking for ever, and its trouble is remembered afresh."""
        self._budget, self.last_error, self.last_status, self.job_answer = _MOST_REQUESTS, "", None, b""
        yield

    def send(  # type: ignore[override]
        self,
        request: PreparedRequest,
        stream: bool = False,  # noqa: ARG002, FBT001, FBT002  as requests has it
        timeout: Any = None,  # noqa: ARG002
        **settings: Any,
    ) -> Response:
        """Send a request as its kind allows. The answer's body has been read when this returns."""
        self.secrets.add(str(request.headers.get("Authorization") or "").rpartition(" ")[2])
        self._budget -= 1
        if self._budget < 0:
            raise ServiceError("the service's answers do not come to an end")
        path = urlsplit(request.url or "").path
        if request.method == "POST" and path.endswith("/jobs"):
            return self._submit(request, settings)
        if request.method == "POST" and not path.endswith("/cancel"):
            response = self._once(request, settings, _READ_SECONDS)
            renewed = response.status_code == HTTPStatus.UNAUTHORIZED and self._renew(request)
            return self._once(request, settings, _READ_SECONDS) if renewed else response
        response = self._repeatedly(request, settings)
        if _JOB.search(path) and response.status_code == HTTPStatus.OK:
            self.job_answer = response.content
        if path.endswith("/backends") and response.status_code == HTTPStatus.OK:
            self.listed |= names_in(response.content)
        if path.endswith("/results") and response.status_code == HTTPStatus.OK and self.received:
            self.received(path, response.content)
        return response

    def _submit(self, request: PreparedRequest, settings: dict[str, Any]) -> Response:
        attempt = self._attempt or Attempt()
        if attempt.sent:
            raise ServiceError("the runtime's client asked to submit a job twice")
        attempt.sent = True
        self.close()  # an idle connection that the server has given up would make the answer's loss look like the job's
        try:
            response = self._once(request, settings, _SUBMIT_SECONDS)
        except RequestException as error:
            attempt.sent = not never_left(error)
            raise
        attempt.status, attempt.content = response.status_code, response.content
        attempt.retry_after = retry_after(response)
        return response

    def _repeatedly(self, request: PreparedRequest, settings: dict[str, Any]) -> Response:
        """Requests that change nothing when they are repeated: again after a passing trouble."""
        renewed = False
        for number in range(self.repeats):
            try:
                response = self._once(request, settings, _READ_SECONDS)
            except RequestException:
                self.patience.pause(number)
                continue
            if response.status_code == HTTPStatus.UNAUTHORIZED and not renewed and self._renew(request):
                renewed = True
                continue
            if response.status_code not in _PASSING:
                return response
            self.patience.pause(number, at_least=retry_after(response))
        return self._once(request, settings, _READ_SECONDS)

    @property
    def has_asked(self) -> bool:
        """Whether the last call came as far as sending a request."""
        return self._budget < _MOST_REQUESTS

    @property
    def is_unreachable(self) -> bool:
        """Whether the last call failed for want of an answer, or for one that says to try again later."""
        return bool(self.last_error) and (self.last_status is None or self.last_status in _PASSING)

    def _renew(self, request: PreparedRequest) -> bool:
        """Give a request a new token: the client itself keeps one that the service does not take any more.

        One that had none gets none: it was redirected to another host, which has no business with the account.
        """
        login = self.logins.get(str(request.headers.get("Service-CRN")))
        if login is None or "Authorization" not in request.headers:
            return False
        login.forget()
        login(request)
        return True

    def forget_tokens(self) -> None:
        """Ask for a new access token before the next request."""
        for login in self.logins.values():
            login.forget()

    def _once(self, request: PreparedRequest, settings: dict[str, Any], seconds: float) -> Response:
        left = seconds if self._end is None else self._end - self.patience.now()
        if left <= 0:
            raise ServiceError("the service took too long to answer")
        limits = (min(_CONNECT_SECONDS, left), min(seconds, left))
        try:
            response = super().send(request, stream=False, timeout=limits, **settings)
            response.content  # noqa: B018  reading it here makes a cut connection this request's failure
        except RequestException as error:
            self._note(reason_of_failure(error), None)
            raise
        failed = response.status_code >= HTTPStatus.BAD_REQUEST
        words = f"{response.status_code} {said_in(response.content) or response.reason}" if failed else ""
        self._note(words, response.status_code if failed else None)
        return response

    def note_login(self, error: Exception) -> None:
        """Remember why there is no access token."""
        status = getattr(error, "status_code", None)
        words = str(getattr(error, "message", "") or "") or reason_of_failure(error)
        self._note(f"{status} {words}" if status else words, 401 if status in REFUSED_LOGINS else None)

    def _note(self, words: str, status: int | None) -> None:
        self.last_error, self.last_status = self.secrets.removed_from(words)[:_LONGEST], status
