"""What continuous integration reads: JUnit files, annotations, code scanning, and the summary of a step."""

from __future__ import annotations

import json
import re
import shutil
import signal
import time

import pytest
from spec_texts import BELL, PAIR

from qspec.records.find import list_runs
from qspec.records.view import open_run
from tests import published_schemas

HELD = '  - {kind: probabilities, job: counts, pub: 0, values: {"00": 0.5}, tolerance: 0.4}\n'
MISSED = '  - {kind: probabilities, job: counts, pub: 0, values: {"00": 1}, tolerance: 0.1}\n'
HEAVY = "  heavy: {program_id: sampler, shots: 1, pubs: [{circuit: wide}]}\n"
WIDE = "  wide: {kind: library, name: quantum_volume, args: {num_qubits: 29, depth: 2}, measure: all}\n"
MIXED = (
    BELL.replace("name: bell", "name: mixed")
    .replace("{kind: aer}", "{kind: aer, options: {max_memory_mb: 64}}")
    .replace("jobs:\n", f"{WIDE}jobs:\n")
    + f"{HEAVY}expect:\n{HELD}{MISSED}"
)
SWEPT = """\
qspec: 1
name: swept
seed: 3
backend: {kind: aer, method: statevector}
circuits:
  volume: {kind: library, name: quantum_volume, args: {num_qubits: 2, depth: 1, seed: 1}, measure: all}
jobs:
  counts: {program_id: sampler, shots: 10, pubs: [{circuit: volume}]}
sweep:
  axes: {circuits.volume.args.num_qubits: [2, 45, 3]}
"""
TURNED = """\
qspec: 1
name: turned
seed: 3
backend: {kind: aer}
circuits:
  turned: {kind: library, name: real_amplitudes, args: {num_qubits: 1, reps: 0}, measure: all}
jobs:
  counts: {program_id: sampler, shots: 1000, pubs: [{circuit: turned, parameter_values: {θ: [0]}}]}
sweep:
  axes: {"jobs.counts.pubs.0.parameter_values.θ": [[0], [pi/2], [0.1]]}
expect:
  - {kind: probabilities, job: counts, pub: 0, values: {"0": 1}, tolerance: 0.2}
"""


@pytest.fixture
def mixed(desk):
    """A spec of which one job fails and one expectation does not hold, `mixed.yaml`."""
    (desk / "mixed.yaml").write_text(MIXED, "utf-8")
    return desk


@pytest.fixture
def summary(tmp_path, monkeypatch):
    """Where the summary of the step goes."""
    path = tmp_path / "a summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    return path


def cases(suite):
    """The cases of a suite by their names: the tags of their troubles."""
    words = ("failure", "error", "skipped")
    return {case.get("name"): [each.tag for each in case if each.tag in words] for case in suite.iter("testcase")}


def properties(suite):
    return {each.get("name"): each.get("value") for each in suite.iter("property")}


def test_junit_has_a_case_for_each_job_and_each_expectation(qspec, mixed):
    said = qspec("run", "mixed.yaml", "--format", "junit")
    assert said.code == 1
    root = published_schemas.junit(said.out)
    (suite,) = root
    assert cases(suite) == {
        "job counts": [],
        "job heavy": ["error"],
        "expect 0: probabilities of counts PUB 0": [],
        "expect 1: probabilities of counts PUB 0": ["failure"],
    }
    numbers = {name: suite.get(name) for name in ("name", "file", "tests", "failures", "errors", "skipped")}
    assert numbers == {
        "name": "mixed", "file": "mixed.yaml", "tests": "4", "failures": "1", "errors": "1", "skipped": "0"
    }  # fmt: skip
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("4", "1", "1")
    (run,) = list_runs("runs")
    assert properties(suite)["run folder"] == str(run.folder)
    assert properties(suite)["content hash"] == run.record.content_hash
    missed = suite.find(".//failure")
    assert re.fullmatch(r"P\(00\) is 0\.\d+, expected 1 ± 0\.1", missed.get("message"))
    margin = run.record.verdicts[1].verdict.margin
    assert margin < 0
    assert f"\nmargin {margin:+.4g}\n" in missed.text
    assert "too wide" in suite.find(".//error").get("message")
    assert float(suite.get("time")) >= float(suite.find("testcase").get("time")) >= 0


