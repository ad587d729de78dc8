"""Sessions and batches are opened, found again, and closed."""

from __future__ import annotations

import pytest

from qspec.errors import ServiceError, UsageError
from qspec.service.account import Account, open_service
from qspec.service.sessions import close_session, find_session, open_session
from tests.emulator.accounts import Instance


@pytest.mark.parametrize("mode", ["batch", "session"])
def test_it_is_found_until_it_is_closed(mode, opened):
    run = opened()
    session = open_session(run.backend, mode=mode, max_time=600)
    assert run.emulator.service.sessions[session.session_id].max_ttl == 600
    found = find_session(run.service, session.session_id, mode=mode)
    assert found.session_id == session.session_id
    close_session(run.service, session.session_id)
    assert find_session(run.service, session.session_id, mode=mode) is None


def test_one_that_the_service_does_not_know_is_none(opened):
    assert find_session(opened().service, "d000", mode="batch") is None


def test_one_that_the_service_does_not_know_is_closed(opened):
    close_session(opened().service, "d000")


def test_one_whose_backend_is_lost_can_be_closed(opened):
    run = opened()
    session = open_session(run.backend, mode="session", max_time=None)
    run.emulator.devices.retire("ibm_manila")
    service = open_service(Account(), run.time.patience())
    close_session(service, session.session_id)
    assert not run.emulator.service.sessions[session.session_id].accepting_jobs
    assert find_session(service, session.session_id, mode="session") is None


def test_a_service_that_does_not_say_is_an_error(opened):
    run = opened()
    session = open_session(run.backend, mode="batch", max_time=None)
    run.emulator.faults.add("status", status=503, method="GET", path="/sessions/*")
    with pytest.raises(ServiceError, match="cannot find the batch"):
        find_session(run.service, session.session_id, mode="batch")


def test_opening_is_tried_again(opened):
    run = opened()
    run.emulator.faults.add("status", status=503, method="POST", path="/sessions", nth=(1, 2))
    assert open_session(run.backend, mode="batch", max_time=None).session_id


@pytest.mark.parametrize("status", [400, 403])
def test_a_refusal_is_not_tried_again(status, opened):
    run = opened()
    run.emulator.faults.add("status", status=status, method="POST", path="/sessions")
    with pytest.raises(UsageError, match=f"cannot open a session: {status}"):
        open_session(run.backend, mode="session", max_time=None)
    assert run.emulator.ledger.count("POST", "/sessions") == 1


def test_a_plan_without_sessions_says_so(opened):
    run = opened(instances=[Instance(plan="open")])
    with pytest.raises(UsageError, match="not authorized to run a session when using the open plan"):
        open_session(run.backend, mode="session", max_time=None)
