"""A spec means the same on a fake backend and on the service's backend with the same calibration.

Both simulate by `qspec.simulation`, so that both might be wrong in one way: what they give is compared with the exact
values of the circuits that the service received, too, which know nothing of it (`whole_noise`).
"""

from __future__ import annotations

from functools import partial
from math import cos, sin

import numpy as np
import pytest
from scipy import stats

import qspec
from tests.emulator.emulator import Emulator
from tests.service.rehearsal import VirtualTime
from tests.service.whole_noise import expectation, outcomes, received

SPEC = """\
qspec: 1
name: same
seed: 11
backend: {kind: fake, name: fake_manila}
transpile: {initial_layout: [3, 4]}
circuits:
  bell:
    kind: qasm
    source: |
      OPENQASM 3.0;
      include "stdgates.inc";
      qubit[2] q;
      bit[2] meas;
      h q[0];
      x q[1];
      WORN
      meas = measure q;
  one:
    kind: qasm
    source: |
      OPENQASM 3.0;
      include "stdgates.inc";
      qubit[2] q;
      bit[2] meas;
      x q[1];
      meas = measure q;
  turned:
    kind: qasm
    source: |
      OPENQASM 3.0;
      include "stdgates.inc";
      input float a;
      input float b;
      qubit[2] q;
      ry(a) q[0];
      ry(b) q[1];
      WORN
jobs:
  counts: {program_id: sampler, shots: 20000, pubs: [{circuit: bell}, {circuit: one}]}
  twirled:
    program_id: sampler
    shots: 20000
    pubs: [{circuit: bell}]
    options: {twirling: {enable_gates: true, enable_measure: true, num_randomizations: 200}}
  raw:
    program_id: estimator
    precision: 0.004
    pubs:
      - circuit: turned
        parameter_values: {a: [0.9, 1.2], b: [0.4, 2.3]}
        observables: [[{ZZ: 1.0}], [{XI: 1.0, IX: 0.5}]]
    options: {resilience_level: 0}
"""
MITIGATED = """\
qspec: 1
name: mitigated
backend: {kind: fake, name: fake_manila}
transpile: {initial_layout: [3, 4]}
circuits:
  turned:
    kind: qasm
    source: |
      OPENQASM 3.0;
      include "stdgates.inc";
      input float a;
      input float b;
      qubit[2] q;
      ry(a) q[0];
      ry(b) q[1];
      WORN
jobs:
  mitigated:
    program_id: estimator
    precision: 0.01
    pubs:
      - circuit: turned
        parameter_values: {a: [0.9, 1.2], b: [0.4, 2.3]}
        observables: [[{ZZ: 1.0}], [{XI: 1.0, IX: 0.5}]]
    options: {resilience_level: 2}
"""
BEYOND_CHANCE = 1e-4
MOST_SIGMAS = 4.5
REPEATS = 5
QUBITS = [3, 4]
POINTS = [[0.9, 0.4], [1.2, 2.3]]
TO_THE_SERVICE = ("backend.kind=ibm", "backend.name=ibm_manila")


def worn(spec, gates):
    """A spec whose qubits are entangled again and again: an odd number of times is as good as once, but for the noise."""
    return spec.replace("WORN", "cx q[0], q[1]; barrier q; " * gates)


@pytest.fixture(scope="module")
def emulated(tmp_path_factory):
    """An emulated account in the environment; every job draws its own shots."""
    with pytest.MonkeyPatch.context() as patch, Emulator(devices=["manila"], fresh_shots=True) as emulator:
        for name, value in emulator.environment.items():
            patch.setenv(name, value)
        patch.setattr("qspec.service.patience.patience", VirtualTime(emulator).patience)
        yield emulator


@pytest.fixture(scope="module")
def runs(emulated, tmp_path_factory):
    """The same spec on the fake backend and on the emulated service."""
    folder = tmp_path_factory.mktemp("same")
    (folder / "same.yaml").write_text(worn(SPEC, 15))
    fake = qspec.run(folder / "same.yaml", folder / "runs")
    ibm = qspec.run(qspec.load(folder / "same.yaml", set=TO_THE_SERVICE), folder / "runs")
    assert (fake.record.outcome, ibm.record.outcome) == ("done", "done")
    assert len(emulated.ledger.jobs) == 3
    return fake, ibm


@pytest.mark.parametrize("job", ["counts", "twirled"])
def test_counts_come_from_one_distribution(runs, job):
    table = [[run.counts(job).get(bits, 0) for bits in ("00", "01", "10", "11")] for run in runs]
    assert min(table[0]) > 50, "noise is at work, and every outcome can be tested"
    assert stats.chi2_contingency(table).pvalue > BEYOND_CHANCE


def test_expectation_values_agree_within_their_errors(runs):
    fake, ibm = (run.pub("raw").arrays for run in runs)
    spread = np.hypot(fake["stds"], ibm["stds"])
    assert fake["evs"].shape == ibm["evs"].shape == (2, 2)
    assert (np.abs(fake["evs"] - ibm["evs"]) < MOST_SIGMAS * spread).all()


