"""The action, the workflows of `examples/ci` and the hook: every script in them is executed, with real specs."""

from __future__ import annotations

import http.server
import json
import re
import shutil
import subprocess
import threading
import zipfile

import pytest
import yaml
from runner import ACTION, INSTALLED, TOP, heeded

from qspec.records.find import list_runs
from tests import published_schemas

CI = TOP / "examples" / "ci"
WORKFLOWS = sorted((CI / "github").glob("*.yml"))
BELL = (TOP / "specs" / "bell.yaml").read_text("utf-8")
MISSED = BELL.replace("name: bell", "name: missed").replace('"00": 0.5, "11": 0.5', '"00": 0.7, "11": 0.3')
PAIR = (
    BELL.replace("name: bell", "name: pair")
    .replace("kind: aer", "kind: ibm\n  name: ibm_manila")
    .replace("tolerance: 0.04", "tolerance: 0.5")
)
NASTY = "$(touch owned) `touch owned` ; ::set-output name=runs::x ##[set-output name=runs]x %0A::error::x"


def put(machine, name, text):
    path = machine.workspace / "specs" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def lock(machine, *specs):
    """What a person does before they commit: lock the specs of the repository, with the runs elsewhere."""
    if machine.path not in INSTALLED:
        machine.act(command="validate", specs=specs[0])
        (machine.home / "summary.md").unlink()
    command = ["qspec", "lock", "--runs-dir", str(machine.home / "runs"), *specs]
    env = {**machine.env, "PATH": machine.path, "HOME": str(machine.home)}
    done = subprocess.run(command, cwd=machine.workspace, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def scripts():
    for path in [TOP / "action.yml", *WORKFLOWS]:
        data = yaml.safe_load(path.read_text("utf-8"))
        jobs = data["jobs"].values() if "jobs" in data else [data["runs"]]
        for step in (step for job in jobs for step in job["steps"]):
            yield path, step


def test_no_script_has_an_expression_in_it():
    found = [(path, step) for path, step in scripts() if "run" in step]
    assert len(found) >= 7
    for path, step in found:
        assert "${{" not in step["run"], path
        assert path.name != "action.yml" or step["shell"] == "bash"


def test_workflows_may_do_no_more_than_they_need():
    for path in WORKFLOWS:
        data = yaml.safe_load(path.read_text("utf-8"))
        assert data["permissions"]["contents"] == "read"
        assert "pull_request_target" not in data[True]  # `on` is true to YAML 1.1
        if "pull_request" in data[True]:
            assert "secrets." not in path.read_text("utf-8")


def test_the_examples_use_the_action_alike():
    assert {step["uses"] for _, step in scripts() if "/qspec" in step.get("uses", "")} == {ACTION}


def test_a_good_pull_request_is_checked_and_planned_and_nothing_is_run(machine):
    put(machine, "bell.yaml", BELL)
    machine.event = "pull_request"
    ended = machine.run(CI / "github" / "pull-request.yml")
    assert not ended.failed, ended.log
    assert "plan of bell: " in ended.log
    assert heeded(ended.log) == []
    assert machine.summary.startswith("### ✅ 1 of 1 specs are valid\n")
    assert not (machine.workspace / "runs").exists()


def test_a_wrong_pull_request_is_annotated_at_the_line_and_not_planned(machine):
    put(machine, "bell.yaml", BELL.replace("shots:", "shotz:"))
    machine.event = "pull_request"
    ended = machine.run(CI / "github" / "pull-request.yml")
    assert ended.failed
    line = 1 + BELL.splitlines().index("    shots: 4096")
    (command,) = heeded(ended.log)
    assert command.startswith(f"::error file=specs/bell.yaml,line={line},col=5,")
    assert "did you mean 'shots'?" in command
    assert "plan of" not in ended.log


def test_a_spec_that_needs_the_service_is_not_planned_without_an_account(machine):
    put(machine, "pair.yaml", PAIR)
    machine.event = "pull_request"
    ended = machine.run(CI / "github" / "pull-request.yml")
    assert ended.failed
    assert "offline" in ended.log


@pytest.mark.parametrize("command", ["plan", "run", "validate"])
def test_no_text_of_a_pull_request_is_obeyed(machine, command):
    said = json.dumps(f"{NASTY}\n{NASTY}\n::error::a line of its own\n##[error]another")
    put(
        machine,
        "good.yaml",
        BELL.replace("description: A Bell", "tags_: 1\ndescription: A Bell").replace("tags_: 1\n", ""),
    )
    put(machine, f"{NASTY.replace('/', '')[:80]}.yaml", BELL.replace("shots: 4096", f"shots: {said}"))
    put(machine, "odd.yaml", BELL.replace("tags: [", f"tags: [{said}, "))
    ended = machine.act(command=command)
    assert ended.failed
    assert not list(machine.workspace.rglob("owned*"))
    commands = heeded(ended.log)
    assert commands
    assert all(each.startswith("::error file=specs/") for each in commands), commands
    assert ended.steps["action"]["outputs"]["runs"] == ""


def test_arguments_and_names_are_no_shell(machine):
    put(machine, "a b $(touch owned).yaml", BELL)
    ended = machine.act(
        specs="specs/a b $(touch owned).yaml", command="run", arguments="--set\nname=named\n--set=seed=7", artifact=""
    )
    assert not ended.failed, ended.log
    (run,) = list_runs(machine.workspace / "runs")
    assert (run.record.name, run.record.seed) == ("named", 7)
    assert not (machine.workspace / "owned").exists()
    wrong = machine.act(command="frobnicate")
    assert wrong.failed
    assert "none of validate, plan, run, submit, resume and rerun" in wrong.log


def test_the_main_branch_runs_every_spec_and_keeps_the_runs(machine):
    put(machine, "bell.yaml", BELL)
    put(machine, "other.yaml", BELL.replace("name: bell", "name: other"))
    lock(machine, "specs")
    ended = machine.run(CI / "github" / "main.yml")
    assert not ended.failed, ended.log
    assert heeded(ended.log) == []
    (kept,) = machine.kept("qspec-runs")
    folders = [run.folder for run in list_runs(machine.workspace / "runs")]
    assert len(folders) == 2
    names = zipfile.ZipFile(kept).namelist()
    for folder in folders:
        assert f"{folder.parent.name}/{folder.name}/run.json" in names
    for name in ("bell", "other"):
        assert f"### ✅ {name}: identical\n" in machine.summary
        assert f"### ✅ {name}: done\n" in machine.summary


def test_results_that_are_not_those_of_the_lock_fail_the_main_branch_at_the_pub(machine):
    put(machine, "bell.yaml", BELL)
    lock(machine, "specs")
    path = machine.workspace / "specs" / "bell.lock.json"
    data = json.loads(path.read_text("utf-8"))
    data["points"][0]["results"][0]["hash"] = f"sha256:{'0' * 64}"
    path.write_text(json.dumps(data), "utf-8")
    ended = machine.run(CI / "github" / "main.yml")
    assert ended.failed
    (command,) = heeded(ended.log)
    assert command.startswith("::error file=specs/bell.yaml,line=")
    assert "title=error[results-differ]::results of counts PUB 0: consistent: " in command
    assert len(machine.kept("qspec-runs")) == 1


def test_a_spec_without_a_lock_fails_the_main_branch_with_what_to_do(machine):
    put(machine, "bell.yaml", BELL)
    ended = machine.run(CI / "github" / "main.yml")
    assert ended.failed
    (command,) = heeded(ended.log)
    assert "'specs/bell.yaml' has no lock" in command
    assert "qspec lock specs/bell.yaml" in command


def test_a_pull_request_that_changes_a_locked_spec_has_to_renew_the_lock(machine):
    put(machine, "bell.yaml", BELL)
    put(machine, "free.yaml", BELL.replace("name: bell", "name: free"))
    lock(machine, "specs/bell.yaml")
    machine.event = "pull_request"
    ended = machine.run(CI / "github" / "pull-request.yml")
    assert not ended.failed, ended.log
    assert "### ✅ 1 of 1 specs are as they were locked\n" in machine.summary
    put(machine, "bell.yaml", BELL.replace("shots: 4096", "shots: 4095"))
    ended = machine.run(CI / "github" / "pull-request.yml")
    assert ended.failed
    (command,) = heeded(ended.log)
    assert command.startswith("::error file=specs/bell.yaml,line=1,col=1,")
    assert "spec: jobs.counts.shots: 4096 became 4095" in command
    assert "qspec lock --update specs/bell.yaml" in command
    assert "### ❌ 0 of 1 specs are as they were locked\n" in machine.summary


def test_specs_that_are_named_are_held_where_they_have_locks(machine):
    put(machine, "bell.yaml", BELL)
    put(machine, "free.yaml", BELL.replace("name: bell", "name: free"))
    lock(machine, "specs/bell.yaml")
    put(machine, "bell.yaml", BELL.replace("shots: 4096", "shots: 4095"))
    assert not machine.act(command="plan", specs="specs/free.yaml").failed
    ended = machine.act(command="plan", specs="specs/free.yaml\nspecs/bell.yaml", **{"lock-arguments": "--no-cache"})
    assert ended.failed
    assert len(heeded(ended.log)) == 1


def test_what_a_run_of_the_action_gives_can_be_used_by_later_steps(machine):
    put(machine, "bell.yaml", BELL)
    ended = machine.act()
    outputs = ended.steps["action"]["outputs"]
    (run,) = list_runs(machine.workspace / "runs")
    assert outputs == {"runs": f"runs/bell/{run.folder.name}", "exit-code": "0"}


def test_an_expectation_that_does_not_hold_fails_the_main_branch_and_is_kept(machine):
    put(machine, "bell.yaml", BELL)
    put(machine, "missed.yaml", BELL)
    lock(machine, "specs")
    put(machine, "missed.yaml", MISSED)
    ended = machine.run(CI / "github" / "main.yml")
    assert ended.failed
    (command,) = heeded(ended.log)
    assert command.startswith("::error file=specs/missed.yaml,line=")
    assert "title=error[expectation-failed]::expect 0: " in command
    assert len(machine.kept("qspec-runs")) == 1
    assert "### ❌ missed: expectation\\-failed\n" in machine.summary


@pytest.fixture
def published(machine):
    """A run that is kept in the repository, as `published/bell`."""
    put(machine, "bell.yaml", BELL)
    assert not machine.act(command="run", artifact="").failed
    (run,) = list_runs(machine.workspace / "runs")
    (machine.workspace / "published").mkdir()
    shutil.move(run.folder, machine.workspace / "published" / "bell")
    (machine.home / "summary.md").unlink()
    return run.record.run


def test_a_run_that_is_kept_is_done_again_with_the_newest_versions(machine, published):
    ended = machine.run(CI / "github" / "rerun.yml")
    assert not ended.failed, ended.log
    assert heeded(ended.log) == []
    assert machine.summary.startswith("### ✅ bell: identical\n")
    (run,) = list_runs(machine.workspace / "runs")
    assert run.record.repeats == published
    assert len(machine.kept("qspec-runs")) == 1


def test_a_rerun_that_differs_fails_the_action_at_the_pub(machine, published):
    again = {"command": "rerun", "specs": "published/bell", "artifact": ""}
    consistent = machine.act(**again, arguments="--set\nseed=1")
    assert not consistent.failed, consistent.log
    (notice,) = heeded(consistent.log)
    assert notice.startswith("::notice title=consistent::1 of 1 PUB not identical to ")
    ended = machine.act(**again, arguments="--set\nseed=1\n--exact")
    assert ended.failed
    assert ended.steps["action"]["outputs"]["exit-code"] == "8"
    (command,) = heeded(ended.log)
    assert command.startswith("::error file=specs/bell.yaml,line=")
    assert "title=error[results-differ]::results of counts PUB 0: consistent: " in command


@pytest.fixture
def account(machine, emulator):
    """The machine's repository has the secrets of an account, and a spec for its device."""
    secret = {"QISKIT_IBM_TOKEN", "QISKIT_IBM_INSTANCE"}
    machine.secrets = {name: value for name, value in emulator.environment.items() if name in secret}
    machine.env |= {name: value for name, value in emulator.environment.items() if name not in secret}
    machine.env["QSPEC_SETTLE_SECONDS"] = "0.5"
    put(machine, "../hardware/specs/pair.yaml", PAIR)
    return machine


def fresh(machine):
    """The next runner has nothing of the last one but what was uploaded."""
    for name in ("runs", "waiting", "ended"):
        shutil.rmtree(machine.workspace / name, ignore_errors=True)


def test_hardware_is_submitted_by_one_workflow_and_collected_by_another(account, emulator):
    emulator.faults.add_job(nth=(1,), hold=True)
    submitted = account.run(CI / "github" / "hardware-submit.yml", specs="hardware/specs")
    assert not submitted.failed, submitted.log
    (first,) = account.kept("qspec-pending")

    fresh(account)
    waiting = account.run(CI / "github" / "hardware-resume.yml")
    assert not waiting.failed, waiting.log
    assert waiting.steps["resume"]["outputs"]["exit-code"] == "5"
    assert [command.partition("::1 job")[0] for command in heeded(waiting.log)] == ["::warning title=not finished"]
    (second,) = account.kept("qspec-pending")
    assert second != first
    assert account.kept("qspec-runs") == []

    emulator.release(emulator.ledger.jobs[0])
    emulator.wait_for()
    fresh(account)
    collected = account.run(CI / "github" / "hardware-resume.yml")
    assert not collected.failed, collected.log
    assert collected.steps["resume"]["outputs"]["exit-code"] == "0"
    assert account.kept("qspec-pending") == []
    (kept,) = account.kept("qspec-runs")
    zipfile.ZipFile(kept).extractall(account.home / "looked at")
    (run,) = list_runs(account.home / "looked at")
    assert run.record.outcome == "done"
    assert "### ✅ pair: done\n" in account.summary
    assert len(emulator.ledger.jobs) == 1, "paid once"

    fresh(account)
    idle = account.run(CI / "github" / "hardware-resume.yml")
    assert (idle.failed, idle.steps["resume"]["outcome"]) == (False, "skipped")
    token = account.secrets["QISKIT_IBM_TOKEN"]
    assert not any(token in each.log for each in (submitted, waiting, collected, idle))


def test_several_submissions_are_collected_together_and_sorted(account, emulator):
    emulator.faults.add_job(nth=(2,), hold=True)
    for _ in range(2):
        fresh(account)
        assert not account.run(CI / "github" / "hardware-submit.yml", specs="hardware/specs").failed
    emulator.wait_for(lambda: emulator.ledger.jobs[0].ended)
    fresh(account)
    assert not account.run(CI / "github" / "hardware-resume.yml").failed
    for name in ("qspec-pending", "qspec-runs"):
        (kept,) = account.kept(name)
        assert sum(each.endswith("/run.json") for each in zipfile.ZipFile(kept).namelist()) == 1


def test_what_a_pull_request_uploads_is_not_gone_on_with(account, emulator):
    emulator.faults.add_job(hold=True)
    for number, (branch, repository) in enumerate([("theirs", 7), ("main", 8)], 1):
        account.branch = branch
        assert not account.run(CI / "github" / "hardware-submit.yml", specs="hardware/specs").failed
        described = account.artifacts / f"{number}.json"
        text = described.read_text("utf-8").replace('"head_repository_id": 7', f'"head_repository_id": {repository}')
        described.write_text(text, "utf-8")
        fresh(account)
    account.branch = "main"
    idle = account.run(CI / "github" / "hardware-resume.yml")
    assert idle.steps["resume"]["outcome"] == "skipped"
    assert len(account.kept("qspec-pending")) == 2


def test_a_submission_that_the_service_refuses_fails(account):
    account.secrets["QISKIT_IBM_TOKEN"] = "not-a-token"
    ended = account.run(CI / "github" / "hardware-submit.yml", specs="hardware/specs")
    assert ended.failed
    assert account.kept("qspec-pending") == []


def gitlab(machine, job, **variables):
    """Run a job of the GitLab pipeline as its runner does; returns the process."""
    pipeline = yaml.safe_load((CI / "gitlab" / ".gitlab-ci.yml").read_text("utf-8"))
    lines = [*pipeline["default"]["before_script"], *pipeline[job]["script"]]
    env = {**machine.env, **machine.secrets, "PATH": machine.path, "HOME": str(machine.home), "LANG": "C.UTF-8"}
    env |= {} if machine.path in INSTALLED else {"QSPEC": str(TOP)}
    env |= {"CI_JOB_TOKEN": "a-token", "CI_PROJECT_ID": "12", **variables}
    script = "set -eo pipefail\n" + "\n".join(lines)
    return subprocess.run(
        ["bash", "-c", script], cwd=machine.workspace, env=env, capture_output=True, text=True, check=False
    )


def test_gitlab_shows_specs_jobs_and_expectations_as_tests(machine):
    put(machine, "bell.yaml", BELL)
    put(machine, "missed.yaml", BELL)
    lock(machine, "specs")

    def shown(name, case):
        root = published_schemas.junit((machine.workspace / f"{name}.xml").read_text("utf-8"))
        assert root.find(f".//testcase[@name='{case}']") is not None
        return root.get("failures")

    for job, cases in (
        ("validate", [("validate", "specs/bell.yaml"), ("locks", "specs/bell.yaml")]),
        ("run", [("run", "job counts"), ("run", "results of counts PUB 0")]),
    ):
        done = gitlab(machine, job)
        assert done.returncode == 0, done.stderr
        assert [shown(*case) for case in cases] == ["0", "0"]
    put(machine, "missed.yaml", MISSED)
    assert gitlab(machine, "run").returncode == 1
    assert shown("run", "job counts") == "1"
    put(machine, "bell.yaml", BELL.replace("shots: 4096", "shots: 4095"))
    assert gitlab(machine, "validate").returncode == 8
    assert shown("locks", "specs/bell.yaml") == "1"


@pytest.fixture
def gitlab_api(machine):
    """GitLab's answer to who asks for the artifacts of job 34."""

    class Api(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            assert (self.path, self.headers["JOB-TOKEN"]) == ("/api/v4/projects/12/jobs/34/artifacts", "a-token")
            self.send_response(200)
            self.end_headers()
            self.wfile.write((machine.home / "artifacts.zip").read_bytes())

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/api/v4"
        server.shutdown()


def test_gitlab_submits_by_hand_and_collects_by_schedule(account, emulator, gitlab_api):
    emulator.faults.add_job(hold=True)
    done = gitlab(account, "submit")
    assert done.returncode == 0, done.stderr
    shutil.make_archive(str(account.home / "artifacts"), "zip", account.workspace, "runs")
    codes = []
    for _ in range(2):
        fresh(account)
        codes.append(gitlab(account, "resume", SUBMITTED="34", CI_API_V4_URL=gitlab_api).returncode)
        for job in emulator.ledger.jobs:
            emulator.release(job)
        emulator.wait_for()
    assert codes == [5, 0], "5 is allowed to fail: not yet"
    assert len(emulator.ledger.jobs) == 1
    assert published_schemas.junit((account.workspace / "resume.xml").read_text("utf-8")).get("errors") == "0"


def hooks():
    """The hooks by their ids."""
    return {hook["id"]: hook for hook in yaml.safe_load((TOP / ".pre-commit-hooks.yaml").read_text("utf-8"))}


def test_the_hook_shows_what_is_wrong_with_the_specs_of_a_commit(machine):
    hook = hooks()["qspec-validate"]
    put(machine, "bell.yaml", BELL)
    put(machine, "bad.yaml", BELL.replace("shots:", "shotz:"))
    machine.act(command="validate", specs="specs/bell.yaml")  # installs qspec
    every = ["specs/bell.yaml", "specs/bad.yaml"]
    assert all(re.search(hook["files"], name) for name in every)
    for names, code in ((every[:1], 0), (every, 2)):
        done = subprocess.run(
            [*hook["entry"].split(), *names], cwd=machine.workspace, env={**machine.env, "PATH": machine.path},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == code
        assert ("shotz" in done.stdout) == bool(code)


def test_the_hook_for_locks_names_what_a_commit_changes_of_what_was_locked(machine):
    hook = hooks()["qspec-lock-check"]
    assert (hook["pass_filenames"], hook["always_run"]) == (False, True), "a circuit may stand in any file"
    put(
        machine,
        "bell.yaml",
        BELL[: BELL.index("    source: |")] + "    file: bell.qasm\n" + BELL[BELL.index("jobs:") :],
    )
    program = (
        '\nOPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n'
    )
    put(machine, "bell.qasm", program)
    env = {**machine.env, "HOME": str(machine.home), "PATH": machine.path}
    machine.act(command="validate")  # installs qspec

    def hooked():
        command = hook["entry"].split()
        return subprocess.run(command, cwd=machine.workspace, env=env, capture_output=True, text=True, check=False)

    assert hooked().returncode == 0, "a repository without locks"
    lock(machine, "specs")
    assert hooked().returncode == 0
    put(machine, "bell.qasm", program.replace("h q[0]", "x q[0]"))
    done = hooked()
    assert done.returncode == 8
    assert "bell.qasm: its content is another" in done.stderr
    put(machine, "bell.qasm", program)
    next((machine.workspace / "specs" / "bell.lock").iterdir()).unlink()
    assert hooked().returncode == 2


PAGE = (TOP / "docs" / "ci.md").read_text("utf-8")


def test_the_steps_that_the_page_shows_work(machine):
    put(machine, "bell.yaml", BELL)
    (shown,) = re.findall(r"<!-- steps -->\n```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    workflow = machine.home / "shown.yml"
    workflow.write_text("jobs:\n  shown:\n    steps:\n" + re.sub("^", "      ", shown, flags=re.MULTILINE), "utf-8")
    ended = machine.run(workflow)
    assert not ended.failed, ended.log
    assert "job counts: sampler, 1,000 shots, 1 PUB, DONE" in ended.log


def test_the_commands_that_the_page_shows_write_what_it_says(machine):
    put(machine, "bell.yaml", BELL)
    lock(machine, "specs")
    (shown,) = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    workflow = machine.home / "shown.yml"
    step = {"run": shown}
    install = {"uses": ACTION, "with": {"command": "validate"}}
    workflow.write_text(yaml.safe_dump({"jobs": {"shown": {"steps": [install, step]}}}), "utf-8")
    ended = machine.run(workflow)
    assert not ended.failed, ended.log
    for name, cases in (("validate", 1), ("run", 2), ("locks", 1)):
        root = published_schemas.junit((machine.workspace / f"{name}.xml").read_text("utf-8"))
        assert root.get("tests") == str(cases)
    published_schemas.sarif((machine.workspace / "run.sarif").read_text("utf-8"))


def test_the_page_lists_the_inputs_of_the_action_with_their_defaults():
    inputs = yaml.safe_load((TOP / "action.yml").read_text("utf-8"))["inputs"]
    rows = re.findall(r"^\| `([a-z-]+)` \| [^|]+ \| ?(.*?) ?\|$", PAGE, re.MULTILINE)
    assert [name for name, _ in rows] == list(inputs)
    for name, default in rows:
        if re.fullmatch("`[^`]+`", default):
            assert default == f"`{inputs[name]['default']}`"
        else:
            assert inputs[name]["default"] == ""
