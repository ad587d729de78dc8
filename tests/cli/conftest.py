"""Running the command line: in this process, and as a person does."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from spec_texts import BELL, PAIR

import qspec as package
from qspec.cli.main import main
from tests.emulator import Emulator
from tests.interruptible import interruptible

HOME = str(Path(package.__file__).parents[1])


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


@pytest.fixture
def qspec(capsys):
    """Call the command line in this process: `qspec("validate", "bell.yaml")`."""

    def call(*arguments: object) -> Said:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return Said(code, *capsys.readouterr())

    return call


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """An empty current folder with a small spec, `bell.yaml`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bell.yaml").write_text(BELL)
    return tmp_path


@pytest.fixture
def start():
    """Start a real process of the command line; `env` adds to the environment."""
    processes = []

    def begin(*arguments: object, env: dict[str, str] | None = None, **options: object) -> subprocess.Popen:
        environment = {**os.environ, "PYTHONPATH": HOME, **(env or {})}
        command = [sys.executable, "-m", "qspec", *map(str, arguments)]
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        with interruptible():
            processes.append(subprocess.Popen(command, env=environment, **streams))
        return processes[-1]

    yield begin
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def python():
    """Run Python code in a process of its own that finds qspec where this one did."""

    def run(code: str) -> subprocess.CompletedProcess:
        environment = {**os.environ, "PYTHONPATH": HOME}
        return subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
        )

    return run


@pytest.fixture
def emulator(tmp_path, monkeypatch):
    """An emulated account in the environment, with the spec `pair.yaml` in the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("QSPEC_SETTLE_SECONDS", "0.5")
    (tmp_path / "pair.yaml").write_text(PAIR, "utf-8")
    with Emulator(devices=["manila", "quito"]) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running
