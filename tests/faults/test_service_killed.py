"""`kill -9` anywhere on the way to the service and back, then `qspec resume`: every job once, and every result."""

from __future__ import annotations

import os
import shutil
from bisect import bisect_left

import pytest
from harness import Laboratory

from qspec.records.find import list_runs
from qspec.records.view import open_run
from tests.emulator import Emulator

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
SAMPLE = pytest.mark.parametrize("step", [61, pytest.param(1, marks=pytest.mark.slow)], ids=["a sample", "all"])
SPEC = """\
qspec: 1
name: pair
seed: 42
backend: {kind: ibm, name: ibm_manila}
execution: {mode: session}
circuits:
  bell:
    kind: qasm
    source: |
      OPENQASM 3.0;
      include "stdgates.inc";
      qubit[2] q;
      bit[2] meas;
      h q[0];
      cx q[0], q[1];
      meas = measure q;
jobs:
  counts: {program_id: sampler, shots: 100, pubs: [{circuit: bell}]}
  again: {program_id: sampler, shots: 200, pubs: [{circuit: bell}]}
sinks:
  - {kind: csv}
"""
MOST_PROCESSES = 4


@pytest.fixture(scope="module")
def emulator():
    with Emulator(devices=["manila"]) as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("service")
    (folder / "pair.yaml").write_text(SPEC)
    return folder


@pytest.fixture(scope="module")
def laboratory(emulator, folder):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**emulator.environment, "QSPEC_SETTLE_SECONDS": "0.5"}.items():
            patch.setenv(name, value)
        running = Laboratory(["run", str(folder / "pair.yaml")])
    yield running
    running.close()


def brought_to_its_end(laboratory, spec, runs_dir):
    """What a person does after a crash, until it is done. Returns the finished run."""
    for _ in range(MOST_PROCESSES):
        arguments = ["resume", "latest"] if list_runs(runs_dir) else ["run", spec]
        ended = laboratory.run(*arguments, "--runs-dir", runs_dir)
        assert "Traceback" not in ended.err, ended.err
        if ended.code == 0:
            (found,) = list_runs(runs_dir)
            return open_run(found.folder)
    raise AssertionError(f"not finished: exit code {ended.code}: {ended.err}")


def check(run, emulator, before):
    """The service has exactly the jobs of the run, and the run has their results."""
    assert run.record.outcome == "done"
    ours = [each.job_id for job in run.record.jobs for each in job.submissions]
    theirs = [job.id for job in emulator.ledger.jobs[before:]]
    assert sorted(ours) == sorted(theirs), "none extra, none missing"
    assert [sum(run.counts(job.id).values()) for job in run.record.jobs] == [100, 200]
    assert not run.damage()


@SAMPLE
def test_a_run_killed_at_any_boundary_is_brought_to_its_end(laboratory, emulator, folder, tmp_path, step):
    spec = folder / "pair.yaml"
    total = laboratory.run("run", spec, "--runs-dir", tmp_path / "count").boundaries
    killed = 0
    for at in range(1, total + 40, step):
        runs_dir, before = tmp_path / str(at), len(emulator.ledger.jobs)
        killed += laboratory.run("run", spec, "--runs-dir", runs_dir, at=at).code == -9
        check(brought_to_its_end(laboratory, spec, runs_dir), emulator, before)
        shutil.rmtree(runs_dir)
    print(f"\nkilled at {killed} of {total} boundaries of a run on the service: all finished, every job once")
    assert killed > 3


@SAMPLE
def test_a_resumed_run_killed_at_any_boundary_is_brought_to_its_end(laboratory, emulator, folder, tmp_path, step):
    spec = folder / "pair.yaml"
    killed, at, code = 0, 1, -9
    while code == -9:
        runs_dir, before = tmp_path / str(at), len(emulator.ledger.jobs)
        assert laboratory.run("submit", spec, "--runs-dir", runs_dir).code == 5
        code = laboratory.run("resume", "latest", "--runs-dir", runs_dir, at=at).code
        killed, at = killed + (code == -9), at + step
        check(brought_to_its_end(laboratory, spec, runs_dir), emulator, before)
        shutil.rmtree(runs_dir)
    print(f"\nkilled at {killed} boundaries of a resumed run on the service: all finished, every job once")
    assert killed > 1


def test_a_job_that_was_accepted_right_before_the_kill_is_adopted(laboratory, emulator, folder, tmp_path):
    """The first boundary behind the service's acceptance: the job is there, and its ID is nowhere but in the answer."""
    spec = folder / "pair.yaml"

    def accepted(at):
        before = len(emulator.ledger.jobs)
        laboratory.run("run", spec, "--runs-dir", tmp_path / f"try-{at}", at=at)
        return len(emulator.ledger.jobs) > before

    total = laboratory.run("run", spec, "--runs-dir", tmp_path / "count").boundaries
    at = bisect_left(range(total), x=True, key=accepted)
    runs_dir, before = tmp_path / "runs", len(emulator.ledger.jobs)
    assert laboratory.run("run", spec, "--runs-dir", runs_dir, at=at).code == -9
    (found,) = list_runs(runs_dir)
    assert [each.job_id for job in found.record.jobs for each in job.submissions] == [None, None]
    (lost,) = emulator.ledger.jobs[before:]
    run = brought_to_its_end(laboratory, spec, runs_dir)
    check(run, emulator, before)
    first = run.record.jobs[0].submissions[0]
    assert (first.job_id, first.adopted) == (lost.id, True)