def test_the_bits_stand_in_the_same_order(runs):
    """Qubit 1 is flipped, and stands to the left of qubit 0 whatever the layout."""
    for run in runs:
        assert run.counts("counts", 1)["10"] > 18_000


def test_the_circuits_are_the_same(runs):
    fake, ibm = ([circuit.hash for circuit in run.record.circuits] for run in runs)
    assert fake == ibm


@pytest.fixture(scope="module")
def mitigated(emulated, tmp_path_factory):
    """Arrays of mitigated runs, which differ by nothing but chance, on the fake backend and on the emulated service."""
    folder = tmp_path_factory.mktemp("mitigated")
    (folder / "mitigated.yaml").write_text(worn(MITIGATED, 3))

    def arrays(*changes):
        specs = [qspec.load(folder / "mitigated.yaml", set=[f"seed={seed}", *changes]) for seed in range(REPEATS)]
        pubs = [qspec.run(spec, folder / "runs").pub("mitigated").arrays for spec in specs]
        return {name: np.array([pub[name] for pub in pubs]) for name in ("evs", "evs_noise_factors")}

    return arrays(), arrays(*TO_THE_SERVICE)


def test_mitigated_values_agree_within_their_spread(mitigated):
    """Extrapolation to zero noise gives errors that are no measure of the spread, so that is measured here."""
    fake, ibm = (arrays["evs"].reshape(REPEATS, -1) for arrays in mitigated)
    assert fake.shape == ibm.shape == (REPEATS, 4)
    assert (stats.ttest_ind(fake, ibm, equal_var=False).pvalue > BEYOND_CHANCE).all()
    assert np.abs(fake - ibm).max() < 0.15, "the spread is not so large that anything would pass"


def job_of(emulated, number):
    """The items of a job that the service received, by its number in the order of the jobs."""
    return received(emulated.ledger.jobs[number])


@pytest.mark.parametrize(("job", "number", "pub"), [("counts", 0, 0), ("counts", 0, 1), ("twirled", 1, 0)])
def test_counts_are_those_of_the_whole_device(job, number, pub, runs, emulated):
    item = job_of(emulated, number)[pub]
    exact = outcomes(item, np.random.default_rng(1)).reshape(-1, 4).mean(axis=0)
    for run in runs:
        counts = [run.counts(job, pub).get(bits, 0) for bits in ("00", "01", "10", "11")]
        assert stats.chisquare(counts, exact * sum(counts)).pvalue > BEYOND_CHANCE


def values_of(item, **noise):
    """The expectation values of the spec's observables at its points, `(observables, points)`."""
    found = outcomes(item, np.random.default_rng(2), **noise)
    of = partial(expectation, item, found)
    return np.array(
        [
            [of(point, "ZZ", QUBITS) for point in POINTS],
            [of(point, "X", QUBITS[1:]) + 0.5 * of(point, "X", QUBITS[:1]) for point in POINTS],
        ]
    )


def ideal_values():
    """The same values by hand: the gate takes ZZ to IZ, XI to itself and IX to XX."""
    return np.array([[cos(b) for _, b in POINTS], [sin(b) + 0.5 * sin(a) * sin(b) for a, b in POINTS]])


def test_the_service_received_the_circuit_of_the_spec(runs, emulated):
    (item,) = job_of(emulated, 2)
    assert values_of(item, noisy=False, readout=False) == pytest.approx(ideal_values(), abs=1e-5)


def test_raw_expectation_values_are_those_of_the_whole_device(runs, emulated):
    (item,) = job_of(emulated, 2)
    exact = values_of(item)
    for run in runs:
        arrays = run.pub("raw").arrays
        beyond = np.abs(exact - ideal_values()) / arrays["stds"]
        assert beyond.max() > 2 * MOST_SIGMAS, "noise is at work, and would be missed"
        assert (np.abs(arrays["evs"] - exact) < MOST_SIGMAS * arrays["stds"]).all()


def test_mitigated_values_are_those_of_the_whole_device_with_its_readout_put_right(mitigated, emulated):
    """At each factor of noise the gates' errors remain; what is extrapolated is an exponential decay of exact values."""
    items = job_of(emulated, -1)[:3]
    exact = np.stack([values_of(item, readout=False) for item in items], axis=-1)
    decay = np.polynomial.polynomial.polyfit([1, 3, 5], np.log(np.abs(exact)).reshape(-1, 3).T, 1)[0].reshape(2, 2)
    extrapolated = np.sign(exact[..., 0]) * np.exp(decay)
    for arrays in mitigated:
        for found, expected in ((arrays["evs_noise_factors"], exact), (arrays["evs"], extrapolated)):
            assert (stats.ttest_1samp(found, expected).pvalue > BEYOND_CHANCE).all()
            assert np.abs(found.mean(axis=0) - expected).max() < 0.05
