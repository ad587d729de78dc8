"""A spec means the same on a fake backend and on the service's backend with the same calibration."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import qspec
from tests.emulator.emulator import Emulator
from tests.service.rehearsal import VirtualTime

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
      cx q[0], q[1];
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
  ansatz: {kind: library, name: efficient_su2, args: {num_qubits: 2, reps: 1}}
jobs:
  counts: {program_id: sampler, shots: 20000, pubs: [{circuit: bell}, {circuit: one}]}
  twirled:
    program_id: sampler
    shots: 20000
    pubs: [{circuit: bell}]
    options: {twirling: {enable_gates: true, enable_measure: true, num_randomizations: 200}}
  raw:
    program_id: estimator
    precision: 0.01
    pubs:
      - circuit: ansatz
        parameter_values: {"θ": [[0.1, 0.9, 0.4, 0.5, 1.2, 0.3, 0.7, 0.2], [2.1, 0.3, 1.4, 0.2, 0.2, 1.3, 0.1, 0.8]]}
        observables: [[{ZZ: 1.0}], [{XI: 1.0, IX: 0.5}]]
    options: {resilience_level: 0}
"""
MITIGATED = """\
qspec: 1
name: mitigated
backend: {kind: fake, name: fake_manila}
transpile: {initial_layout: [3, 4]}
circuits:
  ansatz: {kind: library, name: efficient_su2, args: {num_qubits: 2, reps: 1}}
jobs:
  mitigated:
    program_id: estimator
    precision: 0.01
    pubs:
      - circuit: ansatz
        parameter_values: {"θ": [[0.1, 0.9, 0.4, 0.5, 1.2, 0.3, 0.7, 0.2], [2.1, 0.3, 1.4, 0.2, 0.2, 1.3, 0.1, 0.8]]}
        observables: [[{ZZ: 1.0}], [{XI: 1.0, IX: 0.5}]]
    options: {resilience_level: 2}
"""
BEYOND_CHANCE = 1e-4
MOST_SIGMAS = 4.5
REPEATS = 5
TO_THE_SERVICE = ("backend.kind=ibm", "backend.name=ibm_manila")


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
    (folder / "same.yaml").write_text(SPEC)
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


def test_mitigated_values_agree_within_their_spread(emulated, tmp_path):
    """Extrapolation to zero noise gives errors that are no measure of the spread, so that is measured here."""
    (tmp_path / "mitigated.yaml").write_text(MITIGATED)

    def values(*changes):
        spec = (qspec.load(tmp_path / "mitigated.yaml", set=[f"seed={seed}", *changes]) for seed in range(REPEATS))
        return np.array([qspec.run(each, tmp_path / "runs").pub("mitigated").arrays["evs"].ravel() for each in spec])

    fake, ibm = values(), values(*TO_THE_SERVICE)
    assert fake.shape == ibm.shape == (REPEATS, 4)
    assert (stats.ttest_ind(fake, ibm, equal_var=False).pvalue > BEYOND_CHANCE).all()
    assert np.abs(fake - ibm).max() < 0.15, "the spread is not so large that anything would pass"
