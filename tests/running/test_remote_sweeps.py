"""A sweep on the service: points share jobs where they can, and each gives what its spec gives alone."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin

import numpy as np
import pytest

import qspec
from qspec.errors import UnfinishedError
from qspec.planning.fingerprint import fingerprint
from qspec.records.status import read_events
from qspec.running.asking import standings_of
from qspec.running.cancelling import cancel_run
from tests.emulator.accounts import Instance
from tests.running.sweeps import ALPHA, COUNTS, point_spec, sweep_spec
from tests.service.emulated import rehearsals  # noqa: F401  a fixture
from tests.service.swept import ANGLE, BASE, DEVICE, angles, bound, most_likely, sweeps  # noqa: F401  a fixture
from tests.service.whole_noise import received

SPECS = {
    "values": sweep_spec({ALPHA: [0.1, 0.2, 1.5]}, backend=DEVICE),
    "circuits": sweep_spec({"transpile.optimization_level": [0, 2], ALPHA: [0.3, 0.4]}, backend=DEVICE),
    "shots beside values": sweep_spec(
        {ALPHA: [0.1, 0.2, 0.3], "jobs.counts.shots": [20, 30, 20]}, "zip", backend=DEVICE
    ),
    "options": sweep_spec(
        {"jobs.counts.options": [{}, {"dynamical_decoupling": {"enable": True}}], ALPHA: [0.1, 0.2]}, backend=DEVICE
    ),
    "pubs": sweep_spec({"jobs.counts.pubs": [COUNTS["pubs"][:1], COUNTS["pubs"]]}, backend=DEVICE),
}


@dataclass
class Asked:
    """What a job of sampler PUBs asks the service to run, taken from it point by point."""

    items: list
    at: int = 0
    place: int = 0

    def take(self, alone):
        """As many items as a point has alone, cut at their first axis where points are folded."""
        block = self.items[self.at : self.at + len(alone)]
        if [item.shape for item in block] == [item.shape for item in alone]:
            self.at += len(alone)
            return [(fingerprint(item.circuit), item.circuit_arguments.tolist()) for item in block]
        taken = [(fingerprint(item.circuit), item.circuit_arguments[self.place].tolist()) for item in block]
        self.place += 1
        if self.place == block[0].shape[0]:
            self.at, self.place = self.at + len(alone), 0
        return taken

    @property
    def is_through(self):
        return (self.at, self.place) == (len(self.items), 0)


def shots(job):
    return job.body["params"]["quantum_program"]["shots"]


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_each_point_is_sent_and_kept_as_its_spec_is_alone(swept, spec):
    there = swept(spec)
    run = there.begin()
    assert (run.record.outcome, run.damage()) == ("done", ())
    assert sorted(there.ids) == sorted(job.id for job in there.sent)
    together = {job.id: Asked(received(job)) for job in there.sent}
    taken = {job.id: shots(job) for job in there.sent}
    for point in run.points:
        alone = qspec.run(there.write(point_spec(spec, point.values)), there.rehearsed.folder / "alone")
        job, items = point.record.job("counts"), received(there.sent[-1])
        (submission,) = job.submissions
        assert taken[submission.job_id] == shots(there.sent[-1])
        assert together[submission.job_id].take(items) == Asked(items).take(items)
        assert [pub.isa for pub in job.pubs] == [pub.isa for pub in alone.record.job("counts").pubs]
        assert forms(point.result("counts")) == forms(alone.result("counts"))
    assert all(each.is_through for each in together.values()), "nothing was sent beside the points"


def forms(result):
    return [
        {name: np.asarray(getattr(value, "array", value)).shape for name, value in pub.data.items()} for pub in result
    ]


def test_results_are_those_of_their_points(swept):
    there = swept(bound(0, 1, 3, 2, 5)).limit(max_experiments=2)
    run = there.begin()
    assert len(there.sent) == 3
    assert most_likely(run) == ["00", "10", "10", "00", "10"]
    assert [sum(point.counts("counts").values()) for point in run.points] == [100] * 5


ENERGY = {
    "program_id": "estimator",
    "precision": 0.03,
    "pubs": [
        {
            "circuit": "turned",
            "parameter_values": {"a": 0.0, "b": [0.0, 0.5, 1.0]},
            "observables": [[{"Z": 1.0}], [{"X": 1.0}]],
        },
        {"circuit": "turned", "parameter_values": {"a": 0.2, "b": 0.3}, "observables": {"Z": 1.0}},
    ],
}
ROTATED = """\
OPENQASM 3.0;
include "stdgates.inc";
input float[64] a;
input float[64] b;
qubit[1] q;
ry(a) q[0];
ry(b) q[0];
"""


def estimated(values, level):
    return {
        **BASE,
        "circuits": {"turned": {"kind": "qasm", "source": ROTATED}},
        "jobs": {"energy": {**ENERGY, "options": {"resilience_level": level}}},
        "sweep": {"axes": {"jobs.energy.pubs.0.parameter_values.a": values}},
    }


@pytest.mark.parametrize("level", [0, 1, 2])
def test_estimates_have_the_arrays_that_they_have_alone(swept, level):
    spec = estimated([0.1, 0.7], level)
    there = swept(spec)
    point = there.begin().point(1)
    alone = qspec.run(there.write(point_spec(spec, point.values)), there.rehearsed.folder / "alone")
    for one, other in zip(point.pubs("energy"), alone.pubs("energy"), strict=True):
        shapes = [{name: (array.shape, array.dtype) for name, array in pub.arrays.items()} for pub in (one, other)]
        assert shapes[0] == shapes[1]
        assert "evs" in shapes[0]
    assert len(point.result("energy")) == 2


@pytest.mark.parametrize("level", [0, 1])
def test_expectation_values_are_those_of_their_points(swept, level):
    """Observables with an axis of their own go with the points' axis, whatever the PUB's shape."""
    values = [0.1, 0.7, 1.3, 2.4]
    there = swept(estimated(values, level))
    run = there.begin()
    assert len(there.sent) == 1
    for value, point in zip(values, run.points, strict=True):
        first, second = point.pubs("energy")
        sums = [value + each for each in (0.0, 0.5, 1.0)]
        ideal = np.array([[cos(each) for each in sums], [sin(each) for each in sums]])
        assert first.arrays["evs"].shape == first.arrays["stds"].shape == (2, 3)
        assert np.abs(first.arrays["evs"] - ideal).max() < 0.2
        assert float(second.arrays["evs"]) == pytest.approx(cos(0.5), abs=0.2)


def test_points_of_equal_options_share_a_job_wherever_they_stand(swept):
    spec = {**BASE, "sweep": {"axes": {ANGLE: [0, pi], "jobs.counts.shots": [50, 60]}}}
    there = swept(spec)
    run = there.begin()
    assert [(shots(job), [item.shape for item in received(job)]) for job in there.sent] == [(50, [(2,)]), (60, [(2,)])]
    assert most_likely(run) == ["00", "00", "10", "10"]
    assert [sum(run.point(number).counts("counts").values()) for number in range(4)] == [50, 60, 50, 60]
    with np.load(run.folder / "points" / "order.npz") as orders:
        assert orders["counts"].tolist() == [0, 2, 1, 3]


@pytest.mark.parametrize("mode", ["job", "batch", "session"])
def test_every_mode_sends_the_same_jobs(swept, mode):
    there = swept(bound(0, 1, 2, execution={"mode": mode})).limit(max_experiments=2)
    run = there.begin()
    assert (run.record.outcome, len(there.sent)) == ("done", 2)
    sessions = {job.session_id for job in there.sent}
    assert (sessions == {None}) == (mode == "job")
    assert len(sessions) == 1
    assert run.record.execution.closed == (mode != "job")


def test_a_batch_cuts_a_point_that_is_too_large_by_itself(swept):
    pubs = [{"circuit": "turned", "parameter_values": {"a": value}} for value in (0, "pi", 0)]
    spec = angles(0, 1, execution={"mode": "batch"}, jobs={"counts": {**BASE["jobs"]["counts"], "pubs": pubs}})
    there = swept(spec).limit(max_experiments=2)
    run = there.begin()
    assert [len(received(job)) for job in there.sent] == [2, 1, 2, 1]
    counts = [[point.counts("counts", pub) for pub in range(3)] for point in run.points]
    found = [[max(each, key=each.get) for each in point] for point in counts]
    assert found == [["00", "10", "00"], ["10", "10", "00"]]
    assert [len(point.record.job("counts").submissions) for point in run.points] == [2, 2]


def test_points_for_several_devices_go_each_to_its_own(swept):
    spec = {**BASE, "sweep": {"axes": {"backend.name": ["ibm_manila", "ibm_quito"], ANGLE: [0, pi]}}}
    there = swept(spec, devices=("manila", "quito"))
    run = there.begin()
    assert [job.backend for job in there.sent] == ["ibm_manila", "ibm_quito"]
    assert most_likely(run) == ["00", "10", "00", "10"]
    assert [point.record.backend.name for point in run.points] == ["ibm_manila"] * 2 + ["ibm_quito"] * 2
    assert {entry.path: entry.status for entry in there.emulator.ledger.requests}["/iam/identity/token"] == 200


def test_a_job_that_fails_in_the_middle_leaves_the_other_points_alone(swept):
    there = swept(bound(0, 1, 2, 3, 4)).limit(max_experiments=2)
    there.emulator.faults.add_job(nth=(2,), fail_code=9999)
    run = there.begin()
    assert run.record.outcome == "failed"
    assert most_likely(run) == ["00", "10", None, None, "00"]
    assert (run.record.sweep.done, run.record.sweep.failed) == (3, 2)
    job = run.record.job("counts")
    assert job.status == "ERROR"
    assert job.error.startswith("2 of 5 points failed; the first: point 2: Error code 9999")
    assert run.point(2).record.job("counts").error.startswith("Error code 9999")
    assert there.resume().record.outcome == "failed"
    assert len(there.sent) == 3, "what failed is sent again only when it is asked for"
    mended = there.resume(retry_failed=True)
    assert (mended.record.outcome, len(there.sent)) == ("done", 4)
    assert (mended.record.sweep.done, mended.record.sweep.failed) == (5, 0)
    assert most_likely(mended) == ["00", "10", "00", "10", "00"]
    assert len(received(there.sent[-1])) == 2
    assert mended.damage() == ()


def test_a_result_that_cannot_be_decoded_is_a_failure_of_its_points(swept):
    there = swept(bound(0, 1, 2)).limit(max_experiments=2)
    there.emulator.faults.add_job(nth=(1,), result="garbage")
    run = there.begin()
    assert most_likely(run) == [None, None, "00"]
    assert run.record.job("counts").status == "ERROR"


def test_what_has_ended_is_there_while_the_rest_is_waited_for(swept):
    there = swept(bound(0, 1, 2, 3)).limit(max_experiments=2)
    there.emulator.faults.add_job(nth=(2,), hold=True)
    assert there.begin(wait=False).record.outcome == "unfinished"
    assert standings_of(there.folder, there.run.record, offline=False)[1].status == "QUEUED"
    there.rehearsed.time.sleep(60)
    for _ in range(2):
        with pytest.raises(UnfinishedError):
            there.resume(look_once=True)
        assert most_likely(there.run) == ["00", "10", None, None]
        assert there.run.record.sweep.done == 2
    assert len(list((there.folder / "points").glob("0*.npz"))) == 1, "what is kept is not kept again"
    there.emulator.release(there.sent[1])
    run = there.resume()
    assert (run.record.outcome, len(there.sent)) == ("done", 2)
    assert most_likely(run) == ["00", "10", "00", "10"]
    assert [job.reads for job in there.sent] == [1, 1]


def test_a_point_waits_for_all_of_its_jobs(swept):
    jobs = {"counts": BASE["jobs"]["counts"], "again": BASE["jobs"]["counts"]}
    there = swept(angles(0, 1, jobs=jobs))
    there.emulator.faults.add_job(nth=(2,), hold=True)
    there.begin(wait=False)
    there.rehearsed.time.sleep(60)
    with pytest.raises(UnfinishedError):
        there.resume(look_once=True)
    assert there.run.record.sweep.done == 0
    there.emulator.release(there.sent[1])
    run = there.resume()
    assert run.record.outcome == "done"
    assert most_likely(run) == ["00", "10"]
    assert [len(point.result("again")) for point in run.points] == [1, 1]


def test_what_is_cancelled_is_said_of_its_points_and_can_be_had_later(swept):
    there = swept(bound(0, 1, 2, 3)).limit(max_experiments=2)
    there.emulator.faults.add_job(nth=(2,), hold=True)
    there.begin(wait=False)
    there.rehearsed.time.sleep(60)
    done = cancel_run(there.folder)
    assert {each.job_id for each in done.asked if not each.refused} == {there.sent[1].id}
    run = there.resume()
    assert run.record.outcome == "failed"
    assert run.record.job("counts").status == "CANCELLED"
    assert most_likely(run) == ["00", "10", None, None]
    assert run.point(3).record.job("counts").error == "cancelled with qspec cancel"
    there.emulator.faults.clear()
    run = there.resume(retry_failed=True)
    assert most_likely(run) == ["00", "10", "00", "10"]
    assert (run.record.sweep.done, run.record.sweep.failed, len(there.sent)) == (4, 0, 3)


def test_a_pack_that_was_damaged_is_made_again_of_what_came_from_the_service(swept):
    there = swept(bound(0, 1, 2)).limit(max_experiments=2)
    there.emulator.faults.add_job(nth=(2,), hold=True)
    there.begin(wait=False)
    there.rehearsed.time.sleep(60)
    with pytest.raises(UnfinishedError):
        there.resume(look_once=True)
    (pack,) = (there.folder / "points").glob("0*.npz")
    pack.write_bytes(b"damaged" + pack.read_bytes()[7:])
    there.emulator.release(there.sent[1])
    run = there.resume()
    assert most_likely(run) == ["00", "10", "00"]
    assert [job.reads for job in there.sent] == [1, 1]
    assert run.damage() == ()


def test_a_sweep_remembers_the_instance_that_pays(swept, monkeypatch):
    there = swept(angles(0, 1), instances=[Instance(name="ours"), Instance(name="theirs")])
    there.emulator.faults.add_job(nth=(1,), hold=True)
    there.begin(wait=False)
    ours, theirs = (instance.crn for instance in there.emulator.accounts.instances)
    monkeypatch.setenv("QISKIT_IBM_INSTANCE", theirs)
    assert standings_of(there.folder, there.run.record, offline=False)[0].status == "QUEUED"
    there.emulator.release(there.sent[0])
    run = there.resume()
    assert run.record.outcome == "done"
    assert {job.instance for job in there.sent} == {ours}
    assert run.record.execution.instance == ours


def test_the_log_tells_of_every_job_and_of_the_points_that_are_saved(swept):
    there = swept(bound(0, 1, 2)).limit(max_experiments=2)
    run = there.begin()
    events = [event.event for event in read_events(run.folder).events]
    assert [events.count(word) for word in ("submitting", "submitted", "result-received")] == [2, 2, 2]
    assert events.index("points-saved") < events.index("run-finished")
    assert run.record.execution.usage == sum(job.charged_seconds for job in there.sent)
    assert run.record.execution.usage_estimate == pytest.approx(there.plan().sums()["qpu_seconds"])


def test_an_executor_has_a_pub_for_each_point(swept):
    """Its arrays lead with randomizations, so that points are not folded."""
    job = {**BASE["jobs"]["counts"], "program_id": "executor", "boxing": {}, "randomizations": 2, "shots": 20}
    there = swept(angles(0, 1, 2, jobs={"counts": job}))
    run = there.begin()
    assert run.record.outcome == "done", run.record.job("counts").error
    assert [len(received(each)) for each in there.sent] == [3]
    for number, point in enumerate(run.points):
        arrays = point.pubs("counts")[0].arrays
        bits = arrays["c"] ^ arrays.get("measurement_flips.c", np.array(False))
        assert bits.shape == (2, 20, 2)
        assert (bits[..., 1].mean() > 0.5) == (number == 1)
