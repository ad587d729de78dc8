"""`qspec run`, `show` and `runs`: results on stdout, talk on stderr, verdicts in the exit code."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal

import pytest

ENERGY = """\
  energy:
    program_id: estimator
    precision: 0.05
    pubs:
      - circuit: ansatz
        parameter_values: {θ: {random: {low: 0, high: pi, shape: [3, 16]}}}
        observables: {ZZ: 1.0, XI: -0.5}
"""
ANSATZ = "  ansatz: {kind: library, name: efficient_su2, args: {num_qubits: 2, reps: 3}}\n"
HELD = 'expect:\n  - {kind: probabilities, job: counts, pub: 0, values: {"00": 0.5}, tolerance: 0.4}\n'


@pytest.fixture
def both(desk):
    """A spec with a sampler and an estimator job, `both.yaml`."""
    text = (desk / "bell.yaml").read_text().replace("name: bell", "name: both").replace("jobs:\n", ANSATZ + "jobs:\n")
    (desk / "both.yaml").write_text(text + ENERGY + HELD)
    return desk


def folder_of(said) -> str:
    return re.search(r"^run      (.*)$", said.out, re.MULTILINE)[1]


def test_a_run_shows_results_verdict_and_folder(qspec, both):
    said = qspec("run", "both.yaml")
    assert said.code == 0
    assert re.search(r"^job counts: sampler, 100 shots, 1 PUB, DONE in [0-9.]+ s$", said.out, re.MULTILINE)
    assert re.search(r"^    meas  counts  probability\n    00 +[0-9]+ +0\.[0-9]+00  █+", said.out, re.MULTILINE)
    assert "\n  PUB 0: ansatz, 3 points, observable ZZ - 0.5 XI\n" in said.out
    assert re.search(r"^    \[2\] +-?[0-9.]+  ± [0-9.]+$", said.out, re.MULTILINE)
    assert "expect\n  held    probabilities of counts PUB 0: " in said.out
    assert "\noutcome  done\nbackend  aer_simulator\nseed     42\nrun      runs/both/" in said.out
    assert re.search(r"^content  sha256:[0-9a-f]{64}$", said.out, re.MULTILINE)
    assert (both / folder_of(said) / "run.json").is_file()


def test_what_happens_is_talk(qspec, both):
    said = qspec("run", "both.yaml")
    lines = said.err.splitlines()
    assert lines[0] == f"run {folder_of(said)}"
    assert [re.sub(r"[0-9.]+ s$", "s", line) for line in lines[1:]] == [
        "job counts (1 of 2): DONE in s",
        "job energy (2 of 2): DONE in s",
    ]
    assert qspec("run", "-q", "both.yaml").err == ""
    assert "job energy: RUNNING\n" in qspec("run", "-v", "both.yaml").err


def test_a_failed_expectation_ends_with_one(qspec, both):
    text = (both / "both.yaml").read_text().replace('{"00": 0.5}, tolerance: 0.4', '{"00": 1.0}, tolerance: 0.1')
    (both / "both.yaml").write_text(text)
    said = qspec("run", "both.yaml")
    assert said.code == 1
    assert "  failed  probabilities of counts PUB 0: " in said.out
    assert "\noutcome  failed: an expectation did not hold\n" in said.out


def test_a_wrong_spec_runs_nothing_not_even_its_neighbours(qspec, both):
    (both / "bad.yaml").write_text("qspec: 1\nname: bad\n")
    said = qspec("run", "both.yaml", "bad.yaml")
    assert (said.code, said.out) == (2, "")
    assert said.err.endswith(" in bad.yaml\n")
    assert not (both / "runs").exists()


def test_a_spec_over_its_limits_is_refused(qspec, desk):
    said = qspec("run", "bell.yaml", "--set", "limits.shots=10")
    assert (said.code, said.out) == (6, "")
    assert said.err.startswith("error: the plan passes 1 limit of the spec")
    assert not (desk / "runs").exists()


def test_a_folder_that_cannot_be_written_is_the_machine_s_fault(qspec, desk):
    assert qspec("run", "bell.yaml", "--runs-dir", "bell.yaml").code == 7


def test_several_specs_run_one_after_the_other(qspec, both):
    document = json.loads(qspec("run", "both.yaml", "bell.yaml", "--format", "json").out)
    assert document["version"] == 1
    assert [run["record"]["name"] for run in document["runs"]] == ["both", "bell"]


def test_overrides_and_the_runs_folder_are_obeyed(qspec, desk, monkeypatch):
    said = qspec("run", "bell.yaml", "--set", "jobs.counts.shots=7", "--runs-dir", "elsewhere")
    assert "job counts: sampler, 7 shots" in said.out
    assert folder_of(said).startswith("elsewhere/bell/")
    monkeypatch.setenv("QSPEC_RUNS_DIR", "third")
    assert folder_of(qspec("run", "bell.yaml")).startswith("third/bell/")


def test_the_json_of_a_run_holds_record_and_results(qspec, both):
    document = json.loads(qspec("run", "both.yaml", "--format", "json").out)
    assert document["version"] == 1
    assert document["record"]["outcome"] == "done"
    (counts,), (energy,) = document["results"]["counts"], document["results"]["energy"]
    assert sum(counts["counts"].values()) == 100
    assert counts["circuit"] == "bell"
    assert len(energy["evs"]) == len(energy["stds"]) == 3


def test_show_gives_the_same_again(qspec, both):
    ran = qspec("run", "both.yaml")
    for name in (folder_of(ran), "both", "latest", folder_of(ran).rpartition("/")[2][:12]):
        shown = qspec("show", name)
        assert (shown.code, shown.out, shown.err) == (0, ran.out, "")


def test_show_needs_neither_qiskit_nor_the_spec(qspec, both, python):
    folder = folder_of(qspec("run", "both.yaml"))
    (both / "both.yaml").unlink()
    done = python(
        "import sys\nfrom qspec.cli.main import main\n"
        f"code = main(['show', {folder!r}])\nsys.exit(code or 'qiskit' in sys.modules)\n"
    )
    assert done.returncode == 0, done.stderr


def test_parameter_values_and_observables_stand_beside_their_points(qspec, desk):
    text = (desk / "bell.yaml").read_text()
    circuit = "  pair: {kind: library, name: pauli_two_design, args: {num_qubits: 2, reps: 0}}\n"
    job = (
        "  turned:\n    program_id: estimator\n    precision: 0.1\n    pubs:\n"
        "      - circuit: pair\n        parameter_values: {θ: [[0, 1], [pi, 2]]}\n"
        "        observables: [[{ZI: 1}], [{IX: 1}], [{YY: -2}]]\n"
    )
    (desk / "turned.yaml").write_text(text.replace("jobs:\n", circuit + "jobs:\n") + job)
    lines = qspec("run", "turned.yaml").out.splitlines()
    start = lines.index("  PUB 0: pair, 3 × 2 points")
    assert lines[start + 1].split() == [
        "index",
        "θ[0]",
        "θ[1]",
        "observable",
        *["expectation", "value", "standard", "error"],
    ]
    rows = [re.split("  +", line.strip())[:4] for line in lines[start + 2 : start + 8]]
    assert rows[0] == ["[0, 0]", "0", "1", "ZI"]
    assert rows[3] == ["[1, 1]", "3.14159", "2", "IX"]
    assert rows[5] == ["[2, 1]", "3.14159", "2", "-2 YY"]


def test_show_can_be_of_one_job_and_of_fewer_entries(qspec, both):
    qspec("run", "both.yaml")
    shown = qspec("show", "both", "--job", "energy", "--top", "1").out
    assert "job counts" not in shown
    assert "outcome" not in shown
    assert "    and 2 more values\n    lowest " in shown
    assert qspec("show", "both", "--job", "enrgy").err == (
        "error: this run has no job 'enrgy'\n  = help: did you mean 'energy'?\n"
    )


def test_show_says_more_when_asked(qspec, both):
    qspec("run", "both.yaml")
    shown = qspec("show", "-v").out
    assert re.search(r"^  ran by qspec\.simulation\.sampling\.sample, seed [0-9]+$", shown, re.MULTILINE)
    assert "  circuit bell: depth 3, 1 two-qubit gate, on qubits 0 1\n" in shown


@pytest.mark.parametrize("file", ["jobs/counts/result.npz", "jobs/counts/metadata.json", "resolved.json", None])
def test_a_damaged_result_is_named_and_the_rest_is_shown(qspec, both, file):
    folder = folder_of(qspec("run", "both.yaml"))
    if file:
        (both / folder / file).write_bytes(b"nonsense")
    shown = qspec("show", "both")
    assert shown.code == (1 if file else 0)
    assert shown.err == (f"damaged: '{folder}/{file}' was changed or damaged after it was written\n" if file else "")
    assert [line.split("'")[1] for line in shown.out.splitlines() if line.startswith("  damaged: ")] == [
        f"{folder}/{name}" for name in (file,) if name and name.startswith("jobs/")
    ]
    assert "± " in shown.out


def test_a_missing_file_and_a_torn_log_are_named(qspec, both):
    folder = folder_of(qspec("run", "both.yaml"))
    (both / folder / "backend.json").unlink()
    log = both / folder / "status.jsonl"
    log.write_bytes(log.read_bytes()[:-20])
    shown = qspec("show", "-q")
    assert shown.code == 1
    assert shown.err == (
        f"damaged: '{folder}/backend.json' is missing\n"
        f"damaged: '{folder}/status.jsonl' is damaged in line {len(log.read_bytes().splitlines())}\n"
    )
    assert "outcome  done" in shown.out
    assert qspec("runs").code == 0


def test_damaged_parameter_values_are_named(qspec, both):
    folder = folder_of(qspec("run", "both.yaml"))
    (both / folder / "jobs/energy/inputs.npz").write_bytes(b"nonsense")
    shown = qspec("show", "both")
    assert shown.code == 1
    assert re.search(r"^  damaged: '.*jobs/energy/inputs.npz' ", shown.out, re.MULTILINE)


def test_a_failed_job_says_why_and_the_others_run(qspec, both):
    memory = "  wide: {kind: library, name: quantum_volume, args: {num_qubits: 29, depth: 29}, measure: all}\n"
    text = (both / "bell.yaml").read_text().replace("jobs:\n", f"{memory}jobs:\n")
    text = text.replace("{kind: aer}", "{kind: aer, options: {max_memory_mb: 64}}")
    (both / "fails.yaml").write_text(text + "  heavy: {program_id: sampler, shots: 1, pubs: [{circuit: wide}]}\n")
    said = qspec("run", "fails.yaml")
    assert said.code == 1
    assert "job heavy (2 of 2): ERROR" in said.err
    assert re.search(r"^  ERROR: a circuit is too wide", said.out, re.MULTILINE)
    assert "outcome  failed: a job did not come to its end" in said.out
    assert "    meas  counts  probability" in said.out


def test_runs_lists_them_with_the_latest_last(qspec, both):
    for name in ("bell.yaml", "both.yaml"):
        qspec("run", name)
    lines = qspec("runs").out.splitlines()
    assert re.fullmatch(r"run +name +created \(UTC\) +backend +outcome", lines[0])
    assert [re.split("  +", line)[1] for line in lines[1:]] == ["bell", "both"]
    assert all(line.endswith("aer_simulator  done") for line in lines[1:])
    assert len(qspec("runs", "bell").out.splitlines()) == 2


def test_a_damaged_run_is_listed_and_named(qspec, both):
    folder = folder_of(qspec("run", "bell.yaml"))
    qspec("run", "both.yaml")
    (both / folder / "run.json").write_text("{")
    said = qspec("runs")
    assert said.code == 0
    assert said.out.splitlines()[1].split()[1:] == ["bell", "damaged"]
    assert said.out.splitlines()[2].endswith("done")
    assert said.err.startswith(f"damaged: '{folder}/run.json' cannot be used: it is damaged")


def test_runs_as_json(qspec, both):
    qspec("run", "bell.yaml")
    (run,) = json.loads(qspec("runs", "--format", "json").out)
    assert run["name"] == "bell"
    assert run["outcome"] == "done"
    assert run["content_hash"].startswith("sha256:")


def test_no_runs_are_no_mistake(qspec, desk):
    said = qspec("runs")
    assert (said.code, said.out, said.err) == (0, "", "there is no run in 'runs' yet\n")
    assert qspec("show").code == 2


def test_the_first_spec_runs(qspec, desk):
    qspec("init", "first.yaml")
    assert qspec("run", "first.yaml").code == 0


def test_a_terminal_gets_a_bar_that_goes_away_and_colour(start, both):
    ours, theirs = pty.openpty()
    process = start("run", "both.yaml", stdout=theirs, stderr=theirs, env={"TERM": "xterm", "COLUMNS": "80"})
    os.close(theirs)
    seen = read_all(ours)
    assert process.wait(timeout=60) == 0
    assert "job energy" in seen
    assert "━" in seen
    assert "\x1b[1;32mheld" in seen
    assert "\x1b[?25h" in seen  # the cursor is back


def read_all(descriptor: int) -> str:
    parts = []
    while select.select([descriptor], [], [], 60)[0]:
        try:
            part = os.read(descriptor, 65536)
        except OSError:
            break
        if not part:
            break
        parts.append(part)
    os.close(descriptor)
    return b"".join(parts).decode()


def test_a_stopped_run_ends_with_its_code_and_a_record_that_says_so(start, both):
    jobs = "".join(f"  j{number}: {{program_id: sampler, pubs: [{{circuit: bell}}]}}\n" for number in range(300))
    (both / "long.yaml").write_text((both / "bell.yaml").read_text() + jobs)
    process = start("run", "long.yaml", "--runs-dir", "runs", text=True)
    lines = [process.stderr.readline(), process.stderr.readline()]
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (143, "")
    assert "stopped by SIGTERM\n" in err
    assert "help: to go on: qspec resume runs/" in err
    record = json.loads((both / lines[0].split()[1] / "run.json").read_text())
    assert record["outcome"] == "interrupted"
    assert {job["status"] for job in record["jobs"]} >= {"DONE", "INITIALIZING"}


def test_warnings_do_not_stop_a_run_and_are_talk(qspec, desk):
    said = qspec("run", "bell.yaml", "--set", "execution.mode=batch")
    assert said.code == 0
    assert said.err.startswith("warning[no-effect]: ")
    assert "\n1 warning in bell.yaml\n" in said.err
    assert qspec("run", "-q", "bell.yaml", "--set", "execution.mode=batch").err == ""


def test_a_run_on_aer_imports_neither_the_runtime_nor_rich(python, desk):
    done = python(
        "import sys\nfrom qspec.cli.main import main\n"
        "code = main(['run', 'bell.yaml'])\n"
        "sys.exit(code or bool({'qiskit_ibm_runtime', 'rich', 'jsonschema'} & set(sys.modules)))\n"
    )
    assert done.returncode == 0, done.stderr


def test_commands_complete_in_the_shell(start, desk):
    asked = {"_QSPEC_COMPLETE": "bash_complete", "COMP_WORDS": "qspec ru", "COMP_CWORD": "1"}
    out, _ = start(env=asked, text=True).communicate(timeout=30)
    assert out.splitlines() == ["plain,run", "plain,runs"]
