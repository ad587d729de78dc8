"""Jobs on the service are cancelled, those whose answer was lost too, and what was not sent never will be."""

from __future__ import annotations

import pytest

from qspec.errors import UnfinishedError, UnsettledError, UsageError
from qspec.records.status import read_events
from qspec.running.cancelling import Cancelling, cancel_run
from qspec.running.lock import driving
from qspec.running.resume import resume
from tests.service.emulated import one_job, rehearsals  # noqa: F401  a fixture

POST = {"method": "POST", "path": "/jobs"}


def test_the_jobs_of_a_run_are_cancelled_and_its_end_is_recorded(rehearse):
    run = rehearse(queue_seconds=1000.0).go(wait=False)
    asked = cancel_run(run.path).asked
    assert [(each.job, each.job_id, each.refused) for each in asked] == [
        ("counts", run.ids[0], ""),
        ("again", run.ids[1], ""),
    ]
    assert run.alive == []
    run.go()
    assert run.statuses == ["CANCELLED", "CANCELLED"]
    assert run.posts == 2


def test_a_job_whose_answer_was_lost_is_cancelled(rehearse):
    run = rehearse(one_job(), queue_seconds=1000.0)
    run.emulator.faults.add("drop", phase="after", **POST)
    run.emulator.faults.add("status", status=503, method="GET", path="/jobs")
    with pytest.raises(UnsettledError):
        run.go()
    run.emulator.faults.clear()
    [asked] = cancel_run(run.path).asked
    assert asked.job_id == run.emulator.ledger.jobs[0].id
    assert run.alive == []
    run.go()
    assert (run.statuses, run.posts) == (["CANCELLED"], 1)


def test_what_was_not_sent_is_not_sent_after_it(rehearse):
    run = rehearse(queue_seconds=1000.0).begin()
    run.emulator.faults.add("status", status=429, **POST, nth=tuple(range(2, 200)))
    with pytest.raises(UnfinishedError):
        run.go()
    run.emulator.faults.clear()
    posts = run.posts
    done = cancel_run(run.path)
    assert ([each.job for each in done.asked], done.unsent) == (["counts"], 1)
    run.go()
    assert run.statuses == ["CANCELLED", "CANCELLED"]
    assert run.posts == posts


def test_a_job_that_has_ended_is_not_cancelled(rehearse):
    run = rehearse(one_job()).go(wait=False)
    while not run.emulator.ledger.jobs[0].ended:
        run.time.sleep(1)
    [asked] = cancel_run(run.path).asked
    assert "cannot be cancelled" in asked.refused
    run.go()
    assert run.statuses == ["DONE"]


def test_a_finished_run_has_nothing_to_cancel(rehearse):
    run = rehearse(one_job())
    record = resume(run.begin().path)
    before = {path.name for path in run.path.iterdir()}
    assert record.outcome == "done"
    assert cancel_run(run.path) == Cancelling(ended=True)
    assert {path.name for path in run.path.iterdir()} == before


def test_a_run_that_another_process_drives_is_cancelled_without_a_word_in_its_folder(rehearse):
    run = rehearse(one_job(), queue_seconds=1000.0).go(wait=False)
    before = (run.path / "status.jsonl").read_bytes()
    with driving(run.path):
        assert len(cancel_run(run.path).asked) == 1
    assert (run.path / "status.jsonl").read_bytes() == before
    assert run.alive == []


def test_the_log_tells_that_it_was_asked(rehearse):
    run = rehearse(one_job(), queue_seconds=1000.0).go(wait=False)
    cancel_run(run.path)
    [event] = [event for event in read_events(run.path).events if event.event == "cancel-requested"]
    assert (event.job, event.detail["job_id"]) == ("counts", run.ids[0])


def test_a_cancelling_whose_answer_was_lost_is_no_refusal(rehearse):
    run = rehearse(one_job(), queue_seconds=1000.0).go(wait=False)
    run.emulator.faults.add("drop", phase="after", method="POST", path="/jobs/*/cancel", nth=(1,))
    [asked] = cancel_run(run.path).asked
    assert asked.refused == ""
    assert run.alive == []


def test_an_interruption_leaves_the_jobs_alone_unless_it_is_told_to_cancel(rehearse, monkeypatch):
    run = rehearse(one_job(), queue_seconds=1000.0).begin()

    def interrupt(*_arguments, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("qspec.running.remote.wait_all", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run.go()
    assert len(run.alive) == 1
    with pytest.raises(KeyboardInterrupt):
        run.go(cancel_on_interrupt=True)
    assert run.alive == []


def test_a_local_run_cannot_be_cancelled(rehearse):
    run = rehearse(
        one_job().replace("{kind: ibm, name: ibm_manila}", "{kind: aer}").replace("execution: {mode: MODE}\n", "")
    )
    run.begin()
    with pytest.raises(UsageError, match="no jobs on a service"):
        cancel_run(run.path)


def test_a_run_is_resumed_from_its_folder_alone(rehearse):
    run = rehearse(queue_seconds=10.0).go(wait=False)
    record = resume(run.path)
    assert record.outcome == "done"
    assert run.posts == 2
