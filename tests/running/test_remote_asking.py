"""Where a recorded run stands is asked of the service, and nothing is written."""

from __future__ import annotations

import hashlib

import pytest

from qspec.errors import RecordError, ServiceError, UnsettledError
from qspec.running.asking import ask, needs_asking, recorded_standings
from tests.service.emulated import one_job, rehearsals  # noqa: F401  a fixture


def digest(folder):
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def test_the_service_knows_more_than_the_record_and_nothing_is_written(rehearse):
    run = rehearse(queue_seconds=100.0).go(wait=False)
    before = digest(run.path)
    standings = ask(run.path, run.record)
    assert [(each.job, each.status, each.position) for each in standings] == [
        ("counts", "QUEUED", 1),
        ("again", "QUEUED", 2),
    ]
    assert [each.job_id for each in standings] == run.ids
    assert digest(run.path) == before


def test_a_job_that_ended_has_its_usage_and_one_that_failed_its_words(rehearse):
    run = rehearse()
    run.emulator.faults.add_job(nth=(2,), fail_code=9999, fail_reason="something broke")
    run.go(wait=False)
    while not all(job.ended for job in run.emulator.ledger.jobs):
        run.time.sleep(1)
    done, failed = ask(run.path, run.record)
    assert (done.status, done.usage) == ("DONE", run.emulator.ledger.jobs[0].charged_seconds)
    assert (failed.status, failed.words) == ("ERROR", "Error code 9999; something broke")


def test_a_job_whose_answer_was_lost_is_looked_up(rehearse):
    run = rehearse(one_job(), queue_seconds=100.0)
    run.emulator.faults.add("drop", phase="after", method="POST", path="/jobs")
    run.emulator.faults.add("status", status=503, method="GET", path="/jobs")
    with pytest.raises(UnsettledError):
        run.go()
    run.emulator.faults.clear()
    [standing] = ask(run.path, run.record)
    assert (standing.job_id, standing.status) == (run.alive[0], "QUEUED")


def test_a_job_that_was_never_there_is_said_to_be_missing(rehearse):
    run = rehearse(one_job())
    run.emulator.faults.add("drop", method="POST", path="/jobs")
    run.emulator.faults.add("status", status=503, method="GET", path="/jobs")
    with pytest.raises(UnsettledError):
        run.go()
    run.emulator.faults.clear()
    [standing] = ask(run.path, run.record)
    assert standing.words == "its answer was lost, and no job has its tag yet"


def test_one_job_that_cannot_be_asked_about_does_not_hide_the_others(rehearse):
    run = rehearse(queue_seconds=100.0).go(wait=False)
    run.emulator.faults.add("status", status=404, method="GET", path=f"/jobs/{run.ids[0]}")
    first, second = ask(run.path, run.record)
    assert "cannot read the status" in first.words
    assert second.status == "QUEUED"


def test_an_unknown_word_is_said_as_it_came(rehearse):
    run = rehearse(one_job(), queue_seconds=100.0).go(wait=False)
    run.emulator.faults.add("word", text="Paused", method="GET", path="/jobs/*")
    assert ask(run.path, run.record)[0].status == "PAUSED"


def test_what_has_ended_needs_no_asking(rehearse):
    run = rehearse(one_job()).begin()
    assert not needs_asking(run.record)
    assert recorded_standings(run.record)[0].words == "not submitted yet"
    run.go(wait=False)
    assert needs_asking(run.record)
    run.go()
    assert not needs_asking(run.record)
    assert [each.status for each in recorded_standings(run.record)] == ["DONE"]


def test_without_the_service_it_cannot_be_said(rehearse):
    run = rehearse(one_job()).go(wait=False)
    run.emulator.stop()
    with pytest.raises(ServiceError, match="cannot log in"):
        ask(run.path, run.record)


@pytest.mark.parametrize("text", ["{}", '{"backend": 7}', '{"backend": {"kind": "aer"}}', ""])
def test_a_damaged_spec_in_force_is_said_to_be_damaged(text, rehearse):
    run = rehearse(one_job()).go(wait=False)
    (run.path / "resolved.json").write_text(text)
    with pytest.raises(RecordError, match="damaged"):
        ask(run.path, run.record)
