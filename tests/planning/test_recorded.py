"""The plan of a recorded run is the plan that it was made from, whatever became of the spec."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import qspec
from qspec.errors import QspecError, RecordError
from qspec.planning.fingerprint import fingerprint
from qspec.planning.recorded import plan_again
from qspec.planning.sweeps import SweepPlan
from qspec.reading.load import check_file
from qspec.running.creating import creating_run

HOME = Path(__file__).parents[2]
SPECS = sorted([*(HOME / "specs").glob("*.yaml"), *(HOME / "tests" / "golden" / "ok").glob("*.yaml")])


def created(plan, runs_dir: Path) -> Path:
    """The folder of a run that was killed before its first job."""
    with creating_run(plan, runs_dir) as journal:
        return journal.folder.path


def bindings(pub) -> dict:
    return {names: np.asarray(values).tolist() for names, values in pub.parameter_values.data.items()}


def assert_same_job(one, other) -> None:
    assert (one.id, one.shots, one.precision, one.seed) == (other.id, other.shots, other.precision, other.seed)
    assert (one.pub_seeds, one.qpu_seconds) == (other.pub_seeds, other.qpu_seconds)
    assert (one.job.kind, one.job.options) == (other.job.kind, other.job.options)
    assert [pub.data() for pub in one.pubs] == [pub.data() for pub in other.pubs]
    for left, right in zip(one.pubs, other.pubs, strict=True):
        assert fingerprint(left.pub.circuit) == fingerprint(right.pub.circuit)
        assert left.circuit.data() == right.circuit.data()
        assert bindings(left.pub) == bindings(right.pub)
        assert left.pub.parameter_values.shape == right.pub.parameter_values.shape
        for name in ("shots", "precision"):
            assert getattr(left.pub, name, None) == getattr(right.pub, name, None)
        if hasattr(left.pub, "observables"):
            assert left.pub.observables.tolist() == right.pub.observables.tolist()


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_plan_comes_back_from_its_run_folder_alone(path, tmp_path, monkeypatch):
    if qspec.load(path).spec.backend.kind == "ibm":
        pytest.skip("its backend is on the service")
    plan = qspec.plan(path)
    folder = created(plan, tmp_path / "runs")
    moved = tmp_path / "moved" / "elsewhere"
    shutil.copytree(folder, moved)
    shutil.rmtree(folder)
    monkeypatch.chdir(tmp_path)
    again = plan_again(Path("moved") / "elsewhere")
    assert again.spec.sinks == plan.spec.sinks
    assert again.spec.expect == plan.spec.expect
    assert again.spec.sweep == plan.spec.sweep
    for one, other in zip(points_of(again), points_of(plan), strict=True):
        assert_same_plan(one, other)


def points_of(plan):
    """The plans of a plan: of the first point of each variant, where there is a sweep."""
    return plan.plans if isinstance(plan, SweepPlan) else [plan]


def assert_same_plan(one, other) -> None:
    assert (one.seed, one.seeds) == (other.seed, other.seeds)
    assert one.backend.description() == other.backend.description()
    for left, right in zip(one.jobs, other.jobs, strict=True):
        assert_same_job(left, right)


MIRRORED = """\
qspec: 1
name: mirrored
seed: 3
backend: {kind: fake, name: FakeManilaV2}
transpile: {optimization_level: 3}
circuits:
  first: {kind: qasm, source: "OPENQASM 3.0; include \\"stdgates.inc\\"; qubit[2] q; h q[0]; cx q[0], q[1];"}
  second: {kind: qasm, source: "OPENQASM 3.0; include \\"stdgates.inc\\"; qubit[2] q; h q[1]; cx q[1], q[0];"}
  third: {kind: qasm, source: "OPENQASM 3.0; include \\"stdgates.inc\\"; qubit[2] r; h r[1]; cx r[1], r[0];"}
jobs:
  energy:
    program_id: estimator
    precision: 0.1
    pubs:
      - {circuit: first, observables: {ZX: 1.0}}
      - {circuit: second, observables: {ZX: 1.0}}
      - {circuit: third, observables: {ZX: 1.0}}
"""


def test_circuits_that_became_one_keep_their_own_layouts(tmp_path):
    spec = tmp_path / "mirrored.yaml"
    spec.write_text(MIRRORED)
    plan = qspec.plan(spec)
    (job,) = plan.jobs
    assert len({pub.circuit.hash for pub in job.pubs}) == 1, "this test wants circuits with one ISA circuit"
    observables = [pub.pub.observables.tolist() for pub in job.pubs]
    assert observables[0] != observables[1]
    again = plan_again(created(plan, tmp_path / "runs"))
    assert [pub.pub.observables.tolist() for pub in again.jobs[0].pubs] == observables


def test_one_file_is_enough_for_circuits_that_are_the_same(tmp_path):
    spec = tmp_path / "alike.yaml"
    spec.write_text(
        MIRRORED.replace("q[1]; cx q[1], q[0]", "q[0]; cx q[0], q[1]").replace(
            "r[1]; cx r[1], r[0]", "r[0]; cx r[0], r[1]"
        )
    )
    folder = created(qspec.plan(spec), tmp_path / "runs")
    assert len(list((folder / "circuits").glob("*.qpy"))) == 1
    assert [pub.circuit.source for pub in plan_again(folder).jobs[0].pubs] == ["first", "second", "third"]


def test_a_damaged_file_of_the_plan_is_named(tmp_path):
    folder = created(qspec.plan(HOME / "specs" / "tfim.yaml"), tmp_path / "runs")
    needed = [path for path in folder.rglob("*") if path.suffix in {".qpy", ".npz"} or path.name == "resolved.json"]
    assert len(needed) >= 3
    for path in needed:
        content = path.read_bytes()
        for damaged in (content[: len(content) // 2], content[:-9] + b"x" + content[-8:], b""):
            path.write_bytes(damaged)
            with pytest.raises(RecordError, match=path.name):
                plan_again(folder)
        path.unlink()
        with pytest.raises(RecordError, match=path.name):
            plan_again(folder)
        path.write_bytes(content)
    assert plan_again(folder).jobs


def test_every_golden_spec_is_one_that_can_be_planned():
    wrong = [path.name for path in SPECS if not check_file(str(path)).data]
    assert wrong == []
    assert issubclass(RecordError, QspecError)
