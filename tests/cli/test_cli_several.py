"""Several specs or runs in one command: each is driven, each failure is said, and the exit code is true of all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from spec_texts import BELL

from qspec.cli.driving import drive
from qspec.cli.voice import Voice
from qspec.errors import MachineError, RefusedError, ServiceError, UnfinishedError, UnsettledError
from qspec.records.find import list_runs
from qspec.records.view import open_run

NO_SESSION = {"status": 404, "method": "POST", "path": "/sessions"}


@pytest.fixture
def specs(emulator, tmp_path):
    """Three specs of one job each: `a.yaml` and `b.yaml` on the service, `here.yaml` on this machine."""
    for name in ("a", "b"):
        text = BELL.replace("{kind: aer}", "{kind: ibm, name: ibm_manila}").replace("name: bell", f"name: {name}")
        (tmp_path / f"{name}.yaml").write_text(text)
    (tmp_path / "here.yaml").write_text(BELL.replace("name: bell", "name: here"))
    return emulator


def in_a_session(path):
    text = Path(path).read_text()
    Path(path).write_text(f"{text}execution: {{mode: session}}\n")


def folder(name):
    (found,) = list_runs("runs", name)
    return str(found.folder)


def test_what_fails_stops_no_other_and_the_code_says_that_something_was_submitted(specs, qspec):
    in_a_session("b.yaml")
    specs.faults.add("status", **NO_SESSION)
    said = qspec("submit", "a.yaml", "b.yaml")
    assert (said.code, said.out) == (5, f"{folder('a')}\n")
    assert f"to go on: qspec resume {folder('b')}" in said.err
    assert len(specs.ledger.jobs) == 1


def test_the_first_that_fails_stops_no_other_either(specs, qspec):
    specs.faults.add("status", nth=(1,), method="POST", path="/jobs", status=400)
    said = qspec("run", "a.yaml", "b.yaml", "here.yaml")
    assert said.code == 1, "a has come to its end, and something was submitted"
    assert [open_run(folder(name)).record.outcome for name in ("a", "b", "here")] == ["failed", "done", "done"]


def test_nothing_submitted_is_said_only_where_it_is_true(specs, qspec):
    in_a_session("a.yaml")
    specs.faults.add("status", **NO_SESSION)
    assert qspec("run", "a.yaml", "here.yaml").code == 3
    assert open_run(folder("here")).record.outcome == "done"


def test_resume_looks_at_every_run(specs, qspec):
    specs.faults.add_job(nth=(1,), hold=True)
    assert qspec("submit", "a.yaml", "b.yaml").code == 5
    specs.wait_for(lambda: specs.ledger.jobs[1].ended)
    looked = qspec("resume", "--no-wait", "a", "b")
    assert looked.code == 5
    assert (
        looked.err.count(f"not finished: 1 job has not ended yet\n  = help: to go on: qspec resume {folder('a')}") == 1
    )
    assert open_run(folder("b")).record.outcome == "done"


def test_several_runs_are_one_json_document_with_those_that_failed(specs, qspec):
    specs.faults.add_job(nth=(1,), hold=True)
    submitted = json.loads(qspec("submit", "a.yaml", "b.yaml", "--format", "json").out)
    assert [run["folder"] for run in submitted["runs"]] == [folder("a"), folder("b")]
    specs.wait_for(lambda: specs.ledger.jobs[1].ended)
    said = qspec("resume", "--no-wait", "a", "b", "--format", "json")
    open_one, done = json.loads(said.out)["runs"]
    assert (open_one["error"], open_one["exit_code"], open_one["run"]) == ("1 job has not ended yet", 5, folder("a"))
    assert open_one["advice"] == f"to go on: qspec resume {folder('a')}"
    assert done["record"]["outcome"] == "done"
    specs.release(specs.ledger.jobs[0])
    assert json.loads(qspec("resume", "a", "--format", "json").out)["record"]["name"] == "a"


class Ended:
    def __init__(self, code):
        self.code = code


def step(end):
    def take():
        if isinstance(end, Exception):
            raise end
        return Ended(end)

    return take


@pytest.mark.parametrize(
    ("ends", "submitted", "code"),
    [
        ([0, 0], False, 0),
        ([0, 1], True, 1),
        ([1, ServiceError("no")], False, 3),
        ([0, ServiceError("no")], True, 5),
        ([0, 3], True, 1),
        ([UnfinishedError("no"), UnsettledError("no")], True, 4),
        ([RefusedError("no"), UnfinishedError("no")], True, 6),
        ([MachineError("driven by another"), 0], False, 7),
    ],
)
def test_the_exit_code_of_several_is_the_worst_that_is_true(capsys, ends, submitted, code):
    voice = Voice(submitted=submitted)
    assert drive([step(end) for end in ends], lambda ended: ended.code, voice) == code


def test_a_full_disk_is_in_the_way_of_all(capsys):
    full = MachineError("cannot write 'a': the disk is full")
    full.__cause__ = OSError(28, "No space left on device")
    with pytest.raises(MachineError):
        drive([step(full), step(0)], lambda ended: ended.code, Voice())


@pytest.mark.parametrize("damaged_first", [True, False])
def test_a_damaged_record_stops_no_other_run(specs, qspec, damaged_first):
    assert qspec("submit", "a.yaml", "b.yaml").code == 5
    specs.wait_for()
    (Path(folder("a")) / "run.json").write_text("{")
    runs = [folder("a"), folder("b")] if damaged_first else [folder("b"), folder("a")]
    said = qspec("resume", *runs)
    assert (said.code, "run.json" in said.err) == (2, True)
    assert open_run(runs[damaged_first]).record.outcome == "done"


def test_nothing_to_resume_is_a_json_document_too(specs, qspec):
    said = qspec("resume", "--format", "json")
    assert (said.code, json.loads(said.out)) == (0, {"version": 1, "runs": []})


def test_a_run_whose_session_is_open_is_among_those_that_can_be_resumed(specs, qspec):
    in_a_session("a.yaml")
    specs.faults.add("status", status=500, method="PATCH", path="/sessions/*")
    ended = qspec("run", "-q", "a.yaml")
    assert (ended.code, "is still open: qspec resume closes it" in ended.err) == (0, True)
    said = qspec("resume")
    assert (said.code, folder("a") in said.err) == (2, True)
    specs.faults.clear()
    assert qspec("resume", folder("a")).code == 0
    assert qspec("resume").code == 0
    assert qspec("show", folder("a")).code == 0
