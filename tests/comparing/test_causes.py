"""Two runs that differ in exactly one thing: the comparison names that thing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import qspec
from qspec.comparing.causes import find_causes
from qspec.comparing.made import made_of_run
from qspec.programs.sampler import Sampler
from qspec.records.view import FinishedRun

BELL = """\
OPENQASM 3.0;
include "stdgates.inc";
input float[64] phi;
qubit[2] q;
bit[2] c;
ry(phi) q[0];
cx q[0], q[1];
c = measure q;
"""
SPEC = {
    "qspec": 1,
    "name": "pair",
    "seed": 11,
    "backend": {"kind": "fake", "name": "fake_manila"},
    "circuits": {
        "bell": {"kind": "qasm", "file": "bell.qasm"},
        "ansatz": {"kind": "library", "name": "efficient_su2", "args": {"num_qubits": 3, "reps": 1}},
        "volume": {"kind": "library", "name": "quantum_volume", "args": {"num_qubits": 3}, "measure": "all"},
    },
    "jobs": {
        "counts": {
            "program_id": "sampler",
            "shots": 200,
            "pubs": [{"circuit": "bell", "parameter_values": {"phi": {"file": "phi.npy"}}}, {"circuit": "volume"}],
        },
        "energy": {
            "program_id": "estimator",
            "precision": 0.1,
            "pubs": [
                {"circuit": "ansatz", "parameter_values": {"θ": [0.3] * 12}, "observables": {"ZZI": 1.0, "IXX": 0.5}}
            ],
        },
    },
}


def put(value, *keys):
    """What puts a value into a copy of the spec."""

    def change(spec, _folder):
        place = spec
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = value

    return change


def write(name, content):
    """What writes a file beside the spec."""
    return lambda _spec, folder: (folder / name).write_bytes(content)


def values(array):
    def change(_spec, folder):
        np.save(folder / "phi.npy", array)

    return change


CHANGES = {
    "shots": (put(300, "jobs", "counts", "shots"), "spec", "jobs.counts.shots: 200 became 300"),
    "precision": (put(0.05, "jobs", "energy", "precision"), "spec", "jobs.energy.precision: 0.1 became 0.05"),
    "observable": (
        put({"ZZI": 1.0}, "jobs", "energy", "pubs", 0, "observables"),
        "spec",
        "jobs.energy.pubs.0.observables.IXX: 0.5 became nothing",
    ),
    "parameter values in the spec": (
        put({"θ": [0.4] * 12}, "jobs", "energy", "pubs", 0, "parameter_values"),
        "spec",
        "jobs.energy.pubs.0.parameter_values.θ.0: 0.3 became 0.4",
    ),
    "optimization level": (
        put({"optimization_level": 1}, "transpile"),
        "spec",
        "transpile.optimization_level: 2 became 1",
    ),
    "layout method": (
        put({"layout_method": "trivial"}, "transpile"),
        "spec",
        'transpile.layout_method: nothing became "trivial"',
    ),
    "backend": (put("fake_quito", "backend", "name"), "spec", 'backend.name: "fake_manila" became "fake_quito"'),
    "noise": (put(False, "backend", "noise"), "spec", "backend.noise: true became false"),
    "option": (
        put({"twirling": {"enable_measure": True}}, "jobs", "counts", "options"),
        "spec",
        "jobs.counts.options.twirling",
    ),
    "circuit file": (write("bell.qasm", BELL.replace("cx q[0]", "cz q[0]").encode()), "input file", "bell.qasm"),
    "values file": (values(np.array(0.6)), "input file", "phi.npy"),
    "seed": (put(12, "seed"), "seed", "11 became 12"),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A repository with the files of the spec, which is the current folder."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bell.qasm").write_text(BELL)
    np.save(tmp_path / "phi.npy", np.array(0.5))
    return tmp_path


def written(folder, change=None):
    spec = json.loads(json.dumps(SPEC))
    if change is not None:
        change(spec, folder)
    (folder / "pair.yaml").write_text(json.dumps(spec))
    return "pair.yaml"


def deepest(before, after):
    return find_causes(made_of_run(before), made_of_run(after))[0]


@pytest.mark.parametrize(("change", "kind", "said"), CHANGES.values(), ids=list(CHANGES))
def test_the_one_thing_in_which_two_specs_differ_is_the_cause(folder, change, kind, said):
    before = qspec.run(written(folder))
    after = qspec.run(written(folder, change))
    cause = deepest(before, after)
    assert cause.kind == kind
    assert said in cause.message
    alone = [
        found
        for found in find_causes(made_of_run(before), made_of_run(after))
        if found.kind in ("spec", "input file", "seed")
    ]
    assert alone == [cause]


def test_names_comments_sinks_and_expectations_are_no_cause(folder):
    def change(spec, _folder):
        spec["name"], spec["description"], spec["tags"] = "other", "words", ["tag"]
        spec["sinks"] = [{"kind": "csv"}]
        spec["expect"] = [
            {"kind": "probabilities", "job": "counts", "pub": 1, "values": {"000": 0.5}, "tolerance": 0.5}
        ]
        spec["jobs"] = dict(reversed(spec["jobs"].items()))

    before, after = qspec.run(written(folder)), qspec.run(written(folder, change))
    assert [cause.kind for cause in find_causes(made_of_run(before), made_of_run(after))] == ["sampling only"]


def test_another_primitive_for_the_same_spec_is_the_cause(folder, monkeypatch):
    before = qspec.run(written(folder))
    monkeypatch.setattr(Sampler, "needs_runtime", lambda *_: True)
    cause = deepest(before, qspec.run(written(folder)))
    assert cause.kind == "primitive implementation"
    assert "job 'counts': qspec" in cause.message or "job 'counts': " in cause.message
    assert "qiskit_ibm_runtime" in cause.message


def test_a_calibration_that_moved_is_the_cause_with_what_moved_and_how_much(folder, tmp_path_factory):
    """The second run finds the data of the fake backend in a copy of the runtime's package, with another error and T1."""
    copy = tmp_path_factory.mktemp("copy")
    package = Path(find_spec("qiskit_ibm_runtime").origin).parent
    shutil.copytree(package, copy / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    before = run_apart(written(folder), {})
    (properties,) = (copy / package.name).rglob("props_manila.json")
    data = json.loads(properties.read_text())
    t1 = next(entry for entry in data["qubits"][2] if entry["name"] == "T1")
    t1["value"] /= 2
    error = next(gate for gate in data["gates"] if gate["gate"] == "cx" and gate["qubits"] == [0, 1])["parameters"][0]
    assert error["name"] == "gate_error"
    error["value"] *= 3
    properties.write_text(json.dumps(data))
    cause = deepest(before, run_apart("pair.yaml", {"PYTHONPATH": str(copy)}))
    assert cause.kind == "calibration"
    assert len(cause.details) == 2
    assert cause.details[0].startswith("cx on qubits 0, 1: error ")
    assert cause.details[0].endswith("(+2)")
    assert cause.details[1].startswith("qubit 2: T1 ")
    assert cause.details[1].endswith(" µs (-0.5)")


def run_apart(spec, environment):
    """A run by a process of its own."""
    path = os.pathsep.join(filter(None, [environment.get("PYTHONPATH"), str(Path(qspec.__file__).parents[1])]))
    command = [sys.executable, "-m", "qspec", "run", spec, "--no-cache", "-q"]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.DEVNULL)
    return qspec.open_run(max(Path("runs/pair").iterdir()))