def test_junit_of_several_runs_is_one_file_with_a_suite_each(qspec, mixed):
    root = published_schemas.junit(qspec("run", "bell.yaml", "mixed.yaml", "--format", "junit").out)
    assert [suite.get("name") for suite in root] == ["bell", "mixed"]


def test_junit_is_xml_whatever_the_spec_says(qspec, desk):
    odd = '"a\\e[31m\\u0001\\ufffe <b>&amp; ]]> θ \\U0001F600\\n"'
    (desk / "odd.yaml").write_text(
        BELL.replace("shots: 100", f"shots: {odd}").replace("  counts:", f"  {odd}:"), "utf-8"
    )
    said = qspec("validate", "odd.yaml", "--format", "junit")
    assert said.code == 2
    assert said.out.isascii()
    (suite,) = published_schemas.junit(said.out)
    assert "<b>&amp; ]]> θ 😀" in suite.find(".//failure").get("message")


def test_junit_of_a_sweep_has_a_case_for_each_job_with_the_number_of_points_that_failed(qspec, desk):
    (desk / "swept.yaml").write_text(SWEPT, "utf-8")
    (suite,) = published_schemas.junit(qspec("run", "swept.yaml", "--format", "junit").out)
    assert cases(suite) == {"job counts": ["error"]}
    assert "1 of 3 points failed; the first: point 1" in suite.find(".//error").get("message")
    assert properties(suite)["points failed"] == "1"


def test_an_expectation_of_a_sweep_is_one_case_over_all_points(qspec, desk):
    (desk / "turned.yaml").write_text(TURNED, "utf-8")
    (suite,) = published_schemas.junit(qspec("run", "turned.yaml", "--format", "junit").out)
    assert cases(suite) == {"job counts": [], "expect 0: probabilities of counts PUB 0": ["failure"]}
    assert suite.find("testcase/system-out").text == "points: 3 done"
    assert suite.find(".//failure").get("message").startswith("failed at 1 of 3 points; at point 1: ")


def test_what_is_not_finished_is_skipped_until_resume_has_it(emulator, qspec, summary):
    emulator.faults.add_job(nth=(2,), hold=True)
    assert qspec("submit", "pair.yaml").code == 5
    emulator.wait_for(lambda: emulator.ledger.jobs[0].ended)
    said = qspec("resume", "latest", "--no-wait", "--format", "junit")
    assert said.code == 5
    (suite,) = published_schemas.junit(said.out)
    skipped = {"job counts": [], "job energy": ["skipped"], "expect 0: probabilities of counts PUB 0": ["skipped"]}
    assert cases(suite) == skipped
    assert "1 job has not ended yet" in suite.find("system-err").text
    assert "### ⏳ pair: unfinished" in summary.read_text("utf-8")
    annotations = qspec("resume", "latest", "--no-wait", "--format", "github")
    assert annotations.out.startswith("::warning title=not finished::1 job has not ended yet%0A")
    assert len(annotations.out.splitlines()) == 1
    emulator.release(emulator.ledger.jobs[1])
    (suite,) = published_schemas.junit(qspec("resume", "latest", "--format", "junit").out)
    assert not any(cases(suite).values())
    assert suite.find("system-err") is None


def test_a_dry_run_has_the_verdicts_that_it_can_have(emulator, tmp_path, qspec, summary):
    (tmp_path / "pair.yaml").write_text(PAIR + "  - {kind: circuit, circuit: bell, depth: 20}\n", "utf-8")
    (suite,) = published_schemas.junit(qspec("run", "pair.yaml", "--dry-run", "--format", "junit").out)
    skipped, held = list(cases(suite).items())[2:]
    assert skipped == ("expect 0: probabilities of counts PUB 0", ["skipped"])
    assert held == ("expect 1: circuit of bell", [])
    assert suite.find(".//skipped").get("message") == "not checked in a dry run"
    assert "| ⏳ | probabilities of counts PUB 0 | not checked in a dry run |  |" in summary.read_text("utf-8")


