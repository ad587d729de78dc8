"""`same_as`: results held against a lock, or against an earlier run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import qspec
from qspec.comparing.locking import lock_of
from qspec.errors import SpecError
from qspec.records.locks import parse_lock, render_lock
from qspec.records.record import render_record

SPEC = {
    "qspec": 1,
    "name": "pair",
    "seed": 5,
    "backend": {"kind": "fake", "name": "fake_manila"},
    "circuits": {"bell": {"kind": "library", "name": "random_iqp", "args": {"num_qubits": 2, "seed": 3}, "measure": "all"}},
    "jobs": {
        "counts": {"program_id": "sampler", "shots": 4000, "pubs": [{"circuit": "bell"}]},
    },
}  # fmt: skip


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A repository, which is the current folder."""
    (tmp_path / "a b" / ".git").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a b")
    return Path.cwd()


def run(*expect, **keys):
    Path("spec.yaml").write_text(json.dumps({**SPEC, "expect": list(expect), **keys}), "utf-8")
    return qspec.run("spec.yaml")


def lock(path, **keys):
    made = run(**keys)
    lock, _ = lock_of(made)
    Path(path).write_bytes(render_lock(lock))
    return made


def verdict(made):
    return made.record.verdicts[0].verdict


def against(reference, **keys):
    return {"kind": "same_as", "reference": reference, **keys}


def test_the_same_again_is_identical_and_far_from_the_edge(home):
    lock("good.lock.json")
    found = verdict(run(against("good.lock.json", exact=True)))
    assert (found.passed, found.margin) == (True, None)
    found = verdict(run(against("good.lock.json")))
    assert (found.passed, found.message) == (True, "identical, compared with good.lock.json")
    assert found.margin == 1 - 0.001


def test_another_seed_is_consistent_and_not_exact(home):
    lock("good.lock.json")
    made = run(against("good.lock.json"), against("good.lock.json", exact=True), seed=6)
    loose, strict = (each.verdict for each in made.record.verdicts)
    assert loose.passed
    assert loose.details["verdict"] == "consistent"
    assert loose.margin == pytest.approx(loose.details["p_value"] - 0.001)
    assert "seed: 5 became 6" in loose.details["causes"]
    assert (strict.passed, strict.margin) == (False, None)
    assert made.record.outcome == "expectation-failed"


@pytest.mark.parametrize("of", ["lock", "run"])
def test_another_circuit_is_different(home, of):
    made = lock("good.lock.json")
    reference = "good.lock.json" if of == "lock" else made.folder.as_posix()
    circuits = {"bell": {**SPEC["circuits"]["bell"], "args": {"num_qubits": 2, "seed": 4}}}
    found = verdict(run(against(reference), circuits=circuits))
    assert not found.passed
    assert found.margin < 0
    assert found.details["p_value"] < 1e-6
    assert "different: PUB 0 of job 'counts': " in found.message


def test_what_a_lock_and_the_run_itself_say_is_the_same(home):
    """The summary names all outcomes here, so that its test is the one over whole PUBs."""
    made = lock("good.lock.json")
    by_lock = verdict(run(against("good.lock.json"), seed=7))
    by_run = verdict(run(against(made.folder.as_posix()), seed=7))
    assert by_lock.details["p_value"] == by_run.details["p_value"]
    whole = qspec.compare(made, qspec.open_run(qspec.run("spec.yaml").folder))
    assert by_run.details["p_value"] == pytest.approx(whole.p_value, rel=1e-9)


def test_the_run_folder_has_what_it_was_compared_with(home):
    made = lock("good.lock.json")
    second = run(against(made.folder.as_posix()), seed=9)
    assert not second.record.inputs
    names = [file.path for file in second.record.references]
    assert names == [f"{made.folder.as_posix()}.lock.json"]
    stored = second.folder / second.record.references[0].stored
    assert parse_lock(stored.read_bytes(), "stored").content_hash == made.record.content_hash
    for path in (Path("good.lock.json"), made.folder / "run.json"):
        path.unlink()
    again = qspec.rerun(second.folder)
    fresh = qspec.rerun(second.folder, fresh=True)
    for each in (again, fresh):
        assert verdict(each) == verdict(second)
        assert (qspec.compare(second, each).word, qspec.compare(second, each).causes) == ("identical", ())


def test_no_hash_of_a_run_depends_on_what_it_is_compared_with(home):
    lock("good.lock.json")
    first = run(against("good.lock.json"))
    text = Path("good.lock.json").read_text("utf-8")
    Path("good.lock.json").write_text(json.dumps(json.loads(text)), "utf-8")
    second = run(against("good.lock.json"))
    assert first.record.references != second.record.references
    assert first.record.content_hash == second.record.content_hash
    found = qspec.compare(run(), second)
    assert (found.word, found.causes) == ("identical", ())


