"""What the service says of a job is taken as far as it makes sense."""

from __future__ import annotations

import pytest

from qspec.errors import ServiceError
from qspec.service.observation import Metrics, RemoteJob, _metrics
from tests.service.test_submission import send

TIME = "2026-11-22T10:11:12.131415Z"
SAID = [
    ({}, Metrics()),
    ({"usage": {"status": "pending", "quantum_seconds": 3}}, Metrics()),
    ({"usage": {"qpu_charge_time_seconds": 3, "quantum_seconds": 4}}, Metrics(usage=3.0)),
    ({"usage": {"qpu_charge_time_seconds": None, "quantum_seconds": 4}}, Metrics(usage=4.0)),
    ({"usage": {"quantum_seconds": float("inf")}}, Metrics()),
    ({"position_in_queue": 4}, Metrics(position=4)),
    ({"position_in_queue": True}, Metrics()),
    ({"timestamps": {"created": TIME, "running": None, "finished": 5}}, Metrics(created=TIME)),
    ({"timestamps": {"created": "soon"}}, Metrics()),
]


@pytest.mark.parametrize(("said", "metrics"), SAID, ids=[str(said) for said, _ in SAID])
def test_figures(said, metrics):
    assert _metrics(said) == metrics


@pytest.mark.parametrize(
    "text", ["<empty>", "<garbage>", "[]", "null", '{"id": 1}', '{"id": "d", "state": {"status": 3}}']
)
def test_an_answer_that_is_no_job_is_a_service_error(text, opened):
    run = opened()
    job_id = str(send(run).job_id)
    run.emulator.faults.add("body", method="GET", path="/jobs/*", text=text)
    with pytest.raises(ServiceError, match=f"cannot read the status of job {job_id}"):
        RemoteJob(run.service, job_id).see()


def test_a_job_that_is_not_there_is_a_service_error(opened):
    with pytest.raises(ServiceError, match="cannot read the status of job d000"):
        RemoteJob(opened().service, "d000").see()


def test_a_result_that_is_not_ready_is_not_waited_for(opened):
    run = opened(queue_seconds=1000.0)
    job_id = str(send(run).job_id)
    with pytest.raises(ServiceError, match="cannot fetch the result"):
        RemoteJob(run.service, job_id).fetch()


def test_who_listens_hears_the_bytes_first_and_is_not_forgotten(opened):
    run = opened()
    job_id = str(send(run).job_id)
    while not run.emulator.ledger.jobs[0].ended:
        run.time.sleep(1)
    heard = []
    run.service.transport.received = lambda path, content: heard.append((path.rpartition("/")[2], content))
    content = RemoteJob(run.service, job_id).fetch()
    assert heard == [("results", content)]
    RemoteJob(run.service, job_id).fetch()
    assert len(heard) == 2
