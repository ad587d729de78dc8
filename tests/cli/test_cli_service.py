"""The command line against the emulated service: what a person types, sees and finds on disk."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from spec_texts import BELL

import qspec as package
from qspec.records.find import list_runs
from qspec.records.status import read_events
from qspec.records.view import open_run

HOME = str(Path(package.__file__).parents[1])


def process(*arguments):
    """A command in a process of its own."""
    command = [sys.executable, "-m", "qspec", *arguments]
    environment = {**os.environ, "PYTHONPATH": HOME}
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, env=environment)


def the_run(tmp_path):
    (found,) = list_runs(tmp_path / "runs")
    return open_run(found.folder)


@pytest.mark.parametrize("mode", ["job", "batch", "session"])
def test_a_run_in_each_mode_leaves_its_results_and_its_story(emulator, tmp_path, qspec, mode):
    text = (tmp_path / "pair.yaml").read_text("utf-8")
    (tmp_path / "pair.yaml").write_text(text.replace("mode: job", f"mode: {mode}"), "utf-8")
    ended = qspec("run", "pair.yaml")
    assert ended.code == 0, ended.err
    run = the_run(tmp_path)
    assert sum(run.counts("counts").values()) == 1000
    assert abs(float(run.result("energy")[0].data.evs)) <= 1.2
    assert len(emulator.ledger.jobs) == 2
    story = [event.event for event in read_events(run.folder).events]
    for word in ("submitting", "submitted", "result-received", "result-saved", "verdict", "run-finished"):
        assert word in story
    assert ("session-opened" in story, "session-closed" in story) == (mode != "job", mode != "job")
    assert story.index("submitting") < story.index("submitted") < story.index("result-received")
    assert run.record.execution.mode == mode
    assert run.record.execution.usage > 0


def test_submitted_in_one_process_and_finished_in_another(emulator, tmp_path):
    submitted = process("submit", "pair.yaml")
    assert submitted.returncode == 5, submitted.stderr
    folder = submitted.stdout.strip()
    assert the_run(tmp_path).record.outcome == "unfinished"
    asked = process("status", folder)
    assert asked.returncode == 5
    for job in emulator.ledger.jobs:
        assert job.id in asked.stdout
    emulator.wait_for()
    resumed = process("resume", folder)
    assert resumed.returncode == 0, resumed.stderr
    assert "held" in resumed.stdout
    assert len(emulator.ledger.jobs) == 2
    assert process("status", folder).returncode == 0


def test_resume_without_waiting_collects_what_is_there(emulator, tmp_path, qspec):
    emulator.faults.add_job(nth=(2,), hold=True)
    assert qspec("submit", "pair.yaml").code == 5
    emulator.wait_for(lambda: emulator.ledger.jobs[0].ended)
    looked = qspec("resume", "latest", "--no-wait")
    assert looked.code == 5
    assert "1 job has not ended yet" in looked.err
    assert [job.status for job in the_run(tmp_path).record.jobs] == ["DONE", "QUEUED"]
    emulator.release(emulator.ledger.jobs[1])
    assert qspec("resume", "latest").code == 0


def test_status_says_where_a_job_stands_in_the_queue(emulator, qspec):
    emulator.faults.add_job(hold=True)
    assert qspec("submit", "pair.yaml").code == 5
    said = json.loads(qspec("status", "latest", "--format", "json").out)
    assert [job["status"] for job in said["jobs"]] == ["QUEUED", "QUEUED"]
    assert all(isinstance(job["position"], int) for job in said["jobs"])


def test_cancelling_a_run_and_resuming_it_ends_it(emulator, tmp_path, qspec):
    emulator.faults.add_job(hold=True)
    assert qspec("submit", "pair.yaml").code == 5
    cancelled = qspec("cancel", "latest")
    assert cancelled.code == 0
    assert cancelled.out.count("cancelled") == 2
    assert qspec("resume", "latest").code == 1
    assert [job.status for job in the_run(tmp_path).record.jobs] == ["CANCELLED", "CANCELLED"]


def test_what_failed_is_submitted_again_and_nothing_else(emulator, tmp_path, qspec):
    emulator.faults.add_job(nth=(1,), fail_code=1517, fail_reason="the circuit is not an ISA circuit")
    failed = qspec("run", "pair.yaml")
    assert failed.code == 1
    counts, energy = the_run(tmp_path).record.jobs
    assert (counts.status, energy.status) == ("ERROR", "DONE")
    assert counts.submissions[0].error_code == 1517
    assert "the circuit is not an ISA circuit" in failed.out
    assert qspec("resume", "latest").code == 1, "a run that has ended stays as it is"
    again = qspec("resume", "latest", "--retry-failed")
    assert again.code == 0, again.err
    assert len(emulator.ledger.jobs) == 3
    states = [each.state for each in the_run(tmp_path).record.jobs[0].submissions]
    assert sorted(states) == ["replaced", "submitted"]


def test_the_plan_states_the_cost_and_what_is_left(emulator, qspec):
    said = qspec("plan", "pair.yaml").out
    assert "estimate of QPU time" in said
    assert "executions x shots" in said
    assert "the instance has 600.0 min of QPU time left" in said
    assert not emulator.ledger.count("POST", "/jobs")


def test_what_multiplies_executions_and_shots_is_said(emulator, qspec):
    said = qspec("plan", "pair.yaml").out
    assert "\n  executions: every circuit at 3 noise factors\n" in said
    assert "\n  shots: 400 are asked for, rounded up to whole randomizations of twirling\n" in said
    assert "; loading, queueing and the noise that estimators learn are not in it\n" in said
    plain = qspec("plan", "pair.yaml", "--set", "jobs.energy.options.resilience_level=0").out
    assert ("executions:" in plain, "shots:" in plain) == (False, False)


def test_the_estimate_of_a_noise_learner_is_of_the_learning(emulator, tmp_path, qspec):
    job = "jobs:\n  noise: {program_id: noise-learner, pubs: [{circuit: bell}]}\n"
    text = BELL.replace("{kind: aer}", "{kind: ibm, name: ibm_manila}")
    (tmp_path / "learn.yaml").write_text(text.partition("jobs:\n")[0] + job)
    assert "; loading and queueing are not in it\n" in qspec("plan", "learn.yaml").out


def test_the_backends_of_the_account_are_listed(emulator, monkeypatch, qspec):
    emulator.devices["ibm_quito"].state = "paused"
    emulator.devices["ibm_manila"].waiting = 12
    said = qspec("backends", "--kind", "ibm")
    assert said.code == 0
    assert [re.split("  +", line.strip()) for line in said.out.splitlines()[1:]] == [
        ["name", "qubits", "queue", "status"],
        ["ibm_manila", "5", "12", "active"],
        ["ibm_quito", "5", "0", "paused, takes no jobs"],
    ]
    listed = json.loads(qspec("backends", "--kind", "ibm", "--format", "json").out)["account_backends"]
    assert [each["name"] for each in listed] == ["ibm_manila", "ibm_quito"]
    monkeypatch.setenv("QISKIT_IBM_TOKEN", "")
    assert qspec("backends", "--kind", "ibm").code == 3


def test_offline_asks_nobody(emulator, qspec):
    refused = qspec("plan", "--offline", "pair.yaml")
    assert refused.code == 6
    assert "--offline forbids to ask it" in refused.err
    assert not emulator.ledger.requests


def test_a_limit_is_held_before_anything_is_submitted(emulator, qspec):
    refused = qspec("run", "pair.yaml", "--set", "limits={qpu_seconds: 0.001}")
    assert refused.code == 6
    assert not emulator.ledger.count("POST", "/jobs")
    assert not emulator.ledger.count("POST", "/sessions")


def test_a_dry_run_goes_to_the_mock_backend_and_shows_no_numbers(emulator, tmp_path, qspec):
    said = qspec("run", "pair.yaml", "--dry-run")
    assert said.code == 0, said.out
    assert {job.backend for job in emulator.ledger.jobs} == {"mock_manila"}
    assert the_run(tmp_path).record.execution.dry_run
    assert said.out.startswith("dry run on the service's mock backend: the numbers mean nothing\n")
    assert "\nexpectations: not checked in a dry run\n" in said.out
    assert "\noutcome  done (dry run)\nbackend  ibm_manila, its mock backend\n" in said.out
    assert "probability" not in said.out
    assert qspec("show").out == said.out


def test_a_dry_run_holds_circuits_against_their_limits(emulator, tmp_path, qspec):
    expect = "{kind: probabilities, job: counts, values: {'00': 1}, tolerance: 0.1}"
    said = qspec("run", "pair.yaml", "--dry-run", "--set", f"expect=[{expect}, {{kind: circuit, depth: 1}}]")
    assert said.code == 1
    assert "\nexpect\n  failed  circuit: the depth of circuit '" in said.out
    assert "\nother expectations: not checked in a dry run\n" in said.out
    (verdict,) = the_run(tmp_path).record.verdicts
    assert verdict.expectation == {"kind": "circuit", "depth": 1}
    assert qspec("run", "pair.yaml", "--dry-run", "--set", "expect=[{kind: circuit, depth: 99}]").code == 0


def test_a_dry_run_of_a_sweep_holds_the_circuits_of_every_point_against_their_limits(emulator, tmp_path, qspec):
    settings = ["sweep={axes: {transpile.optimization_level: [0, 2]}}", "expect=[{kind: circuit, depth: 1}]"]
    said = qspec("run", "pair.yaml", "--dry-run", *(word for each in settings for word in ("--set", each)))
    assert said.code == 1
    (verdict,) = the_run(tmp_path).record.verdicts
    assert verdict.verdict.message.startswith("failed at 2 of 2 points; at point ")


def test_a_dry_run_is_called_that_wherever_it_is_listed(emulator, qspec):
    assert qspec("run", "pair.yaml", "--dry-run", "--set", "expect=[]").code == 0
    assert qspec("runs").out.endswith("done (dry run)\n")
    assert qspec("status", "latest").out.endswith(": done (dry run)\n")
    assert json.loads(qspec("show", "--format", "json").out)["note"].startswith("dry run on the service's mock")
    assert json.loads(qspec("runs", "--format", "json").out)[0]["dry_run"] is True
    assert "expectations" not in qspec("show").out


def test_results_of_the_executor_and_the_noise_learner_are_shown(emulator, tmp_path, qspec):
    jobs = (
        "  noise: {program_id: noise-learner, pubs: [{circuit: bell}]}\n"
        "  twirled: {program_id: executor, shots: 64, boxing: {}, randomizations: 3, pubs: [{circuit: bell}]}\n"
    )
    text = BELL.replace("{kind: aer}", "{kind: ibm, name: ibm_manila}") + jobs
    (tmp_path / "programs.yaml").write_text(text)
    said = qspec("run", "programs.yaml")
    assert said.code == 0, said.err
    assert re.search(r"^    layer 0: qubits [0-4 ]+, cx [0-4] [0-4]\n      generator +rate", said.out, re.MULTILINE)
    _title, twirled = said.out.split("flips of twirled measurements undone, 3 randomizations together\n")
    assert sum(int(count) for count in re.findall(r"^    [01]{2} +([0-9]+)  ", twirled, re.MULTILINE)) == 192
    assert qspec("show").out == said.out


def test_a_backend_that_is_not_there_is_a_finding_with_a_suggestion(emulator, qspec):
    wrong = qspec("plan", "pair.yaml", "--set", "backend.name=ibm_manilla")
    assert wrong.code == 2
    assert "no backend 'ibm_manilla' on this account" in wrong.err
    assert "did you mean 'ibm_manila'?" in wrong.err


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("QISKIT_IBM_TOKEN", "", "there is no account of IBM Quantum Platform here"),
        ("QISKIT_IBM_TOKEN", "a-token-of-somebody-else", "the service does not accept the account's token"),
        ("QISKIT_IBM_INSTANCE", "another", "the account cannot use the instance"),
    ],
)
def test_a_wrong_account_is_one_line_with_what_to_do(emulator, monkeypatch, qspec, variable, value, said):
    monkeypatch.setenv(variable, value)
    wrong = qspec("run", "pair.yaml")
    assert wrong.code == 3
    assert said in wrong.err
    assert "help:" in wrong.err
    assert "a-token-of-somebody-else" not in wrong.err


def test_submitting_what_runs_here_is_refused(emulator, qspec):
    refused = qspec("submit", "pair.yaml", "--set", "backend={kind: aer}")
    assert refused.code == 2
    assert "runs on this machine" in refused.err


def test_results_are_collected_from_a_backend_that_the_account_has_lost(emulator, tmp_path, qspec):
    assert process("submit", "pair.yaml").returncode == 5
    emulator.wait_for()
    emulator.service.devices.retire("ibm_manila")
    ended = process("resume", the_run(tmp_path).folder)
    assert ended.returncode == 0, ended.stderr
    assert the_run(tmp_path).record.outcome == "done"
    assert emulator.ledger.count("POST", "/jobs") == 2


def test_what_a_lost_backend_has_not_got_yet_is_refused_and_the_rest_collected(emulator, tmp_path, qspec):
    emulator.faults.add("status", status=503, method="POST", path="/jobs", nth=tuple(range(2, 40)))
    assert process("submit", "pair.yaml").returncode == 5
    emulator.wait_for()
    emulator.service.devices.retire("ibm_manila")
    ended = process("resume", the_run(tmp_path).folder)
    counts, energy = the_run(tmp_path).record.jobs
    assert (ended.returncode, counts.status, energy.status) == (1, "DONE", "ERROR"), ended.stderr
    assert "no backend 'ibm_manila' on this account" in energy.error


@pytest.fixture
def swept(emulator, tmp_path):
    """A sweep of four points in two jobs of the service."""
    text = BELL.replace("{kind: aer}", "{kind: ibm, name: ibm_manila}")
    axes = {"jobs.counts.shots": [100, 200], "transpile.optimization_level": [0, 1]}
    (tmp_path / "swept.yaml").write_text(f"{text}\nsweep: {json.dumps({'axes': axes})}\n", "utf-8")
    return "swept.yaml"


def test_a_sweep_is_planned_submitted_looked_at_and_finished(swept, emulator, qspec):
    planned = qspec("plan", swept)
    assert planned.code == 0, planned.err
    assert "4 points, 4 jobs, sent as 2 jobs with 4 PUBs, 4 circuit executions, 600 shots" in planned.out
    emulator.faults.add_job(nth=(2,), hold=True)
    assert qspec("submit", swept).code == 5
    emulator.wait_for(lambda: emulator.ledger.jobs[0].ended)
    status = qspec("status", "latest")
    assert status.code == 5
    assert all(job.id in status.out for job in emulator.ledger.jobs)
    looked = qspec("resume", "latest", "--no-wait")
    assert (looked.code, "1 job has not ended yet" in looked.err) == (5, True)
    assert "points   2 of 4 done" in qspec("show", "latest").out
    emulator.release(emulator.ledger.jobs[1])
    finished = qspec("resume", "latest")
    assert finished.code == 0, finished.err
    assert "points   4 done" in finished.out
    assert emulator.ledger.jobs[1].id in qspec("show", "latest", "--point", "2").out
    assert len(emulator.ledger.jobs) == 2


def test_a_sweep_that_is_cancelled_says_so_of_its_points(swept, emulator, qspec):
    emulator.faults.add_job(hold=True)
    assert qspec("submit", swept).code == 5
    assert qspec("cancel", "latest").out.count("cancelled") == 2
    ended = qspec("resume", "latest")
    assert ended.code == 1
    assert "4 of 4 points failed; the first: point 0: cancelled with qspec cancel" in ended.err
    assert "points   0 of 4 done, 4 failed" in ended.out


def test_a_dry_run_of_a_sweep_shows_no_numbers(swept, emulator, qspec):
    dry = qspec("run", swept, "--dry-run")
    assert dry.code == 0, dry.err
    assert {job.backend for job in emulator.ledger.jobs} == {"mock_manila"}
    assert "dry run" in dry.out
    assert [line.split()[1:] for line in dry.out.splitlines() if re.match(r"^ +\d+  \d+", line)] == [
        [shots, level, "DONE"] for shots in ("100", "200") for level in ("0", "1")
    ]
