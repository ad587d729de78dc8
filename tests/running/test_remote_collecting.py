"""What the service gave is on disk before anybody looks into it, and is not lost whatever becomes of it there."""

from __future__ import annotations

import json

import pytest

from qspec.errors import UnfinishedError
from qspec.records.status import read_events
from qspec.running import collecting, fetching
from tests.service.emulated import counts, one_job, rehearsals  # noqa: F401  a fixture

RESULT = {"method": "GET", "path": "/jobs/*/results"}


def raw(run):
    return sorted(path for path in (run.path / "jobs" / "counts" / "raw").glob("*.json"))


def test_the_raw_bytes_are_those_that_the_service_sent(rehearse):
    run = rehearse(one_job()).go()
    [path] = raw(run)
    [job] = run.emulator.ledger.jobs
    assert path.read_bytes() == job.result
    assert run.record.job("counts").submissions[0].raw == f"jobs/counts/raw/{job.id}.json"
    assert job.reads == 1


@pytest.mark.parametrize("stored", ["path", "host"])
def test_a_result_that_is_stored_elsewhere_is_kept_as_it_came_and_costs_no_token(stored, rehearse):
    run = rehearse(one_job())
    run.emulator.faults.add_job(stored=stored, once=True)
    run.go()
    [path] = raw(run)
    [job] = run.emulator.ledger.jobs
    assert path.read_bytes() == job.result
    assert (run.statuses, job.reads) == (["DONE"], 1)
    asked = [entry for entry in run.emulator.ledger.requests if entry.path.startswith("/storage/")]
    assert [(entry.authorization, entry.status) for entry in asked] == [("bearer" if stored == "path" else "", 200)]
    kept = [path.read_text("utf-8", "replace") for path in run.path.rglob("*") if path.is_file()]
    assert not any(job.signature in text for text in kept), "the address is a key to the result"


