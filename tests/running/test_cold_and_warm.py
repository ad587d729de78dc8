"""A run whose circuits come from the cache is the run that transpiles them: the same bits in everything recorded."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import qspec
from qspec.caching.files import entries
from qspec.planning import kept
from qspec.planning.transpile import Transpiler

SPECS = Path(__file__).parents[2] / "specs"
PLACED = """\
qspec: 1
name: placed
seed: 5
backend: {kind: fake, name: fake_manila}
transpile: {optimization_level: 3, initial_layout: [4, 3, 2]}
circuits:
  ansatz: {kind: library, name: efficient_su2, args: {num_qubits: 3, reps: 2, entanglement: full}}
  bell:
    kind: qasm
    source: |
      OPENQASM 3.0;
      include "stdgates.inc";
      qubit[3] q;
      bit[3] meas;
      h q[0];
      cx q[0], q[1];
      cx q[0], q[2];
      meas = measure q;
jobs:
  energy:
    program_id: estimator
    precision: 0.05
    pubs:
      - circuit: ansatz
        parameter_values: {θ: {random: {low: 0, high: pi, shape: [4, 18]}}}
        observables: [{ZZI: 1.0, IXX: 0.5}, {YIZ: 1.0}, {IIZ: 2.0}, {XXX: 1.0}]
  counts:
    program_id: sampler
    shots: 200
    pubs: [{circuit: bell}]
"""


@pytest.fixture
def transpiled(monkeypatch):
    """The names of the circuits that were transpiled; all of them are kept."""
    names = []
    run = Transpiler.run

    def watched(self, circuit, *, seed):
        names.append(circuit.name)
        return run(self, circuit, seed=seed)

    monkeypatch.setattr(Transpiler, "run", watched)
    monkeypatch.setattr(kept, "WORTH", 0.0)
    return names


@pytest.fixture(params=["bell", "chsh-noisy", "ghz", "tfim", "placed"])
def spec(request, tmp_path):
    if request.param != "placed":
        return SPECS / f"{request.param}.yaml"
    (tmp_path / "placed.yaml").write_text(PLACED, "utf-8")
    return tmp_path / "placed.yaml"


def lasting(record):
    """What a record says, times and what files and folders are called apart; the QPY of parameters has random bytes."""
    jobs = [replace(job, started=None, finished=None, seconds=None, inputs=None) for job in record.jobs]
    files = {
        name: hash_ for name, hash_ in record.files.items() if name.endswith((".qasm", "result.npz", "backend.json"))
    }
    asked = record.warnings, record.seeds, record.backend, record.versions
    return record.content_hash, record.circuits, jobs, files, asked, record.verdicts


def test_cold_warm_and_without_the_cache_are_the_same_bits(spec, transpiled, tmp_path):
    cold = qspec.run(spec, tmp_path / "runs")
    number = len(transpiled)
    assert number
    warm = qspec.run(spec, tmp_path / "runs")
    assert len(transpiled) == number, "nothing is transpiled a second time"
    without = qspec.run(spec, tmp_path / "runs", cache=False)
    assert len(transpiled) == 2 * number
    assert lasting(warm.record) == lasting(cold.record) == lasting(without.record)


def test_a_plan_alone_reads_what_runs_have_kept_and_keeps_nothing(transpiled, tmp_path, cache_dir):
    qspec.plan(SPECS / "bell.yaml")
    assert not cache_dir.exists()
    qspec.run(SPECS / "bell.yaml", tmp_path / "runs")
    before = {entry.key: entry.used for entry in entries(cache_dir)}
    assert before
    qspec.plan(SPECS / "bell.yaml")
    assert len(transpiled) == 2
    qspec.plan(SPECS / "bell.yaml", cache=False)
    assert len(transpiled) == 3
    assert {entry.key: entry.used for entry in entries(cache_dir)} == before


def test_a_run_goes_on_without_a_cache_folder(transpiled, tmp_path, monkeypatch):
    monkeypatch.setenv("QSPEC_CACHE_DIR", "/dev/null/cache")
    assert qspec.run(SPECS / "bell.yaml", tmp_path / "runs").record.outcome == "done"


def test_eight_runs_at_once_on_one_cache_have_the_same_content(tmp_path, cache_dir):
    expected = qspec.run(SPECS / "bell.yaml", tmp_path / "runs", cache=False).record.content_hash
    environment = os.environ | {"PYTHONPATH": str(Path(qspec.__file__).parents[1]), "PYTHONWARNINGS": "ignore"}
    command = [
        sys.executable,
        "-m",
        "qspec",
        "run",
        "-q",
        "--runs-dir",
        str(tmp_path / "runs"),
        str(SPECS / "bell.yaml"),
    ]
    runs = [subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) for _ in range(8)]
    assert [run.wait() for run in runs] == [0] * 8
    found = [qspec.open_run(folder) for folder in (tmp_path / "runs" / "bell").iterdir()]
    assert {run.record.content_hash for run in found} == {expected}
    assert len(found) == 9
    assert list(entries(cache_dir))
