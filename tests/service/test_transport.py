"""How requests travel: what may be repeated is, with pauses; what may not goes out once; no answer is waited for for ever."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import pytest
from requests import Response, Session

from qspec.errors import ServiceError
from qspec.service import transport
from qspec.service.answers import retry_after, said_in
from qspec.service.login import sessions_of

PASSING = [500, 502, 503, 504, 520, 521, 522, 524, 408, 425, 429]
USAGE = {"method": "GET", "path": "/instances/usage"}


@pytest.mark.parametrize("status", PASSING)
def test_a_passing_trouble_is_waited_out_with_pauses(status, opened):
    run = opened()
    run.emulator.faults.add("status", status=status, **USAGE, nth=(1, 2, 3))
    assert run.backend.usage().remaining is not None
    assert run.time.seconds > 3


@pytest.mark.parametrize("status", [400, 403, 404, 410, 501])
def test_a_lasting_refusal_is_not_asked_for_again(status, opened):
    run = opened()
    run.emulator.faults.add("status", status=status, **USAGE)
    with pytest.raises(ServiceError, match=f"cannot read the instance's usage: {status}"):
        run.backend.usage()
    assert run.emulator.ledger.count("GET", "/instances/usage") == 1


@pytest.mark.parametrize("how", ["drop", "reset"])
def test_a_cut_connection_is_asked_over_again(how, opened):
    run = opened()
    run.emulator.faults.add(how, **USAGE, nth=(1, 2))
    assert run.backend.usage().remaining is not None


def test_asking_again_comes_to_an_end(opened):
    run = opened()
    run.emulator.faults.add("status", status=503, **USAGE)
    with pytest.raises(ServiceError, match="503"):
        run.backend.usage()
    assert run.emulator.ledger.count("GET", "/instances/usage") == 5
    assert run.service.transport.is_unreachable


def test_a_request_that_hangs_is_given_up(opened, monkeypatch):
    monkeypatch.setattr(transport, "_READ_SECONDS", 0.1)
    run = opened()
    run.emulator.faults.add("hang", **USAGE)
    with pytest.raises(ServiceError, match="no answer"):
        run.backend.usage()


def test_the_service_is_given_the_time_that_it_asks_for(opened):
    run = opened()
    run.emulator.faults.add("status", status=429, retry_after=50.0, **USAGE, nth=(1,))
    run.backend.usage()
    assert 50 <= run.time.seconds < 60


@pytest.mark.parametrize("said", ["Wed, 21 Oct 2026 07:28:00 GMT", "-5", "soon", "", "²"])
def test_a_time_to_wait_that_is_no_number_is_none(said):
    response = Response()
    response.headers["Retry-After"] = said
    assert retry_after(response) == 0.0


def test_a_trouble_that_is_over_is_not_remembered(opened):
    run = opened()
    run.emulator.faults.add("status", status=503, **USAGE, nth=(1,))
    run.backend.usage()
    assert (run.service.transport.last_error, run.service.transport.last_status) == ("", None)
    assert not run.service.transport.is_unreachable


def test_an_expired_token_is_renewed_within_a_request(opened):
    run = opened()
    run.emulator.accounts.expire()
    assert run.backend.usage().remaining is not None


def test_a_token_that_is_refused_anew_ends_the_request(opened):
    run = opened()
    run.emulator.faults.add("status", status=401, **USAGE)
    with pytest.raises(ServiceError, match="401") as caught:
        run.backend.usage()
    assert "does not accept the account any more" in caught.value.advice


def test_a_session_is_opened_by_one_request(opened):
    from qspec.service.sessions import open_session

    run = opened()
    open_session(run.backend, mode="session", max_time=None)
    assert run.emulator.ledger.count("POST", "/sessions") == 1


WORDS = [
    (b'{"errors": [{"message": "one"}, {"message": "two"}]}', "one; two"),
    (b'{"errors": ["one", {}]}', "one"),
    (b'{"error": {"message": "one"}}', "one"),
    (b'{"error": "one"}', "one"),
    (b"<html><head/>\n <h1>bad  gateway</h1></html>", "bad gateway"),
    (b"1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
    (b"\xff\xfe", "��"),
    (b"[1]", ""),
    (b"null", ""),
    (b'{"errors": 7}', ""),
    (b'{"errors": {"message": "one"}}', "one"),
    (b"[" * 100_000, None),
]


@pytest.mark.parametrize(("content", "words"), WORDS, ids=[content[:40] for content, _ in WORDS])
def test_the_words_of_an_error(content, words):
    said = said_in(content)
    assert said == words or words is None


def test_a_date_to_wait_for_is_understood(monkeypatch):
    from datetime import UTC, datetime, timedelta
    from email.utils import format_datetime

    response = Response()
    response.headers["Retry-After"] = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert 50 < retry_after(response) <= 60
    response.headers["Retry-After"] = "Fri, 31 Dec 1999 23:59:59 GMT"
    assert retry_after(response) == 0


def test_nothing_takes_longer_than_a_person_waits(opened):
    run = opened()
    run.emulator.faults.add("status", status=503, path="/**")
    start = run.time.seconds
    with run.service.transport.within(10.0), pytest.raises(ServiceError), run.service.calling("asked"):
        run.service.client.jobs(limit=1)
    assert run.time.seconds - start < 10


class Elsewhere(BaseHTTPRequestHandler):
    """A host that sends to another one, `localhost`, which asks who is there; both remember who said so."""

    seen: ClassVar[dict[str, list[str | None]]] = {}

    def do_GET(self):
        self.seen.setdefault(self.path, []).append(self.headers.get("Authorization"))
        self.send_response(302 if self.path == "/result" else 401)
        self.send_header("Location", f"http://localhost:{self.server.server_port}/stored")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments):
        pass


def test_another_host_gets_no_token_even_when_it_asks_for_one(opened):
    service = opened().service
    session = Session()  # the client's own sends every path to the service
    session.mount("http://", service.transport)
    session.auth = sessions_of(service.client)[0].auth
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        answer = session.get(f"http://127.0.0.1:{server.server_port}/result")
    finally:
        server.shutdown()
        server.server_close()
    assert answer.status_code == 401
    assert Elsewhere.seen["/result"][0].startswith("Bearer ")
    assert set(Elsewhere.seen["/stored"]) == {None}
