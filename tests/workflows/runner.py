"""A runner of GitHub's workflows, as far as ours need one: the `run` steps with bash, our own action, and artifacts.

Other actions are skipped. What GitHub documents of environment, expressions, outputs and workflow commands is followed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

TOP = Path(__file__).parents[2]
ACTION = "your-organization/qspec@main"
_TOKEN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z_][\w.-]*)|(&&)|(\|\|)|(!=|==)|(!)|([(),])|(\s+)")
INSTALLED: set[str] = set()
"""The machines, by their paths of programs, that have qspec already: once is enough to see that it can be installed."""
_WORDS = {"&&": " and ", "||": " or ", "!": " not "}


@dataclass
class Ended:
    """What came of a workflow: whether it failed, what it wrote into the log, and the outputs of its steps."""

    failed: bool = False
    log: str = ""
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Runner:
    """One machine with a checkout. `artifacts` is where the service keeps them: `<id>.zip` and `<id>.json`."""

    workspace: Path
    home: Path
    artifacts: Path
    path: str
    env: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    branch: str = "main"
    event: str = "push"

    def run(self, workflow: Path, **inputs: str) -> Ended:
        """Run the one job of a workflow."""
        (job,) = yaml.safe_load(workflow.read_text("utf-8"))["jobs"].values()
        ended = Ended()
        self._steps(job["steps"], {"inputs": inputs}, {}, ended)
        return ended

    def act(self, **inputs: str) -> Ended:
        """Run our action."""
        ended = Ended()
        self._act({"with": inputs, "id": "action"}, {}, {}, ended)
        return ended

    @property
    def summary(self) -> str:
        path = self.home / "summary.md"
        return path.read_text("utf-8") if path.exists() else ""

    def _steps(self, steps: list[dict[str, Any]], context: dict[str, Any], env: dict[str, str], ended: Ended) -> None:
        github = {"event_name": self.event, "token": "a-token", "action_path": str(TOP)}
        context = {"github": github, "secrets": self.secrets, "steps": ended.steps, **context}
        for step in steps:
            condition = str(step.get("if", "success()"))
            wanted = evaluate(condition, context, failed=ended.failed)
            if (ended.failed and "always()" not in condition) or not wanted:
                ended.steps.setdefault(step.get("id", ""), {"outputs": {}, "outcome": "skipped"})
                continue
            own = {**env, **{key: filled(value, context) for key, value in step.get("env", {}).items()}}
            self._step(step, context, own, ended)

    def _step(self, step: dict[str, Any], context: dict[str, Any], env: dict[str, str], ended: Ended) -> None:
        uses = step.get("uses", "")
        if "run" in step:
            self._script(step, env, ended)
        elif uses == ACTION:
            self._act(step, context, env, ended)
        elif uses.startswith("actions/upload-artifact@"):
            chosen = {key: filled(value, context) for key, value in step["with"].items()}
            self._upload(chosen["name"], self.workspace / chosen["path"])
            ended.steps[step.get("id", "")] = {"outputs": {}, "outcome": "success"}
        else:
            assert uses.startswith(("actions/checkout@", "actions/setup-python@")), uses

    def _act(self, step: dict[str, Any], context: dict[str, Any], env: dict[str, str], ended: Ended) -> None:
        action = yaml.safe_load((TOP / "action.yml").read_text("utf-8"))
        given = {key: filled(value, context) for key, value in step.get("with", {}).items()}
        assert set(given) <= set(action["inputs"])
        inputs = {name: given.get(name, str(each["default"])) for name, each in action["inputs"].items()}
        inside = Ended()
        self._steps(action["runs"]["steps"], {"inputs": inputs}, env, inside)
        outputs = {name: filled(each["value"], {"steps": inside.steps}) for name, each in action["outputs"].items()}
        ended.log += inside.log
        ended.failed = ended.failed or inside.failed
        ended.steps[step.get("id", "")] = {"outputs": outputs, "outcome": "failure" if inside.failed else "success"}

    def _script(self, step: dict[str, Any], env: dict[str, str], ended: Ended) -> None:
        assert "${{" not in step["run"]
        if step.get("name") == "Install qspec" and self.path in INSTALLED:
            return
        script, output = self.home / "script.sh", self.home / "output"
        script.write_text(step["run"], "utf-8")
        output.write_text("", "utf-8")
        shell = ["--noprofile", "--norc", "-eo", "pipefail"] if step.get("shell") == "bash" else ["-e"]
        known = {
            "PATH": self.path, "HOME": str(self.home), "CI": "true", "GITHUB_ACTIONS": "true", "LANG": "C.UTF-8",
            "GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(self.home / "summary.md"),
            "GITHUB_WORKSPACE": str(self.workspace), "RUNNER_TEMP": str(self.home), "GITHUB_REF_NAME": self.branch,
            "GITHUB_EVENT_NAME": self.event, "GITHUB_REPOSITORY": "an-owner/a-repository", "NO_COLOR": "1",
        }  # fmt: skip
        done = subprocess.run(
            ["bash", *shell, str(script)], cwd=self.workspace, env={**known, **self.env, **env}, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
        )  # fmt: skip
        ended.log += done.stdout
        if step.get("name") == "Install qspec" and not done.returncode:
            INSTALLED.add(self.path)
        outcome = "failure" if done.returncode else "success"
        ended.failed = ended.failed or bool(done.returncode)
        ended.steps[step.get("id", "")] = {"outputs": outputs_of(output.read_text("utf-8")), "outcome": outcome}

    def _upload(self, name: str, folder: Path) -> None:
        number = 1 + max((int(path.stem) for path in self.artifacts.glob("*.zip")), default=0)
        with zipfile.ZipFile(self.artifacts / f"{number}.zip", "w") as archive:
            for path in folder.rglob("*"):
                archive.write(path, path.relative_to(folder))
        origin = {"head_branch": self.branch, "head_repository_id": 7, "repository_id": 7}
        described = {"id": number, "name": name, "expired": False, "workflow_run": origin}
        (self.artifacts / f"{number}.json").write_text(json.dumps(described), "utf-8")

    def kept(self, name: str) -> list[Path]:
        """The artifacts of a name, oldest first."""
        every = sorted(self.artifacts.glob("*.json"), key=lambda path: int(path.stem))
        return [path.with_suffix(".zip") for path in every if json.loads(path.read_text("utf-8"))["name"] == name]


def outputs_of(text: str) -> dict[str, str]:
    """What a file of outputs says: `name=value`, or `name<<END`, lines, `END`."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, several, end = line.partition("<<")
        if several:
            value = []
            while (row := next(lines)) != end:
                value.append(row)
            found[name] = "\n".join(value)
        else:
            name, _, found_value = line.partition("=")
            found[name] = found_value
    return found