def test_a_job_that_the_service_failed_names_its_id(emulator, qspec):
    emulator.faults.add_job(nth=(1,), fail_code=1517, fail_reason="the circuit is not an ISA circuit")
    said = qspec("run", "pair.yaml", "--format", "github")
    failed, missed = said.out.splitlines()
    line = 1 + PAIR.splitlines().index("  counts: {program_id: sampler, shots: 1000, pubs: [{circuit: bell}]}")
    assert failed.startswith(f"::error file=pair.yaml,line={line},col=3,endLine={line},")
    assert f"%0Aas {emulator.ledger.jobs[0].id}, ERROR%0A" in failed
    assert "title=error[expectation-failed]::expect 0: " in missed


def test_a_run_is_annotated_where_its_jobs_and_expectations_stand(qspec, mixed):
    said = qspec("run", "mixed.yaml", "--format", "github")
    assert said.code == 1
    lines = MIXED.splitlines()
    job, expectation = (1 + lines.index(each.rstrip("\n")) for each in (HEAVY, MISSED))
    failed, missed = said.out.splitlines()
    assert failed.startswith(
        f"::error file=mixed.yaml,line={job},col=3,endLine={job},endColumn=8,title=error[job-failed]::"
    )
    assert missed.startswith(f"::error file=mixed.yaml,line={expectation},col=5,")
    assert "%0Amargin -0" in missed


def test_what_stands_in_a_base_is_annotated_there_and_what_was_set_nowhere(qspec, mixed):
    (mixed / "bases").mkdir()
    (mixed / "mixed.yaml").rename(mixed / "bases" / "base.yaml")
    (mixed / "mine.yaml").write_text(f"extends: bases/base.yaml\nexpect:\n{MISSED}", "utf-8")
    failed, missed = qspec("run", "mine.yaml", "--format", "github").out.splitlines()
    assert failed.startswith("::error file=bases/base.yaml,line=")
    assert missed.startswith("::error file=mine.yaml,line=3,")
    override = 'expect=[{kind: probabilities, job: counts, pub: 0, values: {"00": 1}, tolerance: 0}]'
    _, missed = qspec("run", "mine.yaml", "--set", override, "--format", "github").out.splitlines()
    assert missed.startswith("::error title=error[expectation-failed]::expect.0: expect 0: ")


def test_a_good_run_has_no_annotation(qspec, desk):
    said = qspec("run", "bell.yaml", "--format", "github")
    assert (said.code, said.out) == (0, "")


def test_findings_of_a_wrong_spec_are_annotated_by_run_too(qspec, desk):
    (desk / "bad.yaml").write_text(BELL.replace("shots:", "shotz:"), "utf-8")
    (desk / "idle.yaml").write_text(BELL + "execution: {mode: batch}\n", "utf-8")
    assert qspec("run", "bad.yaml", "--format", "github").out == qspec("validate", "bad.yaml", "--format", "github").out
    warned = qspec("run", "idle.yaml", "--format", "github").out
    assert warned.startswith("::warning file=idle.yaml,line=22,")
    assert "title=warning[no-effect]::" in warned
    (suite,) = published_schemas.junit(qspec("run", "bad.yaml", "--format", "junit").out)
    assert cases(suite) == {"spec": ["failure"]}
    assert suite.find(".//failure").get("type") == "unknown-key"


def test_what_a_spec_says_ends_no_annotation_and_begins_no_other(qspec, desk):
    text = BELL.replace("shots: 100", 'shots: "1\\n::error::x%0A::set-output name=a::b"')
    (desk / "a,b::c%.yaml").write_text(text, "utf-8")
    said = qspec("validate", "a,b::c%.yaml", "--format", "github")
    (line,) = said.out.splitlines()
    assert line.startswith("::error file=a%2Cb%3A%3Ac%25.yaml,line=19,")


