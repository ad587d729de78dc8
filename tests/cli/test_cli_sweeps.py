"""Sweeps on the command line: planned, run, shown point by point."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import pytest

from qspec.errors import RecordError
from qspec.records.folder import RunFolder
from qspec.records.packs import PackWriter
from qspec.records.record import read_record
from qspec.records.view import open_run

SPEC = """\
qspec: 1
name: swept
seed: 3
backend: {kind: fake, name: fake_manila}
circuits:
  turned:
    kind: qasm
    source: |
      OPENQASM 3.0;
      include "stdgates.inc";
      input float[64] alpha;
      qubit[1] q;
      bit[1] c;
      rx(alpha) q[0];
      c = measure q;
jobs:
  counts:
    program_id: sampler
    shots: 100
    pubs:
      - {circuit: turned, parameter_values: {alpha: 0}}
sweep:
  axes:
    transpile.optimization_level: [0, 1]
    jobs.counts.pubs.0.parameter_values.alpha: {linspace: [0, pi, 3]}
"""


@pytest.fixture
def spec(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sweep.yaml").write_text(SPEC, "utf-8")
    return "sweep.yaml"


def test_plan_says_how_many_points_variants_jobs_and_shots_there_are(spec, qspec):
    done = qspec("plan", spec)
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0] == "plan of swept: 6 points in 2 variants of the spec, seed 3"
    assert "  transpile.optimization_level                    2  0, 1" in lines
    assert "  jobs.counts.pubs.0.parameter_values.alpha       3  0, 1.5708, 3.14159" in lines
    assert "variant 1: transpile.optimization_level 1; 3 points" in lines
    assert lines[-1].startswith("6 points, 6 jobs, 6 circuit executions, 600 shots; estimate of QPU time: ")


def test_plan_as_json_has_the_sums_and_each_variant(spec, qspec):
    plan = json.loads(qspec("plan", spec, "--format", "json").out)
    assert (plan["points"], plan["jobs"], plan["sums"]["shots"]) == (6, 6, 600)
    assert [variant["points"] for variant in plan["variants"]] == [3, 3]
    assert plan["spec"]["sweep"]["axes"]["transpile.optimization_level"] == [0, 1]


def test_run_and_show_have_a_line_for_each_point(spec, qspec):
    for done in (qspec("run", spec, "--workers", "1"), qspec("show")):
        assert done.code == 0
        heading = next(line for line in done.out.splitlines() if line.strip().startswith("point"))
        assert heading.split() == ["point", "optimization_level", "alpha", "counts"]
        assert "points   6 done" in done.out
        assert "outcome  done" in done.out


def test_show_has_one_point_in_full(spec, qspec):
    qspec("run", spec, "--workers", "1")
    shown = qspec("show", "--point", "5")
    assert shown.code == 0
    assert shown.out.startswith("point 5 (")
    assert "jobs.counts.pubs.0.parameter_values.alpha  3.14159" in shown.out
    point = json.loads(qspec("show", "--point", "5", "--format", "json").out)
    assert point["record"]["jobs"][0]["status"] == "DONE"
    assert point["results"]["counts"][0]["counts"]["1"] > 80


def test_json_has_the_points(spec, qspec):
    run = json.loads(qspec("run", spec, "--workers", "1", "--format", "json").out)
    assert [point["number"] for point in run["points"]] == list(range(6))
    assert run["points"][4]["values"]["transpile.optimization_level"] == 1
    assert run["points"][4]["jobs"]["counts"]["pubs"][0]["counts"]
    assert run["record"]["sweep"]["done"] == 6


def test_a_point_that_there_is_not_is_said_to_be_so(spec, qspec):
    qspec("run", spec, "--workers", "1")
    done = qspec("show", "--point", "6")
    assert done.code == 2
    assert "there is no point 6: the sweep has 6, counted from 0" in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--workers", "0"), "'0' is neither auto nor a number from 1 to 1024"),
        (("--workers", "many"), "'many' is neither auto nor a number from 1 to 1024"),
        (("--scheduler", "localhost"), "'localhost' is not the address of a Dask scheduler"),
        (("--scheduler", "local:2", "--workers", "2"), "do not go together"),
    ],
)
def test_workers_that_cannot_be_are_refused_before_anything_runs(spec, qspec, tmp_path, words, said):
    done = qspec("run", spec, *words)
    assert done.code == 2
    assert said in done.err
    assert not (tmp_path / "runs").exists()


def test_a_scheduler_that_is_not_there_is_said_before_anything_begins(spec, qspec, tmp_path):
    done = qspec("run", spec, "--scheduler", "tcp://127.0.0.1:9")
    assert done.code == 3
    assert "127.0.0.1:9" in done.err
    assert not (tmp_path / "runs").exists()


def test_a_run_is_not_gone_on_with_by_a_scheduler_that_is_not_there(spec, qspec, tmp_path):
    assert qspec("run", spec).code == 0
    (record,) = tmp_path.glob("runs/*/*/run.json")
    folder = record.parent
    RunFolder(folder).write_record(replace(read_record(folder), outcome="interrupted", finished=None))
    before = record.read_bytes()
    done = qspec("resume", folder, "--scheduler", "tcp://127.0.0.1:9")
    assert done.code == 3
    assert "127.0.0.1:9" in done.err
    assert record.read_bytes() == before


def test_values_are_said_in_yamls_words_and_cannot_steer_a_terminal(spec, qspec, tmp_path):
    source = "OPENQASM 3.0;\n// \x1b[31mred\u202e\nqubit[1] q; bit[1] c; c = measure q;"
    axes = {
        "jobs.counts.shots": [None, 10],
        "circuits.turned": [{"kind": "qasm", "source": source}],
        "jobs.counts.pubs": [[{"circuit": "turned"}]],
        "backend": [{"kind": "aer"}, {"kind": "fake", "name": "fake_manila", "noise": False}],
    }
    (tmp_path / spec).write_text(SPEC.partition("sweep:")[0] + f"sweep: {json.dumps({'axes': axes})}\n", "utf-8")
    for done in (qspec("plan", spec), qspec("run", spec)):
        said = done.out + done.err
        assert "null, 10" in said
        assert "{kind: aer}, {kind: fake, name: fake_manila" in said
        assert "␛" in said
        assert "\x1b" not in said
        assert "\u202e" not in said


def test_a_point_is_shown_with_its_own_observable_and_without_the_verdict_on_all(spec, qspec, tmp_path):
    source = "OPENQASM 3.0; include 'stdgates.inc'; qubit[2] q; h q[0]; cx q[0], q[1];".replace("'", '"')
    swept = {
        "qspec": 1,
        "name": "swept",
        "backend": {"kind": "aer"},
        "circuits": {"pair": {"kind": "qasm", "source": source}},
        "jobs": {"e": {"program_id": "estimator", "pubs": [{"circuit": "pair", "observables": {"ZZ": 1, "XX": 1}}]}},
        "expect": [{"kind": "expectation_values", "job": "e", "values": 1.5, "tolerance": 0.1}],
        "sweep": {"axes": {"jobs.e.pubs.0.observables.XX": [0.5, 2]}},
    }
    (tmp_path / spec).write_text(json.dumps(swept), "utf-8")
    assert qspec("run", spec).code == 1
    first, second = (qspec("show", "--point", number).out for number in "01")
    assert "observable ZZ + 0.5 XX" in first
    assert "observable ZZ + 2 XX" in second
    assert "failed" not in first + second
    data = json.loads(qspec("show", "--point", "1", "--format", "json").out)
    assert data["point"]["number"] == 1
    assert data["point"]["values"] == {"jobs.e.pubs.0.observables.XX": 2}
    assert data["record"]["verdicts"] == []


@pytest.mark.parametrize("how", ["removed", "changed"])
def test_what_is_left_of_a_sweep_with_a_damaged_file_is_shown(spec, qspec, tmp_path, monkeypatch, how):
    monkeypatch.setattr("qspec.running.points.PackWriter", partial(PackWriter, full=1))
    assert qspec("run", spec, "--workers", "1").code == 0
    packs = sorted(tmp_path.glob("runs/*/*/points/0*.npz"))
    assert len(packs) > 1
    if how == "removed":
        packs[0].unlink()
    else:
        packs[0].write_bytes(packs[0].read_bytes()[:-1] + b"\0\0")
    done = qspec("show")
    assert done.code == 1
    assert packs[0].name in done.err
    assert done.out.count("no result: ") in range(1, 6)
    shown = [qspec("show", "--point", number) for number in range(6)]
    assert sorted({each.code for each in shown}) == [1]
    assert 0 < sum("no result" in each.out for each in shown) < 6
    with pytest.raises(RecordError, match=packs[0].name):
        open_run(packs[0].parents[1]).point(0)


def test_what_differs_from_point_to_point_is_not_said_of_all(spec, qspec, tmp_path):
    (tmp_path / spec).write_text(
        SPEC.replace("transpile.optimization_level: [0, 1]", "backend.name: [fake_manila, fake_lima]")
    )
    assert qspec("run", spec, "--workers", "1").code == 0
    assert "backend  fake_manila at the first point" in qspec("show").out
    assert "seed     3\n" in qspec("show").out
    assert "backend  fake_lima\n" in qspec("show", "--point", "5").out
    assert "fake_manila and others" in qspec("runs").out
    listed = json.loads(qspec("runs", "--format", "json").out)
    assert (listed[0]["backend"], listed[0]["more_backends"]) == ("fake fake_manila", True)


def test_one_backend_is_not_said_to_have_others(spec, qspec, tmp_path):
    (tmp_path / spec).write_text(SPEC.replace("transpile.optimization_level: [0, 1]", "backend.noise: [true, false]"))
    assert qspec("run", spec, "--workers", "1").code == 0
    assert "backend  fake_manila\n" in qspec("show").out
    assert "others" not in qspec("runs").out
