"""Every code is explained, every explanation is of a code, and its examples are what they say."""

from __future__ import annotations

import ast
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

import qspec
from qspec.errors import SpecError
from qspec.planning.sweeps import plan_any
from qspec.reading.document import read_document
from qspec.reading.explanations import EXPLANATIONS
from qspec.reading.load import load_file
from tests.service.emulated import example_account

PACKAGE = Path(qspec.__file__).parent
POSITIONAL = {"stop": 0, "Refusal": 0, "_error": 0, "_check_name": 0, "_about": 1}
"""Functions that take a code by position, and which."""


def codes_in(tree):
    """The codes of findings that a module can make: by keyword, by position, or by way of a variable `code`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == ["code"]:
            yield from choices(node.value)
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            given = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
            given += node.args[POSITIONAL[name] :][:1] if name in POSITIONAL else []
            yield from (code for value in given for code in choices(value))


def choices(node):
    if isinstance(node, ast.IfExp):
        yield from (*choices(node.body), *choices(node.orelse))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def used():
    modules = (ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py"))
    return {code for module in modules for code in codes_in(module)}


def test_every_code_is_explained_and_every_explanation_is_of_a_code():
    assert set(EXPLANATIONS) == used()


def test_no_section_of_the_page_is_lost():
    page = (PACKAGE / "reading" / "explanations.md").read_text(encoding="utf-8")
    assert re.findall(r"^## ([a-z0-9-]+):", page, re.MULTILINE) == sorted(EXPLANATIONS)


BASE = """\
qspec: 1
name: example
backend: {kind: aer}
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
  ansatz:
    kind: library
    name: efficient_su2
    args: {num_qubits: 2, reps: 1}
jobs:
  counts:
    program_id: sampler
    pubs:
      - circuit: bell
  energy:
    program_id: estimator
    pubs:
      - circuit: ansatz
        parameter_values: {θ: {random: {low: 0, high: 2*pi, shape: [8]}}}
        observables: {ZZ: 1.0, XI: 0.5}
"""
SPECS = Path(__file__).parents[2] / "specs"
FILES = Path(__file__).parents[1] / "golden" / "bad" / "files"


@pytest.fixture
def account():
    """The account that examples for the service are planned with."""
    with example_account() as emulator:
        yield emulator


@pytest.fixture
def codes_of(repository, request):
    """Checks, and plans if it is valid, a spec that has the keys of an example."""
    shutil.copytree(FILES, repository / "files")
    (repository / "files" / "large.yaml").write_text("# " + "x" * (1 << 20))
    (repository / "files" / "good.yaml").write_text(BASE.replace("files/", ""))
    (repository / "files" / "latin-1.qasm").write_bytes("OPENQASM 3.0; // für\n".encode("latin-1"))
    np.save(repository / "files" / "angles.npy", np.zeros(8))
    shutil.copy(SPECS / "bell.lock.json", repository / "files")

    def codes_of(text):
        document = read_document(text.encode(), "spec.yaml")
        if document.findings:
            return {finding.code for finding in document.findings}
        (repository / "spec.yaml").write_text(json.dumps(completed(document.root.plain())))
        try:
            loaded = load_file("spec.yaml")
            if loaded.spec.backend.kind == "ibm":
                request.getfixturevalue("account")
            return {finding.code for finding in (*loaded.findings, *plan_any(loaded).findings)}
        except SpecError as error:
            return {finding.code for finding in error.findings}

    return codes_of


def completed(part):
    """A whole spec that has the circuits of an example, and in its jobs the keys of the example."""
    spec = read_document(BASE.encode(), "base.yaml").root.plain()
    if "extends" in part:
        return part
    jobs = {name: {**spec["jobs"].get(name, {}), **job} for name, job in part.get("jobs", {}).items()}
    circuits = {**spec["circuits"], **part.get("circuits", {})}
    return {**spec, **part, "circuits": circuits, "jobs": {**spec["jobs"], **jobs}}


@pytest.mark.parametrize("code", sorted(EXPLANATIONS))
def test_the_wrong_example_shows_the_code_and_the_right_one_shows_nothing(code, codes_of):
    assert codes_of(EXPLANATIONS[code].wrong) == {code}
    assert codes_of(EXPLANATIONS[code].right) == set()
