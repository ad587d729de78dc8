"""The plan of a sweep is what the plans of its points are together."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from qspec.errors import RefusedError, SpecError
from qspec.planning.fingerprint import fingerprint
from qspec.planning.grid import Column, Grid, job_grids
from qspec.planning.limits import planned_sums
from qspec.planning.plan import plan
from qspec.planning.sweeps import SweepPlan, plan_any
from qspec.reading.load import at_point, load_file
from tests.running.sweeps import ALPHA, ANSATZ, ROTATED

BASE = {
    "qspec": 1,
    "name": "x",
    "seed": 3,
    "backend": {"kind": "fake", "name": "fake_manila"},
    "circuits": {"rotated": {"kind": "qasm", "source": ROTATED}, "ansatz": ANSATZ},
    "jobs": {
        "counts": {
            "program_id": "sampler",
            "shots": 100,
            "pubs": [{"circuit": "rotated", "parameter_values": {"alpha": 0.1, "beta": [0.2, 0.3]}}],
        },
        "energy": {
            "program_id": "estimator",
            "precision": 0.1,
            "pubs": [
                {"circuit": "ansatz", "parameter_values": {"θ": [0.5] * 8}, "observables": {"ZZ": 1.0, "XI": 0.5}}
            ],
        },
    },
}
SWEEPS = {
    "values": {ALPHA: [0, "pi/2", 1.5]},
    "values and shots": {ALPHA: [0, 1], "jobs.counts.shots": [10, 20, 30]},
    "precision": {"jobs.energy.precision": [0.1, 0.2], ALPHA: [0.5, 1]},
    "backends": {"backend.name": ["fake_manila", "fake_quito"], ALPHA: [0, 1]},
    "levels and seeds": {"transpile.optimization_level": [0, 2], "seed": [1, 2]},
    "circuits": {"circuits.ansatz.args.entanglement": ["linear", "full"], "jobs.counts.shots": [10, 20]},
}


@pytest.fixture
def planned(repository):
    def planned(axes, combine="product", **base):
        spec = {**BASE, **base, "sweep": {"combine": combine, "axes": axes}}
        (repository / "spec.yaml").write_text(json.dumps(spec))
        return plan_any(load_file("spec.yaml"))

    return planned


@pytest.mark.parametrize("axes", SWEEPS.values(), ids=list(SWEEPS))
def test_sums_are_those_of_all_points(planned, axes):
    sweep = planned(axes)
    points = [plan(at_point(sweep.loaded, *sweep.loaded.axes.variants.place(n))) for n in range(sweep.sweep.size)]
    sums = [planned_sums(point.jobs) for point in points]
    for name, amount in sweep.sums().items():
        together = max if name == "two_qubit_depth" else sum
        assert amount == pytest.approx(together(each[name] for each in sums)), name


@pytest.mark.parametrize("combine", ["product", "zip"])
@pytest.mark.parametrize("axes", SWEEPS.values(), ids=list(SWEEPS))
def test_each_point_has_the_pubs_and_seeds_that_it_has_alone(planned, axes, combine):
    shortest = min(map(len, axes.values()))
    sweep = planned({place: values[:shortest] for place, values in axes.items()}, combine)
    for number in range(sweep.sweep.size):
        variant, index = sweep.variants.place(number)
        alone = plan(at_point(sweep.loaded, *sweep.loaded.axes.variants.place(number)))
        values = sweep.grid(variant).values(index)
        for grid, job in zip(job_grids(sweep.plans[variant]), alone.jobs, strict=True):
            program = grid.program(values)
            share = grid.share(program, values)
            assert replace(program, pubs=()) == replace(job.job, pubs=())
            assert (share.seed, share.pub_seeds) == (job.seed, job.pub_seeds)
            for pub, there in zip(share.pubs, job.pubs, strict=True):
                assert fingerprint(pub.circuit) == fingerprint(there.pub.circuit)
                assert str(pub.parameter_values.data) == str(there.pub.parameter_values.data)
                assert pub.shape == there.pub.shape
                assert getattr(pub, "shots", None) == getattr(there.pub, "shots", None)
                assert getattr(pub, "precision", None) == getattr(there.pub, "precision", None)


def test_a_spec_without_a_sweep_has_a_plan_of_its_own(repository):
    (repository / "spec.yaml").write_text(json.dumps(BASE))
    assert not isinstance(plan_any(load_file("spec.yaml")), SweepPlan)


def test_points_that_differ_in_numbers_share_one_transpiled_circuit(planned):
    sweep = planned({ALPHA: {"linspace": [0, 3, 50]}, "jobs.counts.shots": [10, 20]})
    assert len(sweep.plans) == 1
    assert sweep.jobs == 200


def test_the_seed_makes_variants_only_where_it_makes_other_circuits(planned):
    assert len(planned({"seed": [1, 2, 3]}).plans) == 3
    assert len(planned({"seed": [1, 2, 3]}, backend={"kind": "aer"}).plans) == 1


def test_the_limits_are_of_all_points_together(planned):
    with pytest.raises(RefusedError, match=r"shots 1,368"):
        planned({ALPHA: [0, 1, 2]}, limits={"shots": 1000})


def test_what_planning_finds_at_some_points_names_their_values(planned):
    axes = {"transpile.initial_layout": [[0, 1], [0, 9], None], "jobs.counts.shots": [10, 20]}
    with pytest.raises(SpecError) as failure:
        planned(axes)
    (finding,) = failure.value.findings
    assert finding.code == "initial-layout"
    assert finding.span.line == 1


def test_what_planning_warns_of_at_all_points_is_said_once(planned):
    sweep = planned(
        {"transpile.optimization_level": [0, 1]}, transpile={"initial_layout": [0, 1]}, backend={"kind": "aer"}
    )
    assert [finding.code for finding in sweep.findings] == ["no-effect"]
    assert not sweep.findings[0].notes


def test_backends_and_circuits_are_made_once(planned, monkeypatch):
    from qspec.backends.fake import Fake
    from qspec.planning import circuits

    opened, built = [], []
    monkeypatch.setattr(Fake, "open", lambda self, real=Fake.open: opened.append(self) or real(self))
    load = circuits.load_source
    monkeypatch.setattr(circuits, "load_source", lambda *given, **named: built.append(given) or load(*given, **named))
    planned({"backend.name": ["fake_manila", "fake_quito"], "transpile.optimization_level": [0, 1, 2]})
    assert len(opened) == 2
    assert len(built) == 2


class Watched(tuple):
    """Numbers that must not be hashed: it takes as long as there are many of them."""

    __slots__ = ()

    def __hash__(self):
        raise AssertionError("all numbers of an axis were gone through for one point")


def test_the_values_of_a_point_do_not_take_longer_the_more_points_there_are():
    column = Column(key="seed", digit=0, values=Watched((5, 6, 7)))
    assert Grid(lengths=(3,), columns=(column,)).values(2) == {column: 7}
