"""A kind from another installed package is as good as one of qspec's own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[1] / "examples" / "graph-state-kind"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the example package was really installed into, by pip."""
    source = tmp_path_factory.mktemp("source") / "package"
    shutil.copytree(EXAMPLE, source)
    target = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", str(target), str(source)], check=True)
    return target


def qspec(*words: str, site: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    here = str(Path(__file__).parents[1])
    path = os.pathsep.join([str(site), here, os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": path, "NO_COLOR": "1"}
    command = [sys.executable, "-m", "qspec", *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_kind_is_listed_by_schema(installed, tmp_path):
    done = qspec("schema", site=installed, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    kinds = json.loads(done.stdout)["properties"]["circuits"]["additionalProperties"]["properties"]["kind"]["enum"]
    assert "graph-state" in kinds


def test_a_mistake_in_the_kind_is_found_at_its_line(installed, tmp_path):
    text = (EXAMPLE / "ring.yaml").read_text(encoding="utf-8").replace("num_qubits: 4", "num_qbits: 4")
    (tmp_path / "ring.yaml").write_text(text, encoding="utf-8")
    done = qspec("validate", "ring.yaml", site=installed, folder=tmp_path)
    assert done.returncode == 2
    line = next(number for number, row in enumerate(text.splitlines(), 1) if "num_qbits" in row)
    column = text.splitlines()[line - 1].index("num_qbits") + 1
    assert f"ring.yaml:{line}:{column}" in done.stdout + done.stderr
    assert "'num_qbits' is not a key of a graph-state circuit" in done.stdout + done.stderr
    assert "did you mean 'num_qubits'?" in done.stdout + done.stderr


def test_a_rule_uses_what_the_kind_knows_without_qiskit(installed, tmp_path):
    text = (EXAMPLE / "ring.yaml").read_text(encoding="utf-8").replace("{ZIZX: 1}", "{ZIZXI: 1}")
    (tmp_path / "ring.yaml").write_text(text, encoding="utf-8")
    done = qspec("validate", "ring.yaml", site=installed, folder=tmp_path)
    assert done.returncode == 2
    assert "observable-width" in done.stdout + done.stderr


def test_the_kind_runs(installed, tmp_path):
    shutil.copy(EXAMPLE / "ring.yaml", tmp_path)
    done = qspec("run", "ring.yaml", site=installed, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    record = json.loads(next(tmp_path.glob("runs/graph-state-ring/*/run.json")).read_text(encoding="utf-8"))
    assert record["outcome"] == "done"


def test_without_the_package_the_kind_is_unknown(tmp_path):
    shutil.copy(EXAMPLE / "ring.yaml", tmp_path)
    done = qspec("validate", "ring.yaml", site=tmp_path, folder=tmp_path)
    assert done.returncode == 2
    assert "'graph-state' is not a kind of circuit" in done.stdout + done.stderr
