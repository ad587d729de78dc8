"""A bad spec gives findings, never a traceback, within a second (promise P8)."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutations import as_text, made, with_damage, with_noise

from qspec.diagnostics import has_errors
from qspec.reading.document import read_document
from qspec.reading.faultless import is_faultless
from qspec.reading.files import InputFiles
from qspec.reading.load import check_content
from qspec.reading.schema import compose
from qspec.render.findings import render_findings
from qspec.render.findings_github import render_github
from qspec.render.findings_json import render_json

TESTS = Path(__file__).parents[1]
SEEDS = sorted([*TESTS.glob("golden/*/*.yaml"), *TESTS.parent.glob("specs/*.yaml")])
SCHEMA = compose()


def check(content, folder):
    """Check a spec, and show what was found in every way; returns its findings. There are none if it is faultless."""
    start = time.process_time()
    checked = check_content(content, "spec.yaml", "spec.yaml", InputFiles(folder))
    assert checked.data is not None or has_errors(checked.findings)
    assert not checked.findings or not is_faultless(content, "", InputFiles(folder))
    assert all(finding.span is None or finding.span.line >= 1 for finding in checked.findings)
    render_findings(checked.findings, checked.sources, checked=["spec.yaml"])
    render_json(checked.findings)
    render_github(checked.findings)
    spent = time.process_time() - start
    assert spent < HANGING, f"{spent:.2f} s"
    return checked.findings


@pytest.fixture
def folder(repository):
    """A repository with the files that golden specs name."""
    (repository / "bell.qasm").write_text("OPENQASM 2.0;\nqreg q[2];\nh q[0];\n")
    (repository / "t.csv").write_text("θ,φ\n1,2\n")
    return repository


def damage(rng, folder, count):
    for _ in range(count):
        content = rng.choice(SEEDS).read_bytes()
        check(with_noise(content, rng), folder)
        root = read_document(content, "spec.yaml").root
        if root is not None:
            data = root.plain()
            for _ in range(rng.randint(1, 3)):
                data = with_damage(data, rng)
            check(as_text(data), folder)


def test_damaged_specs_give_findings(rng, folder):
    damage(rng, folder, 400)


@pytest.mark.slow
def test_ten_thousand_damaged_specs_give_findings(rng, folder):
    damage(rng, folder, 10_000)


def generate(rng, folder, count):
    for number in range(count):
        check(as_text(made(SCHEMA, SCHEMA["definitions"], rng, wrong=(0, 0.02, 0.2)[number % 3])), folder)


def test_generated_specs_give_findings(rng, folder):
    generate(rng, folder, 150)


@pytest.mark.slow
def test_ten_thousand_generated_specs_give_findings(rng, folder):
    generate(rng, folder, 10_000)


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_findings(content):
    check(content, Path("/nonexistent"))


YAML = st.text(alphabet=list("ab:- \n[]{}&*!|>'\"#%@`?,~01.eθ\t\r\ufeff\u2028"), max_size=60)


@settings(max_examples=500, deadline=None)
@given(YAML)
def test_any_text_made_of_yaml_signs_gives_findings(text):
    check(text.encode(), Path("/nonexistent"))


HANGING = 30
"""Seconds of CPU time that only a bomb going off takes: a guard, not a measurement."""

HEAD = b"qspec: 1\nname: x\nbackend: {kind: aer}\n"
BOMBS = {
    "nine to the twelfth": b"a: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(12)),
    "a long text many times": b"a: &a '" + b"x" * 500_000 + b"'\nb: [" + b"*a," * 40_000 + b"]",
    "a long key many times": b"a: &a {? " + b"k" * 500_000 + b" : 1}\nb: [" + b"*a," * 40_000 + b"]",
    "nested lists": b"[" * 1_000_000,
    "nested mappings": b"{a: " * 200_000,
    "nested entries": b"- " * 500_000,
    "nested anchors": b"".join(b"&a%d [" % n for n in range(100_000)),
    "tag directives": b"".join(b"%%TAG !%d! x\n" % n for n in range(60_000)) + b"---\na: 1",
    "repeated keys": HEAD + b"name: x\n" * 130_000,
    "tags": b"[" + b"!!int 1," * 120_000 + b"]",
    "documents": b"---\n" * 250_000,
    "digits": HEAD + b"seed: " + b"9" * 1_000_000,
    "zeros": HEAD + b"seed: 0" + b"0" * 1_000_000,
    "decimals": HEAD + b"seed: ." + b"9" * 1_000_000,
    "quotes": b'"' * 1_000_000,
    "colons": b":" * 1_000_000,
    "an open text": b"a: '" + b"x\n" * 500_000,
    "comments": b"#\n" * 500_000,
    "too large": b"a: 1\n" * 1_000_000,
    "control characters": b"a: " + b"\x00" * 1_000_000,
    "not text": b"\xff" * 1_000_000,
    "one long key": HEAD + b"? " + b"k" * 900_000 + b"\n: 1",
    "one long expression": HEAD + b"jobs: {j: {program_id: sampler, pubs: [{circuit: c, parameter_values: {a: '"
    + b"(" * 900_000 + b"'}}]}}\n",
    "a circuit of brackets": HEAD + b"circuits: {c: {kind: qasm, source: 'OPENQASM 3.0;" + b"(" * 900_000 + b"'}}\n",
    "secrets that are none": HEAD + b"description: " + b"eyJ" * 150_000 + b"://" * 100_000 + b"-----BEGIN " * 20_000,
}  # fmt: skip


@pytest.mark.parametrize("content", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_findings_at_once(folder, content):
    assert check(content, folder)


FULL = {
    "keys": HEAD + b"".join(b"k%d: 1\n" % n for n in range(70_000)),
    "circuits": HEAD + b"circuits:\n" + b"".join(b" c%d: 1\n" % n for n in range(70_000)),
    "pubs": HEAD + b"jobs: {j: {program_id: sampler, pubs: [" + b"{circuit: c}," * 49_000 + b"]}}\n",
    "files": HEAD
    + b"jobs: {j: {program_id: sampler, pubs: ["
    + b"{circuit: c, parameter_values: {a: {file: x.npy}}}," * 15_000
    + b"]}}\n",
    "values": HEAD
    + b"jobs: {j: {program_id: sampler, pubs: [{circuit: c, parameter_values: {a: ["
    + b"pi," * 90_000
    + b"]}}]}}\n",
}


def check_full(content, folder):
    start = time.process_time()
    checked = check_content(content, "spec.yaml", "spec.yaml", InputFiles(folder))
    render_findings(checked.findings, checked.sources, checked=["spec.yaml"])
    assert time.process_time() - start < HANGING


def test_a_spec_with_as_many_keys_as_may_be_is_checked_within_seconds(folder):
    check_full(FULL["keys"], folder)


@pytest.mark.slow
@pytest.mark.parametrize("content", FULL.values(), ids=FULL)
def test_a_spec_as_large_as_may_be_is_checked_within_seconds_and_200_megabytes(folder, content):
    check_full(content, folder)
    tracemalloc.start()
    check_content(content, "spec.yaml", "spec.yaml", InputFiles(folder))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200e6
