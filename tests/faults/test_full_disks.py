"""A full, broken or read-only disk is said in plain words; what was done is kept, and the run can be resumed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from aftermath import EITHER, assert_as_if_nothing_happened, the_run

from qspec.records.find import list_runs

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
WORDS = {"ENOSPC": "the disk is full", "EIO": "the disk reported an error", "EROFS": "the disk is read-only"}


@EITHER
@pytest.mark.parametrize("fault", WORDS)
@pytest.mark.parametrize("lasting", [True, False], ids=["for good", "once"])
@pytest.mark.parametrize("step", [41, pytest.param(1, marks=pytest.mark.slow)], ids=["a sample", "all"])
def test_a_disk_that_fails_at_any_boundary_costs_nothing(
    laboratory, spec, whole, tmp_path, fault, lasting, step
):  # fmt: skip
    total = laboratory.run("run", spec, "--runs-dir", tmp_path / "count").boundaries
    codes = []
    for at in range(1, total + 1, step):
        runs_dir = tmp_path / str(at)
        ended = laboratory.run("run", spec, "--runs-dir", runs_dir, at=at, fault=fault, lasting=lasting)
        assert ended.code in (0, 7), ended.err
        assert "Traceback" not in ended.err
        codes.append(ended.code)
        found = list_runs(runs_dir)
        if ended.code == 7:
            assert WORDS[fault] in ended.err
            assert not found or "qspec resume" in ended.err or found[0].record.jobs[0].status == "INITIALIZING"
        again = ("resume", "latest") if found else ("run", spec)
        assert laboratory.run(*again, "--runs-dir", runs_dir).code == 0
        assert_as_if_nothing_happened(runs_dir, whole)
        shutil.rmtree(runs_dir)
    how = "for good" if lasting else "once"
    print(
        f"\n{fault} {how} at {len(codes)} of {total} boundaries: {codes.count(7)} x exit 7, all finished when resumed"
    )


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 256 KiB, and a command to mount it with other options."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(*options: str) -> int:
        command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "none", str(place)]
        return subprocess.run(command, capture_output=True, check=False).returncode

    if sys.platform != "linux" or shutil.which("mount") is None or mount("size=256k") != 0:
        pytest.skip("no disk can be mounted here")
    yield place, mount
    subprocess.run(["umount", str(place)], check=True)


LARGE = ("--set", "jobs.counts.shots=300000")


@EITHER
def test_a_real_disk_that_is_too_small_and_then_large_enough(laboratory, spec, small_disk):
    disk, mount = small_disk
    full = laboratory.run("run", spec, *LARGE, "--runs-dir", disk / "runs")
    assert (full.code, "the disk is full" in full.err) == (7, True)
    assert "qspec resume" in full.err
    mount("remount", "size=16m")
    ended = laboratory.run("resume", "latest", "--runs-dir", disk / "runs")
    assert ended.code == 0, ended.err
    assert the_run(disk / "runs").damage() == ()


@EITHER
def test_a_read_only_disk_is_found_before_anything_runs(laboratory, spec, small_disk):
    disk, mount = small_disk
    mount("remount", "ro", "size=256k")
    ended = laboratory.run("run", spec, "--runs-dir", disk / "runs")
    assert (ended.code, "the disk is read-only" in ended.err) == (7, True)
    assert "job" not in ended.err
    mount("remount", "rw", "size=256k")
