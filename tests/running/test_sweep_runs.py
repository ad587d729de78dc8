"""A sweep gives at each point what the same spec gives alone, whoever computes it and however often it is interrupted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import qspec
from qspec.errors import UsageError
from qspec.records.record import read_record
from qspec.records.status import read_events
from qspec.running import contents, pointwork
from qspec.running.conduct import Conduct
from qspec.running.progress import Silent
from tests.running.sweeps import ALPHA, COUNTS, ENERGY, point_spec, sweep_spec

ALONE, TWO = Conduct(workers=1), Conduct(workers=2)
SWEEPS = {
    "values": sweep_spec({ALPHA: [0, "pi/2", 1.5], "jobs.counts.pubs.1.parameter_values.beta": [0.5, 1]}),
    "shots and seeds": sweep_spec({"jobs.counts.shots": [10, 20], "seed": [1, 2], ALPHA: [0.5, 1]}),
    "zip": sweep_spec({"jobs.counts.shots": [10, 20, 30], "seed": [1, 2, 3]}, "zip"),
    "devices": sweep_spec(
        {"backend.name": ["fake_manila", "fake_quito"], ALPHA: [0.1, 2]},
        backend={"kind": "fake", "name": "fake_manila"},
    ),
    "estimates": sweep_spec(
        {"jobs.energy.precision": [0.1, 0.2], "transpile.optimization_level": [0, 2]}, jobs={"energy": ENERGY}
    ),
    "exact estimates": sweep_spec(
        {"jobs.energy.precision": [0.1, 0.2], "seed": [4, 5]},
        jobs={"energy": ENERGY, "counts": COUNTS},
        backend={"kind": "aer", "expectation": "exact"},
    ),
    "twirled": sweep_spec(
        {"jobs.counts.pubs.0.parameter_values.beta": [0.1, 0.2]},
        jobs={"counts": {**COUNTS, "options": {"twirling": {"enable_gates": True}}}},
    ),
    "circuits": sweep_spec(
        {"circuits.ansatz.args.entanglement": ["linear", "full"]},
        jobs={"energy": ENERGY},
        backend={"kind": "fake", "name": "fake_manila"},
    ),
}


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Writes a spec and gives its path, in a repository that is the current folder."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)

    def written(data, name="spec.yaml"):
        (tmp_path / name).write_text(json.dumps(data))
        return name

    return written


@pytest.mark.parametrize("spec", SWEEPS.values(), ids=list(SWEEPS))
def test_each_point_has_the_result_that_its_spec_has_alone(written, spec):
    run = qspec.run(written(spec), conduct=ALONE)
    assert run.record.outcome == "done"
    assert run.record.sweep.done == run.record.sweep.points == len(run.points)
    for number in range(len(run.points)):
        point = run.point(number)
        alone = qspec.run(written(point_spec(spec, point.values), "alone.yaml"))
        assert point.record.seed == alone.record.seed
        for job in alone.record.jobs:
            there = point.job(job.id)
            assert [pub.result_hash for pub in there.pubs] == [pub.result_hash for pub in job.pubs]
            assert [pub.isa for pub in there.pubs] == [pub.isa for pub in job.pubs]
            assert (there.shots, there.precision, there.status) == (job.shots, job.precision, "DONE")
            assert (there.seed, there.implementation, there.notes) == (job.seed, job.implementation, job.notes)
            assert [pub.seeds for pub in there.pubs] == [pub.seeds for pub in job.pubs]
            assert there.options == job.options
            for one, other in zip(point.result(job.id), alone.result(job.id), strict=True):
                assert one.data.keys() == other.data.keys()
                assert one.metadata.keys() == other.metadata.keys()
            for pub in range(len(job.pubs)):
                values, known = point.parameter_values(job.id, pub), alone.parameter_values(job.id, pub)
                assert values.keys() == known.keys()
                assert all(np.array_equal(values[name], known[name]) for name in known)


@pytest.mark.parametrize("name", ["values", "devices", "exact estimates"])
def test_the_number_of_workers_changes_no_bit(written, name):
    spec = written(SWEEPS[name])
    hashes = {qspec.run(spec, conduct=how).record.content_hash for how in (ALONE, TWO, Conduct(workers=3), Conduct())}
    assert len(hashes) == 1


def test_whoever_packs_the_points_changes_no_bit(written, monkeypatch):
    spec = written(SWEEPS["values"])
    together = qspec.run(spec, conduct=ALONE)
    monkeypatch.setattr(pointwork, "_SECONDS", 0.0)
    one_by_one = qspec.run(spec, conduct=ALONE)
    assert one_by_one.record.content_hash == together.record.content_hash
    (pack,) = one_by_one.record.sweep.packs
    with np.load(one_by_one.folder / pack) as archive:
        assert sum(name.endswith("json") for name in archive.files) == 6


def test_another_seed_or_value_is_another_content(written):
    hashes = {
        qspec.run(written(sweep_spec(axes, **base)), conduct=ALONE).record.content_hash
        for axes, base in (
            ({ALPHA: [0, 1]}, {}),
            ({ALPHA: [0, 1]}, {"seed": 4}),
            ({ALPHA: [0, 2]}, {}),
            ({ALPHA: [1, 0]}, {}),
        )
    }
    assert len(hashes) == 4


class Interrupting(Silent):
    """Interrupts a run as soon as so many points are on disk."""

    def __init__(self, after):
        self.after = after

    def points_done(self, done, failed, points):
        if done >= self.after:
            raise KeyboardInterrupt


@pytest.mark.parametrize("how", [ALONE, TWO], ids=["alone", "two"])
def test_an_interrupted_sweep_goes_on_with_the_points_that_are_missing(written, monkeypatch, how):
    monkeypatch.setattr(pointwork, "_SECONDS", 0.0)
    spec = written(sweep_spec({ALPHA: {"linspace": [0, 3, 12]}, "transpile.optimization_level": [0, 1]}))
    undisturbed = qspec.run(spec, conduct=ALONE).record.content_hash
    with pytest.raises(KeyboardInterrupt):
        qspec.run(spec, "cut", progress=Interrupting(7), conduct=how)
    (folder,) = Path("cut/swept").iterdir()
    record = read_record(folder)
    assert record.outcome == "interrupted"
    assert record.sweep.done >= 7
    computed = []
    compute = pointwork.VariantWork.computed
    monkeypatch.setattr(
        pointwork.VariantWork,
        "computed",
        lambda self, first, rows, s: computed.extend(rows) or compute(self, first, rows, s),
    )
    resumed = qspec.resume(folder, conduct=ALONE)
    assert len(computed) == 24 - record.sweep.done
    assert resumed.record.outcome == "done"
    assert resumed.record.content_hash == undisturbed
    assert not resumed.damage()


def test_a_damaged_pack_is_computed_again(written):
    spec = written(SWEEPS["values"])
    run = qspec.run(spec, "one", conduct=ALONE)
    whole = run.record.content_hash
    with pytest.raises(KeyboardInterrupt):
        qspec.run(spec, "cut", progress=Interrupting(1), conduct=ALONE)
    (folder,) = Path("cut/swept").iterdir()
    for pack in (folder / "points").glob("0*.npz"):
        pack.write_bytes(pack.read_bytes()[:-20])
    assert qspec.resume(folder, conduct=ALONE).record.content_hash == whole


def test_a_point_that_fails_leaves_the_others_alone_and_is_tried_again(written, monkeypatch):
    """Aer has no memory for a state vector of so many qubits."""
    args = {"num_qubits": 2, "depth": 1, "seed": 1}
    spec = sweep_spec(
        {"seed": [1, 2], "circuits.volume.args.num_qubits": [2, 45]},
        circuits={"volume": {"kind": "library", "name": "quantum_volume", "args": args, "measure": "all"}},
        jobs={"counts": {"program_id": "sampler", "shots": 10, "pubs": [{"circuit": "volume"}]}},
        backend={"kind": "aer", "method": "statevector"},
    )
    run = qspec.run(written(spec), conduct=ALONE)
    assert run.record.outcome == "failed"
    assert (run.record.sweep.done, run.record.sweep.failed) == (2, 2)
    assert [point.job("counts").status for point in map(run.point, range(4))] == ["DONE", "ERROR", "DONE", "ERROR"]
    assert "too wide" in run.point(1).job("counts").error
    assert run.record.job("counts").error.startswith("2 of 4 points failed; the first: point 1: job 'counts': ")
    failed = [event for event in read_events(run.folder).events if event.event == "point-failed"]
    assert [event.detail["point"] for event in failed] == [1, 3]
    tried = []
    compute = pointwork.VariantWork.computed
    monkeypatch.setattr(
        pointwork.VariantWork,
        "computed",
        lambda self, first, rows, s: tried.extend(rows) or compute(self, first, rows, s),
    )
    again = qspec.resume(run.folder, conduct=ALONE)
    assert len(tried) == 2
    assert again.record.content_hash == run.record.content_hash
    assert (again.record.sweep.done, again.record.sweep.failed) == (2, 2)


def test_points_are_found_by_number_and_id(written):
    run = qspec.run(written(SWEEPS["values"]), conduct=ALONE)
    point = run.point(4)
    assert run.point("4").id == run.point(point.id[:6]).id == point.id
    assert point.values == {ALPHA: 1.5, "jobs.counts.pubs.1.parameter_values.beta": 0.5}
    for wrong in ("nothing", ""):
        with pytest.raises(UsageError, match=r"no point|points have"):
            run.point(wrong)
    with pytest.raises(UsageError, match="counted from 0"):
        run.point("6")


def test_a_run_without_a_sweep_has_no_points(written):
    run = qspec.run(written({key: value for key, value in SWEEPS["values"].items() if key != "sweep"}))
    assert run.points is None
    with pytest.raises(UsageError, match="has no points"):
        run.point(0)


def test_the_log_tells_how_many_points_are_saved(written):
    run = qspec.run(written(SWEEPS["values"]), conduct=ALONE)
    events = read_events(run.folder).events
    (saved,) = [event for event in events if event.event == "points-saved"]
    assert saved.detail == {"file": "points/00000.npz", "done": 6}
    planned = next(event for event in events if event.event == "planned")
    assert planned.detail["points"] == 6


def test_an_expectation_is_held_against_every_point(written):
    expect = [{"kind": "probabilities", "job": "counts", "values": {"00": 1.0}, "tolerance": 0.5}]
    run = qspec.run(written(sweep_spec({ALPHA: [0, 0.1, 3.1]}, expect=expect)), conduct=ALONE)
    (verdict,) = run.record.verdicts
    assert not verdict.verdict.passed
    assert verdict.verdict.message.startswith("failed at 1 of 3 points; at point 2: P(00) is ")
    assert verdict.verdict.details["point"] == 2
    assert run.record.outcome == "expectation-failed"


def test_an_expectation_may_differ_from_point_to_point(written):
    expect = [{"kind": "probabilities", "job": "counts", "values": {"00": 1.0}, "tolerance": 0.2}]
    axes = {ALPHA: [0, "pi"], "expect.0.values": [{"00": 1.0}, {"11": 1.0}]}
    values = {"alpha": 0, "beta": 0}
    job = {**COUNTS, "pubs": [{"circuit": "rotated", "parameter_values": values}]}
    run = qspec.run(written(sweep_spec(axes, "zip", expect=expect, jobs={"counts": job})), conduct=ALONE)
    assert run.record.outcome == "done"
    assert run.record.verdicts[0].verdict.message.startswith("held at all 2 points")


def test_what_is_recorded_of_a_variant_does_not_grow_with_their_number(written, monkeypatch):
    counted = [placements_read(written, monkeypatch, layouts) for layouts in (3, 6, 12)]
    assert counted[1] - counted[0] == 3 * (counted[2] - counted[1]) / 6


def placements_read(written, monkeypatch, layouts):
    """How often the layout of a circuit is looked at while a run begins whose variants have so many layouts."""
    looks = []
    read = contents.layout_of
    spec = sweep_spec(
        {"transpile.initial_layout": [[qubit, qubit + 1] for qubit in range(layouts)]},
        backend={"kind": "fake", "name": "fake_torino"},
    )
    with monkeypatch.context() as patch:
        patch.setattr(contents, "layout_of", lambda circuit, width: looks.append(circuit) or read(circuit, width))
        qspec.run(written(spec), conduct=ALONE)
    return len(looks)
