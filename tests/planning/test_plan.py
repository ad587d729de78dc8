"""Plans of whole specs, by the real reader, on real targets."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from qiskit.quantum_info import SparsePauliOp, Statevector
from small import job, text

import qspec
from qspec.errors import RefusedError
from qspec.reading.load import load_file
from qspec.reading.schema import compose
from qspec.reading.walker import accepts
from qspec.seeds import derive

MANILA = {"backend": {"kind": "fake", "name": "fake_manila"}}


def test_a_plan_has_jobs_and_pubs_as_the_primitives_take_them(planned):
    plan = planned()
    counts, energy = plan.jobs
    assert (counts.id, counts.shots, counts.precision) == ("counts", 1024, None)
    assert (energy.id, energy.shots, energy.precision) == ("energy", None, 0.05)
    assert energy.pubs[0].shape == energy.pubs[0].pub.shape == (10,)
    assert (energy.pubs[0].parameter_sets, energy.pubs[0].bases, energy.pubs[0].executions) == (10, 2, 20)
    assert energy.pubs[0].shots == 448  # 1/0.05² is 400, rounded up to 7 randomizations of 64
    assert counts.pubs[0].pub.shots == 1024


def test_every_seed_comes_from_the_one_of_the_spec(planned):
    plan = planned(seed=7)
    assert plan.seed == 7
    assert plan.seeds == {
        purpose: derive(7, *purpose.split("/"))
        for purpose in (
            "transpiler/bell",
            "transpiler/ansatz",
            "simulator/counts",
            "simulator/counts/0",
            "simulator/energy",
            "simulator/energy/0",
            "values/energy/0/θ",
        )
    }
    drawn = np.random.default_rng(plan.seeds["values/energy/0/θ"]).uniform(0, 2 * math.pi, (10, 8))
    bindings = plan.jobs[1].pubs[0].pub.parameter_values
    assert np.array_equal(bindings.as_array([f"θ[{n}]" for n in range(8)]), drawn)


def test_a_spec_without_a_seed_gets_one_that_is_recorded(planned):
    plan = planned(seed=None)
    assert plan.resolved["seed"] == plan.seed
    assert plan.seeds["transpiler/bell"] == derive(plan.seed, "transpiler", "bell")


def test_a_circuit_drawn_at_random_has_its_seed_in_the_plan(planned):
    volume = {"volume": {"kind": "library", "name": "quantum_volume", "args": {"num_qubits": 3}, "measure": "all"}}
    plan = planned(circuits=volume, **job("sampler", {"circuit": "volume"}))
    assert plan.seeds["circuits/volume"] == plan.resolved["circuits"]["volume"]["args"]["seed"]
    again = planned(circuits=plan.resolved["circuits"], **job("sampler", {"circuit": "volume"}))
    assert again.jobs[0].pubs[0].circuit.hash == plan.jobs[0].pubs[0].circuit.hash


def test_a_circuit_used_twice_is_one_isa_circuit(planned):
    plan = planned(**job("sampler", {"circuit": "bell"}, {"circuit": "bell"}))
    first, second = plan.jobs[0].pubs
    assert first.circuit is second.circuit
    assert plan.jobs[0].pub_seeds[0] != plan.jobs[0].pub_seeds[1]


def test_expectation_values_survive_transpiling_binding_and_layout(planned):
    plan = planned(**MANILA, transpile={"initial_layout": [3, 4]})
    pub = plan.jobs[1].pubs[0].pub
    source = load_file("spec.yaml").spec.circuits["ansatz"].source.load(None)
    hamiltonian = SparsePauliOp.from_list([("ZZ", 1.0), ("XI", 0.5), ("IX", 0.5)])
    operator = SparsePauliOp.from_sparse_observable(pub.observables.slice(()))
    for point in range(3):
        values = pub.parameter_values.as_array([f"θ[{n}]" for n in range(8)])[point]
        expected = Statevector(source.assign_parameters(values)).expectation_value(hamiltonian)
        isa = pub.parameter_values.bind(pub.circuit, (point,))
        assert Statevector(isa).expectation_value(operator) == pytest.approx(expected)


def test_the_estimate_is_the_formula_over_the_targets_durations(planned):
    plan = planned(**MANILA)
    counts, energy = plan.jobs
    circuit = counts.pubs[0].circuit
    assert circuit.duration == pytest.approx(circuit.circuit.estimate_duration(plan.backend.target))
    assert counts.qpu_seconds == pytest.approx(1024 * (circuit.duration + 250e-6))
    assert energy.qpu_seconds > 20 * 448 * (energy.pubs[0].circuit.duration + 250e-6)
    assert plan.qpu_seconds == pytest.approx(counts.qpu_seconds + energy.qpu_seconds)


def test_on_an_ideal_simulator_there_is_no_estimate(planned):
    plan = planned()
    assert plan.qpu_seconds is None
    assert plan.data()["sums"]["qpu_seconds"] is None


def test_a_product_of_values_is_planned_with_its_axes_in_order(planned):
    circuits = {
        "c": text(
            "input float a;", "input float b;", "qubit[1] q;", "bit[1] c;", "rx(a) q;", "ry(b) q;", "c = measure q;"
        )
    }
    values = {"b": {"linspace": [0, 1, 4]}, "a": [0, 1, 2]}
    pub = {"circuit": "c", "parameter_values": values, "combine": "product"}
    plan = planned(circuits=circuits, **job("sampler", pub))
    assert plan.jobs[0].pubs[0].shape == (4, 3)


def test_values_and_observables_come_from_files(planned, repository):
    np.save(repository / "angles.npy", np.zeros((4, 8)))
    (repository / "h.json").write_text('{"sparse": [["ZZ", [0, 1], 1.0]]}')
    pub = {"circuit": "ansatz", "parameter_values": {"θ": {"file": "angles.npy"}}, "observables": {"file": "h.json"}}
    plan = planned(**job("estimator", pub))
    assert plan.jobs[0].pubs[0].shape == (4,)
    assert plan.jobs[0].pubs[0].pub.observables.tolist() == {"ZZ": 1.0}
    assert set(plan.loaded.files.used) == {"angles.npy", "h.json"}


def test_a_parameter_without_effect_is_a_warning(planned):
    lines = ("input float a;", "qubit[1] q;", "bit[1] c;", "h q;", "rz(a) q;", "c = measure q;")
    pub = {"circuit": "c", "parameter_values": {"a": [0, 1]}}
    plan = planned(circuits={"c": text(*lines)}, **job("sampler", pub), **MANILA)
    assert [(finding.code, finding.severity) for finding in plan.findings] == [("no-effect", "warning")]
    assert plan.jobs[0].pubs[0].shape == (2,)


def codes(found):
    return [code for code, _ in found]


def test_all_findings_come_at_once(findings, repository):
    (repository / "t.csv").write_text("theta\n1\n")
    wrong = text("qubit[1] q;", "foo q;")
    wide = {"kind": "library", "name": "quantum_volume", "args": {"num_qubits": 7}, "measure": "all"}
    blocks = {"num_qubits": 2, "rotation_blocks": "ry", "entanglement_blocks": "cx", "reps": 1}
    ansatz = {"kind": "library", "name": "n_local", "args": blocks}
    pubs = [
        {"circuit": "ansatz", "parameter_values": {"θ": [1, 2, 3]}, "observables": {"ZZ": 1}},
        {"circuit": "ansatz", "parameter_values": {"φ": 1, "θ": [1, 2, 3, 4]}, "observables": {"ZZ": 1}},
        {"circuit": "ansatz", "parameter_values": {"θ": {"file": "t.csv", "column": "x"}}, "observables": {"ZZ": 0}},
        {"circuit": "wrong", "observables": {"Z": 1}},
        {"circuit": "wide", "observables": {"ZIIIIII": 1}},
    ]
    found = findings(
        circuits={"wrong": wrong, "wide": wide, "ansatz": ansatz},
        transpile={"layout_method": "sabr"},
        **job("estimator", *pubs),
        **MANILA,
    )
    expected = {
        "qasm-syntax",
        "too-wide",
        "unknown-method",
        "parameter-shape",
        "unknown-parameter",
        "values-file",
        "empty-observable",
    }
    assert expected <= set(codes(found))


def test_a_circuit_that_is_no_isa_circuit_is_refused_when_transpiling_is_off(findings, planned):
    off = {"transpile": {"enabled": False}}
    found = findings(**job("sampler", {"circuit": "bell"}), **off, **MANILA)
    assert codes(found) == ["not-isa"]
    assert "its instruction 0 is 'h'" in found[0][1]
    isa = text("qubit[5] q;", "bit[1] c;", "sx q[2];", "cx q[2], q[3];", "c[0] = measure q[3];")
    plan = planned(circuits={"isa": isa}, **job("sampler", {"circuit": "isa"}), **off, **MANILA)
    assert plan.jobs[0].pubs[0].circuit.physical_qubits == (2, 3)


def test_with_transpiling_off_observables_act_on_the_qubits_of_the_file(planned):
    isa = text("qubit[5] q;", "sx q[2];")
    pub = {"circuit": "isa", "observables": {"sparse": [["Z", [2], 1.0]]}}
    plan = planned(circuits={"isa": isa}, transpile={"enabled": False}, **job("estimator", pub), **MANILA)
    assert plan.jobs[0].pubs[0].pub.observables.tolist() == {"IIZII": 1.0}


def test_too_many_parameter_sets_are_found_before_they_take_memory(findings):
    circuits = {"c": text("input float a;", "input float b;", "qubit[1] q;", "rx(a) q;", "ry(b) q;")}
    many = {"linspace": [0, 1, 10_000]}
    pub = {"circuit": "c", "parameter_values": {"a": many, "b": many}, "combine": "product", "observables": {"Z": 1}}
    assert codes(findings(circuits=circuits, **job("estimator", pub))) == ["too-many-values"]


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"shots": 5000}, ["shots 9,984, at most 5,000"]),
        ({"circuits": 20}, ["circuit executions 21, at most 20"]),
        ({"two_qubit_depth": 0, "shots": 1}, ["two-qubit depth 1, at most 0", "shots 9,984, at most 1 allowed"]),
        ({"qpu_seconds": 0.001}, ["estimated QPU seconds"]),
    ],
)
def test_a_limit_that_would_be_passed_refuses_the_plan(planned, limits, words):
    with pytest.raises(RefusedError) as caught:
        planned(limits=limits, **MANILA)
    assert caught.value.exit_code == 6
    assert all(word in str(caught.value) for word in words)


def test_limits_that_hold_are_in_the_plan(planned):
    limits = {"qpu_seconds": 60, "shots": 9984, "circuits": 21, "two_qubit_depth": 1}
    assert planned(limits=limits, **MANILA).data()["limits"] == limits


def test_the_data_of_a_plan_are_json_and_say_what_each_pub_costs(planned):
    plan = planned(**MANILA)
    data = json.loads(json.dumps(plan.data(), allow_nan=False))
    pub = data["jobs"]["energy"]["pubs"][0]
    assert (pub["circuit"], pub["shape"], pub["executions"], pub["shots"]) == ("ansatz", [10], 20, 448)
    assert data["circuits"]["bell"]["hash"].startswith("sha256:")
    assert data["backend"]["name"] == "fake_manila"
    assert data["jobs"]["counts"]["backend"] == "fake_manila"
    assert data["estimate"]["formula"]
    assert set(data["versions"]) >= {"qiskit", "qspec-runner"}


def test_the_resolved_spec_is_a_spec_that_plans_the_same(planned, repository):
    plan = planned(**MANILA, seed=None, tags=["a"], limits={"shots": 10_000})
    data = json.loads(json.dumps(plan.resolved))
    assert accepts(data, compose())
    assert data["jobs"]["energy"]["precision"] == 0.05
    assert data["transpile"]["optimization_level"] == 2
    (repository / "again.yaml").write_text(json.dumps(data))
    from qspec.planning.plan import plan as plan_of

    again = plan_of(load_file("again.yaml"))
    assert [pub.circuit.hash for one in again.jobs for pub in one.pubs] == [
        pub.circuit.hash for one in plan.jobs for pub in one.pubs
    ]
    assert again.resolved == plan.resolved


def test_progress_is_told(load):
    from qspec.planning.plan import plan as plan_of

    told = []
    plan_of(load(), progress=lambda *what: told.append(what))
    assert told == [("transpiling", 0, 2), ("transpiling", 1, 2)]


AUDIT = """
import sys, json, tempfile
tempfile.tempdir = "."  # dill asks for it on import, and Python would look for one by writing to it
opened = []
def audit(event, arguments):
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & 3 and arguments[0] != "/dev/null":
        opened.append(str(arguments[0]))
    if event.startswith("socket."):
        opened.append(event)
from qspec.reading.load import load_file
from qspec.planning.plan import plan
sys.dont_write_bytecode = True
sys.addaudithook(audit)
done = plan(load_file("spec.yaml"))
hashes = [pub.circuit.hash for job in done.jobs for pub in job.pubs]
print(json.dumps([hashes, opened, sorted(name for name in sys.modules if name == "qiskit_ibm_runtime")]))
"""


def fresh_process(repository, hash_seed):
    environment = os.environ | {
        "PYTHONPATH": str(Path(qspec.__file__).parents[1]),
        "PYTHONHASHSEED": hash_seed,
        "HOME": str(repository / "home"),
        "XDG_CACHE_HOME": str(repository / "home"),
    }
    done = subprocess.run(
        [sys.executable, "-c", AUDIT], cwd=repository, env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "backend", [{"kind": "aer"}, {"kind": "aer", "noise_from": "fake_manila", "expectation": "exact"}]
)
def test_planning_is_the_same_in_every_process_writes_nothing_and_leaves_the_runtime_alone(load, repository, backend):
    load(backend=backend)
    first, second = fresh_process(repository, "1"), fresh_process(repository, "2")
    assert first == second
    assert first[1] == []
    assert first[2] == []
    assert not (repository / "home").exists()
