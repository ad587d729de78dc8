"""A run from plan to folder: everything that ran is on disk, and reads back."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from jsonschema import Draft7Validator
from qiskit import qasm3, qpy
from recorded_runs import alike

import qspec
from qspec.checks.expectation_values import ExpectationValues
from qspec.checks.probabilities import Probabilities
from qspec.records.find import list_runs
from qspec.records.schemas import run_schema, status_schema
from qspec.records.status import read_events
from qspec.running.conduct import Conduct
from qspec.running.run import run
from qspec.sinks.csv import CsvSink
from qspec.sinks.json import JsonSink

if TYPE_CHECKING:
    from pathlib import Path


def test_the_folder_holds_all_that_the_design_lists(plan, tmp_path):
    finished = qspec.run(plan, tmp_path / "runs")
    names = {path.relative_to(finished.folder).as_posix() for path in finished.folder.rglob("*") if path.is_file()}
    circuits = {name for name in names if name.startswith("circuits/")}
    assert {name.partition(".")[2] for name in circuits} == {"qpy", "qasm"}
    assert len(circuits) == 4
    assert names - circuits - {".lock"} == {
        "spec.yaml",
        "inputs/specs/bell.qasm",
        "resolved.json",
        "backend.json",
        "run.json",
        "status.jsonl",
        "jobs/counts/result.npz",
        "jobs/counts/metadata.json",
        "jobs/energy/inputs.npz",
        "jobs/energy/result.npz",
        "jobs/energy/metadata.json",
    }


def test_the_published_schemas_accept_what_was_written(plan, tmp_path):
    folder = qspec.run(plan, tmp_path / "runs").folder
    Draft7Validator(run_schema()).validate(json.loads((folder / "run.json").read_text("utf-8")))
    for line in (folder / "status.jsonl").read_text("utf-8").splitlines():
        Draft7Validator(status_schema()).validate(json.loads(line))


def test_results_come_back_equal_to_what_the_primitives_gave(plan, tmp_path, wrap):
    plan, counts = wrap(plan, "counts")
    plan, energy = wrap(plan, "energy")
    finished = qspec.open_run(qspec.run(plan, tmp_path / "runs").folder)
    assert alike(finished.result("counts"), counts.outcomes[0].result)
    assert alike(finished.result("energy"), energy.outcomes[0].result)


def test_the_record_says_what_ran(plan, tmp_path):
    record = qspec.run(plan, tmp_path / "runs").record
    assert (record.name, record.outcome, record.exit_code, record.seed) == ("pair", "done", 0, 42)
    assert record.seeds == plan.seeds
    assert {"python", "qspec-runner", "qiskit", "qiskit-aer", "numpy"} <= set(record.versions)
    counts, energy = record.jobs
    assert (counts.status, counts.program_id, counts.shots, counts.precision) == ("DONE", "sampler", 256, None)
    assert (energy.status, energy.program_id, energy.shots, energy.precision) == ("DONE", "estimator", None, 0.05)
    assert counts.implementation.endswith("sampling.sample")
    assert energy.pubs[0].shape == (3,)
    assert [circuit.id for circuit in record.circuits] == ["bell", "turned"]
    assert counts.pubs[0].isa == record.circuits[0].hash
    assert all(job.started <= job.finished and job.seconds > 0 for job in record.jobs)
    assert record.created <= record.finished


def test_the_inputs_are_kept_as_they_were(repository, tmp_path):
    base = repository / "base.yaml"
    spec = repository / "specs" / "pair.yaml"
    base.write_bytes(spec.read_bytes().replace(b"bell.qasm", b"specs/bell.qasm") + b"# the base\n")
    spec.write_text("qspec: 1\nname: pair\nextends: ../base.yaml\n", "utf-8")
    planned = qspec.plan(qspec.load(spec, set=["jobs.counts.shots=16"]))
    finished = qspec.run(planned, tmp_path / "runs")
    record = finished.record
    assert (finished.folder / "spec.yaml").read_bytes() == spec.read_bytes()
    assert (finished.folder / "inputs/base.yaml").read_bytes() == base.read_bytes()
    assert [file.path for file in record.layers] == ["base.yaml"]
    assert [file.path for file in record.inputs] == ["specs/bell.qasm"]
    assert record.overrides == ("jobs.counts.shots=16",)
    for file in (record.spec, *record.layers, *record.inputs):
        content = (finished.folder / file.stored).read_bytes()
        assert file.sha256 == f"sha256:{hashlib.sha256(content).hexdigest()}"


def test_the_isa_circuits_are_kept_as_they_were_submitted(plan, tmp_path):
    finished = qspec.run(plan, tmp_path / "runs")
    for circuit, planned in zip(finished.record.circuits, plan.jobs, strict=True):
        submitted = planned.pubs[0].circuit.circuit
        with (finished.folder / circuit.qpy).open("rb") as file:
            assert qpy.load(file) == [submitted]
        assert circuit.hash.removeprefix("sha256:") in circuit.qpy
        text = (finished.folder / circuit.qasm).read_text("utf-8")
        assert qasm3.loads(text).count_ops() == submitted.count_ops()


def test_parameter_values_are_kept_as_arrays(plan, tmp_path):
    finished = qspec.run(plan, tmp_path / "runs")
    np.testing.assert_allclose(finished.parameter_values("energy")["a"], [0, np.pi / 2, np.pi])
    with np.load(finished.folder / "jobs/energy/inputs.npz") as arrays:
        assert arrays["pub0.parameters"].tolist() == ["a"]


def test_resolved_json_and_backend_json_are_json(plan, tmp_path):
    folder = qspec.run(plan, tmp_path / "runs").folder
    resolved = json.loads((folder / "resolved.json").read_text("utf-8"))
    assert (resolved["seed"], resolved["jobs"]["counts"]["shots"]) == (42, 256)
    assert json.loads((folder / "backend.json").read_text("utf-8"))["name"] == plan.backend.name


def test_every_step_is_an_event_in_order(plan, tmp_path):
    events = read_events(qspec.run(plan, tmp_path / "runs").folder).events
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [(event.event, event.job, event.status) for event in events] == [
        ("run-created", None, None),
        ("planned", None, None),
        ("job-status", "counts", "RUNNING"),
        ("result-saved", "counts", None),
        ("job-status", "counts", "DONE"),
        ("job-status", "energy", "RUNNING"),
        ("result-saved", "energy", None),
        ("job-status", "energy", "DONE"),
        ("run-finished", None, None),
    ]


def test_the_hashes_of_all_files_are_in_the_record(plan, tmp_path):
    finished = qspec.run(plan, tmp_path / "runs")
    names = {path.relative_to(finished.folder).as_posix() for path in finished.folder.rglob("*") if path.is_file()}
    assert set(finished.record.files) == names - {"run.json", "status.jsonl", ".lock"}
    for name, noted in finished.record.files.items():
        assert noted == f"sha256:{hashlib.sha256((finished.folder / name).read_bytes()).hexdigest()}"


def with_kinds(plan, *, sinks=(), expect=()):
    return replace(plan, spec=replace(plan.spec, sinks=tuple(sinks), expect=tuple(expect)))


def test_sinks_write_into_the_folder_and_verdicts_are_recorded(plan, tmp_path):
    near = Probabilities(job="counts", values={"00": 0.5}, tolerance=0.2)
    asked = with_kinds(plan, sinks=[JsonSink(), CsvSink()], expect=[near])
    finished = qspec.run(asked, tmp_path)
    assert [sink.files for sink in finished.record.sinks] == [("results.json",), ("counts.csv", "energy.csv")]
    assert all((finished.folder / name).is_file() for sink in finished.record.sinks for name in sink.files)
    (verdict,) = finished.record.verdicts
    assert verdict.verdict.passed
    assert verdict.expectation["values"] == {"00": 0.5}
    assert finished.record.outcome == "done"


def test_an_expectation_that_does_not_hold_is_a_result(plan, tmp_path):
    far = ExpectationValues(job="energy", at_least=10)
    finished = qspec.run(with_kinds(plan, expect=[far]), tmp_path)
    assert (finished.record.outcome, finished.record.exit_code) == ("expectation-failed", 1)
    assert finished.counts("counts")


def test_runs_of_one_plan_get_a_folder_each(plan, tmp_path):
    folders = {qspec.run(plan, tmp_path / "runs").folder for _ in range(3)}
    assert {run.folder for run in list_runs(tmp_path / "runs")} == folders
    assert len(folders) == 3


def test_whoever_watches_is_told_of_every_step_when_it_is_on_disk(plan, tmp_path):
    told: list[str] = []

    class Watcher:
        folder: Path

        def run_created(self, record, folder):
            self.folder = folder
            told.append(f"created {record.outcome}")

        def job_started(self, job):
            told.append(f"{job.id} {read_events(self.folder).events[-1].status}")

        def job_finished(self, job):
            told.append(f"{job.id} {read_events(self.folder).events[-1].status}")

        def sink_written(self, sink):
            told.append(f"{sink.kind} {read_events(self.folder).events[-1].event}")

        def verdict_given(self, verdict):
            told.append(f"{verdict.verdict.passed} {read_events(self.folder).events[-1].event}")

        def run_finished(self, record):
            told.append(f"{record.outcome} {read_events(self.folder).events[-1].event}")

    expectation = ExpectationValues(job="energy", at_most=10)
    run(with_kinds(plan, sinks=[JsonSink()], expect=[expectation]), tmp_path, Watcher())
    assert told == [
        "created unfinished",
        "counts RUNNING",
        "counts DONE",
        "energy RUNNING",
        "energy DONE",
        "json sink-written",
        "True verdict",
        "done run-finished",
    ]


@pytest.mark.parametrize("hidden", ["HOSTNAME-of-this-machine", "a-token-in-the-environment"])
def test_nothing_of_the_environment_is_in_the_folder(plan, tmp_path, monkeypatch, hidden):
    monkeypatch.setenv("QISKIT_IBM_TOKEN", hidden)
    monkeypatch.setattr("platform.node", lambda: hidden)
    folder = qspec.run(plan, tmp_path / "runs").folder
    assert not [path for path in folder.rglob("*") if path.is_file() and hidden.encode() in path.read_bytes()]


def test_every_file_that_is_missing_or_changed_is_named(plan, tmp_path):
    run = qspec.open_run(qspec.run(plan, tmp_path / "runs").folder)
    assert run.damage() == ()
    for name in run.record.files:
        path = run.folder / name
        content = path.read_bytes()
        path.write_bytes(content[:-1])
        assert run.damage() == (f"'{path}' was changed or damaged after it was written",)
        path.unlink()
        assert run.damage() == (f"'{path}' is missing",)
        path.write_bytes(content)
    assert run.damage() == ()


def test_a_status_log_that_lost_something_is_named(plan, tmp_path):
    run = qspec.open_run(qspec.run(plan, tmp_path / "runs").folder)
    path = run.folder / "status.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    for left, problem in (
        (lines[:-1], "has lost its end"),
        ([], "has lost its end"),
        (lines[:1] + lines[2:], "has lost events"),
        ([lines[0], b"junk", *lines[2:]], "is damaged in line 2"),
    ):
        path.write_bytes(b"".join(left))
        assert run.damage()[0].startswith(f"'{path}' {problem}")
    path.unlink()
    assert run.damage() == (f"'{path}' is missing",)


MANY = """\
qspec: 1
name: many
seed: 4
backend: {kind: fake, name: fake_manila}
circuits:
  pair: {kind: library, name: quantum_volume, args: {num_qubits: 3, depth: 2, seed: 1}, measure: all}
  ansatz: {kind: library, name: efficient_su2, args: {num_qubits: 2, reps: 1}}
