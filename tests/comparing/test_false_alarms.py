"""The verdict's two promises, with figures: false alarms no more often than the level allows, and shifts are seen.

Reruns are Aer's: copies of one circuit in one job, each of which Aer gives a seed of its own. A sample runs on each push, all
of it with --slow; `-s` shows the figures.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from counted_pubs import bits_of, estimated_pub, sampled_pub
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit.library import efficient_su2, real_amplitudes
from qiskit.quantum_info import SparsePauliOp
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, ReadoutError, depolarizing_error
from qiskit_aer.primitives import EstimatorV2
from scipy.stats import binom, norm

from qspec.comparing.pubs import compare_pubs, verdict
from qspec.records.saved import PubData

LEVEL = 0.001
PAIRS = [60, pytest.param(1000, marks=pytest.mark.slow)]
SURE = 1e-6
"""The probability with which an honest test fails the assertion about its false alarms, for a seed that nobody has tried."""


def bell(angle: float = math.pi / 2) -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.ry(angle, 0)
    circuit.cx(0, 1)
    circuit.measure_all()
    return circuit


def ghz() -> QuantumCircuit:
    circuit = QuantumCircuit(5)
    circuit.h(0)
    for qubit in range(4):
        circuit.cx(qubit, qubit + 1)
    circuit.measure_all()
    return circuit


def random_circuit(qubits: int) -> QuantumCircuit:
    """Layers of rotations and entangling gates with random angles: outcomes are as unequal as those of random states."""
    circuit = efficient_su2(qubits, reps=3)
    angles = np.random.default_rng(7).uniform(0, 2 * math.pi, circuit.num_parameters)
    circuit = circuit.assign_parameters(angles)
    circuit.measure_all()
    return circuit


def two_registers() -> QuantumCircuit:
    circuit = QuantumCircuit(QuantumRegister(4), ClassicalRegister(3, "data"), ClassicalRegister(1, "flag"))
    circuit.h([0, 1])
    circuit.cx(0, 2)
    circuit.ry(0.3, 3)
    circuit.cx(1, 3)
    circuit.measure([0, 1, 2, 3], [0, 1, 2, 3])
    return circuit


def noise() -> NoiseModel:
    model = NoiseModel()
    model.add_all_qubit_quantum_error(depolarizing_error(0.02, 2), ["cx"])
    model.add_all_qubit_readout_error(ReadoutError([[0.98, 0.02], [0.04, 0.96]]))
    return model


def reruns(circuit: QuantumCircuit, number: int, *, shots: int, seed: int, **options) -> list[PubData]:
    """So many results of the circuit, each with a seed of its own."""
    simulator = AerSimulator(seed_simulator=seed, max_parallel_threads=1, **options)
    result = simulator.run([circuit] * number, shots=shots).result()
    widths = [(register.name, register.size) for register in circuit.cregs]
    return [_recorded(each.data.counts, widths) for each in result.results]


def _recorded(counts, widths) -> PubData:
    outcomes = np.repeat([int(key, 16) for key in counts], list(counts.values()))
    registers, start = {}, 0
    for name, width in widths:
        registers[name] = bits_of((outcomes >> start) & (2**width - 1), width)
        start += width
    return PubData(shape=(), registers=registers, arrays={})


def in_one(pubs: list[PubData]) -> PubData:
    """PUBs as the points of one."""
    first = pubs[0].registers["meas"]
    stacked = np.stack([pub.registers["meas"].array for pub in pubs])
    return PubData(shape=(len(pubs),), registers={"meas": type(first)(stacked, first.num_bits)}, arrays={})


def alarms(firsts, seconds, *, level: float = LEVEL) -> int:
    pairs = zip(firsts, seconds, strict=True)
    return sum(verdict(compare_pubs(a, b), comparisons=1, level=level) == "different" for a, b in pairs)


def hold(name: str, firsts, seconds) -> None:
    """False alarms are not more than the level allows, with the room that chance needs; the same at coarser levels."""
    found = [compare_pubs(a, b) for a, b in zip(firsts, seconds, strict=True)]
    shown = []
    for level in (LEVEL, 0.01, 0.1):
        number = sum(verdict(each, comparisons=1, level=level) == "different" for each in found)
        shown.append(f"{number} at {level:g}")
        assert number <= binom.ppf(1 - SURE, len(found), level), f"{name}: {number} of {len(found)} at {level}"
    identical = sum(each.identical for each in found)
    tests = found[0].tests
    print(
        f"\n{name}: {len(found)} pairs, {tests} tests in each, {identical} identical; false alarms: {', '.join(shown)}"
    )


@pytest.mark.parametrize("pairs", PAIRS)
@pytest.mark.parametrize(
    ("name", "circuit", "shots", "options"),
    [
        ("Bell pair", bell(), 4096, {}),
        ("GHZ of 5 with noise", ghz(), 4096, {"noise_model": noise()}),
        ("random of 10, 1,024 outcomes", random_circuit(10), 4096, {}),
        ("random of 14, most outcomes once", random_circuit(14), 1000, {}),
        ("two registers", two_registers(), 1000, {}),
    ],
    ids=lambda value: value.replace(" ", "-") if isinstance(value, str) else "",
)
def test_reruns_with_other_seeds_are_called_different_no_more_often_than_the_level_allows(
    name, circuit, shots, options, pairs, rng
):
    pubs = reruns(circuit, 2 * pairs, shots=shots, seed=rng.getrandbits(30), **options)
    hold(name, pubs[:pairs], pubs[pairs:])


@pytest.mark.parametrize("pairs", PAIRS)
def test_reruns_with_other_numbers_of_shots_give_no_more_false_alarms(pairs, rng):
    few, many = (
        reruns(ghz(), pairs, shots=shots, seed=rng.getrandbits(30), noise_model=noise()) for shots in (300, 9000)
    )
    hold("GHZ of 5 with noise, 300 and 9,000 shots", few, many)


@pytest.mark.parametrize("pairs", PAIRS)
def test_many_points_in_a_pub_give_no_more_false_alarms_than_one(pairs, rng):
    pubs = reruns(bell(), 10 * pairs, shots=500, seed=rng.getrandbits(30))
    points = [in_one(pubs[start : start + 5]) for start in range(0, len(pubs), 5)]
    hold("Bell pair at 5 points", points[:pairs], points[pairs:])


@pytest.mark.parametrize("pairs", PAIRS)
def test_expectation_values_with_their_standard_errors_give_no_more_false_alarms(pairs, rng):
    ansatz = real_amplitudes(3, reps=1)
    observables = [SparsePauliOp(label) for label in ("ZZI", "XIX", "IYZ", "ZZZ")]
    angles = np.broadcast_to(np.linspace(0, 2, ansatz.num_parameters), (2 * pairs, 1, ansatz.num_parameters))
    estimator = EstimatorV2(options={"run_options": {"seed_simulator": rng.getrandbits(30)}})
    data = estimator.run([(ansatz, observables, angles)], precision=0.02).result()[0].data
    stds = np.broadcast_to(data.stds, data.evs.shape)
    assert len(np.unique(data.evs)) == data.evs.size
    pubs = [estimated_pub(*each) for each in zip(data.evs, stds, strict=True)]
    hold("four expectation values", pubs[:pairs], pubs[pairs:])


@pytest.mark.parametrize("pairs", PAIRS)
def test_expectation_values_with_standard_errors_from_their_shots_give_no_more_false_alarms(pairs, rng):
    pubs = [
        parities(pub) for pub in reruns(ghz(), 2 * pairs, shots=1000, seed=rng.getrandbits(30), noise_model=noise())
    ]
    hold("four parities, errors from 1,000 shots", pubs[:pairs], pubs[pairs:])


def parities(pub: PubData) -> PubData:
    """⟨ZZ⟩ of neighbouring qubits, with the standard errors that the shots themselves give."""
    shots = np.unpackbits(pub.registers["meas"].array, axis=-1)[:, :2:-1]
    signs = 1.0 - 2.0 * (shots[:, 1:] ^ shots[:, :-1])
    return estimated_pub(signs.mean(axis=0), signs.std(axis=0, ddof=1) / math.sqrt(len(signs)))


@pytest.mark.parametrize("pairs", [10, pytest.param(200, marks=pytest.mark.slow)])
@pytest.mark.parametrize("probability", [0.01, 0.1, 0.5])
def test_a_shift_of_a_probability_by_two_hundredths_is_seen_at_100_000_shots(pairs, probability, rng):
    before, after = (2 * math.asin(math.sqrt(each)) for each in (probability, probability + 0.02))
    firsts, seconds = (reruns(bell(angle), pairs, shots=100_000, seed=rng.getrandbits(30)) for angle in (before, after))
    seen = alarms(firsts, seconds)
    print(f"\n{probability:g} to {probability + 0.02:g}, 100,000 shots: seen in {seen} of {pairs} pairs")
    assert seen == pairs


@pytest.mark.parametrize("pairs", [10, pytest.param(200, marks=pytest.mark.slow)])
def test_a_shift_between_two_of_many_outcomes_is_seen_at_100_000_shots(pairs, rng):
    """Two of 1,024 outcomes: what one has more, by 0.02, another has less."""
    generator = np.random.default_rng(rng.getrandbits(32))
    shares = generator.exponential(size=1024)
    shares /= shares.sum()
    shares *= 0.96
    before, after = shares.copy(), shares.copy()
    before[[3, 12]] += 0.02
    after[12] += 0.04
    firsts, seconds = (
        [sampled_pub(meas=(np.repeat(np.arange(1024), generator.multinomial(100_000, law)), 10)) for _ in range(pairs)]
        for law in (before, after)
    )
    seen = alarms(firsts, seconds)
    print(f"\none of 1,024 outcomes by 0.02, 100,000 shots: seen in {seen} of {pairs} pairs")
    assert seen == pairs


@pytest.mark.slow
def test_a_shift_by_two_hundredths_of_itself_is_seen_as_often_as_theory_says(rng):
    """0.5 to 0.51 at 100,000 shots is 4.5 standard errors: three tests of it at level 0.001 have a power of 0.81."""
    pairs, shots = 400, 100_000
    angles = (2 * math.asin(math.sqrt(each)) for each in (0.5, 0.51))
    firsts, seconds = (reruns(bell(angle), pairs, shots=shots, seed=rng.getrandbits(30)) for angle in angles)
    seen = alarms(firsts, seconds)
    score = 0.01 / math.sqrt((0.5 * 0.5 + 0.51 * 0.49) / shots)
    power = float(norm.sf(norm.isf(LEVEL / 3 / 2) - score))
    print(f"\n0.5 to 0.51, 100,000 shots: seen in {seen} of {pairs} pairs, {power * pairs:.0f} by theory")
    low, high = binom.ppf([SURE, 1 - SURE], pairs, power)
    assert low <= seen <= high


def geometric(generator, shots):
    return np.minimum(generator.geometric(0.3, shots) - 1, 1023)


def dominant(generator, shots):
    return np.where(generator.random(shots) < 0.999, 0, generator.integers(0, 1024, shots))


def rare(generator, shots):
    """Of each of the 1,024 outcomes one or two shots are expected."""
    return generator.integers(0, 1024, shots)


SHAPES = {
    "uniform over 2^20": (lambda generator, shots: generator.integers(0, 2**20, shots), 20),
    "geometric": (geometric, 10),
    "one outcome 0.999": (dominant, 10),
    "few of each": (rare, 10),
    "two outcomes": (lambda generator, shots: generator.integers(0, 2, shots) * 3, 2),
    "four outcomes": (lambda generator, shots: generator.integers(0, 4, shots), 2),
}


@pytest.mark.parametrize("pairs", [300, pytest.param(10_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("shots", [(1000, 1000), (200, 3000)], ids=["equal", "unequal"])
@pytest.mark.parametrize("shape", SHAPES)
def test_hard_shapes_give_no_more_false_alarms(shape, shots, pairs, rng):
    draw, bits = SHAPES[shape]
    generator = np.random.default_rng(rng.getrandbits(32))
    found = []
    for _ in range(pairs):
        one, other = (sampled_pub(meas=(draw(generator, number), bits)) for number in shots)
        found.append(compare_pubs(one, other))
    p_values = [1.0 if each.identical else each.p_value for each in found]
    numbers = {level: sum(p_value <= level for p_value in p_values) for level in (1e-2, 1e-3, 1e-4)}
    shown = " | ".join(f"{number / pairs:.2g}" for number in numbers.values())
    print(f"\n| {shape} | {shots[0]:,} : {shots[1]:,} | {shown} |")
    assert all(number <= binom.ppf(1 - SURE, pairs, level) for level, number in numbers.items())


def share_called_different(shots: int, probability: float) -> float:
    """The exact probability that two values from so many shots each are apart by the quantile of LEVEL."""
    ones = np.arange(shots + 1)
    weights = binom.pmf(ones, shots, probability)
    ones, weights = ones[weights > 1e-12], weights[weights > 1e-12]
    values = 1 - 2 * ones / shots
    variances = (1 - values**2) / (shots - 1)
    gaps = values[:, None] - values
    apart = gaps**2 > norm.isf(LEVEL / 2) ** 2 * (variances[:, None] + variances)
    return float((weights[:, None] * weights)[apart].sum())


@pytest.mark.parametrize(("shots", "at_most"), [(100, 0.00141), (1000, 0.00105)])
def test_standard_errors_from_few_shots_are_nearly_good_enough(shots, at_most):
    found = [
        share_called_different(shots, each) for each in (*np.linspace(0.5, 10, 12) / shots, *np.linspace(0.1, 0.5, 41))
    ]
    print(f"\n{shots:,} shots, the worst of all probabilities: {max(found):.5f} at level {LEVEL:g}")
    assert max(found) <= at_most
