"""Who cancels a run is heeded at every moment, by whoever drives it, and whatever stands in the way."""

from __future__ import annotations

import pytest

from qspec.errors import MachineError, UnfinishedError
from qspec.running import cancelling
from qspec.running.cancelling import cancel_run
from qspec.running.lock import driving
from tests.service.emulated import one_job, rehearsals  # noqa: F401  a fixture

POST = {"method": "POST", "path": "/jobs"}


def when(run, told):
    """Let another process cancel the run when `told` is told for the first time."""
    done = []

    class Told(type(run.watcher)):
        def __getattribute__(self, name):
            if name == told and not done:
                done.append(1)
                with driving(run.path):
                    done.append(cancel_run(run.path))
            return super().__getattribute__(name)

    run.watcher = Told()
    return done


def test_a_job_whose_request_was_on_its_way_is_cancelled_when_it_arrives(rehearse):
    run = rehearse(one_job(), queue_seconds=1000.0).begin()
    run.emulator.faults.lag_calls = 3
    done = when(run, "submitted")
    run.go()
    assert done[1].asked[0].job_id == "no answer"
    assert (run.statuses, run.alive, run.posts) == (["CANCELLED"], [], 1)
    assert run.record.job("counts").error == "cancelled with qspec cancel"


def test_submitting_without_waiting_heeds_it_too(rehearse):
    run = rehearse(one_job(), queue_seconds=1000.0).begin()
    when(run, "submitted")
    run.go(wait=False)
    assert run.alive == []


def test_a_run_that_could_not_be_cancelled_for_an_outage_is_cancelled_when_it_is_resumed(rehearse):
    run = rehearse(queue_seconds=1000.0).go(wait=False)
    run.emulator.faults.add("drop", path="/**")
    with pytest.raises(UnfinishedError, match="could not be cancelled, and may go on"):
        cancel_run(run.path)
    run.emulator.faults.clear()
    run.go()
    assert (run.statuses, run.alive) == (["CANCELLED", "CANCELLED"], [])


def test_a_refusal_to_cancel_is_told_and_asked_again(rehearse):
    run = rehearse(one_job(), queue_seconds=1000.0).begin()
    when(run, "submitted")
    run.emulator.faults.add("status", status=403, method="POST", path="/jobs/*/cancel", nth=(1,))
    run.go()
    assert run.statuses == ["CANCELLED"]
    assert run.emulator.ledger.count("POST", f"/jobs/{run.ids[0]}/cancel") == 2


def test_a_run_of_which_nothing_was_sent_asks_no_service(rehearse):
    run = rehearse().begin()
    before = len(run.emulator.ledger.requests)
    done = cancel_run(run.path)
    assert (done.asked, done.unsent) == ((), 2)
    assert len(run.emulator.ledger.requests) == before
    run.go()
    assert (run.statuses, run.posts) == (["CANCELLED", "CANCELLED"], 0)


@pytest.mark.parametrize("sent", [False, True])
def test_what_was_cancelled_is_sent_again_at_the_first_asking(rehearse, sent):
    run = rehearse(one_job(), queue_seconds=5.0)
    if sent:
        run.go(wait=False)
    else:
        run.begin()
    cancel_run(run.path)
    run.go(retry_failed=True)
    assert (run.statuses, len(run.alive)) == (["DONE"], 1)


def test_a_full_disk_does_not_stand_between_a_person_and_the_service(rehearse, monkeypatch):
    run = rehearse(queue_seconds=1000.0).go(wait=False)

    def full(path, _content):
        raise MachineError(f"cannot write '{path}': the disk is full")

    monkeypatch.setattr(cancelling, "write_whole", full)
    done = cancel_run(run.path)
    assert isinstance(done.disk, MachineError)
    assert [each.refused for each in done.asked] == ["", ""]
    assert run.alive == []


def test_the_session_of_a_cancelled_run_is_closed(rehearse):
    run = rehearse(mode="session", queue_seconds=1000.0).begin()
    run.emulator.faults.add("drop", method="PATCH", path="/sessions/*", times=12)
    run.go(wait=False)
    [session] = run.emulator.service.sessions.values()
    assert session.accepting_jobs
    run.emulator.faults.clear()
    cancel_run(run.path)
    assert not session.accepting_jobs
    assert run.record.execution.closed


def test_an_interruption_that_cancels_tells_what_became_of_it_and_closes_the_session(rehearse):
    run = rehearse(mode="session", queue_seconds=1000.0).begin()
    told = []

    class Interrupted(type(run.watcher)):
        def waiting(self, job, status, position):
            raise KeyboardInterrupt

        def cancelling(self, job, job_id, refused):
            told.append((job, refused))

    run.watcher = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        run.go(cancel_on_interrupt=True)
    assert told == [("counts", ""), ("again", "")]
    assert run.alive == []
    [session] = run.emulator.service.sessions.values()
    assert not session.accepting_jobs


def test_an_interruption_does_not_wait_long_for_a_service_that_does_not_answer(rehearse):
    run = rehearse(one_job(), queue_seconds=1000.0).begin()

    class Interrupted(type(run.watcher)):
        def waiting(self, job, status, position):
            run.emulator.faults.add("status", status=503, path="/**")
            raise KeyboardInterrupt

        def cancelling(self, job, job_id, refused):
            self.troubles.append(refused)

    run.watcher = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        run.go(cancel_on_interrupt=True)
    assert any("503" in words for words in run.watcher.troubles)
    assert run.time.seconds < 15


def test_a_job_that_the_service_does_not_know_is_not_waited_for_long_and_holds_up_no_other(rehearse):
    run = rehearse(queue_seconds=60.0).go(wait=False)
    gone = run.emulator.ledger.jobs[0]
    run.emulator.faults.add("status", status=404, method="GET", path=f"/jobs/{gone.id}")
    with pytest.raises(UnfinishedError, match=f"the service does not know job {gone.id}"):
        run.go()
    assert run.statuses == ["QUEUED", "DONE"]
    assert run.emulator.ledger.count("GET", f"/jobs/{gone.id}") < 20
    run.go(retry_failed=True)
    assert (run.statuses, run.posts) == (["DONE", "DONE"], 3)


def test_a_job_that_the_service_does_not_know_for_a_moment_is_no_lost_one(rehearse):
    run = rehearse(one_job(), queue_seconds=60.0).begin()
    run.emulator.faults.add("status", status=404, method="GET", path="/jobs/*", nth=(1, 2, 3))
    run.go()
    assert (run.statuses, run.posts) == (["DONE"], 1)