jobs:
  first: {program_id: sampler, shots: 100, pubs: [{circuit: pair}]}
  second: {program_id: sampler, shots: 200, pubs: [{circuit: pair}, {circuit: pair}]}
  third:
    program_id: estimator
    precision: 0.1
    pubs:
      - {circuit: ansatz, parameter_values: {θ: [[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]]}, observables: {ZZ: 1}}
"""


@pytest.mark.parametrize("how", [{"workers": 2}, {"workers": 5}, {"scheduler": "local:2"}, {}], ids=str)
def test_jobs_that_run_side_by_side_give_the_same_bits(tmp_path, how):
    (tmp_path / "many.yaml").write_text(MANY, "utf-8")
    alone = qspec.run(tmp_path / "many.yaml", tmp_path / "alone", conduct=Conduct(workers=1))
    together = qspec.run(tmp_path / "many.yaml", tmp_path / "together", conduct=Conduct(**how))
    assert together.record.outcome == "done"
    assert together.record.content_hash == alone.record.content_hash
    assert not together.damage()


def test_a_job_that_fails_in_a_worker_leaves_the_others_alone(tmp_path):
    wide = MANY.replace("num_qubits: 3, depth: 2", "num_qubits: 45, depth: 1", 1)
    wide = wide.replace("backend: {kind: fake, name: fake_manila}", "backend: {kind: aer, method: statevector}")
    (tmp_path / "wide.yaml").write_text(wide, "utf-8")
    run = qspec.run(tmp_path / "wide.yaml", tmp_path / "runs", conduct=Conduct(workers=2))
    assert [job.status for job in run.record.jobs] == ["ERROR", "ERROR", "DONE"]
    assert all("too wide" in str(job.error) for job in run.record.jobs[:2])
