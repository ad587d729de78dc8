"""Locks of what runs on quantum computers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from qiskit import qpy
from spec_texts import PAIR

from qspec.records.find import list_runs
from qspec.records.locks import read_lock

PLAIN = PAIR.replace("resilience_level: 2", "resilience_level: 0")
"""Without extrapolation, whose standard errors come of a fit to three values, and are at times none at all."""
SURE = ("--level", "1e-9")
"""The emulator draws an estimator's shots anew each time, as a device does."""


@pytest.fixture
def locked(emulator, qspec):
    """`pair.yaml` with the lock of a run that was made before: nothing is paid for again."""
    assert PLAIN != PAIR
    Path("pair.yaml").write_text(PLAIN, "utf-8")
    assert qspec("run", "pair.yaml").code == 0
    paid = len(emulator.ledger.jobs)
    said = qspec("lock", "pair.yaml", "--from", "latest")
    assert said.code == 0, said.err
    assert len(emulator.ledger.jobs) == paid
    return emulator


def edit(path, old, new):
    text = Path(path).read_text("utf-8")
    assert old in text
    Path(path).write_text(text.replace(old, new), "utf-8")


def without_account(monkeypatch):
    for name in ("QISKIT_IBM_TOKEN", "QISKIT_IBM_INSTANCE"):
        monkeypatch.delenv(name)


def test_a_locked_run_on_a_device_is_held_against_the_lock_and_transpiles_nothing(locked, qspec, monkeypatch):
    def no(*_arguments, **_keys):
        raise AssertionError("transpiled")

    monkeypatch.setattr("qspec.planning.transpile.Transpiler.run", no)
    said = qspec("run", "--locked", "pair.yaml", "--no-cache", *SURE, "--format", "json")
    assert said.code == 0, said.err
    compared = json.loads(said.out)["locked"]
    assert compared["verdict"] in ("identical", "consistent")
    assert sum(compared["pubs"].values()) == 2
    assert compared["pubs"]["different"] == 0


def test_locked_jobs_are_submitted_collected_later_and_compared_then(locked, qspec):
    said = qspec("submit", "--locked", "pair.yaml", "--no-cache")
    assert said.code == 5, said.err
    locked.wait_for()
    said = qspec("resume", "latest")
    assert said.code == 0, said.err
    first, second = (run for run in list_runs(Path("runs")))
    assert second.record.lock.startswith("sha256:")
    isa = [[circuit.hash for circuit in run.record.circuits] for run in (first, second)]
    assert isa[0] == isa[1]
    said = qspec("diff", "pair.lock.json", "latest", *SURE, "--format", "json")
    assert said.code == 0, said.err
    assert json.loads(said.out)["pubs"]["different"] == 0
    assert len(locked.ledger.jobs) == 4, "two jobs of the run that was locked, and two of this one"


def test_a_lock_is_held_with_the_service_and_when_offline_without_an_account(locked, qspec, monkeypatch):
    held = "pair.yaml: as locked in pair.lock.json\n"
    assert qspec("lock", "--check").out == held
    without_account(monkeypatch)
    assert qspec("lock", "--check").code == 3
    said = qspec("lock", "--check", "--offline")
    assert (said.code, said.out) == (0, held), said.err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("shots: 1000", "shots: 2000", "spec: jobs.counts.shots: 1000 became 2000"),
        ("ibm_manila", "ibm_quito", 'spec: backend.name: "ibm_manila" became "ibm_quito"'),
        ("seed: 42", "seed: 43", "seed: 42 became 43"),
        ("cx q[0], q[1]", "cz q[0], q[1]", "spec: circuits.bell.source: its text differs from line 6 on"),
    ],
)
def test_what_changed_is_named_offline_too(locked, qspec, monkeypatch, old, new, said):
    without_account(monkeypatch)
    edit("pair.yaml", old, new)
    done = qspec("lock", "--check", "--offline")
    assert done.code == 8
    assert said in done.err


def test_a_circuit_of_the_lock_that_is_gone_and_a_wrong_file_are_named_offline_too(locked, qspec, monkeypatch):
    without_account(monkeypatch)
    min(Path("pair.lock").iterdir()).unlink()
    done = qspec("lock", "--check", "--offline")
    assert done.code == 2
    assert "there is no file" in done.err
    edit("pair.yaml", "cx q[0], q[1]", "cx q[0], q[7]")
    assert qspec("lock", "--check", "--offline").code == 2


def test_a_lock_says_nothing_of_who_pays_and_holds_for_another_instance(locked, qspec):
    text = Path("pair.lock.json").read_text("utf-8")
    assert "crn:" not in text
    assert locked.environment["QISKIT_IBM_TOKEN"] not in text
    crn = locked.environment["QISKIT_IBM_INSTANCE"]
    edit("pair.yaml", "name: ibm_manila}", f"name: ibm_manila, instance: '{crn}'}}")
    assert qspec("lock", "--check").code == 0
    assert qspec("lock", "--check", "--offline").code == 0


def busy(emulator, qspec):
    """Make the device that was locked the busier one."""
    emulator.faults.add_job(hold=True)
    emulator.faults.add_job(hold=True)
    for _ in range(2):
        assert qspec("submit", "--locked", "pair.yaml").code == 5


@pytest.mark.parametrize(
    "sweep", ["", "sweep: {axes: {jobs.counts.shots: [100, 200], transpile.optimization_level: [1, 2]}}\n"]
)
def test_where_the_service_chose_the_device_the_lock_keeps_to_it(emulator, qspec, sweep, monkeypatch):
    text = PLAIN.replace("name: ibm_manila", "least_busy: {min_num_qubits: 2}") + sweep
    Path("pair.yaml").write_text(text, "utf-8")
    assert qspec("lock", "pair.yaml").code == 0
    lock = json.loads(Path("pair.lock.json").read_text("utf-8"))
    (device,) = {variant["backend"]["name"] for variant in lock["variants"]}
    busy(emulator, qspec)
    assert qspec("plan", "pair.yaml", "--format", "json").out.count(f'"name": "{device}"') == 0, "another is less busy"
    assert qspec("lock", "--check").code == 0
    assert [run.record.backend.name for run in list_runs(Path("runs"))] == [device] * 3
    without_account(monkeypatch)
    assert qspec("lock", "--check", "--offline").code == 0


def test_the_circuits_of_a_lock_are_those_that_the_service_gets(locked, qspec):
    assert qspec("submit", "--locked", "pair.yaml", "--no-cache").code == 5
    (run,) = (each for each in list_runs(Path("runs")) if each.record.lock)
    for circuit in run.record.circuits:
        locked = {each.hash: each.file for each in read_lock(Path("pair.lock.json")).variants[0].circuits}
        with Path("pair.lock", locked[circuit.hash]).open("rb") as stream:
            (kept,) = qpy.load(stream)
        assert dict(kept.count_ops()) == dict(circuit.operations)


def test_offline_is_for_the_check(emulator, qspec):
    done = qspec("lock", "--offline", "pair.yaml")
    assert done.code == 2
    assert "--offline is for --check" in done.err
