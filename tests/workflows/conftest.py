"""A machine to run workflows on: a scratch repository, Python with the packages of this one, and a service for artifacts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from runner import Runner, clean_environment

from tests.emulator import Emulator

GH = """\
#!{python}
# `gh api`, as far as the workflows use it, over the artifacts in a folder.
import json, os, re, sys
from pathlib import Path

kept = Path(os.environ["ARTIFACTS"])
assert os.environ["GH_TOKEN"]
words = sys.argv[1:]
assert words.pop(0) == "api"
method = "DELETE" if words[:2] == ["--method", "DELETE"] else "GET"
path = words[-1]
if match := re.fullmatch("repos/an-owner/a-repository/actions/artifacts/([0-9]+)(/zip)?", path):
    if method == "DELETE":
        (kept / f"{{match[1]}}.zip").unlink()
        (kept / f"{{match[1]}}.json").unlink()
    else:
        sys.stdout.buffer.write((kept / f"{{match[1]}}.zip").read_bytes())
else:
    name = re.fullmatch(r"repos/an-owner/a-repository/actions/artifacts\\?name=([a-z-]+)&per_page=100", path)[1]
    every = [json.loads(each.read_text()) for each in kept.glob("*.json")]
    print(json.dumps({{"artifacts": [each for each in every if each["name"] == name]}}))
"""


@pytest.fixture(scope="session")
def bin_folder(tmp_path_factory):
    """A fresh environment's programs: `python` finds the packages of this one, but qspec has to be installed first."""
    home = tmp_path_factory.mktemp("machine") / "python"
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    (site,) = home.glob("lib/python*/site-packages")
    others = [path for path in sys.path if path.endswith("packages") or (Path(path) / "click").is_dir()]
    (site / "of-the-tests.pth").write_text("\n".join(dict.fromkeys([*others, sysconfig.get_path("purelib")])))
    gh = home / "bin" / "gh"
    gh.write_text(GH.format(python=home / "bin" / "python"))
    gh.chmod(0o755)
    return home / "bin"


@pytest.fixture
def machine(tmp_path, bin_folder):
    """A runner whose checkout has a good spec in `specs/`."""
    for program in ("jq", "unzip", "curl"):
        if shutil.which(program) is None:
            pytest.skip(f"runners have {program}, this machine has not")
    workspace, home, artifacts = (tmp_path / name for name in ("a checkout", "home", "artifacts"))
    for folder in (workspace / "specs", home, artifacts):
        folder.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(workspace)], check=True)
    env = clean_environment() | {
        "ARTIFACTS": str(artifacts), "PIP_NO_BUILD_ISOLATION": "0", "PIP_NO_INDEX": "1",
        "QSPEC_CACHE_DIR": os.environ["QSPEC_CACHE_DIR"],
    }  # fmt: skip
    path = os.pathsep.join([str(bin_folder), os.environ["PATH"]])
    return Runner(workspace=workspace, home=home, artifacts=artifacts, path=path, env=env)


@pytest.fixture
def emulator():
    """The service, with one device."""
    with Emulator(devices=["manila"]) as running:
        yield running
