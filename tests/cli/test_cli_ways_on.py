"""How to go on: every message about a run names its folder, and none tells a person to pay again."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from spec_texts import BELL

from qspec.records.find import list_runs

GUARD = 60


def the_folder(runs_dir="runs"):
    (found,) = list_runs(runs_dir)
    return str(found.folder)


def test_submit_names_the_run_and_where_it_is_kept_elsewhere_its_folder(emulator, qspec):
    assert qspec("submit", "pair.yaml").err.endswith(
        f"\nlater: qspec status {the_folder().split('/')[-1]}, qspec resume {the_folder().split('/')[-1]}\n"
    )
    said = qspec("submit", "pair.yaml", "--runs-dir", "my runs")
    kept = shlex.quote(the_folder("my runs"))
    assert said.err.endswith(f"\nlater: qspec status {kept}, qspec resume {kept}\n")


def test_what_is_not_finished_is_no_error_and_names_one_way_on(emulator, qspec):
    emulator.faults.add_job(hold=True)
    said = qspec("run", "pair.yaml", "--timeout", "0")
    assert said.code == 5
    assert said.err.endswith(
        f"not finished: 2 jobs have not ended in 0 seconds\n  = help: to go on: qspec resume {the_folder()}\n"
    )
    assert "error" not in said.err


def test_a_service_out_of_reach_names_one_way_on_too(emulator, monkeypatch, qspec):
    emulator.faults.add_job(hold=True)
    assert qspec("submit", "pair.yaml").code == 5
    monkeypatch.setenv("QISKIT_IBM_TOKEN", "a-token-of-somebody-else")
    said = qspec("resume", "latest")
    assert said.code == 5
    assert said.err.startswith("not finished: the service does not accept the account's token")
    assert said.err.count("qspec resume") == 1


@pytest.fixture
def small_disk(desk):
    """A real disk of 256 KiB, mounted in the current folder."""
    (desk / "disk").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(desk / "disk")]
    if sys.platform != "linux" or shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    yield desk / "disk"
    subprocess.run(["umount", str(desk / "disk")], check=True)


def test_a_full_disk_under_a_run_is_no_reason_to_run_again(small_disk, qspec):
    said = qspec("run", "bell.yaml", "--runs-dir", "disk/runs", "--set", "jobs.counts.shots=500000")
    assert said.code == 7
    assert said.err.endswith(f"  = help: make room, then: qspec resume {the_folder('disk/runs')}\n")
    assert said.err.count("help:") == 1


def test_what_had_ended_before_a_full_disk_is_in_the_json(small_disk, qspec):
    large = BELL.replace("name: bell", "name: large").replace("shots: 100", "shots: 500000")
    Path("large.yaml").write_text(large)
    said = qspec("run", "bell.yaml", "large.yaml", "bell.yaml", "--runs-dir", "disk/runs", "--format", "json")
    done, failed = json.loads(said.out)["runs"]
    assert (said.code, done["record"]["outcome"], failed["exit_code"]) == (7, "done", 7)
    assert failed["run"].startswith("disk/runs/large/")


def test_an_interruption_is_json_where_that_was_asked_for(emulator, start):
    emulator.faults.add_job(hold=True)
    out, err = interrupted(start("run", "pair.yaml", "--format", "json", text=True), emulator, 2)
    document = json.loads(out)
    assert document["error"] in err
    assert (document["exit_code"], document["run"]) == (130, the_folder())


@pytest.mark.parametrize("command", [["init", "disk/first.yaml"], ["plan", "bell.yaml", "-o", "disk/plan.json"]])
def test_who_begins_no_run_is_not_told_where_to_keep_one(small_disk, qspec, command):
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    said = qspec(*command)
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert (said.code, said.err.splitlines()[-1]) == (7, "  = help: make its folder writable")


def test_a_run_that_cannot_begin_is_told_where_it_could(qspec, desk):
    assert "choose another folder with --runs-dir" in qspec("run", "bell.yaml", "--runs-dir", "bell.yaml").err


def interrupted(process, emulator, jobs):
    """Ctrl-C when the service has so many jobs; what is said."""
    limit = time.monotonic() + GUARD
    while len(emulator.ledger.jobs) < jobs or "QUEUED" not in str(list_runs("runs")[0].record):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < limit
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=GUARD)
    assert process.returncode == 130, err
    return out, err


def test_an_interruption_says_what_goes_on_and_what_it_costs(emulator, start):
    emulator.faults.add_job(hold=True)
    _out, err = interrupted(start("run", "pair.yaml", text=True), emulator, 2)
    assert err.endswith(
        "\ninterrupted; 2 jobs go on on the service, and will be charged\n"
        f"  = help: to stop them: qspec cancel {the_folder()}\n"
        f"  = help: to go on: qspec resume {the_folder()}\n"
    )


def test_an_interruption_that_cancels_says_what_became_of_each_job(emulator, start):
    emulator.faults.add_job(hold=True)
    process = start("run", "pair.yaml", "--cancel-on-interrupt", text=True)
    _out, err = interrupted(process, emulator, 2)
    for name, job in zip(("counts", "energy"), emulator.ledger.jobs, strict=True):
        assert f"job {name} ({job.id}): cancelled\n" in err
    assert "\ninterrupted; 2 jobs were cancelled on the service\n" in err


def test_a_job_that_cannot_be_cancelled_is_said_even_when_quiet(emulator, start):
    emulator.faults.add_job(hold=True)
    emulator.faults.add("status", status=403, method="POST", path="/jobs/*/cancel", nth=(1,))
    process = start("run", "pair.yaml", "--cancel-on-interrupt", "-q", text=True)
    _out, err = interrupted(process, emulator, 2)
    first = emulator.ledger.jobs[0]
    assert f"job counts ({first.id}): could not be cancelled: " in err
    assert "1 job was cancelled on the service; 1 job goes on on the service, and will be charged" in err


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_who_cancels_from_a_supervised_command_has_the_time_for_it(emulator, tmp_path, start):
    (tmp_path / "here.yaml").write_text(BELL)
    emulator.faults.add_job(hold=True)
    emulator.faults.add("delay", seconds=1.5, method="POST", path="/jobs/*/cancel")
    process = start("run", "pair.yaml", "here.yaml", "--cancel-on-interrupt", text=True)
    _out, err = interrupted(process, emulator, 2)
    assert [job.status for job in emulator.ledger.jobs] == ["Cancelled", "Cancelled"]
    assert "2 jobs were cancelled on the service" in err
