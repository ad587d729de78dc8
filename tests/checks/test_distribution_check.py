"""Distributions against given ones and against the ideal one, with bounds."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit.primitives import BitArray, DataBin, PrimitiveResult, SamplerPubResult
from qiskit.quantum_info import hellinger_fidelity
from recorded_runs import finished_run

import qspec
from qspec.checks.distribution import Distribution
from qspec.confidence import largest_distance, smallest_fidelity
from qspec.errors import RecordError, UsageError


def run_with(tmp_path, *counts: dict[str, int]):
    pubs = [SamplerPubResult(DataBin(meas=BitArray.from_counts(each))) for each in counts]
    return finished_run(tmp_path, counts=PrimitiveResult(pubs))


def distance(run, at_most=0.5, **keys):
    return Distribution(job="counts", metric="total_variation_distance", at_most=at_most, **keys).check(run)


def fidelity(run, at_least=0.5, **keys):
    return Distribution(job="counts", metric="hellinger_fidelity", at_least=at_least, **keys).check(run)


@pytest.fixture
def run(tmp_path):
    """00 in 450 of 1,000 shots, 11 in 520, 01 in 30."""
    return run_with(tmp_path, {"00": 450, "11": 520, "01": 30})


def test_the_distance_is_half_the_sum_of_all_differences(run):
    assert distance(run, values={"00": 0.5, "11": 0.5}).details["value"] == pytest.approx(0.05)
    assert distance(run, values={"00": 0.4, "11": 0.5, "01": 0.05, "10": 0.05}).details["value"] == pytest.approx(0.07)
    assert distance(run, values={"10": 1}).details["value"] == pytest.approx(1)


def test_the_fidelity_is_that_of_qiskit(run):
    counts = {"00": 450, "11": 520, "01": 30}
    for values in ({"00": 0.5, "11": 0.5}, {"00": 0.4, "11": 0.5, "01": 0.05, "10": 0.05}, {"01": 1.0}):
        found = fidelity(run, values=values).details["value"]
        assert found == pytest.approx(hellinger_fidelity(counts, values))


def test_the_bound_decides_and_not_the_number_itself(run):
    values = {"00": 0.5, "11": 0.5}
    bound = largest_distance(0.05, shots=1000, confidence=0.99)
    assert bound == pytest.approx(0.05 + (np.log(100) / 2000) ** 0.5)
    held = distance(run, bound + 0.001, values=values)
    assert held.passed
    assert held.margin == pytest.approx(0.001)
    assert held.message == (
        "total variation distance 0.05, at most 0.09799 with confidence 0.99; expected at most 0.09899"
    )
    left_open = distance(run, 0.06, values=values)
    assert not left_open.passed
    assert left_open.margin == pytest.approx(0.06 - bound)
    assert left_open.message.endswith("; expected at most 0.06: more shots would tell")
    assert distance(run, 0.04, values=values).message.endswith("; expected at most 0.04")
    assert distance(run, 0.09, values=values, confidence=0.9).passed


def test_the_lower_bound_of_the_fidelity_decides(run):
    values = {"00": 0.5, "11": 0.5}
    found = hellinger_fidelity({"00": 0.45, "11": 0.52, "01": 0.03}, values)
    bound = smallest_fidelity(found, shots=1000, outcomes=3, confidence=0.99)
    assert fidelity(run, bound - 1e-6, values=values).passed
    verdict = fidelity(run, bound + 1e-6, values=values)
    assert not verdict.passed
    assert verdict.margin == pytest.approx(-1e-6)
    assert verdict.message.startswith(f"Hellinger fidelity {found:.4g}, at least {bound:.4g} with confidence 0.99; exp")
    assert verdict.details["bound"] == pytest.approx(bound)


def test_bitstrings_that_are_not_named_are_one_outcome_with_what_is_left(run):
    verdict = distance(run, values={"00": 0.5})
    assert verdict.details["value"] == pytest.approx(0.05)
    assert verdict.details["outcomes"] == 2
    assert distance(run, values={"00": 0.45, "11": 0.5}).details["value"] == pytest.approx(0.02)
    third = 1 / 3 + 1e-7
    assert distance(run, values=dict.fromkeys(["00", "01", "10"], third)).details["value"] == pytest.approx(
        0.6367, abs=1e-4
    )


def test_more_than_all_cannot_be_expected(run):
    with pytest.raises(UsageError, match=r"add up to 1\.1, which is more than 1"):
        distance(run, values={"00": 0.5, "11": 0.6})


def test_what_is_no_bitstring_of_the_registers_is_named(run):
    with pytest.raises(UsageError, match=r"'000' is no bitstring of register meas \(2 bits\)"):
        distance(run, values={"000": 1})


def test_what_sampling_alone_gives_is_in_the_details(run):
    found = distance(run, values={"00": 0.5, "11": 0.5}).details
    assert found["expected_distance"] == pytest.approx((2 / np.pi / 1000) ** 0.5 / 2, rel=0.01)
    assert found["shots"] == 1000


SPEC = """\
qspec: 1
name: turned
seed: 5
backend: {kind: BACKEND}
circuits:
  turned:
    kind: qasm
    source: |
      OPENQASM 3.0;
      include "stdgates.inc";
      input float a;
      qubit[3] q;
      bit[2] high;
      bit[1] low;
      ry(a) q[0];
      cx q[0], q[1];
      h q[2];
      high[0] = measure q[1];
      high[1] = measure q[2];
      low[0] = measure q[0];
