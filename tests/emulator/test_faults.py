from __future__ import annotations

import http.client
import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest

from emulator import Fault, FaultScript, JobScript
from emulator.circuits import bell
from emulator.faults import parse


def post(plain, body, **details):
    return plain.ask("POST", "/jobs", body | details)


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 502, 503, 504])
def test_a_status_before_means_that_there_is_no_job(status, emulator, plain, learner_body):
    emulator.faults.add("status", method="POST", path="/jobs", nth=(1,), status=status, retry_after=2)
    assert post(plain, learner_body)[0] == status
    assert plain.headers["Retry-After"] == "2"
    assert emulator.ledger.jobs == []
    assert post(plain, learner_body)[0] == 200


def test_a_refusal_may_say_when_to_ask_again_as_a_date_or_not_at_all(emulator, plain, learner_body):
    emulator.faults.add("status", method="POST", path="/jobs", nth=(1,), status=429, retry_after=30, retry_date=True)
    emulator.faults.add("status", method="POST", path="/jobs", nth=(2,), status=429)
    assert post(plain, learner_body)[0] == 429
    said = plain.headers["Retry-After"]
    assert said.endswith(" GMT")
    assert 30 <= (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds() + 1 <= 33
    assert post(plain, learner_body)[0] == 429
    assert plain.headers["Retry-After"] is None


def test_a_status_after_means_that_there_is_a_job(emulator, plain, learner_body):
    emulator.faults.add("status", method="POST", path="/jobs", status=504, phase="after")
    assert post(plain, learner_body)[0] == 504
    assert len(emulator.ledger.jobs) == 1
    entry = emulator.ledger.requests[-1]
    assert (entry.status, entry.fault, entry.job_id) == (504, "status 504 after", emulator.ledger.jobs[0].id)


@pytest.mark.parametrize("do", ["drop", "reset"])
@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_connection_is_cut_before_or_after(do, phase, emulator, plain, learner_body):
    plain.login()
    emulator.faults.add(do, method="POST", path="/jobs", phase=phase)
    with pytest.raises(ConnectionError):
        post(plain, learner_body)
    assert len(emulator.ledger.jobs) == (phase == "after")


def test_an_answer_is_cut_in_its_middle(emulator, plain, learner_body):
    emulator.faults.add("truncate", method="POST", path="/jobs")
    with pytest.raises(http.client.IncompleteRead):
        post(plain, learner_body)
    assert len(emulator.ledger.jobs) == 1
    assert emulator.ledger.requests[-1].outcome == "truncated"


def test_an_answer_comes_late_or_never(emulator, plain, learner_body):
    plain.login()
    emulator.faults.add("delay", method="GET", path="/jobs", seconds=0.3)
    emulator.faults.add("hang", method="POST", path="/jobs", phase="after")
    with pytest.raises(TimeoutError):
        plain.ask("GET", "/jobs", timeout=0.1)
    assert plain.ask("GET", "/jobs")[0] == 200
    with pytest.raises(TimeoutError):
        plain.ask("POST", "/jobs", learner_body, timeout=0.2)
    assert len(emulator.ledger.jobs) == 1


def test_login_fails_when_it_is_told_to(emulator, plain):
    emulator.faults.add("status", path="/iam/**", status=500, times=2)
    assert [plain.login() for _ in range(3)] == [500, 500, 200]


def test_after_expiry_a_new_token_helps(emulator, plain):
    assert plain.ask("GET", "/backends")[0] == 200
    emulator.faults.add("expire", path="/backends", nth=(1,))
    assert plain.ask("GET", "/backends")[0] == 401
    assert plain.ask("GET", "/jobs")[0] == 401
    plain.login()
    assert plain.ask("GET", "/backends")[0] == 200


def test_lists_lag_by_calls_and_by_time(emulator, plain, learner_body):
    emulator.faults.lag_calls = 2
    post(plain, learner_body)
    assert [plain.ask("GET", "/jobs")[1]["count"] for _ in range(3)] == [0, 0, 1]
    emulator.faults.lag_calls, emulator.faults.lag_seconds = 0, 30
    post(plain, learner_body)
    emulator.clock.advance(20)
    assert plain.ask("GET", "/jobs")[1]["count"] == 0
    emulator.clock.advance(20)
    assert plain.ask("GET", "/jobs")[1]["count"] == 2


def test_lists_may_leave_out_tags_and_have_short_pages(emulator, plain, learner_body):
    emulator.faults.bare_lists, emulator.faults.page_jobs = True, 2
    submitted = [post(plain, learner_body, tags=["t"])[1]["id"] for _ in range(3)]
    pages = [plain.ask("GET", f"/jobs?tags=t&limit=20&offset={offset}")[1] for offset in (0, 2, 3)]
    assert [[job["id"] for job in page["jobs"]] for page in pages] == [submitted[:0:-1], submitted[:1], []]
    assert {page["count"] for page in pages} == {3}
    assert not any("tags" in job for page in pages for job in page["jobs"])
    assert plain.ask("GET", f"/jobs/{submitted[0]}")[1]["tags"] == ["t"]


def test_a_job_fails_with_the_code_of_its_script(service, emulator):
    from qiskit_ibm_runtime.exceptions import RuntimeJobFailureError
    from qiskit_ibm_runtime.executor_sampler import Sampler

    emulator.faults.add_job(tag="bad", fail_code=6053, fail_reason="the fridge is warm")
    options = {"environment": {"job_tags": ["bad"]}}
    job = Sampler(service.backend("ibm_manila"), options=options).run([bell()], shots=10)
    with pytest.raises(RuntimeJobFailureError, match="Error code 6053; the fridge is warm"):
        job.result()


@pytest.mark.parametrize(("text", "expected"), [("Paused", "Paused"), ("<missing>", None)])
def test_a_state_has_another_word_or_none(text, expected, emulator, plain, learner_body):
    emulator.faults.add("word", path="/jobs/*", text=text, times=1)
    job_id = post(plain, learner_body)[1]["id"]
    assert plain.ask("GET", f"/jobs/{job_id}")[1]["state"].get("status") == expected
    emulator.wait_for()
    assert plain.ask("GET", f"/jobs/{job_id}")[1]["state"]["status"] == "Completed"


def test_random_words_are_the_same_for_the_same_seed(emulator, plain, learner_body):
    emulator.faults.add("word", path="/jobs/*", text="<random>", seed=3)
    job_id = post(plain, learner_body)[1]["id"]
    emulator.ledger.clear()
    words = [plain.ask("GET", f"/jobs/{job_id}")[1]["status"] for _ in range(8)]
    emulator.ledger.clear()
    assert [plain.ask("GET", f"/jobs/{job_id}")[1]["status"] for _ in range(8)] == words
    assert len(set(words)) > 2


@pytest.mark.parametrize("how", ["empty", "truncated", "garbage"])
def test_a_result_is_damaged(how, emulator, plain, learner_body):
    emulator.faults.add_job(nth=(1,), result=how)
    damaged, whole = (post(plain, learner_body)[1]["id"] for _ in range(2))
    emulator.wait_for()
    assert isinstance(plain.ask("GET", f"/jobs/{damaged}/results")[1], str)
    assert plain.ask("GET", f"/jobs/{whole}/results")[1]["schema_version"] == "v0.3"


def test_a_result_can_be_read_once(emulator, plain, learner_body):
    emulator.faults.add_job(once=True)
    job_id = post(plain, learner_body)[1]["id"]
    emulator.wait_for()
    assert [plain.ask("GET", f"/jobs/{job_id}/results")[0] for _ in range(2)] == [200, 410]


@pytest.mark.parametrize("stored", ["path", "host"])
def test_a_result_is_in_a_storage_for_who_has_its_signed_address(stored, emulator, plain, learner_body):
    emulator.faults.add_job(stored=stored)
    job = emulator.ledger.find(post(plain, learner_body)[1]["id"])
    emulator.wait_for()
    assert plain.ask("GET", f"/jobs/{job.id}/results") == (302, "")
    place = plain.headers["Location"]
    assert place.startswith("/storage/" if stored == "path" else f"http://localhost:{emulator.url.rpartition(':')[2]}/")
    address = place[place.index("/storage/") :]
    assert plain.raw("GET", address, None, {}) == (200, job.result.decode())
    assert plain.headers["Content-Type"] == "application/octet-stream"
    assert plain.raw("GET", address[:-1], None, {})[0] == 403
    with_a_token = plain.raw("GET", address, None, {"Authorization": f"Bearer {plain.token}"})[0]
    assert with_a_token == (200 if stored == "path" else 400)


def test_bodies_and_content_types_are_replaced(emulator, plain):
    emulator.faults.add("body", path="/backends", text="<garbage>", content_type="text/html", nth=(1,))
    emulator.faults.add("body", path="/backends", text="<empty>", nth=(2,))
    emulator.faults.add("body", path="/backends", text='{"devices": []}', nth=(3,))
    emulator.faults.add("body", path="/backends", text="<half>", nth=(4,))
    assert "<html>" in plain.ask("GET", "/backends")[1]
    assert plain.headers["Content-Type"] == "text/html"
    assert plain.ask("GET", "/backends")[1] == ""
    assert plain.ask("GET", "/backends")[1] == {"devices": []}
    assert isinstance(plain.ask("GET", "/backends")[1], str)


def test_faults_by_chance_follow_their_seed(emulator):
    def schedule(seed):
        script = FaultScript(faults=[Fault(do="drop", path="/jobs", chance=0.3, seed=seed)])
        return [bool(script.choose(number, "GET", "/jobs")) for number in range(200)]

    assert schedule(1) == schedule(1)
    assert schedule(1) != schedule(2)
    assert 30 < sum(schedule(1)) < 90


def test_paths_are_aimed_at_by_segments():
    fault = Fault(do="drop", method="GET", path="/jobs/*")
    assert fault.matches("GET", "/jobs/abc")
    assert not fault.matches("GET", "/jobs/abc/results")
    assert not fault.matches("POST", "/jobs/abc")
    assert Fault(do="drop", path="/jobs/**").matches("GET", "/jobs/abc/results")
    assert Fault(do="drop").matches("PATCH", "/anything/at/all")


def test_a_script_can_be_written_as_json():
    script = parse(
        json.loads(
            '{"faults": [{"do": "status", "status": 503, "nth": 2}], "jobs": [{"nth": [1, 3], "hold": true}],'
            ' "lag_calls": 4, "bare_lists": true}'
        )
    )
    assert script.faults == [Fault(do="status", status=503, nth=(2,))]
    assert script.jobs == [JobScript(nth=(1, 3), hold=True)]
    assert (script.lag_calls, script.bare_lists) == (4, True)
    again = parse(json.loads(json.dumps(script.data())))
    assert again.faults == script.faults
    assert again.data() == script.data()
    with pytest.raises(TypeError, match="fault script has no 'fault'"):
        parse({"fault": []})


def test_the_client_sends_a_job_again_on_its_own_when_the_answer_is_a_bad_gateway(service, emulator):
    from qiskit_ibm_runtime.executor_sampler import Sampler

    sampler = Sampler(service.backend("ibm_manila"))
    emulator.faults.add("status", method="POST", path="/jobs", status=502, phase="after", nth=(1,))
    sampler.run([bell()], shots=10).result()
    assert len(emulator.ledger.jobs) == 2
