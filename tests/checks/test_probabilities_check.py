"""Probabilities of bitstrings against what is expected."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.primitives import BitArray, DataBin, PrimitiveResult, SamplerPubResult
from recorded_runs import estimated, finished_run, rotated, sampled

from qspec.checks.probabilities import Probabilities
from qspec.errors import QspecError, RecordError, UsageError


def run_with(tmp_path, counts: dict[str, int]):
    bits = BitArray.from_counts(counts)
    return finished_run(tmp_path, counts=PrimitiveResult([SamplerPubResult(DataBin(meas=bits))]))


@pytest.fixture
def run(tmp_path):
    """00 in 45 of 100 shots, 11 in 52, 01 in 3."""
    return run_with(tmp_path, {"00": 45, "11": 52, "01": 3})


def test_it_holds_when_every_named_bitstring_is_near_enough(run):
    verdict = Probabilities(job="counts", values={"00": 0.5, "11": 0.5}, tolerance=0.06).check(run)
    assert verdict.passed
    assert verdict.margin == pytest.approx(0.01)
    assert verdict.message == "closest to the edge: P(00) is 0.45, expected 0.5 ± 0.06"


def test_it_does_not_hold_when_one_is_too_far_and_names_it(run):
    verdict = Probabilities(job="counts", values={"00": 0.5, "11": 0.5}, tolerance=0.04).check(run)
    assert not verdict.passed
    assert verdict.margin == pytest.approx(-0.01)
    assert verdict.message == "P(00) is 0.45, expected 0.5 ± 0.04"
    assert verdict.details["measured"] == 0.45


def test_a_bitstring_that_never_came_has_probability_zero(run):
    assert Probabilities(job="counts", values={"10": 0}, tolerance=0).check(run).passed
    assert not Probabilities(job="counts", values={"10": 0.1}, tolerance=0.05).check(run).passed


def test_bitstrings_that_are_not_named_may_do_as_they_like(run):
    assert Probabilities(job="counts", values={"11": 0.52}, tolerance=0).check(run).passed


def test_the_rightmost_character_is_qubit_0(tmp_path):
    circuit = QuantumCircuit(3)
    circuit.x(0)
    circuit.measure_all()
    run = finished_run(tmp_path, counts=sampled(circuit))
    assert Probabilities(job="counts", values={"001": 1}, tolerance=0).check(run).passed


ANGLES = np.array([[[0.0, 0.0], [np.pi, 0.0]], [[0.0, np.pi], [np.pi, np.pi]]])


def test_every_point_of_a_broadcast_pub_must_hold(tmp_path):
    run = finished_run(tmp_path, counts=sampled((rotated(), ANGLES)))
    verdict = Probabilities(job="counts", values={"00": 1}, tolerance=0.1).check(run)
    assert verdict.message == "P(00) is 0 at point [0, 1], expected 1 ± 0.1"
    for index, bitstring in {(0, 0): "00", (0, 1): "01", (1, 0): "10", (1, 1): "11"}.items():
        assert Probabilities(job="counts", values={bitstring: 1}, tolerance=0, index=index).check(run).passed


def two_registers(tmp_path):
    circuit = QuantumCircuit(QuantumRegister(3), ClassicalRegister(1, "a"), ClassicalRegister(2, "b"))
    circuit.x(0)
    circuit.measure([0, 1, 2], [0, 1, 2])
    return finished_run(tmp_path, counts=sampled(circuit))


def test_registers_are_joint_or_one_is_chosen(tmp_path):
    run = two_registers(tmp_path)
    assert Probabilities(job="counts", values={"00 1": 1}, tolerance=0).check(run).passed
    assert Probabilities(job="counts", register="a", values={"1": 1}, tolerance=0).check(run).passed


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"values": {"001": 1}}, r"'001' is no bitstring of register b \(2 bits\), register a \(1 bits\)"),
        ({"values": {"1 00": 1}}, "'1 00' is no bitstring of"),
        ({"values": {"1": 1}, "register": "c"}, "no register 'c'"),
        ({"values": {"00 1": 1}, "index": (0,)}, "is not a point"),
        ({"values": {"00 1": 1}, "pub": 1}, "no PUB 1"),
        ({"values": {"00 1": 1}, "job": "count"}, "no job 'count'"),
    ],
    ids=["width", "order", "register", "index", "pub", "job"],
)
def test_what_cannot_be_looked_at_is_named(tmp_path, keys, words):
    with pytest.raises(UsageError, match=words):
        Probabilities(**{"job": "counts", "tolerance": 0, **keys}).check(two_registers(tmp_path))


def test_a_job_without_counts_is_named(tmp_path):
    run = finished_run(tmp_path, energy=estimated((rotated(measured=False).assign_parameters([0, 0]), "ZZ")), lost=None)
    with pytest.raises(UsageError, match="no counts"):
        Probabilities(job="energy", values={"0": 1}, tolerance=0).check(run)
    with pytest.raises(RecordError, match="has no result"):
        Probabilities(job="lost", values={"0": 1}, tolerance=0).check(run)
    assert issubclass(RecordError, QspecError)
