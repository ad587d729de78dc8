from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).parents[2]
PAGE = TOP / "docs" / "rehearsal.md"


def test_the_shell_blocks_of_the_page_work_when_pasted(tmp_path):
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    shutil.copytree(TOP / "tests" / "emulator", tmp_path / "tests" / "emulator")
    commands = {"python": f'exec {sys.executable} "$@"', "qspec": f'exec {sys.executable} -m qspec "$@"'}
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
