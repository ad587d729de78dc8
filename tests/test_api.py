"""The Python API: what the README shows, and what stays light."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from recorded_runs import alike

import qspec

ROOT = Path(__file__).parents[1]
BELL = ROOT / "specs" / "bell.yaml"
BAD = "qspec: 1\nname: bad\nbackend: {kind: aer}\ncircuits: {}\njobs: {a: {program_id: sampler, shotz: 1, pubs: []}}\n"


@pytest.fixture
def bad_spec(tmp_path) -> Path:
    path = tmp_path / "bad.yaml"
    path.write_text(BAD, "utf-8")
    return path


def test_a_spec_is_run_and_looked_at_again(tmp_path):
    run = qspec.run(BELL, tmp_path)
    again = qspec.open_run(run.folder)
    assert again.record == run.record
    assert again.record.outcome == "done"
    assert alike(again.result("counts"), run.result("counts"))
    assert again.counts("counts") == again.result("counts")[0].data.meas.get_counts()
    assert run.folder.parent == tmp_path / "bell"


def test_paths_may_be_text_or_paths(tmp_path):
    loaded = qspec.load(str(BELL), set=["jobs.counts.shots=64"])
    plan = qspec.plan(loaded)
    run = qspec.run(plan, str(tmp_path))
    assert sum(run.counts("counts").values()) == 64
    assert run.record.overrides == ("jobs.counts.shots=64",)
    assert qspec.open_run(str(run.folder)).record == run.record


def test_check_gives_every_finding_and_none_for_a_good_spec(bad_spec):
    assert qspec.check(BELL) == ()
    findings = qspec.check(bad_spec)
    assert {finding.code for finding in findings} >= {"unknown-key", "wrong-size"}
    assert all(finding.span.path == str(bad_spec) for finding in findings)
    assert qspec.check(BELL, set=["jobs.counts.shots=none"])


@pytest.mark.parametrize("step", [qspec.load, qspec.plan, qspec.run])
def test_every_step_refuses_a_spec_with_errors_and_brings_the_findings(bad_spec, step):
    with pytest.raises(qspec.QspecError) as caught:
        step(bad_spec)
    assert caught.value.findings == qspec.check(bad_spec)
    assert caught.value.exit_code == 2


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(qspec.QspecError, match="cannot read"):
        qspec.check(tmp_path / "missing.yaml")
    with pytest.raises(qspec.QspecError, match=r"run\.json"):
        qspec.open_run(tmp_path)
    with pytest.raises(AttributeError, match="no attribute 'runn'"):
        qspec.runn  # noqa: B018


def test_the_version_is_the_packages():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert qspec.__version__ == project["version"]


def test_everything_public_is_listed_and_described():
    assert set(qspec.__all__) <= set(dir(qspec))
    for name in set(qspec.__all__) - {"__version__"}:
        assert getattr(qspec, name).__doc__


def test_importing_qspec_imports_nothing_else():
    code = (
        "import sys; before = set(sys.modules); import qspec\n"
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before}))\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    heavy = {"numpy", "qiskit", "yaml", "click", "jsonschema", "dataclasses", "importlib", "json", "pathlib"}
    assert "qspec" in done.stdout.split()
    assert not heavy & set(done.stdout.split())


def test_a_spec_is_locked_and_run_as_it_was_locked(tmp_path):
    spec = tmp_path / "bell.yaml"
    spec.write_bytes(BELL.read_bytes())
    first = qspec.run(spec, tmp_path / "runs")
    lock = qspec.lock(spec, of=first)
    assert lock == tmp_path / "bell.lock.json"
    again = qspec.run(spec, tmp_path / "runs", locked=True)
    assert qspec.compare(lock, again).word == "identical"
    with pytest.raises(qspec.QspecError, match="is locked already"):
        qspec.lock(spec)
    spec.write_text(spec.read_text("utf-8").replace("4096", "4000"), "utf-8")
    with pytest.raises(qspec.QspecError, match="4096 became 4000") as caught:
        qspec.run(spec, tmp_path / "runs", locked=True)
    assert caught.value.exit_code == 8
    with pytest.raises(qspec.QspecError, match="made from something else"):
        qspec.lock(spec, of=first, update=True)
    with pytest.raises(qspec.QspecError, match="a plan has its circuits already"):
        qspec.run(qspec.plan(spec), tmp_path / "runs", locked=True)
    spec.write_text(spec.read_text("utf-8").replace("seed: 42\n", ""), "utf-8")
    assert qspec.load(spec).spec.seed is None
    assert qspec.lock(spec, runs_dir=tmp_path / "runs", update=True) == lock
    assert qspec.run(spec, tmp_path / "runs", locked=True).record.seed == first.record.seed
    assert len(list((tmp_path / "runs" / "bell").iterdir())) == 4
