"""What continuous integration reads of `qspec lock`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from spec_texts import BELL

from qspec.records.find import list_runs
from tests import published_schemas

OTHER = BELL.replace("name: bell", "name: other")


@pytest.fixture
def locked(desk, qspec, monkeypatch):
    """Two specs that are locked, `specs/bell.yaml` and `specs/other.yaml`; returned is the summary of the next step."""
    Path("specs").mkdir()
    shutil.move("bell.yaml", "specs/bell.yaml")
    Path("specs/other.yaml").write_text(OTHER, "utf-8")
    said = qspec("lock", "specs")
    assert said.code == 0, said.err
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(desk / "summary.md"))
    return desk / "summary.md"


def edit(path, old, new):
    text = Path(path).read_text("utf-8")
    assert old in text
    Path(path).write_text(text.replace(old, new), "utf-8")


def cases(text):
    (suite,) = published_schemas.junit(text)
    words = ("failure", "error", "skipped")
    return {case.get("name"): [each.tag for each in case if each.tag in words] for case in suite.iter("testcase")}


def test_locks_that_are_held_are_a_case_each_and_no_annotation(locked, qspec):
    said = qspec("lock", "--check", "--format", "junit")
    assert (said.code, cases(said.out)) == (0, {"specs/bell.yaml": [], "specs/other.yaml": []})
    assert locked.read_text("utf-8") == "### ✅ 2 of 2 specs are as they were locked\n\n"
    said = qspec("lock", "--check", "--format", "github")
    assert (said.code, said.out) == (0, "")
    assert published_schemas.sarif(qspec("lock", "--check", "--format", "sarif").out)["results"] == []


def test_a_spec_that_changed_is_a_failure_and_an_annotation_at_the_spec(locked, qspec):
    edit("specs/bell.yaml", "shots: 100", "shots: 101")
    said = qspec("lock", "--check", "--format", "junit")
    assert (said.code, cases(said.out)) == (8, {"specs/bell.yaml": ["failure"], "specs/other.yaml": []})
    (suite,) = published_schemas.junit(said.out)
    failure = suite.find(".//failure")
    assert failure.get("type") == "lock-not-held"
    assert "spec: jobs.counts.shots: 100 became 101" in failure.get("message")
    assert "qspec lock --update specs/bell.yaml" in failure.text
    said = qspec("lock", "--check", "--format", "github")
    assert said.code == 8
    (line,) = said.out.splitlines()
    assert line.startswith(
        "::error file=specs/bell.yaml,line=1,col=1,endLine=1,endColumn=2,title=error[lock-not-held]::"
        "'specs/bell.yaml' is not what 'specs/bell.lock.json' was made from: spec: jobs.counts.shots: 100 became 101%0A"
    )
    assert line.endswith("qspec lock --update specs/bell.yaml")
    (result,) = published_schemas.sarif(qspec("lock", "--check", "--format", "sarif").out)["results"]
    assert result["ruleId"] == "lock-not-held"
    text = locked.read_text("utf-8")
    assert text.startswith("### ❌ 1 of 2 specs are as they were locked\n\n|  | spec | what | help |\n")
    assert "| ❌ | specs/bell\\.yaml | " in text
    assert "other" not in text


def test_findings_of_a_wrong_spec_stand_at_their_lines(locked, qspec):
    edit("specs/bell.yaml", "shots:", "shotz:")
    said = qspec("lock", "--check", "--format", "github")
    assert said.code == 2
    assert said.out == qspec("validate", "specs/bell.yaml", "--format", "github").out
    assert cases(qspec("lock", "--check", "--format", "junit").out)["specs/bell.yaml"] == ["failure"]


def test_a_lock_that_cannot_be_used_or_has_no_spec_is_an_error(locked, qspec):
    edit("specs/bell.lock.json", '"qspec_lock": 1', '"qspec_lock": 9')
    Path("specs/other.yaml").unlink()
    said = qspec("lock", "--check", "--format", "junit")
    assert (said.code, cases(said.out)) == (2, {"specs/bell.yaml": ["error"], "specs/other.yaml": ["error"]})
    bell, other = qspec("lock", "--check", "--format", "github").out.splitlines()
    assert bell.startswith("::error file=specs/bell.yaml,line=1,")
    assert other.startswith("::error file=specs/other.lock.json,line=1,"), "the spec is not there to be annotated"


def test_no_lock_at_all_is_a_document_without_cases(desk, qspec):
    said = qspec("lock", "--check", ".", "--format", "junit")
    assert (said.code, cases(said.out)) == (0, {})
    assert "there is no lock below ." in said.err
    assert published_schemas.sarif(qspec("lock", "--check", "--format", "sarif").out)["results"] == []


def test_a_command_that_makes_no_sense_is_told_in_every_format(desk, qspec):
    said = qspec("lock", "--check", "--update", "--format", "junit")
    assert (said.code, cases(said.out)) == (2, {"qspec": ["error"]})


def test_a_folder_is_about_the_locks_in_it_and_a_file_has_to_have_one(locked, qspec):
    Path("specs/third.yaml").write_text(BELL, "utf-8")
    said = qspec("lock", "--check", "specs", "specs/bell.yaml")
    assert said.code == 0
    assert [line.partition(":")[0] for line in said.out.splitlines()] == ["specs/bell.yaml", "specs/other.yaml"]
    assert qspec("lock", "--check", "specs/third.yaml").code == 2


def test_locking_tells_what_its_runs_gave(desk, qspec):
    said = qspec("lock", "bell.yaml", "--format", "junit")
    assert (said.code, cases(said.out)) == (0, {"job counts": []})
    assert "bell.lock.json: locked" in said.err
    missed = '  - {kind: probabilities, job: counts, pub: 0, values: {"00": 1}, tolerance: 0.1}\n'
    Path("missed.yaml").write_text(f"{BELL}expect:\n{missed}", "utf-8")
    said = qspec("lock", "missed.yaml", "--format", "github")
    assert said.code == 1
    assert said.out.startswith("::error file=missed.yaml,line=")
    assert not Path("missed.lock.json").exists()
    assert len(list_runs("runs")) == 2
