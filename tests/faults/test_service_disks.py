"""A disk that fails under a run on the service: found before anything is paid for, and survived afterwards."""

from __future__ import annotations

import os
import shutil

import pytest
from paid import EITHER

from qspec.records.find import list_runs

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
WORDS = {"ENOSPC": "the disk is full", "EIO": "the disk reported an error", "EROFS": "the disk is read-only"}


def known(found) -> set[str]:
    """The IDs of jobs that the record of a run has, where there is a run."""
    records = [run.record for run in found if run.record is not None]
    return {str(each.job_id) for record in records for job in record.jobs for each in job.submissions}


@EITHER
@pytest.mark.parametrize("fault", WORDS)
@pytest.mark.parametrize("lasting", [True, False], ids=["for good", "once"])
@pytest.mark.parametrize("cases", [2, pytest.param(1000, marks=pytest.mark.slow)], ids=["a sample", "all"])
def test_a_disk_that_fails_at_any_boundary_loses_no_job(paid, tmp_path, fault, lasting, cases, rng):  # fmt: skip
    total = paid.command("run", paid.spec, runs_dir=tmp_path / "count", disk=True).boundaries
    rng.seed(f"{rng.random()} {fault} {lasting}")  # each of the six looks elsewhere
    codes, after = [], 0
    for at in sorted(rng.sample(range(1, total + 1), min(cases, total))):
        runs_dir = tmp_path / str(at)
        paid.begin()
        ended = paid.command("run", paid.spec, runs_dir=runs_dir, at=at, fault=fault, lasting=lasting, disk=True)
        assert ended.code in (0, 7), ended.err
        codes.append(ended.code)
        found = list_runs(runs_dir)
        if ended.code == 7:
            assert WORDS[fault] in ended.err
            assert all(job.id in ended.err or job.id in known(found) for job in paid.jobs)
            after += bool(paid.jobs)
        assert not paid.jobs or found, "nothing is submitted before the run is on disk"
        paid.check(paid.finish(runs_dir))
        shutil.rmtree(runs_dir)
    how = "for good" if lasting else "once"
    print(
        f"\n{fault} {how} at {len(codes)} of {total} boundaries of a run on the service: {codes.count(7)} x exit 7,"
        f" {after} of them with jobs submitted; all finished when resumed, every job once"
    )