def filled(value: Any, context: dict[str, Any]) -> str:
    """A value with its `${{ … }}` worked out."""
    return re.sub(r"\$\{\{(.*?)\}\}", lambda match: str(evaluate(match[1], context)), str(value))


def evaluate(expression: str, context: dict[str, Any], *, failed: bool = False) -> Any:
    """An expression's value, of the part of the language that we use."""

    def look(name: str) -> Any:
        found: Any = context
        for step in name.split("."):
            found = found.get(step, "") if isinstance(found, dict) else ""
        return found

    known = {
        "look": look, "always": lambda: True, "success": lambda: not failed,
        "startsWith": lambda text, start: text.lower().startswith(start.lower()),
    }  # fmt: skip
    position, words = 0, []
    while position < len(expression):
        match = _TOKEN.match(expression, position)
        assert match, expression[position:]
        text, name = match[1], match[2]
        if text is not None:
            words.append(repr(text.replace("''", "'")))
        elif name is not None:
            words.append(name if name in known else f"look({name!r})")
        else:
            words.append(_WORDS.get(match[0], match[0] if not match[0].isspace() else " "))
        position = match.end()
    return eval("".join(words).strip(), {"__builtins__": {}}, known)


def heeded(log: str) -> list[str]:
    """The workflow commands in a log that GitHub's runner obeys, as it finds them: `::name …::` at the beginning of a line
    after white space, and the older `##[name …]` anywhere.
    """
    found, guard = [], None
    for line in log.splitlines():
        text = line.strip()
        if guard is not None:
            guard = None if text == f"::{guard}::" else guard
            continue
        modern = re.match(r"::([\w-]+)(?: .*?)?::(.*)", text)
        if modern and modern[1] == "stop-commands":
            guard = modern[2]
        elif modern:
            found.append(text)
        elif "##[" in text:
            found.append(text[text.index("##[") :])
    return found


def clean_environment() -> dict[str, str]:
    """What a machine has of this one: where packages come from, and certificates."""
    kept = ("PIP_", "SSL_", "REQUESTS_", "HTTP", "http", "NO_PROXY", "no_proxy", "TMP")
    return {name: value for name, value in os.environ.items() if name.startswith(kept)}
