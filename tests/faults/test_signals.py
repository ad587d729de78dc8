"""Signals are answered while a simulation takes long; the record says so, the message says how to go on."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aftermath import the_run
from stopping import GUARD, NAMES, stop

from qspec.records.find import list_runs

if TYPE_CHECKING:
    import subprocess

SIMULATION = 15
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
LONG = """\
qspec: 1
name: long
seed: 42
backend: {kind: aer, method: statevector}
circuits:
  short:
    kind: qasm
    source: 'OPENQASM 3.0; include "stdgates.inc"; qubit[1] q; bit[1] c; h q[0]; c = measure q;'
  wide:
    kind: library
    name: real_amplitudes
    args: {num_qubits: 20, reps: 40}
    measure: all
jobs:
  short: {program_id: sampler, shots: 10, pubs: [{circuit: short}]}
  wide:
    program_id: sampler
    shots: 10
    pubs:
      - circuit: wide
        parameter_values: {θ: {random: {low: 0, high: 1, shape: [200, 820]}}}
"""


@pytest.fixture
def long(tmp_path) -> Path:
    """A spec whose second job simulates for minutes, in one call of Aer."""
    path = tmp_path / "long.yaml"
    path.write_text(LONG, "utf-8")
    return path


def simulating(process: subprocess.Popen, runs_dir: Path) -> Path:
    """Wait until the long job runs; the run's folder."""
    while process.poll() is None:
        for found in list_runs(runs_dir):
            if found.record and found.record.jobs[1].status == "RUNNING":
                time.sleep(0.2)  # from the record to the simulation
                return found.folder
        time.sleep(0.02)
    raise AssertionError(process.communicate())


@pytest.mark.parametrize("name", NAMES)
def test_a_signal_in_the_middle_of_a_simulation(begin, long, tmp_path, name):
    process = begin("run", long, "--runs-dir", tmp_path / "runs")
    folder = simulating(process, tmp_path / "runs")
    took, err = stop(process, name)
    assert process.returncode == 128 + getattr(signal, name)
    assert err.endswith(f"help: to go on: qspec resume {folder}\n")
    record = the_run(tmp_path / "runs").record
    assert (record.outcome, [job.status for job in record.jobs]) == ("interrupted", ["DONE", "CANCELLED"])
    print(f"\n{name} in the middle of a simulation: answered after {took:.2f} s")


def test_a_signal_in_the_middle_of_a_simulation_beside_a_spec_on_the_service(paid, begin, long, tmp_path):
    process = begin("run", long, paid.spec, "--runs-dir", tmp_path / "runs", env=paid.emulator.environment)
    folder = simulating(process, tmp_path / "runs")
    took, err = stop(process, "SIGINT")
    assert process.returncode == 130
    assert took < SIMULATION, "the simulation takes minutes"
    assert err.endswith(f"help: to go on: qspec resume {folder}\n")
    assert the_run(tmp_path / "runs").record.outcome == "interrupted"
    assert not paid.jobs
    print(f"\nSIGINT in the middle of a simulation beside a spec on the service: answered after {took:.2f} s")


@pytest.mark.slow
def test_a_signal_at_a_random_moment(begin, long, tmp_path, rng):
    times = []
    for case in range(40):
        runs_dir = tmp_path / str(case)
        process = begin("run", long, "--runs-dir", runs_dir)
        time.sleep(rng.uniform(0, 3))
        name = rng.choice(NAMES)
        took, err = stop(process, name)
        number = getattr(signal, name)
        times.append(took)
        assert process.returncode in (128 + number, -number), err  # the latter before Python answers signals
        assert "Traceback" not in err
        for found in list_runs(runs_dir):
            assert found.record is not None
            assert found.record.outcome in ("interrupted", "unfinished")
    print(
        f"\nsignals at 40 random moments: answered after {max(times):.2f} s at most, {sorted(times)[20]:.2f} s mostly"
    )


def test_the_terminal_sends_its_signal_to_parent_and_child_and_it_counts_once(begin, long, tmp_path):
    process = begin("run", long, "--runs-dir", tmp_path / "runs", start_new_session=True)
    simulating(process, tmp_path / "runs")
    os.killpg(process.pid, signal.SIGINT)
    _out, err = process.communicate(timeout=GUARD)
    assert process.returncode == 130
    assert err.count("interrupted") == 1


def test_who_asks_twice_is_not_kept_waiting(begin, long, tmp_path):
    process = begin("run", long, "--runs-dir", tmp_path / "runs")
    simulating(process, tmp_path / "runs")
    process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    took, _err = stop(process, "SIGINT")
    assert process.returncode == 130
    assert the_run(tmp_path / "runs").record.outcome == "interrupted"
    print(f"\nasked twice: ended {took:.2f} s after the second time")


def child_of(process: subprocess.Popen) -> int:
    return int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])


def is_running(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_killing_the_command_takes_the_simulation_along_and_frees_the_run(laboratory, begin, long, tmp_path):
    process = begin("run", long, "--runs-dir", tmp_path / "runs")
    folder = simulating(process, tmp_path / "runs")
    child = child_of(process)
    busy = laboratory.run("resume", folder)
    assert (busy.code, f"is driven by process {process.pid}, since " in busy.err) == (7, True)
    process.kill()
    process.communicate()
    deadline = time.monotonic() + GUARD
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_running(child)
    assert the_run(tmp_path / "runs").record.outcome == "unfinished"


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize(("name", "advice"), [("SIGABRT", "the simulator"), ("SIGKILL", "not enough memory")])
def test_a_simulation_that_ends_its_process_is_said_and_recorded(begin, long, tmp_path, name, advice):
    process = begin("run", long, "--runs-dir", tmp_path / "runs", "-q")
    folder = simulating(process, tmp_path / "runs")
    os.kill(child_of(process), getattr(signal, name))
    _out, err = process.communicate(timeout=GUARD)
    assert process.returncode == 7
    assert f"the process that simulated was ended by {name}" in err
    assert advice in err
    assert f"qspec resume {folder}" in err
    record = the_run(tmp_path / "runs").record
    assert (record.outcome, record.error) == ("interrupted", f"the process that simulated was ended by {name}")
