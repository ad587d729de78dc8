"""What the service does late, or in words of its own: duplicates that turn up, jobs that ran too long, open sessions."""

from __future__ import annotations

import pytest

from qspec.errors import ServiceError, UnfinishedError
from qspec.running.cancelling import cancel_run
from qspec.running.resume import resume
from tests.service.emulated import BELL, one_job, rehearsals  # noqa: F401  a fixture

POST = {"method": "POST", "path": "/jobs"}


@pytest.mark.parametrize("queue", [40.0, 400.0])
def test_a_duplicate_that_turns_up_late_is_cancelled_while_it_waits(queue, rehearse):
    """The lists lag for longer than the job is looked for, so it is sent again; the first one is ahead in the queue."""
    run = rehearse(one_job(), settle=5.0, queue_seconds=queue)
    run.emulator.faults.lag_seconds = 12.0
    run.emulator.faults.add("status", status=504, phase="after", **POST, nth=(1,))
    run.go()
    first, second = run.emulator.ledger.jobs
    assert (run.statuses, run.ids) == (["DONE"], [first.id])
    assert second.status == "Cancelled"


def test_a_duplicate_is_still_told_of_when_it_turns_up_after_the_end(rehearse):
    run = rehearse(one_job(), settle=2.0)
    run.emulator.faults.lag_seconds = 12.0
    run.emulator.faults.add("status", status=504, phase="after", **POST, nth=(1,))
    run.go()
    assert run.statuses == ["DONE"]
    assert any("had it twice" in words for words in run.watcher.troubles)


@pytest.mark.parametrize("word", ["Cancelled - Ran too long", "Cancelled"])
def test_a_job_that_ran_too_long_has_failed(word, rehearse):
    run = rehearse(one_job(), queue_seconds=5.0)
    state = f'"status": "{word}", "reason": "it ran too long", "reason_code": 1305'
    body = '{"id": "ID", "backend": "ibm_manila", "program": {"id": "executor"}, "state": {STATE}}'
    run.go(wait=False)
    text = body.replace("ID", run.ids[0]).replace("STATE", state)
    run.emulator.faults.add("body", text=text, method="GET", path="/jobs/*")
    run.go()
    job = run.record.job("counts")
    assert (job.status, job.error) == ("ERROR", "it ran too long")
    assert job.submissions[0].error_code == 1305


def test_a_failed_job_without_a_reason_has_ended_at_the_first_look(rehearse):
    run = rehearse(one_job()).go(wait=False)
    text = '{"id": "ID", "backend": "ibm_manila", "program": {"id": "executor"}, "state": {"status": "Failed"}}'
    run.emulator.faults.add("body", text=text.replace("ID", run.ids[0]), method="GET", path="/jobs/*")
    run.emulator.faults.add("status", status=404, method="GET", path="/jobs/*/results")
    run.go(look_once=True)
    assert run.statuses == ["ERROR"]


def test_one_job_that_failed_says_nothing_about_another_that_cannot_be_asked_about(rehearse):
    run = rehearse(queue_seconds=30.0).go(wait=False)
    first, second = run.emulator.ledger.jobs
    text = '{"id": "ID", "backend": "ibm_manila", "program": {"id": "executor"}, "state": {"status": "Failed"}}'
    run.emulator.faults.add("body", text=text.replace("ID", first.id), method="GET", path=f"/jobs/{first.id}")
    run.emulator.faults.add("status", status=404, method="GET", path=f"/jobs/{first.id}/results")
    run.emulator.faults.add("status", status=503, method="GET", path=f"/jobs/{second.id}", times=6)
    run.go()
    assert run.statuses == ["ERROR", "DONE"]


def test_what_a_batch_has_is_collected_when_its_backend_is_lost_half_way(rehearse):
    run = rehearse(mode="batch", devices=("manila", "quito")).begin()
    run.emulator.faults.add("status", status=429, **POST, nth=tuple(range(2, 200)))
    run.emulator.faults.add("status", status=503, method="PATCH", path="/sessions/*")
    with pytest.raises(UnfinishedError):
        run.go()
    run.emulator.faults.clear()
    run.emulator.devices.retire("ibm_manila")
    run.go()
    assert run.statuses == ["DONE", "ERROR"]
    assert "no backend 'ibm_manila'" in run.record.job("again").error


@pytest.mark.parametrize("how", [resume, cancel_run])
def test_a_session_that_could_not_be_closed_is_closed_later(how, rehearse):
    run = rehearse(mode="session").begin()
    run.emulator.faults.add("status", status=500, method="PATCH", path="/sessions/*")
    assert resume(run.path).outcome == "done"
    [session] = run.emulator.service.sessions.values()
    assert session.accepting_jobs
    assert not run.record.execution.closed
    run.emulator.faults.clear()
    how(run.path)
    assert not session.accepting_jobs
    assert (run.record.outcome, run.record.execution.closed) == ("done", True)
    assert run.events[-1] in ("run-finished", "session-closed")


def test_a_session_whose_answer_has_no_id_is_none(rehearse):
    run = rehearse(mode="session").begin()
    run.emulator.faults.add("body", text="{}", method="POST", path="/sessions")
    with pytest.raises(ServiceError, match="cannot open a session"):
        run.go()
    assert run.posts == 0


def test_a_token_that_expired_before_the_session_is_renewed(rehearse):
    run = rehearse(mode="session").begin()
    run.emulator.faults.add("expire", method="POST", path="/sessions", nth=(1,))
    run.go()
    assert run.statuses == ["DONE", "DONE"]


def test_a_token_that_expires_in_the_middle_of_another_trouble_is_renewed(rehearse):
    run = rehearse(one_job()).begin()
    run.emulator.faults.add("status", status=503, method="GET", path="/jobs/*", nth=(1,))
    run.emulator.faults.add("expire", method="GET", path="/jobs/*", nth=(2,))
    run.go()
    assert (run.statuses, run.watcher.troubles) == (["DONE"], [])


@pytest.mark.parametrize("path", ["/backends", "/backends/*/configuration"])
@pytest.mark.parametrize("text", ["<html>gateway</html>", "<empty>"])
def test_a_page_in_the_place_of_an_answer_makes_no_backend_unknown(path, text, rehearse):
    run = rehearse(BELL)
    run.emulator.faults.add("body", text=text, method="GET", path=path, nth=(1,))
    run.begin()
    run.emulator.faults.add("body", text=text, method="GET", path=path, nth=(1,))
    run.go()
    assert run.statuses == ["DONE", "DONE"]


@pytest.mark.parametrize("devices", [("manila",), ("manila", "quito")])
def test_pages_for_good_are_the_services_fault(devices, rehearse):
    run = rehearse(BELL, devices=devices)
    run.emulator.faults.add("body", text="<html>", method="GET", path="/backends/ibm_manila/configuration")
    with pytest.raises(ServiceError, match="make no sense"):
        run.begin()


def test_a_request_that_hangs_does_not_outlast_the_deadline_by_much(rehearse, monkeypatch):
    run = rehearse(one_job(), deadline=30.0, queue_seconds=1000.0).begin()
    run.emulator.faults.add("status", status=503, method="GET", path="/jobs/*")
    with pytest.raises(UnfinishedError):
        run.go()
    assert run.time.seconds < 60
