"""One attempt is one request, whatever comes back; and what there is afterwards is found by its tag."""

from __future__ import annotations

import pytest

from qspec.errors import ServiceError
from qspec.service.primitives import submit
from qspec.service.submission import attempt, cancel, look_up
from tests.emulator.faults import Fault
from tests.service.emulated import bell_pub

POST = {"method": "POST", "path": "/jobs"}
ANSWERS = [
    *(pytest.param({"do": "status", "status": status, "phase": "before"}, "unknown", 0, id=f"{status} before")
      for status in (500, 502, 503, 504, 520, 522, 524, 408, 409, 425, 499)),
    *(pytest.param({"do": "status", "status": status, "phase": "after"}, "unknown", 1, id=f"{status} after")
      for status in (500, 502, 503, 504, 408, 409)),
    *(pytest.param({"do": "status", "status": status}, "refused", 0, id=str(status))
      for status in (400, 403, 404, 413, 422)),
    pytest.param({"do": "status", "status": 429, "retry_after": 7.0}, "busy", 0, id="429"),
    pytest.param({"do": "status", "status": 401}, "unauthorised", 0, id="401"),
    pytest.param({"do": "status", "status": 307, "phase": "after"}, "unknown", 1, id="a redirection to nowhere"),
    pytest.param({"do": "drop", "phase": "before"}, "unknown", 0, id="cut before"),
    pytest.param({"do": "drop", "phase": "after"}, "unknown", 1, id="cut after"),
    pytest.param({"do": "reset", "phase": "before"}, "unknown", 0, id="reset before"),
    pytest.param({"do": "reset", "phase": "after"}, "unknown", 1, id="reset after"),
    pytest.param({"do": "truncate", "phase": "after"}, "unknown", 1, id="cut in the answer"),
    pytest.param({"do": "body", "text": "<empty>"}, "unknown", 1, id="empty answer"),
    pytest.param({"do": "body", "text": "<garbage>"}, "unknown", 1, id="not JSON"),
    pytest.param({"do": "body", "text": "[1]"}, "unknown", 1, id="a list"),
    pytest.param({"do": "body", "text": '{"id": 7}'}, "unknown", 1, id="a number for an ID"),
    pytest.param({"do": "body", "text": '{"id": ""}'}, "unknown", 1, id="no ID"),
]  # fmt: skip


def send(run, *, tag="mine", program="sampler", **options):
    return attempt(
        run.service,
        lambda: submit(program, run.backend.runtime, [bell_pub()], options=options, tags=[tag], dry_run=False),
    )


def test_an_accepted_job_has_its_id_and_took_one_request(opened):
    run = opened()
    answer = send(run)
    assert (answer.fate, answer.job_id) == ("accepted", run.emulator.ledger.jobs[0].id)
    assert run.posts == 1


@pytest.mark.parametrize(("fault", "fate", "jobs"), ANSWERS)
def test_one_attempt_is_one_request_whatever_the_answer(fault, fate, jobs, opened):
    run = opened()
    run.emulator.faults.add(**fault, **POST)
    answer = send(run)
    assert (answer.fate, run.posts, len(run.emulator.ledger.jobs)) == (fate, 1, jobs)
    assert answer.words


@pytest.mark.parametrize(
    ("said", "seconds"),
    [({"retry_after": 7.0}, 7.0), ({"retry_after": 7.0, "retry_date": True}, pytest.approx(7.5, abs=1.5)), ({}, 0.0)],
    ids=["seconds", "a date", "nothing"],
)
def test_what_the_service_asks_to_wait_is_known(said, seconds, opened):
    run = opened()
    run.emulator.faults.add("status", status=429, **said, **POST)
    answer = send(run)
    assert (answer.fate, answer.retry_after) == ("busy", seconds)


def test_without_a_connection_nothing_was_sent(opened):
    run = opened()
    run.emulator.faults.add("drop", method="POST", path="/jobs")
    run.backend.runtime.status()
    run.emulator.stop()
    assert send(run).fate == "not-sent"
    assert run.posts == 0


def test_a_mistake_in_the_job_is_no_failure_of_the_service(opened):
    run = opened()
    with pytest.raises(ServiceError, match="the job was not submitted"):
        send(run, no_such_option=1)
    assert run.posts == 0


