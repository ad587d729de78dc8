"""Observables may have more axes than parameter values; every sink still says which value belongs to which point."""

from __future__ import annotations

import csv
import json
from math import cos, pi

import numpy as np
import pytest

import qspec

SPEC = """\
qspec: 1
name: broadcast
seed: 3
backend: {kind: aer, expectation: exact}
circuits:
  g:
    kind: qasm
    source: |
      OPENQASM 3.0;
      include "stdgates.inc";
      input float a;
      input float b;
      qubit[2] q;
      rx(a) q[0];
      ry(b) q[1];
jobs:
  j:
    program_id: estimator
    precision: 0.0001
    pubs:
      - circuit: g
        parameter_values: {a: {linspace: [0, pi, 3]}, b: 1}
        observables: [[{ZZ: 1}], [{IZ: 1}]]
sinks: [{kind: csv}, {kind: json}, {kind: npz}]
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("broadcast")
    (folder / "spec.yaml").write_text(SPEC, encoding="utf-8")
    return qspec.run(str(folder / "spec.yaml"), runs_dir=str(folder / "runs"))


def test_each_row_of_the_table_has_the_values_of_its_point(run):
    assert run.record.outcome == "done"
    with (run.folder / "j.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6
    for row in rows:
        expected = cos(float(row["a"])) * (cos(float(row["b"])) if row["index_0"] == "0" else 1)
        assert float(row["expectation_value"]) == pytest.approx(expected, abs=6e-4)


def test_parameter_values_have_the_shape_of_the_pub(run):
    values = run.parameter_values("j")
    assert {name: array.shape for name, array in values.items()} == {"a": (2, 3), "b": (2, 3)}
    np.testing.assert_allclose(values["a"][1], [0, pi / 2, pi])
    assert json.loads((run.folder / "results.json").read_text(encoding="utf-8"))
