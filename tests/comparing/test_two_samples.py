"""Two samples of counts or estimates: the tests hold against independent computations, and their alarms are honest."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit_aer import AerSimulator
from scipy import stats

from qspec.comparing.chance import distances
from qspec.comparing.pubs import compare_pubs, verdict
from qspec.records.counts import Bits
from qspec.records.saved import PubData

LEVEL = 0.001


def sampled(outcomes, num_bits):
    """A PUB whose shots gave these outcomes, as whole numbers."""
    width = -(-num_bits // 8)
    shifts = 8 * np.arange(width - 1, -1, -1)
    rows = (np.asarray(outcomes, dtype=object)[:, None] >> shifts) & 255
    return PubData(shape=(), registers={"c": Bits(rows.astype(np.uint8), num_bits)}, arrays={})


def drawn(numbers, probabilities, shots):
    num_bits = (len(probabilities) - 1).bit_length()
    return sampled(numbers.choice(len(probabilities), shots, p=probabilities), num_bits)


def estimated(evs, stds):
    arrays = {"evs": np.asarray(evs, dtype=float), "stds": np.asarray(stds, dtype=float)}
    return PubData(shape=np.shape(evs), registers={}, arrays=arrays)


def geometric(number):
    weights = 0.5 ** np.arange(number)
    return weights / weights.sum()


NOISY_GHZ = np.array([0.49, *[0.02 / 30] * 30, 0.49])
SHAPES = {
    "Bell": np.array([0.5, 0, 0, 0.5]),
    "rare": np.array([0.998, 0.001, 0.0005, 0.0005]),
    "noisy GHZ": NOISY_GHZ,
    "geometric": geometric(64),
    "uniform over 256": np.ones(256) / 256,
    "all rare": np.ones(2**14) / 2**14,
}


@pytest.fixture
def numbers(rng):
    return np.random.default_rng(rng.getrandbits(64))


def at_most(rate, tries):
    """How many of so many tries may come by chance, in all but one of 10,000 runs of this test."""
    return int(stats.binom.ppf(1 - 1e-4, tries, rate))


@pytest.mark.parametrize("shots", [(1000, 1000), (4000, 700), (60, 90)])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
def test_samples_of_one_distribution_are_rarely_called_different(numbers, shape, shots, request):
    tries = 4000 if request.config.getoption("--slow") else 300
    p_values = []
    for _ in range(tries):
        found = compare_pubs(*(drawn(numbers, shape, number) for number in shots))
        p_values.append(1.0 if found.identical else found.p_value)
    for level in (0.05, 0.01, LEVEL):
        alarms = int(np.sum(np.array(p_values) < level))
        print(f"{alarms} alarms in {tries} pairs at level {level}")
        assert alarms <= at_most(level, tries)


@pytest.mark.parametrize("shape", ["Bell", "noisy GHZ", "geometric", "uniform over 256"])
def test_the_distance_that_sampling_alone_gives_is_that_of_simulated_samples(numbers, shape):
    gaps = [distances(*(numbers.multinomial(number, SHAPES[shape]) for number in (900, 400))) for _ in range(2000)]
    found, expected = np.mean(gaps, axis=0)
    assert abs(found - expected) < 5 * np.std([gap for gap, _ in gaps]) / np.sqrt(2000)


def test_two_percent_of_one_probability_are_seen_in_100_000_shots(numbers):
    """Absolute: 0.30 became 0.32. It is seen in each of 200 pairs at level 0.001."""
    before, after = np.array([0.5, 0.3, 0.1, 0.1]), np.array([0.48, 0.32, 0.1, 0.1])
    words = [
        verdict(
            compare_pubs(drawn(numbers, before, 100_000), drawn(numbers, after, 100_000)), comparisons=1, level=LEVEL
        )
        for _ in range(200)
    ]
    print(f"{words.count('different')} of 200 pairs seen")
    assert words.count("different") == 200


def test_a_qubit_that_moved_is_seen_where_every_bitstring_is_rare(numbers):
    """127 qubits, 2,000 shots that are all different: one bit is 1 with 0.6 in place of 0.5."""

    def shots(share):
        bits = numbers.random((2000, 127)) < 0.5
        bits[:, 40] = numbers.random(2000) < share
        rows = np.packbits(np.hstack([np.zeros((2000, 1), dtype=bool), bits]), axis=1)
        return PubData(shape=(), registers={"c": Bits(rows, 127)}, arrays={})

    same, moved = compare_pubs(shots(0.5), shots(0.5)), compare_pubs(shots(0.5), shots(0.6))
    assert verdict(same, comparisons=1, level=LEVEL) == "consistent"
    assert verdict(moved, comparisons=1, level=LEVEL) == "different"
    assert "bit 86 of 'c'" in moved.test


@pytest.mark.parametrize("registers", [{"a": 3}, {"a": 2, "b": 3}, {"wide": 70}])
def test_tallies_side_by_side_and_their_bits_are_those_of_the_counts(numbers, registers):
    tallies = [tally(numbers, registers, shots) for shots in (300, 200)]
    counts = [dict(each.items()) for each in tallies]
    union = sorted({*counts[0], *counts[1]})
    for found, known in zip(tallies[0].beside(tallies[1]), counts, strict=True):
        assert sorted(found.tolist()) == sorted(known.get(bits, 0) for bits in union)
    assert [int(side.sum()) for side in tallies[0].beside(tallies[1])] == [300, 200]
    for found, known in zip(tallies, counts, strict=True):
        texts = {bits.replace(" ", ""): number for bits, number in known.items()}
        width = sum(registers.values())
        ones = [sum(number for bits, number in texts.items() if bits[-1 - bit] == "1") for bit in range(width)]
        assert found.ones().tolist() == ones


def tally(numbers, registers, shots):
    held = {}
    for name, num_bits in registers.items():
        bits = numbers.random((shots, num_bits)) < 0.3
        padded = np.hstack([np.zeros((shots, -num_bits % 8), dtype=bool), bits])
        held[name] = Bits(np.packbits(padded, axis=1), num_bits)
    return PubData(shape=(), registers=held, arrays={}).tally()


def test_reruns_of_a_simulator_with_other_seeds_are_consistent(request):
    """Pairs of runs of one circuit on Aer; the issue asks for 1,000 pairs."""
    pairs = 1000 if request.config.getoption("--slow") else 60
    circuit = QuantumCircuit(5)
    circuit.h(0)
    for qubit in range(4):
        circuit.cx(qubit, qubit + 1)
    circuit.ry(0.3, range(5))
    circuit.measure_all()
    simulator = AerSimulator()
    runs = []
    for seed in range(pairs + 1):
        memory = simulator.run(circuit, shots=2000, seed_simulator=seed + 1, memory=True).result().get_memory()
        runs.append(sampled([int(bits, 2) for bits in memory], 5))
    words = [verdict(compare_pubs(*pair), comparisons=1, level=LEVEL) for pair in pairwise(runs)]
    print(f"{words.count('different')} of {pairs} pairs called different")
    assert words.count("different") <= at_most(LEVEL, pairs)


def test_estimates_of_one_value_are_rarely_called_different(numbers, request):
    tries = 20_000 if request.config.getoption("--slow") else 2000
    stds = numbers.uniform(0.01, 0.1, (2, 12))
    alarms = 0
    for _ in range(tries):
        found = compare_pubs(*(estimated(numbers.normal(0.3, std), std) for std in stds))
        alarms += verdict(found, comparisons=1, level=LEVEL) == "different"
    print(f"{alarms} alarms in {tries} pairs")
    assert alarms <= at_most(LEVEL, tries)


def test_the_largest_z_counts_times_the_number_of_values():
    found = compare_pubs(estimated([0.0, 0.1, 0.2], [0.03] * 3), estimated([0.0, 0.1, 0.35], [0.04] * 3))
    assert (found.effect, found.place) == (pytest.approx(3.0), (2,))
    assert found.p_value == pytest.approx(3 * 2 * stats.norm.sf(3.0))


def test_mitigated_values_count_with_larger_errors():
    pair = estimated([0.0], [0.1]), estimated([0.3], [0.1])
    plain, mitigated = compare_pubs(*pair), compare_pubs(*pair, mitigated=True)
    assert mitigated.effect == pytest.approx(plain.effect / 1.5)
    assert "mitigated" in mitigated.test


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (estimated([0.1], [0.0]), estimated([0.2], [0.0]), "values without a standard error differ"),
        (
            estimated([0.1], [np.nan]),
            estimated([0.2], [0.1]),
            "values that are not finite, or whose standard errors are not, differ",
        ),
        (estimated([0.1], [0.1]), estimated([[0.1]], [[0.1]]), "the shape [1] became [1, 1]"),
        (estimated(0.1, 0.1), sampled([0, 1], 1), "the registers none became c (1 bits)"),
        (sampled([0, 1], 1), sampled([0, 1], 2), "the registers c (1 bits) became c (2 bits)"),
        (
            PubData(shape=(), registers={}, arrays={"rates": np.array([0.1, 0.2])}),
            PubData(shape=(), registers={}, arrays={"rates": np.array([0.1, 0.3])}),
            "'rates' differs in 1 of 2 entries, and there is no test for it",
        ),
    ],
)
def test_what_no_test_can_judge_is_different_with_a_sentence(before, after, said):
    found = compare_pubs(before, after)
    assert said in found.message
    assert found.p_value is None
    assert verdict(found, comparisons=1, level=LEVEL) == "different"
    assert verdict(compare_pubs(before, before), comparisons=1, level=LEVEL) == "identical"
