"""`qspec resume` on the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess

import pytest

import qspec as package
from qspec.running.creating import creating_run


def left(desk) -> str:
    """The folder of a run that was left before its first job."""
    with creating_run(package.plan(desk / "bell.yaml"), desk / "runs") as journal:
        return str(journal.folder.path.relative_to(desk))


def test_an_unfinished_run_is_brought_to_its_end_and_shown(qspec, desk):
    folder = left(desk)
    assert package.open_run(folder).record.outcome == "unfinished"
    said = qspec("resume", "bell")
    assert said.code == 0
    assert "outcome  done" in said.out
    assert f"run {folder}" in said.err.replace(str(desk) + "/", "")
    assert qspec("show").out == said.out


def test_a_run_that_has_ended_is_said_to_have_and_shown(qspec, desk):
    assert qspec("run", "bell.yaml").code == 0
    said = qspec("resume", "latest")
    assert (said.code, "came to its end before; nothing was done" in said.err) == (0, True)
    assert said.out == qspec("show").out


def test_the_exit_code_is_that_of_the_run(qspec, desk):
    spec = (desk / "bell.yaml").read_text()
    expect = "expect: [{kind: probabilities, job: counts, values: {'01': 1}, tolerance: 0.1}]\n"
    (desk / "bell.yaml").write_text(spec + expect)
    left(desk)
    assert [qspec("resume", "latest").code for _ in range(2)] == [1, 1]


def test_without_a_run_the_unfinished_ones_are_named(qspec, desk):
    folders = [left(desk), left(desk)]
    said = qspec("resume")
    assert (said.code, said.out) == (2, "")
    assert "2 in 'runs' did not come to their end" in said.err
    assert all(f"qspec resume {folder}" in said.err for folder in folders)
    assert qspec("resume", *folders).code == 0
    said = qspec("resume")
    assert (said.code, "every run in 'runs' came to its end" in said.err) == (0, True)


def test_several_runs_as_json(qspec, desk):
    said = qspec("resume", left(desk), left(desk), "--format", "json")
    assert (said.code, said.out.count('"outcome": "done"')) == (0, 2)


def test_the_help_says_that_no_run_has_to_be_named(qspec):
    assert "Usage: qspec resume [OPTIONS] [RUN]...\n" in qspec("resume", "--help").out


def test_which_run_is_asked_in_json_too(qspec, desk):
    folder = left(desk)
    said = json.loads(qspec("resume", "--format", "json").out)
    assert (said["exit_code"], said["advice"]) == (2, f"qspec resume {folder}")


def test_a_run_that_does_not_exist_is_misuse(qspec, desk):
    assert qspec("resume", "nothing").code == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_run_says_how_to_go_on_and_that_works(start, qspec, desk, number):
    spec = (desk / "bell.yaml").read_text()
    (desk / "bell.yaml").write_text(spec.replace("shots: 100", "shots: 200000"))
    process = start("run", "bell.yaml", env={"COLUMNS": "80"})
    for line in process.stderr:
        if line.startswith(b"run "):
            break
    process.send_signal(number)
    _out, err = process.communicate()
    if process.returncode != 0:  # it may have ended before
        assert process.returncode == 128 + number
        (folder,) = (word for word in err.decode().split() if word.startswith("runs/"))
        assert qspec("resume", folder).code == 0


@pytest.mark.parametrize("options", [{}, {"stdout": subprocess.DEVNULL}, {"stderr": subprocess.DEVNULL}])
def test_a_run_in_a_child_process_ends_as_one_without(start, desk, options):
    process = start("run", "bell.yaml", "-q", **options)
    assert process.wait() == 0
