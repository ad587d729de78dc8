"""kill -9 in the middle of a sweep, of a worker, of everything, of a Dask worker: the result is that of an undisturbed run.

With `--slow` the sweeps have 1,000 points, and every process is killed several times.
"""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import suppress

import psutil
import pytest
from stopping import beginning  # noqa: F401  a fixture

import qspec
from qspec.records.record import read_record
from qspec.running.conduct import Conduct
from tests.workers.dask_at_hand import Hired

CIRCUIT = """\
OPENQASM 3.0;
include "stdgates.inc";
input float[64] alpha;
qubit[3] q;
bit[3] c;
rx(alpha) q[0];
cx q[0], q[1];
cx q[1], q[2];
c = measure q;
"""


@pytest.fixture(scope="module")
def points(request):
    return 1000 if request.config.getoption("--slow") else 200


@pytest.fixture(scope="module")
def spec(tmp_path_factory, points):
    """A sweep whose points take some ten milliseconds each, in a folder with a space in its name."""
    folder = tmp_path_factory.mktemp("swept here") / "a folder"
    (folder / ".git").mkdir(parents=True)
    pubs = [{"circuit": "turned", "parameter_values": {"alpha": 0.1}}]
    data = {
        "qspec": 1,
        "name": "swept",
        "seed": 5,
        "backend": {"kind": "fake", "name": "fake_manila"},
        "circuits": {"turned": {"kind": "qasm", "source": CIRCUIT}},
        "jobs": {"counts": {"program_id": "sampler", "shots": 1000, "pubs": pubs}},
        "sweep": {
            "axes": {
                "transpile.optimization_level": [0, 1],
                "jobs.counts.pubs.0.parameter_values.alpha": {"linspace": [0, 3, points // 2]},
            }
        },
    }
    (folder / "sweep.yaml").write_text(json.dumps(data))
    return folder / "sweep.yaml"


@pytest.fixture(scope="module")
def undisturbed(spec, tmp_path_factory):
    run = qspec.run(spec, tmp_path_factory.mktemp("undisturbed"), conduct=Conduct(workers=1))
    return run.record.content_hash


def run_folder(runs, process):
    """The folder of the run that a command has begun."""
    while process.poll() is None:
        found = [
            path for path in runs.glob("swept/*") if not path.name.startswith(".") and (path / "run.json").exists()
        ]
        if found:
            return found[0]
        time.sleep(0.02)
    raise AssertionError(process.stderr.read())


def saved(folder):
    """The bytes that the growing pack has: something once the first points are there."""
    return sum(path.stat().st_size for path in (folder / "points").glob(".*.open"))


def wait_for_points(folder, process, more_than=0):
    while saved(folder) <= more_than:
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)


def workers_of(process):
    """The processes that compute: those of the command's family that have begun no others."""
    return [child for child in psutil.Process(process.pid).children(recursive=True) if not child.children()]


def finished(runs, process):
    out, err = process.communicate(timeout=600)
    assert process.returncode == 0, err
    (folder,) = (path for path in runs.glob("swept/*") if not path.name.startswith("."))
    return qspec.open_run(folder), out


def test_a_killed_worker_costs_nothing(begin, spec, undisturbed, tmp_path, points):
    process = begin("run", spec, "--workers", 2, "--runs-dir", tmp_path)
    folder = run_folder(tmp_path, process)
    wait_for_points(folder, process)
    killed = 0
    while process.poll() is None and killed < (10 if points > 200 else 1):
        with suppress(psutil.NoSuchProcess):  # it had just ended by itself
            workers_of(process)[0].kill()
            killed += 1
        time.sleep(0.2)
    run, _ = finished(tmp_path, process)
    assert killed
    assert run.record.content_hash == undisturbed
    assert run.record.sweep.done == points
    print(f"\n{killed} workers killed, {points} points done")


@pytest.mark.parametrize("workers", [1, 2])
def test_when_everything_is_killed_resume_computes_what_is_missing(begin, spec, undisturbed, tmp_path, workers, points):
    process = begin("run", spec, "--workers", workers, "--runs-dir", tmp_path)
    folder = run_folder(tmp_path, process)
    wait_for_points(folder, process)
    family = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    _gone, alive = psutil.wait_procs(family, timeout=5)
    assert not alive, [each.cmdline() for each in alive]
    there = saved(folder)
    assert there > 0
    begun = json.loads((folder / "run.json").read_bytes())["outcome"]
    assert begun == "unfinished"
    resumed = begin("resume", folder, "--workers", workers, "--format", "json")
    _out, err = resumed.communicate(timeout=600)
    assert resumed.returncode == 0, err
    record = read_record(folder)
    assert record.content_hash == undisturbed
    computed = _computed(folder)
    assert points <= computed < 2 * points
    assert len(list((folder / "points").iterdir())) <= 4
    print(f"\nkilled with {there} bytes saved; {computed} points computed for {points}")


def _computed(folder):
    """How many points all packs together hold, those that were computed twice counted twice."""
    from qspec.records.batches import batches_of
    from qspec.records.packs import Pack

    packs = [Pack(folder / name) for name in read_record(folder).sweep.packs]
    return sum(batch.last - batch.first + 1 for pack in packs for batch in batches_of(pack))


def test_a_killed_dask_worker_costs_nothing_and_a_late_one_helps(begin, spec, undisturbed, tmp_path, points):
    hired = Hired(tmp_path)
    try:
        first = hired.worker("--no-nanny")
        process = begin("run", spec, "--scheduler", hired.address, "--runs-dir", tmp_path / "runs")
        folder = run_folder(tmp_path / "runs", process)
        wait_for_points(folder, process)
        hired.worker("--no-nanny")
        first.kill()
        run, _ = finished(tmp_path / "runs", process)
    finally:
        hired.end()
    assert run.record.content_hash == undisturbed
    assert run.record.sweep.done == points


def test_ctrl_c_leaves_a_run_that_goes_on(begin, spec, undisturbed, tmp_path):
    process = begin("run", spec, "--workers", 2, "--runs-dir", tmp_path)
    folder = run_folder(tmp_path, process)
    wait_for_points(folder, process)
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    print(f"\nanswered after {time.monotonic() - start:.2f} s")
    assert process.returncode == 130
    assert "to go on: qspec resume" in err
    record = read_record(folder)
    assert record.outcome == "interrupted"
    assert record.sweep.done > 0
    run = qspec.resume(folder, conduct=Conduct(workers=1))
    assert run.record.content_hash == undisturbed
    assert not run.damage()
