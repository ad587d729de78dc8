"""What the plan of a sweep on a service says, and how its points are shared out among jobs there."""

from __future__ import annotations

import json
from math import pi
from types import SimpleNamespace

import pytest

import qspec
from qspec.errors import RefusedError, SpecError
from qspec.planning.estimate import FORMULA
from qspec.planning.lineup import lined_up
from qspec.planning.parts import Part
from qspec.planning.remote import check_one_account
from qspec.render.any_plan import plan_json, render_plan
from qspec.render.look import Look
from qspec.service.backend import MOST_EXECUTIONS, RemoteBackend, Wanted
from tests.emulator.accounts import Instance
from tests.service.emulated import rehearsals  # noqa: F401  a fixture
from tests.service.swept import ANGLE, BASE, angles, bound, sweeps  # noqa: F401  a fixture

COUNTS = BASE["jobs"]["counts"]
NAMES = ["ibm_manila", "ibm_quito"]
LEARNER = {"program_id": "noise-learner", "pubs": [{"circuit": "tied"}]}
TIED = """\
OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
cx q[0], q[1];
"""


def shared_out(plan, job="counts"):
    """The points, by their numbers, of each job of the service."""
    shares = plan.shares[job]
    return [[shares.lineup.order[place] for place in shares.lineup.places(part)] for part in shares.parts]


@pytest.mark.parametrize(
    ("axes", "expected"),
    [
        ({ANGLE: [0, 1, 2]}, [[0, 1, 2]]),
        ({"transpile.optimization_level": [0, 1], ANGLE: [0, 1]}, [[0, 1, 2, 3]]),
        ({ANGLE: [0, 1], "jobs.counts.shots": [10, 20]}, [[0, 2], [1, 3]]),
        ({"jobs.counts.options": [{}, {"environment": {"job_tags": ["mine"]}}], ANGLE: [0, 1]}, [[0, 1], [2, 3]]),
        ({"jobs.counts.shots": [None, 10], ANGLE: [0, 1]}, [[0, 1], [2, 3]]),
        ({"seed": [1, 2], "jobs.counts.shots": [10, 20]}, [[0, 2], [1, 3]]),
        ({"backend.use_fractional_gates": [None, False]}, [[0, 1]]),
    ],
    ids=lambda value: " and ".join(value) if isinstance(value, dict) else "",
)
def test_points_that_differ_in_circuits_and_values_alone_share_a_job(swept, axes, expected):
    assert shared_out(swept({**BASE, "sweep": {"axes": axes}}).plan()) == expected


def test_options_that_only_come_to_the_same_share_a_job(swept):
    """The default of shots is 4096: said or not, it is the same job."""
    spec = {**BASE, "sweep": {"axes": {"jobs.counts.shots": [None, 4096], ANGLE: [0]}}}
    assert shared_out(swept(spec).plan()) == [[0, 1]]


def test_a_job_takes_as_many_points_as_the_backend_takes_pubs(swept):
    assert shared_out(swept(bound(*range(5))).limit(max_experiments=2).plan()) == [[0, 1], [2, 3], [4]]


def test_a_point_is_not_cut_where_it_fits(swept):
    spec = bound(*range(3), jobs={"counts": {**COUNTS, "pubs": [{"circuit": "turned"}] * 2}})
    there = swept(spec).limit(max_experiments=3)
    assert shared_out(there.plan()) == [[0], [1], [2]]


def test_neighbours_that_differ_in_values_alone_are_one_pub(swept):
    plan = swept(angles(*range(400))).plan()
    assert shared_out(plan) == [list(range(400))]
    assert [(load.pubs, load.pieces) for load in plan.shares["counts"].loads] == [(1, 400)]