jobs:
  counts:
    program_id: sampler
    shots: 4000
    pubs:
      - circuit: turned
        parameter_values: {a: {linspace: [0, pi, 5]}}
"""
IDEAL = "{kind: distribution, job: counts, ideal: true, metric: total_variation_distance, at_most: 0.08"


@pytest.fixture
def turned(tmp_path):
    """Runs the spec with these expectations, and gives the verdicts."""

    def turned(*expected, backend="aer", more=""):
        text = SPEC.replace("BACKEND", backend) + more
        text += "expect:\n" + "".join(f"  - {line}\n" for line in expected)
        (tmp_path / "spec.yaml").write_text(text, "utf-8")
        finished = qspec.run(tmp_path / "spec.yaml", runs_dir=tmp_path / "runs")
        assert all(job.status == "DONE" for job in finished.record.jobs)
        return finished, [record.verdict for record in finished.record.verdicts]

    return turned


def exact(angle):
    """The joint distribution by hand: the cosine squared of half the angle, and a fair coin."""
    share = np.sin(angle / 2) ** 2
    return {"0 00": (1 - share) / 2, "0 10": (1 - share) / 2, "1 01": share / 2, "1 11": share / 2}


def test_the_ideal_distribution_is_that_of_the_circuit_at_every_point(turned):
    run, (verdict, one, high) = turned(IDEAL + "}", IDEAL + ", index: [2]}", IDEAL + ", register: high}")
    assert verdict.passed
    assert verdict.message.startswith("closest to the edge: total variation distance 0.")
    pub = run.pub("counts")
    distances = []
    for point, angle in enumerate(np.linspace(0, np.pi, 5)):
        counts = pub.counts(index=(point,))
        expected = exact(angle)
        keys = {*counts, *expected}
        distances.append(sum(abs(counts.get(key, 0) / 4000 - expected.get(key, 0)) for key in keys) / 2)
    assert verdict.details["value"] == pytest.approx(max(distances))
    assert verdict.details["index"] == [int(np.argmax(distances))]
    assert one.details["value"] == pytest.approx(distances[2])
    assert high.passed
    assert high.details["outcomes"] in {3, 5}


def test_a_noisy_device_is_farther_from_the_ideal_distribution(turned):
    sampling = turned(IDEAL + "}")[1][0].details["value"]
    far, near = turned(
        IDEAL.replace("0.08", "0.03") + "}",
        IDEAL.replace("total_variation_distance", "hellinger_fidelity").replace("at_most: 0.08", "at_least: 0.7") + "}",
        backend="fake, name: fake_manila",
    )[1]
    assert not far.passed
    assert far.details["value"] > 2 * sampling
    assert near.passed
    assert 0.7 < near.details["bound"] < near.details["value"] < 1


def test_every_point_of_a_sweep_has_its_own_ideal_distribution(turned):
    sweep = "sweep: {axes: {'jobs.counts.pubs.0.parameter_values.a': [0.3, 1.2, 2.5]}}\n"
    run, (verdict, circuit) = turned(IDEAL + "}", "{kind: circuit, two_qubit_gates: 1}", more=sweep)
    assert verdict.passed
    assert verdict.message.startswith("held at all 3 points; at point ")
    point = run.point(verdict.details["point"])
    counts, expected = point.counts("counts"), exact([0.3, 1.2, 2.5][point.number])
    distance = sum(abs(counts.get(key, 0) / 4000 - expected[key]) for key in expected) / 2
    assert verdict.details["value"] == pytest.approx(distance)
    assert circuit.passed
    assert circuit.margin == 0


def test_a_circuit_that_was_damaged_is_no_ideal_one(turned):
    run = turned(IDEAL + "}")[0]
    path = run.folder / run.record.circuits[0].qpy
    path.write_bytes(path.read_bytes()[:-3])
    again = qspec.open_run(run.folder)
    check = Distribution(job="counts", ideal=True, metric="total_variation_distance", at_most=0.5)
    with pytest.raises(RecordError, match="was changed or damaged"):
        check.check(again)


def test_a_pub_that_is_not_there_has_no_circuit(turned):
    run = turned(IDEAL + "}")[0]
    assert run.circuit("counts").num_parameters == 1
    with pytest.raises(UsageError, match="has no PUB 1"):
        run.circuit("counts", 1)
