from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from emulator.circuits import bell


@pytest.fixture
def sampler(service):
    from qiskit_ibm_runtime.executor_sampler import Sampler

    return Sampler(service.backend("ibm_manila"), options={"default_shots": 10})


def submit(plain, body, *tags, **details):
    status, data = plain.ask("POST", "/jobs", body | {"tags": list(tags)} | details)
    assert status == 200, data
    return data["id"]


def ids(plain, query):
    return [job["id"] for job in plain.ask("GET", f"/jobs?{query}")[1]["jobs"]]


def test_a_job_id_looks_like_one_of_the_service(plain, learner_body):
    job_id = submit(plain, learner_body)
    assert len(job_id) == 20
    assert job_id.isalnum()
    assert job_id == job_id.lower()


def test_jobs_are_found_by_all_of_their_tags(sampler, service, emulator):
    sampler.options.environment.job_tags = ["run-1", "part-1"]
    first = sampler.run([bell()])
    sampler.options.environment.job_tags = ["run-1", "part-2"]
    second = sampler.run([bell()])
    assert [job.job_id() for job in service.jobs(job_tags=["run-1"], limit=None)] == [second.job_id(), first.job_id()]
    assert [job.job_id() for job in service.jobs(job_tags=["run-1", "part-1"], limit=None)] == [first.job_id()]
    assert service.jobs(job_tags=["run-2"], limit=None) == []
    assert emulator.ledger.tagged("part-1")[0].id == first.job_id()


def test_all_jobs_come_page_by_page(service, emulator, plain, learner_body):
    submitted = [submit(plain, learner_body, "t") for _ in range(45)]
    emulator.ledger.clear()
    assert [job.job_id() for job in service.jobs(job_tags=["t"], limit=None)] == submitted[::-1]
    assert emulator.ledger.count("GET", "/jobs") == 3
    assert ids(plain, "limit=2&offset=1&sort=ASC") == submitted[1:3]
    assert plain.ask("GET", "/jobs?limit=201")[0] == 400
    assert plain.ask("GET", "/jobs?limit=200")[1]["count"] == 45


def test_lists_are_filtered_by_state_time_program_and_backend(emulator, plain, learner_body):
    first = submit(plain, learner_body)
    emulator.wait_for()
    middle = emulator.clock.now() + timedelta(seconds=5)
    emulator.clock.advance(10)
    emulator.faults.add_job(hold=True)
    second = submit(plain, learner_body)
    moment = middle.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert ids(plain, "pending=true") == [second]
    assert ids(plain, "pending=false") == [first]
    assert ids(plain, f"created_after={moment}") == [second]
    assert ids(plain, f"created_before={moment}") == [first]
    assert ids(plain, "program=executor") == []
    assert ids(plain, "backend=ibm_manila&program=noise-learner") == [second, first]


def test_a_queued_job_has_a_position_and_a_start_time(emulator, plain, learner_body):
    emulator.faults.add_job(hold=True)
    first, second = submit(plain, learner_body), submit(plain, learner_body)
    metrics = plain.ask("GET", f"/jobs/{second}/metrics")[1]
    assert metrics["position_in_queue"] == 2
    assert metrics["estimated_start_time"] < metrics["estimated_completion_time"]
    assert metrics["usage"] == {
        "quantum_seconds": 0,
        "seconds": 0,
        "qpu_charge_time_seconds": 0,
        "status": "pending",
    }
    assert plain.ask("GET", "/backends")[1]["devices"][0]["queue_length"] == 2
    emulator.release(emulator.ledger.find(first))
    emulator.wait_for(lambda: emulator.ledger.find(first).ended)
    assert plain.ask("GET", f"/jobs/{second}/metrics")[1]["position_in_queue"] == 1


def test_jobs_wait_and_run_as_long_as_the_script_says(emulator, plain, learner_body):
    emulator.faults.add_job(queue_seconds=100, run_seconds=50)
    job = emulator.ledger.find(submit(plain, learner_body))
    assert plain.ask("GET", f"/jobs/{job.id}")[1]["status"] == "Queued"
    assert plain.ask("GET", f"/jobs/{job.id}/results") == (204, "")
    emulator.clock.advance(101)
    emulator.wait_for(lambda: job.status == "Running")
    emulator.clock.advance(51)
    emulator.wait_for()
    assert [word for word, _ in job.states] == ["Queued", "Running", "Completed"]
    assert (job.time("Running") - job.time("Queued")).total_seconds() > 100


def test_a_job_is_charged_and_its_metrics_say_so(sampler, service, emulator):
    job = sampler.run([bell()], shots=4000)
    job.result()
    assert job.usage() == 3.0  # two seconds of overhead, and 4000 times 250 microseconds
    assert service.usage()["usage_consumed_seconds"] == 3.0
    stamps = job.metrics()["timestamps"]
    assert stamps["created"] <= stamps["running"] <= stamps["finished"]
    assert job.properties().backend_name == "ibm_manila"
    assert datetime.fromisoformat(stamps["running"]).tzinfo is not None


