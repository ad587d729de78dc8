"""Measures of circuits against limits."""

from __future__ import annotations

import textwrap
from dataclasses import replace

import pytest
from recorded_runs import record

import qspec
from qspec.checks.circuit import Circuit
from qspec.errors import UsageError
from qspec.records.view import FinishedRun


@pytest.fixture
def run(tmp_path):
    """The circuits bell (depth 3, size 4, one two-qubit gate, on two qubits) and wide."""
    (bell,) = record().circuits
    wide = replace(bell, id="wide", depth=30, size=90, two_qubit_gates=12, two_qubit_depth=9, physical_qubits=(3, 5, 8))
    return FinishedRun(record(circuits=(bell, wide)), tmp_path)


def test_every_circuit_must_hold(run):
    verdict = Circuit(two_qubit_gates=20, depth=33).check(run)
    assert verdict.passed
    assert verdict.margin == 3
    assert verdict.message == "closest to the edge: the depth of circuit 'wide' is 30, expected at most 33"
    assert verdict.details == {"circuit": "wide", "measure": "depth", "value": 30, "limit": 33, "exceeded": 0}


def test_what_is_farthest_beyond_its_limit_is_named(run):
    verdict = Circuit(two_qubit_gates=10, depth=25, width=2).check(run)
    assert not verdict.passed
    assert verdict.margin == -5
    assert verdict.message == "the depth of circuit 'wide' is 30, expected at most 25; 3 limits are exceeded"


def test_one_circuit_may_be_chosen(run):
    assert Circuit(circuit="bell", two_qubit_gates=1).check(run).margin == 0
    verdict = Circuit(circuit="bell", size=3).check(run)
    assert verdict.message == "the size of circuit 'bell' is 4, expected at most 3"


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"depth": 29}, "the depth of circuit 'wide' is 30, expected at most 29"),
        ({"size": 89}, "the size of circuit 'wide' is 90, expected at most 89"),
        ({"two_qubit_gates": 0}, "the number of two-qubit gates of circuit 'wide' is 12, expected at most 0"),
        ({"two_qubit_depth": 8}, "the two-qubit depth of circuit 'wide' is 9, expected at most 8"),
        ({"width": 2}, "the number of qubits in use of circuit 'wide' is 3, expected at most 2"),
    ],
    ids=str,
)
def test_each_measure_has_its_limit(run, limits, message):
    assert Circuit(circuit="wide", **limits).check(run).message == message


def test_a_circuit_that_the_run_does_not_have_is_named(run):
    with pytest.raises(UsageError, match="no circuit 'belle'") as caught:
        Circuit(circuit="belle", depth=1).check(run)
    assert caught.value.advice == "did you mean 'bell'?"


def test_circuits_are_judged_whatever_became_of_the_jobs(tmp_path):
    spec = """
    qspec: 1
    name: wide
    backend: {kind: aer, method: statevector}
    circuits:
      wide: {kind: library, name: efficient_su2, measure: all, args: {num_qubits: 60, reps: 1}}
    jobs:
      counts:
        program_id: sampler
        pubs: [{circuit: wide, parameter_values: {θ: {linspace: [0, 1, 240]}}}]
    expect:
      - {kind: circuit, width: 60, two_qubit_gates: 59}
      - {kind: distribution, job: counts, ideal: true, metric: total_variation_distance, at_most: 0.5}
    """
    (tmp_path / "spec.yaml").write_text(textwrap.dedent(spec), "utf-8")
    finished = qspec.run(tmp_path / "spec.yaml", runs_dir=tmp_path / "runs")
    assert finished.record.outcome == "failed"
    circuit, counts = (each.verdict for each in finished.record.verdicts)
    assert circuit.passed
    assert circuit.margin == 0
    assert not counts.passed
    assert counts.message.startswith("job 'counts' has no result")