def test_the_lock_of_the_spec_itself_is_written_and_replaced_whatever_it_said(home):
    missing = run(against("spec.lock.json"))
    assert (missing.record.outcome, verdict(missing).passed) == ("expectation-failed", False)
    assert "there is no 'spec.lock.json' yet" in verdict(missing).message
    hashes = []
    for _ in range(3):
        assert qspec.lock("spec.yaml", update=True) == Path("spec.lock.json")
        hashes.append(json.loads(Path("spec.lock.json").read_text("utf-8"))["content_hash"])
    assert hashes[1:] == [hashes[0]] * 2
    assert verdict(run(against("spec.lock.json", exact=True))).passed
    other = {"bell": {**SPEC["circuits"]["bell"], "args": {"num_qubits": 2, "seed": 4}}}
    assert not verdict(run(against("spec.lock.json"), circuits=other)).passed
    qspec.lock("spec.yaml", update=True)
    assert verdict(run(against("spec.lock.json"), circuits=other)).passed


def test_validate_knows_references_that_are_not_there(home):
    for reference in ("nothing.lock.json", "runs/nothing", "../x.lock.json"):
        Path("spec.yaml").write_text(json.dumps({**SPEC, "expect": [against(reference)]}), "utf-8")
        (found,) = qspec.check("spec.yaml")
        assert found.route == ("expect", 0, "reference")


def test_a_run_that_was_made_with_set_or_held_no_expectation_is_a_reference(home):
    Path("spec.yaml").write_text(json.dumps({**SPEC, "expect": [{"kind": "circuit", "depth": 0}]}), "utf-8")
    made = qspec.run(qspec.load("spec.yaml", set=["jobs.counts.shots=3000"]))
    assert made.record.outcome == "expectation-failed"
    assert verdict(run(against(made.folder.as_posix()))).passed


def test_a_run_whose_record_leads_out_of_the_repository_is_no_reference(home, tmp_path):
    made = lock("good.lock.json")
    (tmp_path / "outside").mkdir()
    (made.folder / "jobs").rename(tmp_path / "outside" / "jobs")
    (made.folder / "jobs").symlink_to(tmp_path / "outside" / "jobs")
    with pytest.raises(SpecError) as caught:
        run(against(made.folder.as_posix()))
    assert caught.value.findings[0].code == "outside-repository"


@pytest.mark.parametrize("name", ["backend.json", "resolved.json"])
def test_a_run_with_a_file_that_leads_out_is_no_reference_although_its_record_does_not_name_it(home, tmp_path, name):
    made = lock("good.lock.json")
    (made.folder / name).rename(tmp_path / name)
    (made.folder / name).symlink_to(tmp_path / name)
    files = {path: hash_ for path, hash_ in made.record.files.items() if path != name}
    (made.folder / "run.json").write_bytes(render_record(replace(made.record, files=files)))
    with pytest.raises(SpecError) as caught:
        run(against(made.folder.as_posix()))
    assert caught.value.findings[0].code == "outside-repository"


def test_points_beyond_number_have_no_reference(home):
    lock("big.lock.json")
    text = json.loads(Path("big.lock.json").read_text("utf-8"))
    Path("big.lock.json").write_text(json.dumps({**text, "points": [], "points_hash": "sha256:0"}), "utf-8")
    with pytest.raises(SpecError, match="one hash for the results of all its points"):
        run(against("big.lock.json"), sweep={"axes": {"jobs.counts.shots": [10, 20]}})


def test_points_of_a_sweep_are_held_against_their_own(home):
    sweep = {"axes": {"jobs.counts.shots": [1000, 2000], "backend.name": ["fake_manila", "fake_hanoi"]}}
    made = lock("sweep.lock.json", sweep=sweep)
    found = verdict(run(against("sweep.lock.json", exact=True), sweep=sweep))
    assert found.passed, found.message
    assert found.details["points"] == 4
    for reference in ("sweep.lock.json", made.folder.as_posix()):
        found = verdict(run(against(reference), sweep=sweep, seed=6))
        assert found.passed, found.message
    wider = {"axes": {**sweep["axes"], "jobs.counts.shots": [1000, 2000, 3000]}}
    found = verdict(run(against("sweep.lock.json"), sweep=wider))
    assert not found.passed
    assert found.message.startswith("failed at 2 of 6 points")
    assert "is only in the run" in found.message


def test_the_level_is_for_all_points_together(home):
    shots = list(range(1000, 1040))
    sweep = {"axes": {"jobs.counts.shots": shots}}
    lock("sweep.lock.json", sweep=sweep)
    found = verdict(run(against("sweep.lock.json", level=0.05), sweep=sweep, seed=6))
    print(f"smallest p-value of {len(shots)} points, times their number: {found.details['p_value']:.3g}")
    assert found.passed


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("nothing.lock.json", "missing-file"),
        ("runs/spec/nothing", "missing-file"),
        ("../outside.lock.json", "outside-repository"),
        ("spec.yaml/", "missing-file"),
        ("wrong.lock.json", "reference"),
        ("runs/unfinished", "reference"),
    ],
)
def test_a_reference_that_cannot_be_used_is_named(home, reference, code):
    Path("wrong.lock.json").write_text("{}")
    made = run()
    record = json.loads((made.folder / "run.json").read_text("utf-8"))
    Path("runs/unfinished").mkdir()
    Path("runs/unfinished/run.json").write_bytes(render_record(replace(made.record, outcome="interrupted")))
    assert record["outcome"] == "done"
    with pytest.raises(SpecError) as caught:
        run(against(reference))
    (found,) = caught.value.findings
    assert found.code == code
    assert found.route[:2] == ("expect", 0)
