"""What is doubtful is looked at again before anything is sent again: jobs called lost, tags without a job, doubles."""

from __future__ import annotations

import pytest

from qspec.errors import QspecError, UnfinishedError
from qspec.records.view import open_run
from qspec.running.cancelling import cancel_run
from qspec.running.conduct import Conduct
from qspec.running.resume import resume
from tests.service.emulated import one_job, rehearsals  # noqa: F401  a fixture

POST, JOB = {"method": "POST", "path": "/jobs"}, {"method": "GET", "path": "/jobs/*"}


def lost(run):
    """Let the service say for long that it does not know the job."""
    run.emulator.faults.add("status", status=404, **JOB)
    with pytest.raises(UnfinishedError, match="does not know"):
        run.go()
    run.emulator.faults.clear()


def test_a_job_that_was_lost_is_not_sent_again_while_the_service_does_not_answer(rehearse):
    run = rehearse(one_job(), queue_seconds=500.0).go(wait=False)
    lost(run)
    run.emulator.faults.add("status", status=503, **JOB, times=5)
    run.go(retry_failed=True)
    assert (run.statuses, run.posts) == (["DONE"], 1)


def test_a_job_that_was_lost_after_it_was_done_is_collected_and_not_sent_again(rehearse):
    run = rehearse(one_job()).begin()
    run.emulator.faults.add("status", status=503, method="GET", path="/jobs/*/results")
    with pytest.raises(QspecError):
        run.go(deadline=20.0)
    run.emulator.faults.clear()
    lost(run)
    run.emulator.faults.add("drop", **JOB, times=5)
    run.go(retry_failed=True)
    assert (run.statuses, run.posts) == (["DONE"], 1)


@pytest.mark.parametrize("late", [False, True])
def test_a_tag_without_a_job_is_looked_for_before_its_job_is_sent_again(late, rehearse):
    run = rehearse(one_job(), settle=3.0, queue_seconds=2000.0).begin()
    run.emulator.faults.lag_seconds = 500.0
    run.emulator.faults.add("drop", phase="after", **POST, nth=(1,))
    run.emulator.faults.add("status", status=400, method="GET", path="/jobs")
    with pytest.raises(QspecError):
        run.go()
    cancel_run(run.path)
    run.emulator.faults.faults.clear()
    run.go()
    assert run.record.job("counts").error == "cancelled, and no job was found to cancel"
    run.time.sleep(1000.0 if late else 0.0)
    run.go(retry_failed=True)
    alive = [job for job in run.emulator.ledger.jobs if job.status == "Completed"]
    assert run.statuses == ["DONE"]
    assert [job.id for job in alive] == run.ids


def test_a_damaged_part_does_not_take_the_others_along(rehearse):
    many = one_job().replace("[{circuit: bell}]", "[{circuit: bell}, {circuit: bell}, {circuit: bell}]")
    run = rehearse(many, mode="batch")
    run.emulator.devices["ibm_manila"].fake.configuration["max_experiments"] = 1
    run.emulator.faults.add_job(nth=(2,), result="truncated")
    resume(run.begin().path)
    job = run.record.job("counts")
    assert (job.status, job.error.startswith("part 2 of 3: ")) == ("ERROR", True)
    found = open_run(run.path)
    assert [sum(found.counts("counts", index).values()) for index in (0, 2)] == [200, 200]
    with pytest.raises(QspecError, match="PUB 1 of job 'counts' has no result: part 2 of 3"):
        found.counts("counts", 1)
    assert found.damage() == ()


def test_of_two_jobs_the_one_that_failed_is_not_kept(rehearse):
    run = rehearse(one_job(), settle=2.0)
    run.emulator.faults.lag_seconds = 8.0
    run.emulator.faults.add("drop", phase="after", **POST, nth=(1,))
    run.emulator.faults.add_job(nth=(1,), fail_code=9999)
    run.emulator.faults.add_job(nth=(2,), queue_seconds=60.0)
    run.go()
    assert (run.statuses, run.ids) == (["DONE"], [run.emulator.ledger.jobs[1].id])


def test_a_run_whose_session_was_closed_late_has_a_whole_log(rehearse):
    run = rehearse(mode="batch").begin()
    run.emulator.faults.add("status", status=500, method="PATCH", path="/sessions/*")
    resume(run.path)
    run.emulator.faults.clear()
    done = cancel_run(run.path)
    assert (done.ended, done.closed) == (True, True)
    assert open_run(run.path).damage() == ()
    assert resume(run.path, conduct=Conduct()).execution.closed


def test_an_interruption_that_cancels_asks_again_after_a_hiccup(rehearse):
    run = rehearse(one_job(), queue_seconds=1000.0).begin()

    class Interrupted(type(run.watcher)):
        def waiting(self, job, status, position):
            run.emulator.faults.add("status", status=503, method="POST", path="/jobs/*/cancel", times=1)
            run.emulator.faults.add("expire", method="POST", path="/jobs/*/cancel", times=1)
            raise KeyboardInterrupt

        def cancelling(self, job, job_id, refused):
            self.troubles.append(refused)

    run.watcher = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        run.go(cancel_on_interrupt=True)
    assert (run.alive, run.watcher.troubles) == ([], [""])


def test_a_session_that_stays_open_is_told(rehearse):
    run = rehearse(mode="session").begin()
    told = []
    run.watcher.left_open = told.append
    run.emulator.faults.add("status", status=500, method="PATCH", path="/sessions/*")
    run.go()
    assert told == [run.record.execution.session_id]


def test_a_word_of_the_result_that_is_spelt_like_a_password_stays(rehearse, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://me:results@127.0.0.1:9")
    run = rehearse(one_job()).go()
    raw = run.path / run.record.job("counts").submissions[0].raw
    assert run.statuses == ["DONE"]
    assert b"results" in raw.read_bytes()


def test_an_interruption_while_an_answer_is_waited_for_cancels_and_remembers_the_job(rehearse):
    run = rehearse(one_job(), queue_seconds=1000.0).begin()
    run.emulator.faults.add("drop", phase="after", **POST, nth=(1,))

    class Interrupted(type(run.watcher)):
        def trouble(self, words):
            raise KeyboardInterrupt

    run.watcher = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        run.go(cancel_on_interrupt=True)
    [sent] = run.record.job("counts").submissions
    assert (sent.state, [sent.job_id], run.alive) == ("submitted", [run.emulator.ledger.jobs[0].id], [])
    run.watcher = type(run.watcher).__mro__[1]()
    run.go()
    assert (run.statuses, run.posts) == (["CANCELLED"], 1)
