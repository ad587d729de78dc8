"""The whole way of reading: from a file to findings at their places, and to a spec."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

import qspec
from qspec.diagnostics import Diagnostic, Related
from qspec.errors import SpecError, UsageError
from qspec.reading.load import check_file, load_file
from qspec.spec import Circuit

BELL = """\
qspec: 1
name: bell
backend: {kind: aer}
circuits:
  bell: {kind: qasm, file: circuits/bell.qasm}
jobs:
  counts:
    program_id: sampler
    shots: 100
    pubs:
      - circuit: bell
"""
QASM = "OPENQASM 2.0;\nqreg q[2];\ncreg c[2];\nmeasure q -> c;\n"


@pytest.fixture
def bell(repository):
    (repository / "circuits").mkdir()
    (repository / "circuits" / "bell.qasm").write_text(QASM)
    (repository / "bell.yaml").write_text(BELL)
    return repository


def told(path, **how):
    return [(finding.code, str(finding.span)) for finding in check_file(path, **how).findings]


def test_a_valid_spec_is_loaded(bell):
    loaded = load_file("bell.yaml")
    assert loaded.spec.name == "bell"
    assert isinstance(loaded.spec.circuits["bell"], Circuit)
    assert loaded.spec.jobs["counts"].pubs[0].circuit == "bell"
    assert not loaded.findings
    assert [layer.name for layer in loaded.layers] == ["bell.yaml"]
    assert dict(loaded.files.used) == {"circuits/bell.qasm": QASM.encode()}


def test_paths_are_taken_from_the_file_that_says_them(bell, monkeypatch):
    specs = bell / "specs" / "deep"
    specs.mkdir(parents=True)
    (specs / "bell.yaml").write_text(BELL.replace("circuits/bell.qasm", "../../circuits/bell.qasm"))
    monkeypatch.chdir("/")
    loaded = load_file(str(specs / "bell.yaml"))
    assert loaded.data["circuits"]["bell"]["file"] == "circuits/bell.qasm"
    assert loaded.layers[0].name == "specs/deep/bell.yaml"


def test_a_path_in_a_base_is_taken_from_the_base(bell):
    (bell / "bases").mkdir()
    (bell / "bases" / "base.yaml").write_text(BELL.replace("circuits/bell.qasm", "../circuits/bell.qasm"))
    (bell / "top.yaml").write_text("extends: bases/base.yaml\nname: top\n")
    loaded = load_file("top.yaml")
    assert loaded.data["circuits"]["bell"]["file"] == "circuits/bell.qasm"
    assert loaded.spec.name == "top"


def test_a_finding_points_into_the_file_that_wrote_the_value(bell):
    (bell / "base.yaml").write_text(BELL.replace("shots: 100", "shots: many"))
    (bell / "top.yaml").write_text("extends: base.yaml\nname: Top\n")
    assert told("top.yaml") == [("bad-name", "top.yaml:2:7"), ("wrong-type", "base.yaml:9:12")]


def test_what_is_missing_is_not_said_while_a_base_cannot_be_read(bell):
    (bell / "top.yaml").write_text(
        "extends: none.yaml\nname: Top\njobs: {j: {program_id: sampler, pubs: [{circuit: x}]}}\n"
    )
    assert told("top.yaml") == [("missing-file", "top.yaml:1:10"), ("bad-name", "top.yaml:2:7")]


def test_overrides_are_in_force_and_findings_point_into_them(bell):
    assert load_file("bell.yaml", overrides=["jobs.counts.shots=7"]).spec.jobs["counts"].shots == 7
    overrides = ["jobs.counts.shots=many", "jobs.counts.pubs.0.circuit=bel", "seed=01"]
    assert told("bell.yaml", overrides=overrides) == [
        ("unknown-circuit", "--set jobs.counts.pubs.0.circuit:1:28"),
        ("wrong-type", "--set jobs.counts.shots:1:19"),
        ("leading-zero", "--set seed:1:6"),
    ]


def test_the_texts_that_findings_point_into_are_at_hand(bell):
    (bell / "circuits" / "bell.qasm").write_text(QASM.replace("c[2];", "c[2]"))
    checked = check_file("bell.yaml", overrides=["seed=x"])
    paths = {finding.span.path for finding in checked.findings}
    assert paths == {"--set seed", "circuits/bell.qasm"}
    assert checked.sources["--set seed"] == "seed=x"
    assert checked.sources["circuits/bell.qasm"].startswith("OPENQASM 2.0;")
    assert checked.sources["bell.yaml"] == BELL


def test_a_finding_in_a_circuit_file_names_the_place_in_that_file(bell):
    (bell / "circuits" / "bell.qasm").write_text(QASM.replace("c[2];", "c[2]"))
    (finding,) = check_file("bell.yaml").findings
    assert str(finding.span) == "circuits/bell.qasm:3:9"
    assert str(finding.related[0].span) == "bell.yaml:5:28"


def test_the_format_version_is_looked_at_before_anything_else(bell):
    (bell / "bell.yaml").write_text(BELL.replace("qspec: 1", "qspec: 2").replace("name", "nmae") + "a: 010\n")
    assert told("bell.yaml") == [("format-version", "bell.yaml:1:8")]


@pytest.mark.parametrize("version", ["1.0", "0x1", "1e0"])
def test_the_number_one_is_the_version_however_it_is_written(bell, version):
    (bell / "bell.yaml").write_text(BELL.replace("qspec: 1", f"qspec: {version}"))
    assert not told("bell.yaml")


@pytest.mark.parametrize("text", ["[]", "5", "text", "'1'"])
def test_a_spec_is_a_mapping(bell, text):
    (bell / "bell.yaml").write_text(text)
    assert told("bell.yaml") == [("wrong-type", "bell.yaml:1:1")]


def test_a_mistake_is_said_once(bell):
    (bell / "bell.yaml").write_text(BELL.replace("shots: 100", "shots: 0100"))
    assert told("bell.yaml") == [("leading-zero", "bell.yaml:9:12")]
    (bell / "bell.yaml").write_text(BELL.replace("shots: 100", "shots: !!str 100"))
    assert told("bell.yaml") == [("tag", "bell.yaml:9:12")]


def test_standard_input_is_a_spec_in_the_current_folder(bell, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BELL.encode())))
    assert load_file("-").spec.name == "bell"


def test_a_file_that_cannot_be_read_is_a_failure_with_advice(bell):
    with pytest.raises(UsageError, match=r"(?i)cannot read 'bel\.yaml': no such file") as caught:
        check_file("bel.yaml")
    assert caught.value.advice == "did you mean 'bell.yaml'?"
    with pytest.raises(UsageError, match="cannot read 'circuits'"):
        check_file("circuits")


def test_loading_a_bad_spec_raises_all_its_findings(bell):
    (bell / "bell.yaml").write_text(BELL.replace("shots: 100", "shots: 0").replace("bell}", "x}"))
    with pytest.raises(SpecError, match=r"bell\.yaml:9:12: shots must be at least 1, not 0$") as caught:
        load_file("bell.yaml")
    assert len(caught.value.findings) == 1
    assert caught.value.path == "bell.yaml"
    assert "bell.yaml" in caught.value.sources


def test_an_endless_file_is_not_read_to_its_end(bell):
    assert told("/dev/zero") == [("spec-too-large", "/dev/zero:1:1")]


def test_a_link_to_a_spec_is_read_where_it_leads(bell):
    (bell / "links").mkdir()
    (bell / "links" / "alias.yaml").symlink_to("../bell.yaml")
    assert load_file("links/alias.yaml").spec.name == "bell"


def test_outside_paths_need_permission(bell):
    (bell.parent / "other.qasm").write_text(QASM)
    (bell / "bell.yaml").write_text(BELL.replace("circuits/bell.qasm", "../other.qasm"))
    assert told("bell.yaml") == [("outside-repository", "bell.yaml:5:28")]
    assert load_file("bell.yaml", allow_outside=True).spec.name == "bell"


def test_findings_are_located_sorted_and_each_said_once(bell):
    loaded = load_file("bell.yaml")
    related = (Related(label="here", route=("circuits", "bell"), on_key=True),)
    late = Diagnostic(code="b", message="late", route=("jobs", "counts", "pubs", 0, "circuit"), related=related)
    early = Diagnostic(code="a", message="early", route=("name",), on_key=True)
    found = loaded.locate([late, early, late])
    assert [(finding.code, str(finding.span)) for finding in found] == [
        ("a", "bell.yaml:2:1"),
        ("b", "bell.yaml:11:18"),
    ]
    assert str(found[1].related[0].span) == "bell.yaml:5:3"


def test_eight_mistakes_are_eight_findings_in_one_go():
    spec = Path(__file__).parents[1] / "golden" / "bad" / "eight-mistakes.yaml"
    lines = spec.read_text().splitlines()
    marked = [lines[f.span.line - 1][f.span.column - 1 : f.span.end_column - 1] for f in check_file(str(spec)).findings]
    assert marked == ["042", "fake_manilla", "optimization_levl", "[", "4k", "bel", "2*pie", "ZZZ"]


def test_validating_a_bad_spec_imports_no_qiskit_and_opens_no_connection():
    spec = Path(__file__).parents[1] / "golden" / "bad" / "eight-mistakes.yaml"
    code = (
        "import socket, sys\n"
        "def refuse(*given, **named): raise AssertionError('a connection')\n"
        "socket.socket.connect = refuse\n"
        "from qspec.reading.load import check_file\n"
        f"assert len(check_file({str(spec)!r}).findings) == 8\n"
        "print(' '.join({name.partition('.')[0] for name in sys.modules}))\n"
        "print(' '.join(sys.modules))\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(qspec.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    roots, modules = (set(line.split()) for line in done.stdout.splitlines())
    assert "jsonschema" in roots
    assert not roots & {"qiskit", "qiskit_aer", "qiskit_ibm_runtime", "numpy", "requests"}
    assert "urllib.request" not in modules
