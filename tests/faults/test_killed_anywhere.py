"""`kill -9` anywhere, then `qspec resume`: the run finishes as if nothing had happened."""

from __future__ import annotations

import os
import shutil

import pytest
from aftermath import EITHER, assert_as_if_nothing_happened, the_run

from qspec.records.find import list_runs

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
SAMPLE = pytest.mark.parametrize("step", [17, pytest.param(1, marks=pytest.mark.slow)], ids=["a sample", "all"])


def finish(laboratory, spec, runs_dir) -> None:
    """What a person does next: resume what is there, or run again where there is nothing."""
    if list_runs(runs_dir):
        ended = laboratory.run("resume", "latest", "--runs-dir", runs_dir)
    else:
        ended = laboratory.run("run", spec, "--runs-dir", runs_dir)
    assert (ended.code, "Traceback" in ended.err) == (0, False), ended.err


@EITHER
@SAMPLE
def test_a_run_killed_at_any_boundary_is_brought_to_its_end(laboratory, spec, whole, tmp_path, step):
    at, unseen = 1, 0
    while (code := laboratory.run("run", spec, "--runs-dir", tmp_path / str(at), at=at).code) == -9:
        runs_dir = tmp_path / str(at)
        unseen += not list_runs(runs_dir)
        finish(laboratory, spec, runs_dir)
        assert_as_if_nothing_happened(runs_dir, whole)
        shutil.rmtree(runs_dir)
        at += step
    print(f"\nkilled at {(at - 1) // step} boundaries of a run: all finished; {unseen} left no run")
    assert code == 0
    assert at > 60


@EITHER
@SAMPLE
def test_a_resumed_run_killed_at_any_boundary_is_brought_to_its_end(laboratory, spec, whole, tmp_path, step):
    total = laboratory.run("run", spec, "--runs-dir", tmp_path / "count").boundaries
    cases = 0
    for first in (total * 4 // 7, total - 12):
        base = tmp_path / "base" / str(first)
        assert laboratory.run("run", spec, "--runs-dir", base, at=first).code == -9
        at, code = 1, -9
        while code == -9:
            runs_dir = tmp_path / f"{first}-{at}"
            shutil.copytree(base, runs_dir)
            code = laboratory.run("resume", "latest", "--runs-dir", runs_dir, at=at).code
            finish(laboratory, spec, runs_dir)
            assert_as_if_nothing_happened(runs_dir, whole)
            shutil.rmtree(runs_dir)
            at, cases = at + step, cases + 1
        assert code == 0
    print(f"\nkilled at {cases} boundaries of a resumed run: all finished")


def test_what_was_done_is_not_done_again(laboratory, spec, tmp_path):
    total = laboratory.run("run", spec, "--runs-dir", tmp_path / "count").boundaries
    assert laboratory.run("run", spec, "--runs-dir", tmp_path / "runs", at=total - 12).code == -9
    before = the_run(tmp_path / "runs")
    assert [job.status for job in before.record.jobs] == ["DONE", "DONE"]
    finish(laboratory, spec, tmp_path / "runs")
    assert [job.finished for job in the_run(tmp_path / "runs").record.jobs] == [
        job.finished for job in before.record.jobs
    ]


def test_a_run_is_resumed_without_its_spec_and_from_another_place(laboratory, spec, whole, tmp_path):
    copy = tmp_path / "specs" / "pair.yaml"
    shutil.copytree(spec.parent, copy.parent)
    total = laboratory.run("run", copy, "--runs-dir", tmp_path / "count").boundaries
    assert laboratory.run("run", copy, "--runs-dir", tmp_path / "runs", at=total // 2).code == -9
    shutil.rmtree(copy.parent)
    (tmp_path / "runs").rename(tmp_path / "elsewhere")
    assert laboratory.run("resume", the_run(tmp_path / "elsewhere").folder, cwd="/").code == 0
    assert_as_if_nothing_happened(tmp_path / "elsewhere", whole)
