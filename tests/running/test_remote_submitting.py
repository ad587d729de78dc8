"""A job of a run is sent once: written down before, looked up after, adopted where its answer was lost."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from inspect import signature

import pytest
from qiskit_ibm_runtime import QiskitRuntimeService

from qspec.errors import QspecError, ServiceError, UnfinishedError, UnsettledError
from qspec.records.status import read_events
from qspec.running.errand import Errand
from qspec.running.remote import run_remote
from tests.service.emulated import counts, one_job, rehearsals  # noqa: F401  a fixture
from tests.service.rehearsal import BELL

POST = {"method": "POST", "path": "/jobs"}
LOST = [
    {"do": "status", "status": 504, "phase": "after"},
    {"do": "status", "status": 500, "phase": "after"},
    {"do": "drop", "phase": "after"},
    {"do": "reset", "phase": "after"},
    {"do": "truncate", "phase": "after"},
    {"do": "body", "text": "<garbage>"},
]
NONE = [
    {"do": "status", "status": 503},
    {"do": "status", "status": 429, "retry_after": 3.0},
    {"do": "status", "status": 401},
    {"do": "drop"},
    {"do": "reset"},
]
MANY = BELL[: BELL.index("jobs:")] + (
    "jobs:\n  counts: {program_id: sampler, shots: 50, pubs: ["
    + ", ".join("{circuit: bell}" for _ in range(5))
    + "]}\n"
)


def fates(run):
    return [each.state for each in run.submissions(run.reopened(run.journal))]


def name(fault):
    return " ".join(str(value) for value in fault.values())


@pytest.mark.parametrize("lag", [0.0, 6.0])
@pytest.mark.parametrize("fault", LOST, ids=name)
def test_a_job_whose_answer_was_lost_is_adopted_and_not_sent_again(fault, lag, rehearse):
    run = rehearse(one_job())
    run.emulator.faults.lag_seconds = lag
    run.emulator.faults.add(**fault, **POST, nth=(1,))
    run.go()
    [sent] = run.submissions(run.journal)
    assert (run.posts, run.statuses, sent.adopted) == (1, ["DONE"], True)
    assert run.ids == run.alive
    assert run.events.index("submission-unknown") < run.events.index("adopted")


@pytest.mark.parametrize("fault", NONE, ids=name)
def test_a_job_that_is_not_there_after_the_settle_time_is_sent_again(fault, rehearse):
    run = rehearse(one_job())
    run.emulator.faults.add(**fault, **POST, nth=(1, 2))
    run.go()
    assert (run.posts, run.statuses, len(run.emulator.ledger.jobs)) == (3, ["DONE"], 1)
    assert not run.submissions(run.journal)[0].adopted


def test_every_attempt_was_on_disk_before_it_was_made(rehearse):
    run = rehearse(one_job())
    run.emulator.faults.add("drop", **POST, nth=(1, 2))
    run.go()
    told = [event for event in run.events if event in ("submitting", "submitted", "not-submitted")]
    assert told == ["submitting", "not-submitted", "submitting", "not-submitted", "submitting", "submitted"]


def test_what_was_lost_is_not_sent_again_before_the_settle_time_is_over(rehearse):
    run = rehearse(one_job(), settle=30.0)
    run.emulator.faults.add("drop", **POST, nth=(1,))
    run.go()
    first, second = (
        entry.time for entry in run.emulator.ledger.requests if (entry.method, entry.path) == ("POST", "/jobs")
    )
    assert (second - first).total_seconds() >= 30


def test_an_unsettled_job_is_neither_lost_nor_sent_twice(rehearse):
    run = rehearse()
    run.emulator.faults.add("drop", phase="after", **POST, nth=(1,))
    lists = run.emulator.faults.add("status", method="GET", path="/jobs", status=503)
    with pytest.raises(UnsettledError, match="whether job 'counts' was submitted is not known yet"):
        run.go()
    assert fates(run) == ["submitting", "planned"]
    assert run.record.exit_code == 4
    run.emulator.faults.faults.remove(lists)
    run.go()
    assert (run.posts, run.statuses) == (2, ["DONE", "DONE"])
    assert run.ids == run.alive


def test_a_process_that_died_between_the_answer_and_its_record_left_a_job_that_is_adopted(rehearse, monkeypatch):
    run = rehearse(one_job()).begin()
    change = Errand.change

    def die(errand, job, submission):
        if submission.job_id is not None:
            raise KeyboardInterrupt
        return change(errand, job, submission)

    monkeypatch.setattr(Errand, "change", die)
    with pytest.raises(KeyboardInterrupt):
        run.go()
    monkeypatch.undo()
    run.install(monkeypatch)
    assert (fates(run), len(run.alive)) == (["submitting"], 1)
    run.go()
    assert (run.posts, run.statuses) == (1, ["DONE"])
    assert run.ids == run.alive


def by_hand(run, tag, times):
    """Submit the first job of the run under its tag, by hand."""
    service = QiskitRuntimeService()
    planned = run.planned.jobs[0]
    for _ in range(times):
        planned.job.submit(service.backend("ibm_manila"), [pub.pub for pub in planned.pubs], tags=[tag], dry_run=False)
        run.emulator.clock.advance(1)


@pytest.mark.parametrize("state", ["submitting", "planned"])
def test_of_several_jobs_under_one_tag_the_oldest_is_kept(state, rehearse):
    run = rehearse(one_job(), queue_seconds=300.0).begin()
    [sent] = run.submissions(run.journal)
    by_hand(run, sent.tag, 3)
    record = run.record
    job = replace(record.jobs[0], submissions=(replace(sent, state=state),))
    run.journal.change(jobs=(job,))
    run.go()
    oldest, *others = run.emulator.ledger.jobs
    assert run.ids == [oldest.id] == run.alive
    assert run.statuses == ["DONE"]
    cancelled = [
        event.detail["job_id"] for event in read_events(run.path).events if event.event == "duplicate-cancelled"
    ]
    assert cancelled == [job.id for job in others]
    assert all(any(job.id in words and "was cancelled" in words for words in run.watcher.troubles) for job in others)


def test_a_duplicate_that_cannot_be_cancelled_is_reported_so(rehearse):
    run = rehearse(one_job()).begin()
    [sent] = run.submissions(run.journal)
    by_hand(run, sent.tag, 2)
    while not all(job.ended for job in run.emulator.ledger.jobs):
        run.time.sleep(1)
    run.journal.change(jobs=(replace(run.record.jobs[0], submissions=(replace(sent, state="submitting"),)),))
    run.go()
    assert run.ids == [run.emulator.ledger.jobs[0].id]
    assert any("could not be cancelled" in words for words in run.watcher.troubles)


def test_a_refused_job_is_recorded_and_the_others_are_sent(rehearse):
    run = rehearse()
    run.emulator.faults.add("status", status=400, **POST, nth=(1,))
    run.go()
    assert run.statuses == ["ERROR", "DONE"]
    assert run.record.job("counts").error.startswith("the service refused it: 400")
    assert run.posts == 2


def test_a_job_that_the_client_cannot_make_is_recorded_and_the_others_are_sent(rehearse):
    spec = BELL.replace("circuits:\n", "circuits:\n  boxed: {kind: qpy, file: boxed.qpy}\n")
    from qiskit import QuantumCircuit, qpy

    circuit = QuantumCircuit(5, 1)
    with circuit.box():
        circuit.sx(0)
    circuit.measure(0, 0)
    run = rehearse(spec)
    with (run.folder / "boxed.qpy").open("wb") as file:
        qpy.dump(circuit, file)
    run.begin()
    first = run.planned.jobs[0]
    broken = [replace(pub, pub=replace_circuit(pub.pub, circuit)) for pub in first.pubs]
    run.planned = replace(run.planned, jobs=(replace(first, pubs=tuple(broken)), *run.planned.jobs[1:]))
    run.go()
    assert run.statuses == ["ERROR", "DONE"]
    assert "the job was not submitted" in run.record.job("counts").error
    assert run.posts == 1


def replace_circuit(pub, circuit):
    from qiskit.primitives.containers.sampler_pub import SamplerPub

    return SamplerPub(circuit, pub.parameter_values, pub.shots)


def test_out_of_reach_before_the_first_job_means_that_nothing_was_submitted(rehearse):
    run = rehearse().begin()
    run.emulator.faults.add("status", status=429, **POST)
    with pytest.raises(ServiceError, match="cannot submit job 'counts': 429") as caught:
        run.go()
    assert caught.value.exit_code == 3
    assert (fates(run), run.emulator.ledger.jobs) == (["planned", "planned"], [])


def test_out_of_reach_after_the_first_job_means_that_something_was(rehearse):
    run = rehearse().begin()
    run.emulator.faults.add("status", status=429, **POST, nth=tuple(range(2, 200)))
    with pytest.raises(UnfinishedError, match="cannot submit job 'again': 429"):
        run.go()
    assert fates(run) == ["submitted", "planned"]
    run.emulator.faults.clear()
    run.go()
    assert (run.statuses, len(run.alive)) == (["DONE", "DONE"], 2)


@pytest.mark.parametrize("mode", ["job", "batch", "session"])
def test_whatever_ends_a_run_after_a_job_was_sent_says_that_it_is_not_finished(mode, rehearse):
    run = rehearse(mode=mode).begin()
    run.emulator.faults.add("expire", **POST, nth=(1,), phase="after")
    run.emulator.faults.add("status", method="POST", path="/iam/**", status=503, nth=tuple(range(3, 200)))
    with pytest.raises(QspecError) as caught:
        run.go()
    assert caught.value.exit_code in (4, 5)
    run.emulator.faults.clear()
    run.go()
    assert (run.statuses, run.ids) == (["DONE", "DONE"], run.alive)


def test_a_login_that_is_over_after_a_lost_answer_leaves_the_job_unsettled(rehearse):
    run = rehearse(one_job()).begin()
    run.emulator.faults.add("expire", **POST, phase="after")
    run.emulator.faults.add("drop", **POST, phase="after")
    run.emulator.faults.add("status", method="POST", path="/iam/**", status=400, nth=tuple(range(3, 200)))
    with pytest.raises(UnsettledError):
        run.go()
    run.emulator.faults.clear()
    run.go()
    assert (run.posts, run.statuses) == (1, ["DONE"])


@pytest.mark.parametrize("mode", ["batch", "session"])
def test_jobs_run_in_one_session_that_is_closed_at_the_end(mode, rehearse):
    run = rehearse(mode=mode).go()
    [session] = run.emulator.service.sessions.values()
    assert session.mode == {"batch": "batch", "session": "dedicated"}[mode]
    assert [job.id for job in session.jobs] == run.ids
    assert not session.accepting_jobs
    assert run.record.execution.closed
    assert [event for event in run.events if event.startswith("session")] == ["session-opened", "session-closed"]


@pytest.mark.parametrize("fault", [{"do": "status", "status": 400}, {"do": "status", "status": 429}], ids=name)
def test_a_session_is_closed_after_failures_too(fault, rehearse):
    run = rehearse(mode="session").begin()
    run.emulator.faults.add(**fault, **POST)
    with suppress(ServiceError):
        run.go()
    [session] = run.emulator.service.sessions.values()
    assert not session.accepting_jobs
    assert run.record.execution.closed


def test_a_session_that_ended_by_itself_is_opened_anew(rehearse):
    run = rehearse(mode="session").begin()
    run.emulator.faults.add("status", status=503, **POST, nth=(2,))

    class Closing(type(run.watcher)):
        def submitted(self, job, job_id):
            super().submitted(job, job_id)
            for session in run.emulator.service.sessions.values():
                run.emulator.service.close_session(session)

    run.watcher = Closing()
    run.go()
    assert (run.statuses, run.ids, len(run.emulator.service.sessions)) == (["DONE", "DONE"], run.alive, 2)


@pytest.mark.parametrize("gone", [404, 200])
def test_a_session_of_an_earlier_process_that_is_gone_is_opened_anew(gone, rehearse):
    run = rehearse(mode="session").begin()
    run.emulator.faults.add("drop", method="PATCH", path="/sessions/*")
    run.emulator.faults.add("status", status=429, **POST, nth=tuple(range(2, 200)))
    with pytest.raises(UnfinishedError):
        run.go()
    run.emulator.faults.clear()
    [session] = run.emulator.service.sessions.values()
    if gone == 404:
        del run.emulator.service.sessions[session.id]
    else:
        run.emulator.service.close_session(session)
    run.go()
    assert run.statuses == ["DONE", "DONE"]
    assert run.ids == run.alive


def test_a_session_goes_on_in_another_process(rehearse):
    run = rehearse(mode="session").begin()
    run.emulator.faults.add("drop", method="PATCH", path="/sessions/*")
    run.emulator.faults.add("status", status=429, **POST, nth=tuple(range(2, 200)))
    with pytest.raises(UnfinishedError):
        run.go()
    run.emulator.faults.clear()
    run.go()
    assert len(run.emulator.service.sessions) == 1
    assert run.record.execution.closed


def test_a_batch_is_split_by_what_the_backend_takes_and_joined_in_order(rehearse):
    run = rehearse(MANY, mode="batch")
    device = run.emulator.devices["ibm_manila"]
    device.fake.configuration["max_experiments"] = 2
    run.begin().go()
    job = run.record.job("counts")
    assert [(each.part, each.first_pub, each.pubs) for each in job.submissions] == [(0, 0, 2), (1, 2, 2), (2, 4, 1)]
    assert (run.posts, run.statuses) == (3, ["DONE"])
    assert all(pub.result_hash for pub in job.pubs)
    parts = json.loads((run.path / job.metadata).read_text())
    assert sum(entry["number"] for entry in parts["pubs"]) == 5


def test_results_are_joined_in_the_order_of_the_spec_whatever_ended_first(rehearse):
    shots = "jobs:\n  counts: {program_id: sampler, shots: 50, pubs: [{circuit: one}, {circuit: zero}]}\n"
    circuits = (
        "circuits:\n"
        "  one: {kind: qasm, source: 'OPENQASM 3.0; include \"stdgates.inc\"; qubit[1] q; bit[1] c; x q[0]; c = measure q;'}\n"
        "  zero: {kind: qasm, source: 'OPENQASM 3.0; include \"stdgates.inc\"; qubit[1] q; bit[1] c; c = measure q;'}\n"
    )
    run = rehearse(BELL[: BELL.index("circuits:")] + circuits + shots, mode="batch")
    run.emulator.devices["ibm_manila"].fake.configuration["max_experiments"] = 1
    run.emulator.faults.add_job(nth=(1,), queue_seconds=100.0)
    run.go()
    ones = [counts(run, "counts", pub).get("1", 0) for pub in (0, 1)]
    assert ones[0] > 40
    assert ones[1] < 10


def test_a_run_in_pieces_sends_each_job_once(rehearse):
    run = rehearse().begin()
    run.go(wait=False)
    assert (fates(run), run.posts) == (["submitted", "submitted"], 2)
    run.go(wait=False)
    run.go()
    assert (run.posts, run.statuses) == (2, ["DONE", "DONE"])


def test_a_token_that_expires_in_the_middle_is_renewed(rehearse):
    run = rehearse().begin()
    run.emulator.faults.add("expire", **POST, nth=(1, 3))
    run.emulator.faults.add("expire", method="GET", path="/jobs/*", nth=(2, 5))
    run.go()
    assert (run.statuses, run.ids) == (["DONE", "DONE"], run.alive)
    assert {entry.authorization for entry in run.emulator.ledger.requests} <= {"bearer", "basic", ""}


def test_a_dry_run_goes_to_the_mock_device(rehearse):
    run = rehearse().begin()
    run.go(dry_run=True)
    assert {job.backend for job in run.emulator.ledger.jobs} == {"mock_manila"}
    assert run.statuses == ["DONE", "DONE"]


@pytest.mark.skipif(
    "include_mocks" not in signature(QiskitRuntimeService.jobs).parameters,
    reason="runtime 0.50 does not list the jobs of mock devices, which cost nothing",
)
def test_a_dry_run_whose_answer_was_lost_is_adopted_too(rehearse):
    run = rehearse(one_job()).begin()
    run.emulator.faults.add("drop", phase="after", **POST, nth=(1,))
    run.go(dry_run=True)
    assert (run.posts, run.ids) == (1, run.alive)


def test_fractional_gates_and_the_calibration_reach_the_service(rehearse):
    run = rehearse(one_job(), devices=("fractional",))
    calibration = run.emulator.devices["ibm_fractional"].calibrations[0].id
    extra = f"name: ibm_fractional, use_fractional_gates: true, calibration_id: {calibration}"
    run.spec = run.spec.replace("name: ibm_manila", extra)
    run.go()
    assert run.emulator.ledger.jobs[0].body["calibration_id"] == calibration
    source = run.record.backend.source
    assert (source["use_fractional_gates"], source["calibration_id"]) == (True, calibration)
    assert "rzz" in run.planned.backend.target.operation_names


def test_tags_of_the_spec_and_the_one_of_the_submission_are_sent(rehearse):
    run = rehearse(one_job()).go()
    [sent] = run.submissions(run.journal)
    assert run.emulator.ledger.jobs[0].tags == ("rehearsal", sent.tag)


@pytest.mark.parametrize("path", ["/instances/usage", "/backends/ibm_manila/status"])
def test_a_service_that_stammers_before_a_job_is_sent_is_asked_again(path, rehearse):
    run = rehearse(one_job()).begin()
    backend = run.planned.spec.backend.chosen("ibm_manila", run.planned.backend.instance).open()
    fault = run.emulator.faults.add("body", method="GET", path=path, text="<garbage>", times=1)
    run_remote(replace(run.planned, backend=backend), backend, run.journal, run.watcher, run.conduct)
    assert (run.posts, run.statuses, fault in run.emulator.faults.faults) == (1, ["DONE"], True)
    assert "not-submitted" in run.events
