"""The axes of a sweep: their values, and that every point is checked as a spec of its own."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from qspec.reading.load import at_point, check_file, load_file
from tests.running.sweeps import point_spec

BASE = {
    "qspec": 1,
    "name": "x",
    "seed": 1,
    "backend": {"kind": "aer"},
    "circuits": {
        "ansatz": {"kind": "library", "name": "efficient_su2", "args": {"num_qubits": 2, "reps": 1}, "measure": "all"}
    },
    "jobs": {
        "counts": {
            "program_id": "sampler",
            "shots": 100,
            "pubs": [{"circuit": "ansatz", "parameter_values": {"θ": [0.5] * 8}}],
        }
    },
}


@pytest.fixture
def written(repository):
    def written(data, name="spec.yaml"):
        (repository / name).write_text(json.dumps(data))
        return name

    return written


def with_sweep(axes, combine="product", **base):
    return {**BASE, **base, "sweep": {"combine": combine, "axes": axes}}


@pytest.mark.parametrize(
    ("written_as", "expected"),
    [
        ({"linspace": [0, "pi", 7]}, np.linspace(0, np.pi, 7)),
        ({"linspace": [1, 1, 1]}, [1]),
        ({"arange": [0, 1, 0.3]}, np.arange(0, 1, 0.3)),
        ({"arange": [5, 1, -2]}, [5, 3]),
        ({"logspace": [0, 3, 4]}, [1, 10, 100, 1000]),
    ],
)
def test_evenly_spaced_values_are_numpys(written, written_as, expected):
    axes = {"jobs.counts.pubs.0.parameter_values.x": written_as}
    values = check_file(written(with_sweep(axes))).axes.sweep.axes[0].values
    assert list(values) == list(expected)


def test_whole_numbers_stay_whole(written):
    values = (
        load_file(written(with_sweep({"jobs.counts.shots": {"arange": [100, 400, 100]}}))).spec.sweep.axes[0].values
    )
    assert values == (100, 200, 300)
    assert all(type(value) is int for value in values)


@pytest.mark.parametrize(
    ("place", "values", "numeric"),
    [
        ("seed", [1, 2], True),
        ("seed", [-1, 2], False),
        ("jobs.counts.shots", [1, 10], True),
        ("jobs.counts.shots", [0, 10], False),
        ("jobs.counts.pubs.0.parameter_values.θ[0]", [0.5, "pi/2"], True),
        ("jobs.counts.pubs.0.parameter_values.θ[0]", [0.5, "pie"], False),
        ("jobs.counts.pubs.0.parameter_values.θ", [[0] * 8, [1] * 8], False),
        ("transpile.optimization_level", [0, 1], False),
        ("backend", [{"kind": "aer"}, {"kind": "fake", "name": "fake_manila"}], False),
    ],
)
def test_only_sound_numbers_make_no_variants(written, place, values, numeric):
    axes = check_file(written(with_sweep({place: values}))).axes
    assert len(axes.variants) == (1 if numeric else 2)


JOBS = ("counts", "count")
SWEEPS = [
    {"circuits.ansatz.args.reps": [1, 2], "circuits.ansatz.args.num_qubits": [2, 3]},
    {"backend": [{"kind": "aer"}, {"kind": "fake", "name": "fake_manilla"}, {"kind": "fake", "name": "fake_manila"}]},
    {"backend.kind": ["aer", "fake", "generic"], "backend.num_qubits": [None, 3]},
    {"jobs.counts.shots": [10, 0, "many"], "transpile.optimization_level": [1, 7]},
    {"jobs.counts.pubs.0.parameter_values.θ": [[0.1] * 8, 0.5, "pie", {"random": {"low": 0, "high": 1, "shape": [8]}}]},
    {"jobs.counts.pubs.0.circuit": ["ansatz", "anzatz"], "seed": [1, 2]},
    {"transpile": [{"enabled": True}, {"enabled": "no"}], "circuits.ansatz.measure": ["all", None, "some"]},
    {"expect": [[{"kind": "probabilities", "job": job, "values": {"00": 1}, "tolerance": 0.1}] for job in JOBS]},
    {"jobs.counts.options.twirling.enable_gates": [True, "yes"], "jobs.counts.program_id": ["sampler", "estimator"]},
]


@pytest.mark.parametrize("axes", SWEEPS, ids="-".join)
def test_what_is_said_of_a_sweep_is_what_is_said_of_its_points(written, axes):
    """Held against every point written out and checked alone."""
    alone = set()
    for number, values in enumerate(product(*axes.values())):
        point = point_spec(BASE, dict(zip(axes, values, strict=True)))
        alone |= {(each.code, each.message) for each in check_file(written(point, f"point{number}.yaml")).findings}
    together = check_file(written(with_sweep(axes))).findings
    assert {(each.code, each.message) for each in together} == alone


def test_a_finding_at_some_points_names_their_values(written):
    axes = {"circuits.ansatz.args.reps": [1, 2, 3], "jobs.counts.shots": [1, 2]}
    findings = check_file(written(with_sweep(axes))).findings
    assert [finding.notes[-1] for finding in findings] == [
        "at points of the sweep where circuits.ansatz.args.reps is 2",
        "at points of the sweep where circuits.ansatz.args.reps is 3",
    ]


def test_a_finding_at_all_points_names_none(written):
    data = with_sweep({"jobs.counts.shots": [1, 2], "transpile.optimization_level": [0, 1]})
    data["circuits"] = {"ansatz": {**BASE["circuits"]["ansatz"], "nmae": "x"}}
    (finding,) = check_file(written(data)).findings
    assert finding.code == "unknown-key"
    assert not any("sweep" in note for note in finding.notes)


def test_a_point_is_the_spec_with_the_values_in_their_places(written):
    axes = {"transpile.optimization_level": [0, 3], "jobs.counts.shots": [10, 20], "seed": [5, 6, 7]}
    loaded = load_file(written(with_sweep(axes)))
    for point in range(loaded.axes.sweep.size):
        values = loaded.axes.sweep.values(point)
        there = at_point(loaded, *loaded.axes.variants.place(point))
        alone = load_file(written(point_spec(BASE, values), "alone.yaml"))
        assert there.data == alone.data
        assert there.spec == alone.spec


def test_paths_among_the_values_are_those_from_the_file_that_says_them(written, repository):
    text = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[1];\ncreg c[1];\nmeasure q -> c;\n'
    for name in ("a.qasm", "b.qasm"):
        (repository / name).write_text(text)
    data = with_sweep({"circuits.c.file": ["a.qasm", "b.qasm"]})
    data["circuits"] = {"c": {"kind": "qasm"}}
    data["jobs"] = {"counts": {"program_id": "sampler", "pubs": [{"circuit": "c"}]}}
    loaded = load_file(written(data))
    assert [at_point(loaded, variant).data["circuits"]["c"]["file"] for variant in range(2)] == ["a.qasm", "b.qasm"]
    assert Path("a.qasm").exists()


def test_what_only_the_axes_say_need_not_stand_in_the_spec(written):
    data = with_sweep({"backend.name": ["fake_manila", "fake_torino"]}, backend={"kind": "fake"})
    assert not load_file(written(data)).findings


def test_an_override_changes_the_base_of_a_sweep(written):
    loaded = load_file(written(with_sweep({"seed": [1, 2]})), overrides=["jobs.counts.shots=7"])
    assert at_point(loaded, 0, 1).spec.jobs["counts"].shots == 7


def test_a_base_may_bring_the_sweep(written):
    written(with_sweep({"seed": [1, 2]}), "base.yaml")
    loaded = load_file(written({"extends": "base.yaml", "sweep": {"axes": {"jobs.counts.shots": [1, 2, 3]}}}))
    assert loaded.spec.sweep.size == 6


def test_side_by_side_a_value_may_come_twice_but_no_point(written):
    axes = {"jobs.counts.shots": [10, 10, 20], "seed": [1, 2, 1]}
    assert load_file(written(with_sweep(axes, "zip"))).spec.sweep.size == 3
    (finding,) = check_file(written(with_sweep({**axes, "seed": [1, 1, 1]}, "zip"))).findings
    assert finding.code == "repeated-value"
    assert finding.message == "the points 0 and 1 have the same values"


@pytest.mark.parametrize(("override", "said"), [("seed=9", True), ("jobs.counts.shots=9", False)])
def test_an_override_of_what_an_axis_varies_is_said_to_do_nothing(written, override, said):
    checked = check_file(
        written(with_sweep({"seed": [1, 2], "transpile.optimization_level": [0, 1]})), overrides=[override]
    )
    words = ["--set seed has no effect: an axis of the sweep varies it"] if said else []
    assert [finding.message for finding in checked.findings] == words
    assert not [finding for finding in checked.findings if finding.severity == "error"]


def test_a_finding_names_values_that_are_mappings_as_they_are_written(written):
    args = [{"num_qubits": 2, "reps": 1}, {"num_qubits": 2, "reps": 2}]
    findings = check_file(written(with_sweep({"circuits.ansatz.args": args}))).findings
    assert [finding.notes[-1] for finding in findings] == [
        "at points of the sweep where circuits.ansatz.args is {num_qubits: 2, reps: 2}"
    ]


def test_of_evenly_spaced_values_with_the_same_mistake_the_first_is_said(written):
    findings = check_file(
        written(with_sweep({"jobs.counts.shots": {"linspace": [1, 2, 501]}, "seed": [1, 2]}))
    ).findings
    assert [finding.message for finding in findings] == ["shots must be a whole number, not the number 1.002"]
    assert findings[0].notes[-1] == "other values of this axis have the same mistake"