def test_points_are_cut_where_they_execute_circuits_too_often(swept):
    jobs = {"counts": {**COUNTS, "shots": MOST_EXECUTIONS // 200}}
    there = swept(angles(*range(401), jobs=jobs)).limit(max_shots=MOST_EXECUTIONS)
    assert list(map(len, shared_out(there.plan()))) == [200, 200, 1]


def test_what_a_person_decodes_is_not_folded(swept):
    decoder = "qiskit_ibm_runtime.decoders.result_decoder:ResultDecoder"
    there = swept(angles(0, 1, jobs={"counts": {**COUNTS, "result_decoder": decoder}}))
    plan = qspec.plan(qspec.load(there.write(there.spec), trust=True))
    assert [load.pubs for load in plan.shares["counts"].loads] == [2]


def test_a_time_that_the_spec_allows_a_job_holds_for_all_points_in_it(swept):
    jobs = {"counts": {**COUNTS, "shots": 10_000, "options": {"max_execution_time": 11}}}
    assert shared_out(swept(angles(*range(5), jobs=jobs)).plan()) == [[0, 1], [2, 3], [4]]


def test_a_noise_learner_learns_each_point_alone(swept):
    circuits = {"tied": {"kind": "qasm", "source": TIED}}
    spec = {**BASE, "circuits": circuits, "jobs": {"noise": LEARNER}}
    plan = swept({**spec, "sweep": {"axes": {"transpile.optimization_level": [0, 1]}}}).plan()
    assert shared_out(plan, "noise") == [[0], [1]]


def test_a_point_that_is_too_large_by_itself_is_an_error_in_job_mode(swept):
    spec = angles(0, 1, jobs={"counts": {**COUNTS, "pubs": COUNTS["pubs"] * 3}})
    there = swept(spec).limit(max_experiments=2)
    with pytest.raises(SpecError) as caught:
        there.plan()
    assert [finding.code for finding in caught.value.findings] == ["too-large-job"]


def test_the_most_shots_of_an_axis_are_held_against_the_device(swept):
    there = swept({**BASE, "sweep": {"axes": {"jobs.counts.shots": [10, 300, 20]}}}).limit(max_shots=200)
    with pytest.raises(SpecError) as caught:
        there.plan()
    (finding,) = caught.value.findings
    assert (finding.code, "300 shots" in finding.message) == ("too-many-shots", True)


def test_what_an_instance_has_left_is_held_against_all_points(swept):
    jobs = {"counts": {**COUNTS, "shots": 1000}}
    few, many = (angles(*range(number), jobs=jobs) for number in (2, 8))
    instances = [Instance(allocation_seconds=100.0, consumed_seconds=99.0)]
    there = swept(few, instances=instances)
    assert (there.plan().findings, there.plan().remaining) == ((), 1.0)
    there.spec = many
    assert [(found.code, found.severity) for found in there.plan().findings] == [("instance-usage", "warning")]


def test_an_instance_with_nothing_left_is_an_error(swept):
    there = swept(angles(0, 1), instances=[Instance(allocation_seconds=100.0, consumed_seconds=100.0)])
    with pytest.raises(SpecError) as caught:
        there.plan()
    assert [finding.code for finding in caught.value.findings] == ["instance-usage"]


@pytest.mark.parametrize(("instances", "codes"), [(("ours", "ours"), []), (("ours", "theirs"), ["mixed-backends"])])
def test_one_instance_pays_for_all_points(instances, codes):
    """The account leaves the choice open, and each backend is in an instance of its own."""
    backends = [RemoteBackend(kind="ibm", name=name, service=None, wanted=Wanted(name=name)) for name in NAMES]
    for backend, instance in zip(backends, instances, strict=True):
        backend.__dict__["instance"] = instance
    plans = [SimpleNamespace(backend=backend) for backend in backends]
    assert [finding.code for finding in check_one_account(plans)] == codes


def test_limits_hold_for_all_points_together(swept):
    for most in (250, 350):
        there = swept(angles(0, 1, 2, limits={"shots": most}))
        if most < 300:
            with pytest.raises(RefusedError, match="300"):
                there.plan()
        else:
            assert there.plan().sums()["shots"] == 300
        there.emulator.stop()


def test_a_service_is_asked_once_for_all_points(swept):
    spec = {**BASE, "sweep": {"axes": {"transpile.optimization_level": [0, 1, 2, 3], "backend.name": NAMES}}}
    there = swept(spec, devices=("manila", "quito"))
    there.plan()
    ledger = there.emulator.ledger
    for path in ("/instances/usage", *(f"/backends/{name}/properties" for name in NAMES)):
        assert ledger.count("GET", path) == 1


def test_the_plan_says_how_many_of_everything_there_are(swept):
    spec = {**BASE, "sweep": {"axes": {ANGLE: [0, pi], "jobs.counts.shots": [50, 60]}}}
    there = swept(spec, instances=[Instance(allocation_seconds=100.0)])
    text = render_plan(there.plan(), top=10, look=Look())
    assert text.splitlines()[-3].startswith(
        "4 points, 4 jobs, sent as 2 jobs with 2 PUBs, 4 circuit executions, 220 shots; estimate of QPU time: "
    )
    assert text.splitlines()[-2:] == [
        f"the estimate is {FORMULA}; loading and queueing are not in it",
        "the instance has 100 s of QPU time left",
    ]
    data = json.loads(plan_json(there.plan()))
    assert (data["points"], data["pubs"]) == (4, 4)
    assert data["submissions"] == {"counts": [{"points": 2, "pubs": 1}, {"points": 2, "pubs": 1}]}
    assert data["remaining_seconds_of_the_instance"] == 100.0


def test_a_plan_for_this_machine_has_no_jobs_of_a_service(tmp_path):
    spec = {**angles(0, 1), "backend": {"kind": "aer"}}
    (tmp_path / "spec.yaml").write_text(json.dumps(spec))
    data = json.loads(plan_json(qspec.plan(tmp_path / "spec.yaml")))
    assert (data["pubs"], "submissions" in data) == (2, False)


def test_parts_of_a_lineup_say_what_each_point_has_in_them():
    lineup = lined_up([7, 3, 5], [2, 4, 1])
    assert lineup.starts == [0, 2, 6, 7]
    own = {
        part: [(lineup.order[place], lineup.own(place, part)) for place in lineup.places(part)]
        for part in (Part(first=0, count=2), Part(first=1, count=3), Part(first=4, count=3))
    }
    assert list(own.values()) == [
        [(7, slice(0, 2))],
        [(7, slice(1, 2)), (3, slice(0, 2))],
        [(3, slice(2, 4)), (5, slice(0, 1))],
    ]