def test_a_held_job_can_be_cancelled_once(sampler, emulator):
    from qiskit_ibm_runtime.exceptions import RuntimeInvalidStateError

    emulator.faults.add_job(hold=True)
    job = sampler.run([bell()])
    assert job.status() == "QUEUED"
    job.cancel()
    assert job.status() == "CANCELLED"
    with pytest.raises(RuntimeInvalidStateError):
        job.cancel()
    assert emulator.ledger.jobs[0].charged_seconds == 0


def test_a_running_job_can_be_cancelled(emulator, plain, learner_body):
    emulator.faults.add_job(run_seconds=1000)
    job = emulator.ledger.find(submit(plain, learner_body))
    emulator.wait_for(lambda: job.status == "Running")
    assert plain.ask("POST", f"/jobs/{job.id}/cancel")[0] == 204
    assert plain.ask("GET", f"/jobs/{job.id}")[1]["state"]["status"] == "Cancelled"


def test_a_job_over_its_longest_time_is_cancelled_with_the_code_of_the_service(sampler, emulator):
    sampler.options.max_execution_time = 1
    job = sampler.run([bell()], shots=40_000)
    assert job.status() in ("QUEUED", "RUNNING", "ERROR")
    emulator.wait_for()
    assert emulator.ledger.jobs[0].status == "Cancelled"
    assert job.status() == "ERROR"
    assert "1305" in job._reason


def test_a_private_job_gives_its_result_once_and_its_parameters_never(emulator, plain, learner_body):
    job_id = submit(plain, learner_body, private=True)
    emulator.wait_for()
    assert plain.ask("GET", f"/jobs/{job_id}/results")[0] == 200
    assert plain.ask("GET", f"/jobs/{job_id}/results")[0] == 410
    assert "params" not in plain.ask("GET", f"/jobs/{job_id}")[1]
    other = submit(plain, learner_body)
    assert plain.ask("GET", f"/jobs/{other}")[1]["params"] == learner_body["params"]
    assert "params" not in plain.ask("GET", f"/jobs/{other}?exclude_params=true")[1]


def test_tags_can_be_changed_and_jobs_deleted(sampler, service, emulator):
    job = sampler.run([bell()])
    assert job.update_tags(["new"]) == ["new"]
    job.result()
    service.delete_job(job.job_id())
    assert service.jobs(limit=None) == []
    assert len(emulator.ledger.jobs) == 1


def test_the_ledger_has_the_body_as_it_was_sent(sampler, emulator):
    sampler.options.environment.job_tags = ["seen"]
    sampler.run([bell()], shots=77)
    body = emulator.ledger.jobs[0].body
    assert body["params"]["quantum_program"]["shots"] == 77
    assert body["tags"] == ["seen"]
    assert [entry.job_id for entry in emulator.ledger.requests if entry.method == "POST"][-1] == emulator.ledger.jobs[
        0
    ].id


def test_a_session_runs_its_jobs_and_takes_none_when_closed(service, emulator, plain):
    from qiskit_ibm_runtime import Session
    from qiskit_ibm_runtime.executor_sampler import Sampler

    with Session(service.backend("ibm_manila"), max_time="10m") as session:
        job = Sampler(session).run([bell()], shots=10)
        job.result()
        assert session.status() == "In progress, accepting new jobs"
        assert service.jobs(session_id=session.session_id)[0].job_id() == job.job_id()
    assert session.status() == "Closed"
    assert session.details()["mode"] == "dedicated"
    assert session.details()["max_time"] == 600
    status, data = plain.ask("POST", "/jobs", dict(emulator.ledger.jobs[0].body))
    assert (status, data["errors"][0]["code"]) == (409, 1217)


def test_a_batch_is_a_mode_of_its_own_and_can_be_cancelled(service, emulator):
    from qiskit_ibm_runtime import Batch
    from qiskit_ibm_runtime.executor_sampler import Sampler

    emulator.faults.add_job(nth=(2,), hold=True)
    batch = Batch(service.backend("ibm_manila"))
    sampler = Sampler(batch)
    sampler.run([bell()], shots=10).result()
    held = sampler.run([bell()], shots=10)
    assert batch.details()["mode"] == "batch"
    batch.cancel()
    assert held.status() == "CANCELLED"
    assert batch.status() == "Closed"
    assert batch.usage() == 3.0


def test_a_session_runs_out(service, emulator, plain):
    from qiskit_ibm_runtime import Session
    from qiskit_ibm_runtime.executor_sampler import Sampler

    emulator.faults.add_job(nth=(2,), hold=True)
    session = Session(service.backend("ibm_manila"), max_time=60)
    Sampler(session).run([bell()], shots=10).result()
    late = Sampler(session).run([bell()], shots=10)
    emulator.clock.advance(61)
    assert session.status() == "Closed"
    assert late.status() == "ERROR"
    assert plain.ask("POST", "/jobs", dict(emulator.ledger.jobs[0].body))[0] == 409


def test_the_open_plan_has_batches_and_no_sessions(emulator, plain):
    emulator.instance.plan = "open"
    status, data = plain.ask("POST", "/sessions", {"backend": "ibm_manila", "mode": "dedicated"})
    assert (status, data["errors"][0]["code"]) == (400, 1352)
    assert plain.ask("POST", "/sessions", {"backend": "ibm_manila", "mode": "batch"})[0] == 200
