"""`qspec rerun` and `qspec diff` from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

SPEC = """\
qspec: 1
name: pair
seed: 7
backend: {kind: fake, name: fake_manila}
circuits:
  bell:
    kind: qasm
    file: bell.qasm
jobs:
  counts:
    program_id: sampler
    shots: 1000
    pubs:
      - {circuit: bell}
"""
BELL = """\
OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
h q[0];
cx q[0], q[1];
c = measure q;
"""


@pytest.fixture
def spec(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bell.qasm").write_text(BELL, "utf-8")
    (tmp_path / "pair.yaml").write_text(SPEC, "utf-8")
    return "pair.yaml"


def runs():
    return sorted(path.name for path in Path("runs/pair").iterdir())


def test_a_rerun_is_identical_even_when_spec_and_files_are_gone(spec, qspec):
    assert qspec("run", spec).code == 0
    Path(spec).unlink()
    Path("bell.qasm").unlink()
    for more in ((), ("--fresh",), ("--exact",), ("--workers", "2")):
        done = qspec("rerun", *more)
        assert done.code == 0
        assert done.out.splitlines()[-1] == "verdict  identical"
        assert done.out.splitlines()[0] == f"{runs()[-2]} and {runs()[-1]}"
        assert done.out.splitlines()[2] == "PUBs     1 identical"
    record = json.loads((Path("runs/pair") / runs()[-1] / "run.json").read_text())
    assert record["repeats"] == runs()[-2]
    assert record["spec"]["path"] == "pair.yaml"
    assert (Path("runs/pair") / runs()[-1] / "spec.yaml").read_text() == SPEC


def test_another_seed_is_consistent_and_the_cause(spec, qspec):
    assert qspec("run", spec).code == 0
    done = qspec("rerun", "--set", "seed=8")
    assert done.code == 0
    assert "cause    seed: 7 became 8" in done.out
    assert done.out.splitlines()[-1] == "verdict  consistent"
    exact = qspec("diff", *runs(), "--exact")
    assert exact.code == 8
    assert exact.out == done.out.removesuffix("\n") + ", and only identical results will do\n"


def test_a_run_is_not_compared_with_itself(spec, qspec):
    assert qspec("run", spec).code == 0
    done = qspec("diff", "pair")
    assert done.code == 2
    assert f"both are the run {runs()[0]}" in done.err


def test_what_sampling_does_not_explain_is_different_and_ends_with_8(spec, qspec):
    assert qspec("run", spec).code == 0
    Path("bell.qasm").write_text(BELL.replace("h q[0]", "ry(1) q[0]"), "utf-8")
    assert qspec("run", spec).code == 0
    done = qspec("diff", *runs())
    assert done.code == 8
    assert "cause    input file: bell.qasm: its content is another" in done.out
    assert done.out.splitlines()[-1] == "verdict  different"
    data = json.loads(qspec("diff", runs()[0], "--format", "json").out)  # the other is the latest
    assert data["verdict"] == "different"
    assert data["pubs"] == {"identical": 0, "consistent": 0, "different": 1}
    assert data["not_identical"][0]["p_value"] < 1e-9
    assert data["causes"][0]["kind"] == "input file"


def test_points_of_sweeps_are_compared_by_what_they_are_not_by_their_numbers(spec, qspec):
    Path(spec).write_text(SPEC + "sweep: {axes: {jobs.counts.shots: [100, 200, 300]}}\n")
    assert qspec("run", spec).code == 0
    Path(spec).write_text(SPEC + "sweep: {axes: {jobs.counts.shots: [300, 100, 400]}}\n")
    assert qspec("run", spec).code == 0
    done = qspec("diff", *runs())
    assert done.code == 8
    assert "points only in the first run: 1" in done.out
    assert "points only in the second run: 1" in done.out
    assert "PUBs     2 identical" in done.out


def test_an_override_that_does_not_fit_is_a_finding_and_nothing_is_run(spec, qspec):
    assert qspec("run", spec).code == 0
    done = qspec("rerun", "--set", "jobs.counts.shotz=3")
    assert done.code == 2
    assert "did you mean 'shots'?" in done.err
    assert len(runs()) == 1


def test_a_rerun_reads_no_file_but_its_own(spec, qspec, tmp_path):
    assert qspec("run", spec).code == 0
    (tmp_path / "other.qasm").write_text(BELL)
    for path in ("other.qasm", "../other.qasm", str(tmp_path / "other.qasm")):
        done = qspec("rerun", "--set", f"circuits.bell.file={path}")
        assert done.code == 2
        assert "the run has no file" in done.err
        assert "it was made from bell.qasm" in done.err
    assert len(runs()) == 1


def test_runs_that_are_not_there_are_said_so(spec, qspec):
    assert qspec("rerun", "nothing").code == 2
    assert qspec("diff", "nothing").code == 2


def test_a_rerun_whose_expectation_fails_says_so_and_ends_with_1(spec, qspec):
    expect = "expect:\n  - {kind: probabilities, job: counts, values: {'00': 0.5}, tolerance: 0.2}\n"
    Path(spec).write_text(SPEC + expect)
    assert qspec("run", spec).code == 0
    done = qspec("rerun", "--set", "expect.0.tolerance=0.000001")
    assert done.code == 1
    assert done.out.splitlines()[-1] == "verdict  identical"
    assert "expectation-failed" in done.err


def test_a_run_on_the_service_is_done_again_there_and_a_dry_run_stays_one(qspec, emulator):
    assert qspec("run", "pair.yaml").code == 0
    paid = len(emulator.ledger.jobs)
    done = qspec("rerun", "--format", "json")
    assert done.code in (0, 8)
    assert json.loads(done.out)["pubs"]["different"] == 0
    assert len(emulator.ledger.jobs) == 2 * paid
    assert qspec("run", "pair.yaml", "--dry-run").code == 0
    done = qspec("rerun")
    assert done.code == 0
    assert "a dry run has no results to compare" in done.err
    assert "verdict" not in done.out
    listed = json.loads(qspec("runs", "--format", "json").out)
    assert [run["dry_run"] for run in listed] == [False, False, True, True]


def test_a_run_whose_results_are_damaged_is_not_done_again_to_be_compared_with_them(spec, qspec):
    assert qspec("run", spec).code == 0
    (result,) = Path("runs").glob("*/*/jobs/counts/result.npz")
    result.write_bytes(result.read_bytes()[:-1])
    done = qspec("rerun")
    assert done.code == 2
    assert f"'{result}' was changed or damaged" in done.err
    assert len(list(Path("runs").glob("*/*"))) == 1