@pytest.mark.parametrize(
    ("changed", "kind", "said"),
    [
        ({"versions": {"qiskit": "2.5.0"}}, "library version", "qiskit 2.5.0 became "),
        ({"sources": {"bell": "sha256:00"}}, "circuit", "circuit 'bell' is another before transpiling"),
    ],
    ids=["library version", "circuit"],
)
def test_what_else_a_record_says_is_a_cause(folder, changed, kind, said):
    after = qspec.run(written(folder))
    fields = {key: {**getattr(after.record, key), **value} for key, value in changed.items()}
    before = FinishedRun(replace(after.record, **fields), after.folder)
    cause = deepest(before, after)
    assert (cause.kind, said in cause.message) == (kind, True)


def test_another_processor_is_a_cause(folder):
    after = qspec.run(written(folder))
    platform = replace(after.record.platform, machine="arm64")
    before = FinishedRun(replace(after.record, platform=platform), after.folder)
    assert deepest(before, after).message == f"processor arm64 became {after.record.platform.machine}"


def test_another_isa_circuit_is_said_with_what_is_other_about_it(folder):
    """As another version of Qiskit would leave it."""
    before = qspec.run(written(folder))
    first, *rest = before.record.circuits
    other = replace(first, hash="sha256:00", depth=first.depth + 3)
    jobs = tuple(
        replace(job, pubs=tuple(replace(pub, isa="sha256:00") if pub.isa == first.hash else pub for pub in job.pubs))
        for job in before.record.jobs
    )
    versions = {**before.record.versions, "qiskit": "2.9.0"}
    record = replace(before.record, circuits=(other, *rest), jobs=jobs, versions=versions)
    causes = find_causes(made_of_run(before), made_of_run(FinishedRun(record, before.folder)))
    assert [cause.kind for cause in causes] == ["transpilation", "library version"]
    assert causes[0].message == f"circuit '{first.id}': depth {first.depth} became {first.depth + 3}"
