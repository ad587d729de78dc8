"""Every wait ends: by the job's end, by the deadline, or because the service stays out of reach."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from qspec.errors import UnfinishedError
from qspec.records.status import read_events
from tests.service.emulated import one_job, rehearsals  # noqa: F401  a fixture

JOB = {"method": "GET", "path": "/jobs/*"}
WORDS = ["Paused", "", "????", "Läuft", "<missing>", "None"]


def troubles(run):
    return [event.detail["words"] for event in read_events(run.path).events if event.event == "trouble"]


@pytest.mark.parametrize("word", WORDS)
def test_a_status_that_nobody_knows_is_waited_out(word, rehearse):
    run = rehearse(one_job())
    run.emulator.faults.add("word", text=word, **JOB, nth=(2, 3, 4))
    run.go()
    assert (run.statuses, run.posts) == (["DONE"], 1)
    assert run.watcher.troubles


@pytest.mark.parametrize("word", [word for word in WORDS if word not in ("", "<missing>")])
def test_a_status_that_nobody_ever_learns_is_asked_about_until_the_deadline(word, rehearse):
    run = rehearse(one_job(), down=200.0, deadline=500.0)
    run.emulator.faults.add("word", text=word, **JOB)
    with pytest.raises(UnfinishedError, match="1 job has not ended in 500 seconds"):
        run.go()
    assert 490 < run.time.seconds < 600
    run.emulator.faults.clear()
    run.go()
    assert (run.statuses, run.posts) == (["DONE"], 1)


@pytest.mark.parametrize("word", ["", "<missing>"])
def test_answers_that_never_have_a_status_are_no_answers(word, rehearse):
    run = rehearse(one_job(), down=200.0)
    run.emulator.faults.add("word", text=word, **JOB)
    with pytest.raises(UnfinishedError, match="for too long"):
        run.go()
    assert 200 < run.time.seconds < 400


def test_a_trouble_that_lasts_is_told_once(rehearse):
    run = rehearse(one_job(), deadline=300.0)
    run.emulator.faults.add("word", text="Paused", **JOB)
    with pytest.raises(UnfinishedError):
        run.go()
    assert len([words for words in troubles(run) if "'PAUSED'" in words]) == 1


def test_an_answer_that_is_not_json_is_waited_out(rehearse):
    run = rehearse(one_job())
    run.emulator.faults.add("body", text="<garbage>", **JOB, nth=(1, 2))
    run.emulator.faults.add("body", text="[]", **JOB, nth=(3, 4))
    run.emulator.faults.add("body", text='{"state": 7}', **JOB, nth=(5, 6))
    run.emulator.faults.add("body", text='{"state": {"status": 7}}', **JOB, nth=(7, 8))
    run.go()
    assert run.statuses == ["DONE"]


def test_the_deadline_ends_the_wait(rehearse):
    run = rehearse(deadline=500.0, queue_seconds=1500.0)
    with pytest.raises(UnfinishedError, match="have not ended in 500 seconds") as caught:
        run.go()
    assert caught.value.exit_code == 5
    assert 500 <= run.time.seconds < 600
    assert run.statuses == ["QUEUED", "QUEUED"]
    run.go(deadline=20_000.0)
    assert (run.statuses, run.posts) == (["DONE", "DONE"], 2)


def test_setting_the_clock_changes_nothing(rehearse, monkeypatch):
    run = rehearse(one_job(), queue_seconds=100.0).begin()
    right = time.time
    steps = iter([86_400.0, -86_400.0, 0.0, 3600.0] * 100_000)
    monkeypatch.setattr(time, "time", lambda: right() + next(steps))
    run.go()
    assert run.statuses == ["DONE"]
    assert 100 <= run.time.seconds < 200


def test_a_service_that_is_down_for_a_while_is_waited_for(rehearse):
    run = rehearse(one_job(), queue_seconds=50.0).begin()
    run.emulator.faults.add("status", status=503, **JOB, nth=tuple(range(3, 40)))
    run.go()
    assert run.statuses == ["DONE"]


def test_a_service_that_stays_down_ends_the_wait(rehearse):
    run = rehearse(one_job(), down=300.0).begin()
    run.emulator.faults.add("drop", **JOB)
    with pytest.raises(UnfinishedError):
        run.go()
    run.emulator.faults.clear()
    run.go()
    assert (run.statuses, run.posts) == (["DONE"], 1)


def test_a_login_that_is_refused_for_a_while_is_waited_for(rehearse):
    run = rehearse(one_job(), queue_seconds=50.0).begin()
    run.emulator.faults.add("expire", **JOB, nth=(3,))
    run.emulator.faults.add("status", method="POST", path="/iam/**", status=400, nth=(3, 4, 5))
    run.go()
    assert run.statuses == ["DONE"]


def test_a_login_that_stays_refused_ends_the_wait(rehearse):
    run = rehearse(one_job(), queue_seconds=50.0, down=300.0).begin()
    run.emulator.faults.add("expire", **JOB, nth=(3,))
    run.emulator.faults.add("status", method="POST", path="/iam/**", status=400, nth=tuple(range(3, 2000)))
    with pytest.raises(UnfinishedError):
        run.go()
    run.emulator.faults.clear()
    run.go()
    assert (run.statuses, run.posts) == (["DONE"], 1)


def test_a_request_that_hangs_is_given_up_and_made_again(rehearse, monkeypatch):
    from qspec.service import transport

    monkeypatch.setattr(transport, "_READ_SECONDS", 0.2)
    run = rehearse(one_job()).begin()
    run.emulator.faults.add("hang", **JOB, nth=(2,))
    run.emulator.faults.add("hang", method="GET", path="/jobs/*/results", nth=(1,))
    run.go()
    assert run.statuses == ["DONE"]


def test_a_submission_that_hangs_is_looked_for_and_not_made_again(rehearse, monkeypatch):
    from qspec.service import transport

    monkeypatch.setattr(transport, "_SUBMIT_SECONDS", 0.2)
    run = rehearse(one_job()).begin()
    run.emulator.faults.add("hang", phase="after", method="POST", path="/jobs", nth=(1,))
    run.go()
    assert (run.posts, run.statuses, run.ids) == (1, ["DONE"], run.alive)


def test_one_slow_job_does_not_hold_up_the_others(rehearse):
    run = rehearse()
    run.emulator.faults.add_job(nth=(1,), queue_seconds=1000.0)
    run.go()
    ended = [job for job, status in run.watcher.statuses if status == "RUNNING"]
    finished = [event.job for event in read_events(run.path).events if event.event == "result-saved"]
    assert finished == ["again", "counts"], ended


def test_it_is_asked_less_and_less_often(rehearse):
    run = rehearse(one_job(), queue_seconds=7200.0).go()
    polls = [entry for entry in run.emulator.ledger.requests if entry.path == f"/jobs/{run.ids[0]}"]
    assert 100 < len(polls) < 200
    gaps = [(after.time - before.time).total_seconds() for before, after in pairwise(polls[10:60])]
    assert 10 < max(gaps) < 75


def test_the_place_in_the_queue_is_told(rehearse):
    run = rehearse(queue_seconds=100.0).go()
    assert {position for position in run.watcher.positions if position} == {1, 2}


def test_the_story_is_in_the_log(rehearse):
    run = rehearse(one_job(), queue_seconds=30.0, run_seconds=30.0).go()
    story = [(event.event, event.status) for event in read_events(run.path).events if event.job]
    assert [entry for entry in story if entry[0] in ("submitting", "submitted", "job-status", "result-received")] == [
        ("submitting", None),
        ("job-status", "QUEUED"),
        ("submitted", None),
        ("job-status", "RUNNING"),
        ("result-received", None),
        ("job-status", "DONE"),
    ]


def test_a_job_that_failed_has_the_words_and_the_code_of_the_service(rehearse):
    run = rehearse()
    run.emulator.faults.add_job(nth=(1,), fail_code=8006, fail_reason="Rep delay is out of range.")
    run.go()
    failed = run.record.job("counts")
    assert (failed.status, run.record.job("again").status) == ("ERROR", "DONE")
    assert failed.error == "Error code 8006; Rep delay is out of range."
    assert failed.submissions[0].error_code == 8006


def test_a_job_that_somebody_cancelled_is_a_cancelled_one(rehearse):
    run = rehearse(queue_seconds=50.0).begin()
    run.go(wait=False)
    run.emulator.service.queue.cancel(run.emulator.ledger.jobs[0])
    run.go()
    assert run.statuses == ["CANCELLED", "DONE"]


def test_only_what_failed_is_sent_again(rehearse):
    run = rehearse()
    run.emulator.faults.add_job(nth=(1,), fail_code=9999)
    run.go()
    done = run.ids[1]
    run.go(retry_failed=True)
    assert (run.statuses, run.posts, run.ids[1]) == (["DONE", "DONE"], 3, done)
    assert [each.state for each in run.record.job("counts").submissions] == ["replaced", "submitted"]
    assert len({each.tag for each in run.record.job("counts").submissions}) == 2


def test_only_the_part_that_failed_is_sent_again(rehearse):
    many = one_job().replace("[{circuit: bell}]", "[{circuit: bell}, {circuit: bell}, {circuit: bell}]")
    run = rehearse(many, mode="batch")
    run.emulator.devices["ibm_manila"].fake.configuration["max_experiments"] = 1
    run.emulator.faults.add_job(nth=(2,), fail_code=9999)
    run.go()
    assert run.record.job("counts").error.startswith("part 2 of 3: Error code 9999")
    kept = [run.ids[0], run.ids[2]]
    run.go(retry_failed=True)
    assert (run.statuses, run.posts) == (["DONE"], 4)
    assert [run.ids[0], run.ids[2]] == kept


def test_without_failures_nothing_is_sent_again(rehearse):
    run = rehearse().go().go(retry_failed=True)
    assert run.posts == 2


def test_a_refused_job_is_sent_again_when_asked(rehearse):
    run = rehearse(one_job())
    run.emulator.faults.add("status", status=400, method="POST", path="/jobs", nth=(1,))
    run.go()
    assert run.statuses == ["ERROR"]
    run.go(retry_failed=True)
    assert (run.statuses, run.posts) == (["DONE"], 2)


def test_a_job_of_which_nobody_knows_anything_at_a_later_process_is_still_asked_for(rehearse):
    run = rehearse(one_job()).begin()
    run.go(wait=False)
    run.emulator.faults.add("word", text="<random>", **JOB, nth=(1, 2, 3))
    run.go()
    assert run.statuses == ["DONE"]


def test_the_execution_has_what_was_charged_and_what_was_estimated(rehearse):
    run = rehearse()
    run.emulator.faults.add_job(nth=(1,), usage_seconds=4.5)
    run.emulator.faults.add_job(nth=(2,), usage_seconds=2.5)
    run.go()
    assert run.record.execution.usage == 7.0
    assert 0 < run.record.execution.usage_estimate < 10
    assert run.record.execution.instance == run.emulator.instance.crn
