"""Specs in a repository of their own, and their plans by the real reader and planner."""

from __future__ import annotations

import copy
import json

import pytest
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit_aer import AerSimulator

from qspec.errors import SpecError
from qspec.planning.plan import plan
from qspec.reading.load import load_file

BELL = """\
OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] meas;
h q[0];
cx q[0], q[1];
meas = measure q;
"""
SPEC = {
    "qspec": 1,
    "name": "example",
    "seed": 42,
    "backend": {"kind": "aer"},
    "circuits": {
        "bell": {"kind": "qasm", "source": BELL},
        "ansatz": {"kind": "library", "name": "efficient_su2", "args": {"num_qubits": 2, "reps": 1}},
    },
    "jobs": {
        "counts": {"program_id": "sampler", "shots": 1024, "pubs": [{"circuit": "bell"}]},
        "energy": {
            "program_id": "estimator",
            "precision": 0.05,
            "pubs": [
                {
                    "circuit": "ansatz",
                    "parameter_values": {"θ": {"random": {"low": 0, "high": "2*pi", "shape": [10, 8]}}},
                    "observables": {"ZZ": 1.0, "XI": 0.5, "IX": 0.5},
                }
            ],
        },
    },
}


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """An empty repository, which is also the current folder."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def load(repository):
    """load(**changes): the example with top-level keys changed, as it is read from a file."""

    def load(**changes):
        data = {**copy.deepcopy(SPEC), **changes}
        text = json.dumps(
            {key: value for key, value in data.items() if value is not None}, ensure_ascii=False, indent=1
        )
        (repository / "spec.yaml").write_text(text)
        return load_file("spec.yaml")

    return load


@pytest.fixture
def planned(load):
    """planned(**changes): the plan of the example with top-level keys changed."""
    return lambda **changes: plan(load(**changes))


@pytest.fixture
def findings(load):
    """findings(**changes): the findings that planning stops at, as (code, message)."""

    def findings(**changes):
        loaded = load(**changes)
        with pytest.raises(SpecError) as caught:
            plan(loaded)
        return [(finding.code, finding.message) for finding in caught.value.findings]

    return findings


LINE = [[0, 1], [1, 2], [2, 3], [3, 4]]


@pytest.fixture(scope="session")
def line_target():
    """Five qubits in a line, with durations and errors, and control flow."""
    return GenericBackendV2(5, coupling_map=LINE, seed=1, control_flow=True).target


@pytest.fixture(scope="session")
def aer_target():
    return AerSimulator().target
