"""`qspec plan`: what would run."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest

WIDE = """\
qspec: 1
name: wide
seed: 7
backend: {kind: fake, name: fake_manila}
circuits:
  ansatz: {kind: library, name: efficient_su2, args: {num_qubits: 4, reps: 1}}
jobs:
  energy:
    program_id: estimator
    precision: 0.1
    pubs:
      - circuit: ansatz
        parameter_values: {θ: {random: {low: 0, high: pi, shape: [3, 1, 16]}}}
        observables: [{ZZZZ: 1.0}, {XXXX: 1.0}]
      - circuit: ansatz
        parameter_values: {θ: {random: {low: 0, high: pi, shape: [16]}}}
        observables: {ZZZZ: 1.0}
"""


def test_a_plan_is_a_table_for_each_job(qspec, desk):
    said = qspec("plan", "bell.yaml")
    assert (said.code, said.err) == (0, "")
    assert said.out == (
        "plan of bell: aer_simulator, seed 42\n"
        "\n"
        "job counts: sampler, 100 shots\n"
        "  PUB  circuit  qubits  depth  2q gates  2q depth  shots  executions\n"
        "    0  bell          2      3         1         1    100           1\n"
        "\n"
        "1 circuit execution, 100 shots; no estimate of QPU time: the backend's target has no durations\n"
    )


def test_a_plan_for_a_device_has_shapes_and_an_estimate(qspec, desk):
    (desk / "wide.yaml").write_text(WIDE)
    lines = qspec("plan", "wide.yaml").out.splitlines()
    assert lines[0] == "plan of wide: fake_manila, seed 7"
    assert lines[2] == "job energy: estimator, precision 0.1"
    assert lines[3].split("  ")[-1] == "QPU estimate"
    assert "3 × 2" in lines[4]
    assert lines[-1].endswith(", from the durations in the backend's target")
    assert "estimate of QPU time: " in lines[-1]


def test_long_plans_are_cut_and_counted(qspec, desk):
    (desk / "wide.yaml").write_text(WIDE)
    assert "  and 1 more PUB\n" in qspec("plan", "wide.yaml", "--top", "1").out


def test_a_plan_touches_nothing(qspec, desk):
    before = sorted(desk.rglob("*"))
    qspec("plan", "bell.yaml")
    assert sorted(desk.rglob("*")) == before


def test_a_plan_is_written_where_it_is_asked_for(qspec, desk):
    printed = json.loads(qspec("plan", "bell.yaml", "--format", "json", "-o", "plan.json").out)
    written = json.loads((desk / "plan.json").read_text())
    assert written == printed
    assert written["jobs"]["counts"]["pubs"][0]["depth"] == 3


def test_several_plans_are_one_json_document(qspec, desk):
    (desk / "wide.yaml").write_text(WIDE)
    document = json.loads(qspec("plan", "bell.yaml", "wide.yaml", "--format", "json").out)
    assert [plan["name"] for plan in document["plans"]] == ["bell", "wide"]


def test_findings_of_planning_are_json_where_that_was_asked_for(qspec, desk):
    said = qspec("plan", "bell.yaml", "--format", "json", "--set", "backend={kind: fake, name: fake_manilla}")
    document = json.loads(said.out)
    assert (said.code, document["exit_code"], document["counts"]["errors"]) == (2, 2, 1)
    assert "did you mean 'fake_manila'?" in said.err


def test_a_refusal_is_json_where_that_was_asked_for(qspec, desk):
    said = qspec("plan", "bell.yaml", "--format", "json", "--set", "limits.shots=10")
    document = json.loads(said.out)
    assert (said.code, document["exit_code"]) == (6, 6)
    assert document["error"] in said.err


def test_one_file_takes_one_plan(qspec, desk):
    (desk / "second.yaml").write_bytes((desk / "bell.yaml").read_bytes())
    said = qspec("plan", "bell.yaml", "second.yaml", "-o", "plan.json")
    assert said.code == 2
    assert not (desk / "plan.json").exists()


def test_a_file_that_cannot_be_written_is_the_machine_s_fault(qspec, desk):
    assert qspec("plan", "bell.yaml", "-o", "bell.yaml/plan.json").code == 7


def test_what_only_planning_finds_is_shown_with_its_line(qspec, desk):
    text = (desk / "bell.yaml").read_text().replace("{kind: aer}", "{kind: fake, name: fake_manilla}")
    (desk / "bad.yaml").write_text(text)
    said = qspec("plan", "bad.yaml")
    assert (said.code, said.out) == (2, "")
    assert "┌─ bad.yaml:4:" in said.err
    assert "did you mean 'fake_manila'?" in said.err


def test_a_plan_goes_to_what_o_names_and_devices_stay_devices(qspec, desk):
    (desk / "null").symlink_to("/dev/null")
    assert qspec("plan", "bell.yaml", "-o", "null").code == 0
    assert (desk / "null").is_symlink()
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    assert qspec("plan", "bell.yaml", "-o", desk).code == 2
    assert qspec("plan", "bell.yaml", "-o", "a" * 5000).code == 2


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
def test_a_full_device_is_the_machine_s_fault_and_stays_a_device(qspec, desk):
    (desk / "full").symlink_to("/dev/full")
    said = qspec("plan", "bell.yaml", "-o", "full")
    assert (said.code, said.err.splitlines()[0]) == (7, "error: cannot write 'full': the disk is full")
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def test_a_plan_written_to_stdout_stands_before_the_answer(start, desk):
    with (desk / "out").open("wb") as out:
        assert start("plan", "bell.yaml", "-o", "/dev/stdout", stdout=out).wait(60) == 0
    text = (desk / "out").read_text()
    plan, end = json.JSONDecoder().raw_decode(text)
    assert text[end:].lstrip().startswith("plan of bell")
    assert plan