def test_a_token_that_cannot_be_had_is_no_mistake_in_the_job(opened):
    run = opened()
    run.service.transport.forget_tokens()
    run.emulator.faults.add("status", method="POST", path="/iam/**", status=503)
    assert send(run).fate == "not-sent"
    assert run.posts == 0


def test_an_answer_that_names_another_backend_still_counts_as_accepted(opened):
    run = opened()
    run.emulator.faults.add("body", text='{"id": "d123", "backend": "ibm_elsewhere"}', **POST)
    answer = send(run)
    assert (answer.fate, answer.job_id, run.posts) == ("accepted", "d123", 1)


def test_a_job_is_found_by_its_tag_and_no_other(opened):
    run = opened()
    ids = [send(run, tag=tag).job_id for tag in ("one", "two")]
    look = {tag: look_up(run.service, tag, instance=run.backend.instance).job_ids for tag in ("one", "two", "on")}
    assert look == {"one": (ids[0],), "two": (ids[1],), "on": ()}


def test_the_oldest_of_many_comes_first_beyond_the_first_page(opened):
    run = opened()
    ids = []
    for _ in range(23):
        ids.append(send(run).job_id)
        run.emulator.clock.advance(1)
    assert look_up(run.service, "mine", instance=run.backend.instance).job_ids == tuple(ids)


@pytest.mark.parametrize(("bare", "page"), [(True, None), (False, 2), (True, 2)])
def test_lists_without_tags_and_with_short_pages_are_read_to_their_end(bare, page, opened):
    run = opened()
    run.emulator.faults.bare_lists, run.emulator.faults.page_jobs = bare, page
    ids = []
    for _ in range(5):
        ids.append(send(run).job_id)
        send(run, tag="theirs")
        run.emulator.clock.advance(1)
    assert look_up(run.service, "mine", instance=run.backend.instance).job_ids == tuple(ids)


@pytest.mark.parametrize("text", ["<empty>", "<garbage>", "[]", "{}", '{"jobs": [{}], "count": 1}', '{"jobs": 3}'])
def test_a_list_that_cannot_be_read_is_not_an_empty_one(text, opened):
    run = opened()
    run.emulator.faults.add("body", method="GET", path="/jobs", text=text)
    with pytest.raises(ServiceError, match="cannot look for the job by its tag"):
        look_up(run.service, "mine", instance=run.backend.instance)


def test_a_list_without_end_is_given_up(opened, monkeypatch):
    monkeypatch.setattr("qspec.service.transport._MOST_REQUESTS", 40)
    run = opened()
    run.emulator.faults.add("body", method="GET", path="/jobs", text='{"jobs": [], "count": 9}')
    with pytest.raises(ServiceError, match="do not come to an end"):
        look_up(run.service, "mine", instance=run.backend.instance)
    assert run.emulator.ledger.count("GET", "/jobs") == 40


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_list_that_fails_for_a_while_is_asked_for_again(status, opened):
    run = opened()
    send(run)
    run.emulator.faults.add("status", method="GET", path="/jobs", status=status, nth=(1, 2))
    assert len(look_up(run.service, "mine", instance=run.backend.instance).job_ids) == 1


def test_a_job_is_cancelled_and_one_that_ended_is_not(opened):
    run = opened(queue_seconds=60.0)
    first, second = send(run).job_id, send(run).job_id
    assert cancel(run.service, [first]) == {}
    assert run.emulator.ledger.jobs[0].status == "Cancelled"
    run.emulator.clock.advance(61)
    while not run.emulator.ledger.jobs[1].ended:
        run.time.sleep(1)
    assert "cannot be cancelled" in cancel(run.service, [first, second])[second]


def test_cancelling_goes_on_after_a_refusal(opened):
    run = opened(queue_seconds=60.0)
    job = send(run).job_id
    assert set(cancel(run.service, ["d000", job])) == {"d000"}
    assert run.emulator.ledger.jobs[0].status == "Cancelled"


def test_the_fault_list_is_of_known_kinds():
    for case in ANSWERS:
        assert Fault(**case.values[0], **POST)
