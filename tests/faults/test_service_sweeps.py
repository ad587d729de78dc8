"""`kill -9` and signals anywhere in a sweep on the service, then `qspec resume`: every job once, and every point."""

from __future__ import annotations

import json
import os
import shutil
import signal
from dataclasses import asdict, dataclass

import pytest
from harness import Laboratory
from paid import PaidRuns
from test_service_killed import FAULTS, SAMPLE

from qspec.records.batches import batches_of
from qspec.records.packs import Pack
from tests.emulator import Emulator
from tests.service.canaries import KEY
from tests.service.swept import bound, most_likely

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
POINTS = 5


@dataclass
class PaidSweeps(PaidRuns):
    """A sweep of five points, of which two go into one job of the service."""

    def check(self, run):
        assert run.record.outcome == "done"
        (job,) = run.record.jobs
        assert sorted(each.job_id for each in job.submissions) == sorted(job.id for job in self.jobs)
        assert len(self.jobs) == 3
        assert most_likely(run) == ["00", "10", "00", "10", "00"]
        assert (run.record.sweep.done, run.record.sweep.failed) == (POINTS, 0)
        assert not run.damage()


@pytest.fixture(scope="module")
def swept_account(tmp_path_factory):
    spec = tmp_path_factory.mktemp("paid") / "swept.yaml"
    spec.write_text(json.dumps(bound(*range(POINTS), execution={"mode": "batch"}, sinks=[{"kind": "csv"}])), "utf-8")
    with Emulator(devices=["manila"], api_key=KEY) as emulator, pytest.MonkeyPatch.context() as patch:
        emulator.devices["ibm_manila"].fake.configuration["max_experiments"] = 2
        for name, value in {**emulator.environment, "QSPEC_SETTLE_SECONDS": "0.5"}.items():
            patch.setenv(name, value)
        laboratory = Laboratory(["run", str(spec)])
        patch.undo()
        yield PaidSweeps(emulator=emulator, laboratory=laboratory, spec=spec)
        laboratory.close()


@pytest.fixture
def paid(swept_account):
    swept_account.begin()
    yield swept_account
    swept_account.emulator.faults.clear()


@SAMPLE
def test_a_sweep_killed_at_any_boundary_is_brought_to_its_end(paid, tmp_path, step):
    total = paid.command("run", paid.spec, runs_dir=tmp_path / "count").boundaries
    killed = 0
    for at in range(1, total + 40, step):
        runs_dir = tmp_path / str(at)
        paid.begin()
        killed += paid.command("run", paid.spec, runs_dir=runs_dir, at=at).code == -9
        paid.check(paid.finish(runs_dir))
        shutil.rmtree(runs_dir)
    print(f"\nkilled at {killed} of {total} boundaries of a sweep on the service: all finished, every job once")
    assert killed > 3


@SAMPLE
def test_a_resumed_sweep_killed_at_any_boundary_is_brought_to_its_end(paid, tmp_path, step):
    killed, at, code = 0, 1, -9
    while code == -9:
        runs_dir = tmp_path / str(at)
        paid.begin()
        assert paid.command("submit", paid.spec, runs_dir=runs_dir).code == 5
        code = paid.command("resume", "latest", runs_dir=runs_dir, at=at).code
        killed, at = killed + (code == -9), at + step
        run = paid.finish(runs_dir)
        paid.check(run)
        assert kept(run) == POINTS, "what is in the packs is not put there again"
        shutil.rmtree(runs_dir)
    print(f"\nkilled at {killed} boundaries of a resumed sweep on the service: all finished, every job once")
    assert killed > 1


def kept(run):
    """How many points all packs together hold, those that are there twice counted twice."""
    packs = [Pack(run.folder / name) for name in run.record.sweep.packs]
    return sum(batch.last - batch.first + 1 for pack in packs for batch in batches_of(pack))


@pytest.mark.parametrize("lasting", [True, False], ids=["for good", "once"])
@pytest.mark.parametrize("cases", [3, pytest.param(1000, marks=pytest.mark.slow)], ids=["a sample", "all"])
def test_a_disk_that_fails_loses_no_job_of_a_sweep(paid, tmp_path, lasting, cases, rng):
    total = paid.command("run", paid.spec, runs_dir=tmp_path / "count", disk=True).boundaries
    rng.seed(f"{rng.random()} {lasting}")
    codes = []
    for at in sorted(rng.sample(range(1, total + 1), min(cases, total))):
        runs_dir = tmp_path / str(at)
        paid.begin()
        ended = paid.command("run", paid.spec, runs_dir=runs_dir, at=at, fault="ENOSPC", lasting=lasting, disk=True)
        assert ended.code in (0, 7), ended.err
        assert ended.code == 0 or "the disk is full" in ended.err
        codes.append(ended.code)
        paid.check(paid.finish(runs_dir))
        shutil.rmtree(runs_dir)
    print(f"\na full disk at {len(codes)} of {total} boundaries of a sweep on the service: {codes.count(7)} x exit 7")


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_submission_that_goes_wrong_in_a_sweep_is_settled(paid, tmp_path, fault):
    """It is that of the second of three jobs."""
    paid.emulator.faults.add(**{**asdict(fault), "nth": (2,)})
    paid.command("run", paid.spec, runs_dir=tmp_path)
    paid.check(paid.finish(tmp_path))


def test_ctrl_c_leaves_a_sweep_that_goes_on(paid, begin, tmp_path):
    paid.emulator.faults.add_job(nth=(len(paid.emulator.ledger.jobs) + 2,), hold=True)
    settings = {**paid.emulator.environment, "QSPEC_SETTLE_SECONDS": "0.5"}
    process = begin("run", paid.spec, "--runs-dir", tmp_path, env=settings)
    paid.emulator.wait_for(lambda: len(paid.jobs) == 3 and paid.jobs[2].ended)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "qspec resume" in err
    paid.emulator.release(paid.jobs[1])
    paid.check(paid.finish(tmp_path))
