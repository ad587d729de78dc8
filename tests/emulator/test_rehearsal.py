"""The page that teaches the rehearsal, and the emulator as a command."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
PAGE = TOP / "docs" / "rehearsal.md"


def test_the_shell_blocks_of_the_page_work_when_pasted(tmp_path):
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    shutil.copytree(TOP / "tests" / "emulator", tmp_path / "tests" / "emulator")
    commands = {"python": f'exec "{sys.executable}" "$@"', "qspec": f'exec "{sys.executable}" -m qspec "$@"'}
    (tmp_path / "bin").mkdir()
    for name, line in commands.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{line}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("QISKIT_IBM")},
        "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(TOP),
        "HOME": str(tmp_path),
        "NO_COLOR": "1",
    }
    done = subprocess.run(
        ["bash", "-u"],
        input="\n".join(blocks),
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("outcome  done") == 3, done.stdout + done.stderr
    assert "3 jobs\n" in done.stdout
    assert "plan of rehearsal: ibm_manila" in done.stdout
    assert not (tmp_path / "rehearsal").exists()


def emulator(*arguments):
    command = [sys.executable, "-m", "tests.emulator", *map(str, arguments)]
    return subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--devices", "manilla"], "error: no fake backend 'fake_manilla'\n  = help: did you mean 'fake_manila'?"),
        (["--port", "70000"], "error: cannot listen at port 70000: there is no such port\n  = help: leave --port out"),
        (["--faults", "/nowhere"], "error: cannot read '/nowhere': no such file or directory\n  = help: "),
        (["--faults", "README.md"], "error: 'README.md' is no script of faults: "),
        (["--faults", "{folder}/misspelt.json"], "is no script of faults: "),
    ],
)
def test_an_emulator_that_cannot_start_says_why_in_a_line(tmp_path, arguments, said):
    (tmp_path / "misspelt.json").write_text('{"faults": [{"doo": "drop"}]}')
    ended = emulator(*(word.format(folder=tmp_path) for word in arguments))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert said in ended.stderr
    assert len(ended.stderr.splitlines()) == 2


def test_who_pastes_the_page_does_not_wait_for_an_emulator_that_did_not_start(tmp_path):
    start = re.search(r"^```sh\n(python -m tests.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)[1]
    (tmp_path / "python").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "python").chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    begun = time.monotonic()
    subprocess.run(["bash"], input=start, cwd=tmp_path, env=environment, text=True, check=False, timeout=60)
    assert time.monotonic() - begun < 30
