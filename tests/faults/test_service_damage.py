"""Damaged files of a run on the service: named, without a traceback, and never a reason to send a job again."""

from __future__ import annotations

import os
import shutil

import pytest
from aftermath import damages, names_in, put

from qspec.records.find import list_runs
from qspec.records.names import LOCK

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@pytest.mark.parametrize("cases", [0, pytest.param(4, marks=pytest.mark.slow)], ids=["a sample", "many"])
@pytest.mark.parametrize("how", ["submitted", "done"])
def test_every_file_of_a_run_on_the_service_may_be_damaged(paid, tmp_path, rng, cases, how):
    command, expected = {"submitted": ("submit", 5), "done": ("run", 0)}[how]
    assert paid.command(command, paid.spec, runs_dir=tmp_path / "base").code == expected
    paid.emulator.wait_for()
    (base,) = list_runs(tmp_path / "base")
    accepted, ends = len(paid.jobs), {0: 0, 1: 0, 2: 0, 5: 0}
    for name in sorted(names_in(base.folder) - {LOCK}):
        for damaged in damages((base.folder / name).read_bytes(), cases, rng):
            folder = tmp_path / "runs" / "pair" / base.folder.name
            shutil.copytree(base.folder, folder)
            put(folder / name, damaged)
            resumed = paid.command("resume", folder, runs_dir=tmp_path / "runs")
            shown = paid.command("show", folder, runs_dir=tmp_path / "runs")
            ends[resumed.code] += 1
            if resumed.code == 2:
                assert name.rpartition("/")[2] in resumed.err
            assert shown.code in (0, 1, 2)
            assert len(paid.jobs) == accepted, f"{name} is damaged, and a job was sent again"
            shutil.rmtree(tmp_path / "runs")
    print(f"\n{sum(ends.values())} damages of a run that is {how}: exit codes {ends}; no job was sent again")