@pytest.mark.parametrize("once", [False, True])
def test_a_result_that_was_received_by_a_process_that_died_is_not_asked_for_again(once, rehearse, monkeypatch):
    run = rehearse(one_job())
    run.emulator.faults.add_job(once=once)
    run.begin()

    def die(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(collecting, "decoded", die)
    with pytest.raises(KeyboardInterrupt):
        run.go()
    monkeypatch.undo()
    run.install(monkeypatch)
    run.go()
    assert run.statuses == ["DONE"]
    assert run.emulator.ledger.jobs[0].reads == 1
    assert sum(counts(run, "counts").values()) == 200


def test_a_result_whose_raw_file_alone_was_written_is_used(rehearse, monkeypatch):
    run = rehearse(one_job())
    run.emulator.faults.add_job(once=True)
    run.begin()
    write = fetching.write_whole

    def die(path, content):
        write(path, content)
        raise KeyboardInterrupt

    monkeypatch.setattr(fetching, "write_whole", die)
    with pytest.raises(KeyboardInterrupt):
        run.go()
    monkeypatch.undo()
    run.install(monkeypatch)
    assert len(raw(run)) == 1
    run.go()
    assert (run.statuses, run.emulator.ledger.jobs[0].reads) == (["DONE"], 1)


def test_a_run_whose_results_are_on_disk_needs_no_results_of_the_service(rehearse, monkeypatch):
    run = rehearse(one_job()).begin()
    decoded = collecting.decoded

    def die(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(collecting, "decoded", die)
    with pytest.raises(KeyboardInterrupt):
        run.go()
    monkeypatch.setattr(collecting, "decoded", decoded)
    run.emulator.faults.add("status", status=410, **RESULT)
    run.emulator.faults.add("status", status=404, method="GET", path="/jobs/*")
    run.go()
    assert run.statuses == ["DONE"]


@pytest.mark.parametrize("how", ["empty", "truncated", "garbage"])
def test_a_result_that_stays_damaged_fails_its_job_and_is_kept(how, rehearse):
    run = rehearse()
    run.emulator.faults.add_job(nth=(1,), result=how)
    run.go()
    failed, done = run.record.jobs
    assert (failed.status, done.status) == ("ERROR", "DONE")
    assert "result" in failed.error
    assert len(raw(run)) == (0 if how == "empty" else 1)


@pytest.mark.parametrize("text", ["<half>", "<empty>", "<garbage>"])
def test_a_result_that_came_damaged_is_fetched_again(text, rehearse):
    run = rehearse(one_job())
    run.emulator.faults.add("body", text=text, **RESULT, nth=(1, 2))
    run.go()
    assert run.statuses == ["DONE"]
    assert len(raw(run)) == (1 if text == "<empty>" else 2)


@pytest.mark.parametrize(
    "text", ["null", "{}", "[]", "7", '"text"', '{"data": []}', '{"schema_version": "v9"}', "[" * 5000, '{"a": NaN}']
)
def test_a_result_that_is_json_and_no_result_fails_its_job_and_is_kept(text, rehearse):
    run = rehearse(one_job())
    run.emulator.faults.add("body", text=text, **RESULT)
    run.go()
    assert run.statuses == ["ERROR"]
    assert "jobs/counts/raw/" in run.record.job("counts").error or text == "[" * 5000
    assert raw(run)[0].read_text() == text


def test_a_result_of_another_length_fails_its_job(rehearse):
    run = rehearse(one_job())
    two = (
        one_job().replace("[{circuit: bell}]", "[{circuit: bell}, {circuit: bell}]").replace("name: bell", "name: two")
    )
    other = type(run)(emulator=run.emulator, time=run.time, folder=run.folder, spec=two).begin().go()
    text = raw(other)[0].read_text()
    run.begin()
    run.emulator.faults.add("body", text=text, **RESULT)
    run.go()
    assert run.statuses == ["ERROR"]
    assert "PUBs" in run.record.job("counts").error or "decoded" in run.record.job("counts").error


def test_a_failing_decoder_keeps_the_bytes_and_is_mended_by_another_try(rehearse, monkeypatch):
    from qiskit_ibm_runtime.decoders import defaults

    run = rehearse(one_job()).begin()
    good = defaults.DEFAULT_DECODERS["executor"]

    class Broken:
        @classmethod
        def decode(cls, _data):
            raise ZeroDivisionError("a bug in a decoder")

    monkeypatch.setitem(defaults.DEFAULT_DECODERS, "executor", [Broken])
    run.go()
    failed = run.record.job("counts")
    assert failed.error.startswith("the result cannot be decoded: ZeroDivisionError: a bug in a decoder")
    assert raw(run)[0].read_bytes() == run.emulator.ledger.jobs[0].result
    monkeypatch.setitem(defaults.DEFAULT_DECODERS, "executor", good)
    run.go(retry_failed=True)
    assert (run.statuses, run.posts, run.emulator.ledger.jobs[0].reads) == (["DONE"], 1, 1)


def test_a_damaged_raw_file_is_fetched_again(rehearse, monkeypatch):
    run = rehearse(one_job()).begin()

    def die(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(collecting, "decoded", die)
    with pytest.raises(KeyboardInterrupt):
        run.go()
    monkeypatch.undo()
    run.install(monkeypatch)
    [path] = raw(run)
    path.write_bytes(path.read_bytes()[:100])
    run.go()
    assert (run.statuses, len(raw(run))) == (["DONE"], 2)


def test_a_service_that_is_down_when_a_result_is_ready_is_waited_for(rehearse):
    run = rehearse(one_job())
    run.emulator.faults.add("status", status=503, **RESULT, nth=tuple(range(1, 60)))
    run.go()
    assert run.statuses == ["DONE"]


def test_a_service_that_stays_down_leaves_the_result_to_a_later_process(rehearse):
    run = rehearse(one_job(), down=300.0)
    run.emulator.faults.add("drop", **RESULT)
    with pytest.raises(UnfinishedError):
        run.go()
    assert run.record.job("counts").status != "ERROR"
    run.emulator.faults.clear()
    run.go()
    assert (run.statuses, run.posts) == (["DONE"], 1)


def test_a_result_that_is_gone_fails_its_job_in_the_words_of_the_service(rehearse):
    run = rehearse(one_job())
    run.emulator.faults.add("status", status=410, **RESULT)
    run.go()
    assert "410" in run.record.job("counts").error


def test_a_token_that_expires_before_the_result_is_renewed(rehearse):
    run = rehearse(one_job())
    run.emulator.faults.add("expire", **RESULT, nth=(1,))
    run.go()
    assert run.statuses == ["DONE"]


METRICS = [
    ("{}", None),
    ('{"usage": {"status": "pending", "quantum_seconds": 2}}', None),
    ('{"usage": {"status": "final", "qpu_charge_time_seconds": 2.5}}', 2.5),
    ('{"usage": {"quantum_seconds": 3}}', 3.0),
    ('{"usage": {"quantum_seconds": true}}', None),
    ('{"usage": {"quantum_seconds": NaN}}', None),
    ('{"usage": {"quantum_seconds": 1e999}}', None),
    ('{"usage": {"quantum_seconds": "3"}}', None),
    ('{"usage": [1], "timestamps": 7, "position_in_queue": "first"}', None),
    ('{"timestamps": {"finished": "yesterday", "running": 3, "created": null}}', None),
    ("[]", None),
    ("<garbage>", None),
    ("<empty>", None),
]


@pytest.mark.parametrize(("text", "usage"), METRICS, ids=[text for text, _ in METRICS])
def test_figures_are_taken_as_far_as_they_are_figures(text, usage, rehearse):
    run = rehearse(one_job())
    run.emulator.faults.add("body", text=text, method="GET", path="/jobs/*/metrics")
    run.go()
    [sent] = run.submissions(run.reopened(run.journal))
    assert (run.statuses, sent.usage, run.record.execution.usage) == (["DONE"], usage, usage)
    assert sent.finished is None or sent.finished.startswith("20")


def test_figures_that_cannot_be_had_do_not_cost_the_result(rehearse):
    run = rehearse(one_job())
    run.emulator.faults.add("status", status=404, method="GET", path="/jobs/*/metrics")
    run.go()
    assert run.statuses == ["DONE"]
    assert any("metrics" in words for words in run.watcher.troubles)


def test_the_calibration_of_the_time_it_ran_is_kept(rehearse):
    run = rehearse(one_job()).begin()
    device = run.emulator.devices["ibm_manila"]

    def change(properties):
        properties["qubits"][0][0]["value"] = 77.5

    device.recalibrate(run.emulator.clock.now(), change)
    run.go()
    name = run.record.job("counts").submissions[0].calibration
    kept = json.loads((run.path / name).read_text())
    planned = json.loads((run.path / "backend.json").read_text())
    assert kept["calibration"]["qubits"][0][0]["value"] == 77.5
    assert planned["calibration"]["qubits"][0][0]["value"] != 77.5
    assert kept["qubits"][0]["t1"] == pytest.approx(77.5e-6)
    assert kept["qubits"][1] == planned["qubits"][1]
    assert kept["instructions"].keys() == planned["instructions"].keys()


@pytest.mark.parametrize("fault", [{"do": "status", "status": 404}, {"do": "body", "text": "<garbage>"}], ids=str)
def test_a_calibration_that_cannot_be_had_does_not_cost_the_result(fault, rehearse):
    run = rehearse(one_job()).begin()
    run.go(wait=False)
    run.emulator.faults.add(**fault, method="GET", path="/backends/*/properties", nth=tuple(range(2, 50)))
    run.go()
    assert run.statuses == ["DONE"]


def test_the_log_names_the_raw_file(rehearse):
    run = rehearse(one_job()).go()
    [event] = [event for event in read_events(run.path).events if event.event == "result-received"]
    assert event.detail["file"] == run.record.job("counts").submissions[0].raw


def test_the_estimators_results_are_joined_and_kept(rehearse):
    spec = one_job()[: one_job().index("jobs:")].replace("meas = measure q;", "") + (
        "jobs:\n  counts: {program_id: estimator, precision: 0.1,"
        " pubs: [{circuit: bell, observables: {ZZ: 1.0}}, {circuit: bell, observables: {XX: 1.0}}]}\n"
    )
    run = rehearse(spec.replace("bit[2] meas;", "")).go()
    from qspec.records.view import FinishedRun

    result = FinishedRun(run.record, run.path).result("counts")
    assert [float(pub.data.evs) > 0.7 for pub in result] == [True, True]
