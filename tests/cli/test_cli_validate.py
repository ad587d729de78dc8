"""`qspec validate`, as a person and as a program calls it."""

from __future__ import annotations

import json
import subprocess

import pytest

BAD = """\
qspec: 1
name: bad
backend: {kind: aer}
circuits:
  bell: {kind: library, name: efficient_su2, args: {num_qubits: 2}}
jobs:
  energy:
    program_id: estimator
    precison: 0.1
    pubs: [{circuit: bell, observables: {ZZ: 1.0}}]
"""


def test_a_valid_spec_is_said_to_be_valid(qspec, desk):
    said = qspec("validate", "bell.yaml")
    assert (said.code, said.out, said.err) == (0, "bell.yaml: valid\n", "")


def test_quiet_says_nothing_of_a_valid_spec(qspec, desk):
    assert qspec("validate", "-q", "bell.yaml").out == ""


def test_a_wrong_spec_is_shown_on_stdout_and_ends_with_two(qspec, desk):
    (desk / "bad.yaml").write_text(BAD)
    said = qspec("validate", "bad.yaml")
    assert (said.code, said.err) == (2, "")
    assert "  ┌─ bad.yaml:9:5\n  │\n9 │     precison: 0.1\n  │     ^^^^^^^^ did you mean 'precision'?\n" in said.out
    assert said.out.splitlines()[-1].endswith("in bad.yaml")


def test_many_specs_are_counted(qspec, desk):
    (desk / "bad.yaml").write_text(BAD)
    (desk / "more.yaml").write_bytes((desk / "bell.yaml").read_bytes())
    said = qspec("validate", "bell.yaml", "bad.yaml", "more.yaml")
    assert said.code == 2
    assert said.out.splitlines()[-1] == "2 of 3 specs are valid"
    assert "bell.yaml: valid\nmore.yaml: valid\n" in qspec("validate", "-v", "bell.yaml", "bad.yaml", "more.yaml").out


def test_a_folder_means_all_specs_below_it(qspec, desk):
    spec = (desk / "bell.yaml").read_bytes()
    for name in ("a/one.yml", "a/b/two.yaml", "a/.hidden/three.yaml", "a/runs/four.yaml"):
        (desk / name).parent.mkdir(parents=True, exist_ok=True)
        (desk / name).write_bytes(spec)
    (desk / "a/runs/status.jsonl").touch()
    (desk / "a/compose.yaml").write_text("services: {qspec: 1}\n")
    said = qspec("validate", "-v", "a")
    assert said.out == "a/b/two.yaml: valid\na/one.yml: valid\n"


def test_a_folder_without_specs_is_a_mistake(qspec, desk):
    (desk / "empty").mkdir()
    said = qspec("validate", "empty")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("error: there is no spec below 'empty'\n")


def test_a_file_that_is_not_there_is_a_mistake(qspec, desk):
    said = qspec("validate", "bel.yaml")
    assert said.code == 2
    assert "error: cannot read 'bel.yaml'" in said.err
    assert "did you mean 'bell.yaml'?" in said.err


def test_standard_input_is_a_dash(start, desk):
    process = start("validate", "-", "--format", "json", stdin=subprocess.PIPE)
    out, _ = process.communicate(BAD.encode(), timeout=60)
    assert process.returncode == 2
    assert {finding["path"] for finding in json.loads(out)["findings"]} == {"-"}


def test_an_override_is_part_of_the_spec(qspec, desk):
    assert qspec("validate", "bell.yaml", "--set", "jobs.counts.shots=7").code == 0
    said = qspec("validate", "bell.yaml", "--set", "jobs.counts.shots=many")
    assert said.code == 2
    assert "┌─ --set jobs.counts.shots:1:19" in said.out


def test_a_spec_with_warnings_is_valid(qspec, desk):
    said = qspec("validate", "bell.yaml", "--set", "execution.mode=batch")
    assert said.code == 0
    assert said.out.startswith("warning[no-effect]: ")
    assert said.out.endswith("\n1 warning in bell.yaml\nbell.yaml: valid\n")


def test_paths_outside_need_permission(qspec, desk):
    inside = desk / "inside"
    inside.mkdir()
    (desk / "bell.qasm").write_text("OPENQASM 3.0;\nbit[1] c;\nqubit[1] q;\nc = measure q;\n")
    spec = BAD.replace(
        "{kind: library, name: efficient_su2, args: {num_qubits: 2}}", "{kind: qasm, file: ../bell.qasm}"
    )
    spec = (
        spec.replace("estimator", "sampler")
        .replace("precison: 0.1", "shots: 5")
        .replace(", observables: {ZZ: 1.0}", "")
    )
    (inside / "spec.yaml").write_text(spec)
    assert "outside-repository" in qspec("validate", "inside/spec.yaml").out
    assert qspec("validate", "inside/spec.yaml", "--allow-outside").code == 0


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_formats_for_tools_are_whole_documents(qspec, desk, form):
    (desk / "bad.yaml").write_text(BAD)
    for spec, code in (("bad.yaml", 2), ("bell.yaml", 0)):
        said = qspec("validate", spec, "--format", form)
        assert said.code == code
        assert json.loads(said.out)


def test_sarif_explains_its_rules(qspec, desk):
    (desk / "bad.yaml").write_text(BAD)
    (run,) = json.loads(qspec("validate", "bad.yaml", "--format", "sarif").out)["runs"]
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert rules["unknown-key"]["fullDescription"]["text"]


def test_github_annotations_name_file_and_line(qspec, desk):
    (desk / "bad.yaml").write_text(BAD)
    assert (
        "::error file=bad.yaml,line=9,col=5,endLine=9,endColumn=13,"
        in qspec("validate", "bad.yaml", "--format", "github").out
    )


def test_one_finding_of_a_shared_base_is_shown_once(qspec, desk):
    (desk / "base.yaml").write_text(BAD)
    for name in ("a.yaml", "b.yaml"):
        (desk / name).write_text("extends: base.yaml\n")
    said = qspec("validate", "a.yaml", "b.yaml")
    assert said.out.count("'precison' is not a key") == 1


def test_text_is_ascii_where_nothing_else_can_be_written(start, desk):
    (desk / "bad.yaml").write_text(BAD.replace("name: bad", "name: bad # θ"))
    process = start("validate", "bad.yaml", env={"PYTHONIOENCODING": "ascii"})
    out, _ = process.communicate(timeout=60)
    assert out.isascii()
    assert b"  --> bad.yaml:9:5\n" in out


def test_there_is_no_colour_in_a_pipe(start, desk):
    (desk / "bad.yaml").write_text(BAD)
    out, _ = start("validate", "bad.yaml").communicate(timeout=60)
    assert b"\x1b" not in out