def test_sarif_of_a_run_is_sarif(qspec, mixed):
    said = qspec("run", "mixed.yaml", "bell.yaml", "--format", "sarif")
    run = published_schemas.sarif(said.out)
    assert [result["ruleId"] for result in run["results"]] == ["job-failed", "expectation-failed"]
    assert all(rule["fullDescription"]["text"] for rule in run["tool"]["driver"]["rules"])
    (place,) = run["results"][1]["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "mixed.yaml"


def test_sarif_is_sarif_for_good_runs_wrong_specs_and_failures(qspec, desk):
    (desk / "bad.yaml").write_text(BELL.replace("shots:", "shotz:"), "utf-8")
    assert published_schemas.sarif(qspec("run", "bell.yaml", "--format", "sarif").out)["results"] == []
    for command in ("run", "validate"):
        (result,) = published_schemas.sarif(qspec(command, "bad.yaml", "--format", "sarif").out)["results"]
        assert result["ruleId"] == "unknown-key"
    run = published_schemas.sarif(qspec("run", "nowhere.yaml", "--format", "sarif").out)
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "nowhere.yaml" in invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_a_command_that_fails_is_a_case_and_an_annotation(qspec, desk):
    (suite,) = published_schemas.junit(qspec("run", "nowhere.yaml", "--format", "junit").out)
    assert cases(suite) == {"qspec": ["error"]}
    said = qspec("run", "nowhere.yaml", "--format", "github")
    assert said.out.startswith("::error title=error::cannot read 'nowhere.yaml': ")


def test_a_bug_is_reported_even_where_it_is_in_the_reports(qspec, desk, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("qspec.render.suites.cases_of", broken)
    said = qspec("run", "bell.yaml", "--format", "junit")
    assert said.code == 70
    assert "this is a bug in qspec: ZeroDivisionError" in said.err


def test_nothing_to_resume_is_a_document_without_cases(qspec, desk):
    assert len(published_schemas.junit(qspec("resume", "--format", "junit").out)) == 0
    assert published_schemas.sarif(qspec("resume", "--format", "sarif").out)["results"] == []


def test_validate_has_a_case_for_each_spec_and_a_failure_for_each_error(qspec, desk):
    (desk / "bad.yaml").write_text(BELL.replace("shots:", "shotz:").replace("seed: 42", "seed: x"), "utf-8")
    said = qspec("validate", "bell.yaml", "bad.yaml", "--format", "junit")
    assert said.code == 2
    (suite,) = published_schemas.junit(said.out)
    assert cases(suite) == {"bell.yaml": [], "bad.yaml": ["failure", "failure"]}
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")


def test_a_process_writes_one_document(start, mixed):
    process = start("run", "mixed.yaml", "bell.yaml", "--format", "junit")
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert len(published_schemas.junit(out.decode())) == 2


@pytest.mark.parametrize("form", ["junit", "sarif"])
def test_an_interruption_is_one_document_too(emulator, start, summary, form):
    emulator.faults.add_job(hold=True)
    process = start("run", "pair.yaml", "--format", form, text=True)
    limit = time.monotonic() + 60
    while len(emulator.ledger.jobs) < 2 or "QUEUED" not in str(list_runs("runs")[0].record):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < limit
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    if form == "junit":
        (suite,) = published_schemas.junit(out)
        assert cases(suite)["qspec"] == ["error"]
        assert cases(suite)["job counts"] == ["skipped"]
    else:
        assert published_schemas.sarif(out)["invocations"]
    assert summary.read_text("utf-8").startswith("### ⏳ pair: ")


def test_the_summary_has_verdicts_jobs_results_and_the_folder(qspec, mixed, summary):
    summary.write_text("# of another step\n", "utf-8")
    plain = qspec("run", "mixed.yaml")
    text = summary.read_text("utf-8")
    (run,) = list_runs("runs")
    assert text.startswith("# of another step\n### ❌ mixed: failed\n")
    assert re.search(r"^\| ✅ \| probabilities of counts PUB 0 \| .*P.* \| \\\+0\\\.\d+ \|$", text, re.MULTILINE)
    assert re.search(r"^\| ❌ \| probabilities of counts PUB 0 \| P.* \| \\-0\\\.\d+ \|$", text, re.MULTILINE)
    assert "| ✅ | counts | sampler, 100 shots, 1 PUB | DONE |" in text
    assert "| ❌ | heavy | sampler, 1 shot, 1 PUB | ERROR\\: a circuit is too wide" in text
    assert run.record.run.replace("-", "\\-").replace(".", "\\.") in text
    assert f"```text\n{plain.out}```\n" in text, "what a person sees stands there word for word"


@pytest.mark.parametrize("form", ["json", "junit", "github", "sarif"])
def test_every_format_writes_the_summary(qspec, desk, summary, form):
    qspec("run", "bell.yaml", "--format", form)
    assert summary.read_text("utf-8").startswith("### ✅ bell: done\n")


def test_only_commands_of_ci_write_a_summary(qspec, desk, summary):
    qspec("plan", "bell.yaml")
    qspec("runs")
    assert not summary.exists()


def test_the_summary_of_validate_has_every_finding(qspec, desk, summary):
    (desk / "bad.yaml").write_text(BELL.replace("shots:", "shotz|:"), "utf-8")
    qspec("validate", "bell.yaml", "bad.yaml")
    text = summary.read_text("utf-8")
    assert text.startswith("### ❌ 1 of 2 specs are valid\n")
    assert "| ❌ | bad\\.yaml\\:19\\:5 | 'shotz\\|' is not a key of a sampler job; did you mean 'shots'? |" in text


def test_the_summary_of_a_wrong_spec_says_that_it_was_not_run(qspec, desk, summary):
    (desk / "bad.yaml").write_text(BELL.replace("shots:", "shotz:"), "utf-8")
    assert qspec("run", "bad.yaml").code == 2
    assert summary.read_text("utf-8").startswith("### ❌ bad\\.yaml\\: not run\n")
    qspec("run", "nowhere.yaml")
    assert "### ❌ failed\n\ncannot read 'nowhere\\.yaml'\\: no such file or directory" in summary.read_text("utf-8")


def test_a_summary_stays_below_900_kb_and_says_what_was_left_out(qspec, desk, summary):
    for taken, left in ((899_400, "1 part of 4, "), (899_960, "")):
        summary.write_text("x" * taken, "utf-8")
        said = qspec("run", "bell.yaml")
        added = summary.read_text("utf-8")[taken:]
        assert (said.code, summary.stat().st_size <= 900_000) == (0, True)
        assert (f"**Left out here:** {left}" in added) == bool(left)
        assert ("summary of this step is full" in said.err) != bool(left)


def test_a_summary_that_cannot_be_written_is_a_warning(qspec, desk, summary):
    summary.mkdir()
    said = qspec("run", "bell.yaml")
    assert said.code == 0
    assert "warning: the summary of this step was not written: is a directory\n" in said.err
    assert "outcome  done" in said.out


def test_nothing_in_a_name_is_obeyed_in_the_summary(qspec, desk, summary):
    name = "a|b <img> [c](d.e) `f` *g* @h"
    (desk / "odd.yaml").write_text(BELL.replace("  counts:", f'  "{name}":'), "utf-8")
    qspec("validate", "odd.yaml")
    shutil.copy(desk / "odd.yaml", desk / "```.yaml")
    qspec("run", "```.yaml")
    text = summary.read_text("utf-8")
    assert "a\\|b \\<img\\> \\[c\\]\\(d\\.e\\) \\`f\\` \\*g\\* \\@h" in text
    assert "<img" not in text.replace("\\<img", "")


def test_a_run_that_is_only_shown_writes_no_summary(qspec, desk, summary):
    qspec("run", "bell.yaml")
    written = summary.read_text("utf-8")
    assert qspec("show").code == 0
    assert summary.read_text("utf-8") == written


def test_the_json_of_a_run_is_what_it_was(qspec, desk, summary):
    document = json.loads(qspec("run", "bell.yaml", "--format", "json").out)
    assert open_run(document["folder"]).record.outcome == "done"


def turned(angle):
    """What puts another state into the spec: P(11) is sin²(angle / 2), where it was 1/2."""
    source = re.search(r"source: \|\n(.*?)jobs:", BELL, re.DOTALL)[1].replace("      ", "")
    return f"circuits.bell.source={json.dumps(source.replace('h q[0]', f'ry({angle}) q[0]'))}"


@pytest.fixture
def done(qspec, desk):
    """A run of `bell.yaml`, in which PUB 0 stands in line 21."""
    assert qspec("run", "bell.yaml", "--set", "jobs.counts.shots=4000").code == 0
    (run,) = list_runs("runs")
    return run


def newest():
    return list_runs("runs")[-1]


def distance(before, after):
    """Between the outcomes of two runs, which have as many shots."""
    counts = [run.counts("counts", 0) for run in map(open_run, (before.folder, after.folder))]
    outcomes = {*counts[0], *counts[1]}
    shots = sum(counts[0].values())
    assert shots == sum(counts[1].values())
    return sum(abs(counts[0].get(each, 0) - counts[1].get(each, 0)) for each in outcomes) / shots / 2


def test_a_rerun_has_a_case_for_each_pub_beside_those_of_the_run(qspec, done):
    said = qspec("rerun", done.folder, "--format", "junit")
    assert said.code == 0
    (suite,) = published_schemas.junit(said.out)
    assert cases(suite) == {"job counts": [], "results of counts PUB 0": []}
    assert suite.find("testcase[2]/system-out").text == "identical"
    assert properties(suite)["repeats"] == done.record.run
    assert properties(suite)["run folder"] == str(newest().folder)


def test_results_that_differ_are_failures_with_word_test_p_value_effect_and_cause(qspec, done):
    said = qspec("rerun", done.folder, "--set", turned(1), "--format", "junit")
    assert said.code == 8
    (suite,) = published_schemas.junit(said.out)
    assert cases(suite) == {"job counts": [], "results of counts PUB 0": ["failure"]}
    failure = suite.find(".//failure")
    assert failure.get("type") == "results-differ"
    message = failure.get("message")
    shown = re.match(
        r"different: p-value (\S+), total variation distance (\S+) \(sampling alone: \S+\), (.+); cause: spec: ",
        message,
    )
    assert float(shown[1]) < 1e-20
    assert float(shown[2]) == pytest.approx(distance(done, newest()), rel=0.05)
    assert "test" in shown[3] or "chi-square" in shown[3]
    assert failure.text.startswith(f"{message}\ncircuit bell\n")
    assert "\nlevel 0.001 for all of 1 PUB together\n" in failure.text
    assert "\nalso: transpilation: " in failure.text


def test_results_that_differ_are_annotated_where_the_pub_stands(qspec, done):
    said = qspec("rerun", done.folder, "--set", turned(1), "--format", "github")
    assert said.code == 8
    (line,) = said.out.splitlines()
    number = 1 + BELL.splitlines().index("      - circuit: bell")
    assert line.startswith(f"::error file=bell.yaml,line={number},col=9,")
    assert "title=error[results-differ]::results of counts PUB 0: different: p-value " in line
    assert line.endswith(f"%0Arun folder: {newest().folder}")


def test_results_that_differ_are_sarif_with_a_rule(qspec, done):
    said = qspec("rerun", done.folder, "--set", turned(1), "--format", "sarif")
    assert said.code == 8
    run = published_schemas.sarif(said.out)
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("results-differ", "error")
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "bell.yaml"
    (rule,) = run["tool"]["driver"]["rules"]
    assert "earlier run" in rule["fullDescription"]["text"]


def test_consistent_results_are_a_notice_with_the_cause_and_no_failure(qspec, done):
    again = ("rerun", done.folder, "--set", "seed=7", "--format")
    (suite,) = published_schemas.junit(qspec(*again, "junit").out)
    assert not any(cases(suite).values())
    assert re.match(r"consistent: p-value .*; cause: seed: 42 became 7\n", suite.find("testcase[2]/system-out").text)
    said = qspec(*again, "github")
    told = f"1 of 1 PUB not identical to {done.record.run}, but consistent%0Acause: seed: 42 became 7\n"
    assert (said.code, said.out) == (0, f"::notice title=consistent::{told}")
    assert published_schemas.sarif(qspec(*again, "sarif").out)["results"] == []


def test_consistent_results_are_failures_where_only_identical_ones_will_do(qspec, done, summary):
    again = ("rerun", done.folder, "--set", "seed=7", "--exact", "--format")
    said = qspec(*again, "junit")
    assert said.code == 8
    failure = published_schemas.junit(said.out).find(".//failure")
    assert failure.get("message").startswith("consistent: ")
    assert "\nonly identical results will do" in failure.text
    (line,) = qspec(*again, "github").out.splitlines()
    assert line.startswith("::error file=bell.yaml,")
    assert len(published_schemas.sarif(qspec(*again, "sarif").out)["results"]) == 1
    assert summary.read_text("utf-8").startswith("### ❌ bell: consistent, and identical was asked for\n")


def test_the_level_decides_what_is_a_failure(qspec, done):
    for level, code, tags in (("0.001", 8, ["failure"]), ("1e-300", 0, [])):
        said = qspec("rerun", done.folder, "--set", turned(1.4), "--level", level, "--format", "junit")
        assert said.code == code
        (suite,) = published_schemas.junit(said.out)
        assert cases(suite)["results of counts PUB 0"] == tags


def test_a_pub_of_a_sweep_is_one_case_over_all_points_about_the_worst(qspec, desk, summary):
    (desk / "turned.yaml").write_text(TURNED.partition("expect:")[0], "utf-8")
    assert qspec("run", "turned.yaml").code == 0
    first = newest()
    (suite,) = published_schemas.junit(qspec("rerun", first.folder, "--format", "junit").out)
    assert suite.find("testcase[2]/system-out").text == "identical at all 3 points"
    said = qspec("rerun", first.folder, "--set", "seed=9", "--exact", "--format", "junit")
    (suite,) = published_schemas.junit(said.out)
    assert cases(suite) == {"job counts": [], "results of counts PUB 0": ["failure"]}
    apart = json.loads(qspec("diff", first.folder, newest().folder, "--format", "json").out)["not_identical"]
    assert {pub["point"] for pub in apart} == {1, 2}, "the state of point 0 gives one outcome alone"
    worst, other = (pub["point"] for pub in sorted(apart, key=lambda pub: pub["p_value"]))
    failure = suite.find(".//failure")
    assert failure.get("message").startswith(f"consistent at 2 of 3 points, most of all at point {worst}: p-value ")
    assert f"\nconsistent at point {other}: p-value " in failure.text
    assert f"| ❌ | counts PUB 0 | consistent at 2 of 3 points, most of all at point {worst} |" in summary.read_text(
        "utf-8"
    )


def test_what_only_one_run_has_is_a_failure_at_the_beginning_of_the_spec(qspec, desk, summary):
    (desk / "turned.yaml").write_text(TURNED.partition("expect:")[0], "utf-8")
    assert qspec("run", "turned.yaml").code == 0
    axes = 'sweep.axes={"jobs.counts.pubs.0.parameter_values.θ": [[0], [0.1], [0.2]]}'
    again = ("rerun", newest().folder, "--set", axes, "--format")
    said = qspec(*again, "junit")
    assert said.code == 8
    (suite,) = published_schemas.junit(said.out)
    assert cases(suite) == {"job counts": [], "results of counts PUB 0": [], "all results": ["failure"]}
    missing = "different: points only in the first run: 1; and 1 more like this"
    assert suite.find(".//failure").get("message") == missing
    assert "\npoints only in the second run: 1\n" in suite.find(".//failure").text
    (line,) = qspec(*again, "github").out.splitlines()
    assert line.startswith("::error file=turned.yaml,line=1,")
    assert "| ❌ | points only in the second run\\: 1 |\n" in summary.read_text("utf-8")


def test_a_rerun_tells_what_its_own_run_lacks_too(qspec, desk):
    (desk / "held.yaml").write_text(f"{BELL}expect:\n{HELD}", "utf-8")
    assert qspec("run", "held.yaml").code == 0
    said = qspec("rerun", "--set", "expect.0.tolerance=0.000001", "--format", "junit")
    assert said.code == 1
    (suite,) = published_schemas.junit(said.out)
    expected = {"job counts": [], "expect 0: probabilities of counts PUB 0": ["failure"], "results of counts PUB 0": []}
    assert cases(suite) == expected


def test_a_rerun_that_cannot_begin_is_told_in_every_format(qspec, done):
    (suite,) = published_schemas.junit(qspec("rerun", "nothing", "--format", "junit").out)
    assert cases(suite) == {"qspec": ["error"]}
    wrong = ("rerun", "--set", "jobs.counts.shotz=3", "--format")
    (result,) = published_schemas.sarif(qspec(*wrong, "sarif").out)["results"]
    assert result["ruleId"] == "unknown-key"
    assert "title=error[unknown-key]::" in qspec(*wrong, "github").out


def test_the_summary_of_a_rerun_has_a_table_of_verdicts_the_worst_first(qspec, desk, summary):
    other = BELL.replace("name: bell", "name: two").replace(
        "jobs:\n", f"  other:{BELL.partition('  bell:')[2].partition('jobs:')[0]}jobs:\n", 1
    )
    (desk / "two.yaml").write_text(
        other.replace("      - circuit: bell\n", "      - circuit: other\n      - circuit: bell\n")
    )
    assert qspec("run", "two.yaml", "--set", "jobs.counts.shots=4000").code == 0
    first = newest()
    summary.unlink()
    plain = qspec("rerun", "--set", turned(1))
    assert plain.code == 8
    text = summary.read_text("utf-8")
    assert text.startswith("### ❌ two: different\n\n- compared with: ")
    assert first.record.run.replace("-", "\\-").replace(".", "\\.") in text
    assert (
        "- PUBs: 1 identical, 1 different, at level 0\\.001 over all of them\n- cause: spec\\: circuits\\.bell" in text
    )
    heading = text.index("|  | PUB | verdict | p-value | effect | test |")
    different, identical = (
        text.index("| ❌ | counts PUB 1 | different | "),
        text.index("| ✅ | counts PUB 0 | identical |"),
    )
    assert heading < different < identical < text.index("### ✅ two: done")


@pytest.fixture
def locked(qspec, desk):
    """`bell.yaml` with its lock; returned is what writes other counts of the outcomes 00 and 11 into that."""
    assert qspec("lock", "bell.yaml").code == 0
    path = desk / "bell.lock.json"

    def put(zeros, ones):
        data = json.loads(path.read_text("utf-8"))
        (result,) = data["points"][0]["results"]
        result["hash"] = f"sha256:{'0' * 64}"
        result["summary"] = {
            "counts": [{"shots": zeros + ones, "frequent": {"00": zeros, "11": ones}, "ones": [ones] * 2}]
        }
        path.write_text(json.dumps(data), "utf-8")

    return put


def test_a_locked_run_has_the_verdicts_on_its_pubs_in_every_format(qspec, locked, summary):
    again = ("run", "--locked", "bell.yaml", "--format")
    (suite,) = published_schemas.junit(qspec(*again, "junit").out)
    assert cases(suite) == {"job counts": [], "results of counts PUB 0": []}
    assert "### ✅ bell: identical\n\n- compared with: bell\\.lock\\.json\n" in summary.read_text("utf-8")
    locked(99, 1)
    said = qspec(*again, "junit")
    assert said.code == 8
    (suite,) = published_schemas.junit(said.out)
    assert cases(suite) == {"job counts": [], "results of counts PUB 0": ["failure"]}
    assert suite.find(".//failure").get("message").startswith("different: p-value ")
    (line,) = qspec(*again, "github").out.splitlines()
    assert line.startswith("::error file=bell.yaml,line=21,col=9,")
    (result,) = published_schemas.sarif(qspec(*again, "sarif").out)["results"]
    assert result["ruleId"] == "results-differ"
    assert "| ❌ | counts PUB 0 | different | " in summary.read_text("utf-8")


def test_a_locked_run_that_is_consistent_is_a_notice_or_with_exact_a_failure(qspec, locked):
    locked(50, 50)
    again = ("run", "--locked", "bell.yaml", "--format", "github")
    said = qspec(*again)
    assert said.code == 0
    assert said.out.startswith(
        "::notice title=consistent::1 of 1 PUB not identical to bell.lock.json, but consistent%0A"
    )
    said = qspec(*again, "--exact")
    assert said.code == 8
    assert said.out.startswith("::error file=bell.yaml,line=21,")


def test_comparing_two_finished_runs_writes_no_summary(qspec, done, summary):
    copy = done.folder.parent / "copy"
    shutil.copytree(done.folder, copy)
    assert qspec("diff", done.folder, copy).code == 0
    assert not summary.exists()
