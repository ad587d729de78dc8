"""What the documentation shows is what happens: files, commands, findings and code blocks are run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from qspec.reading.load import check_file
from qspec.reading.schema import compose
from qspec.render.reference import render_reference

TOP = Path(__file__).parents[1]
PAGES = [TOP / "README.md", *sorted((TOP / "docs").glob("*.md"))]
BLOCK = re.compile(
    r"(?P<head><!-- (?P<word>[a-z-]+)(?:: (?P<rest>[^>]*?))? -->\n```[a-z]*\n)(?P<body>.*?)(?P<tail>^```$)",
    re.DOTALL | re.MULTILINE,
)


def blocks(word: str) -> list[object]:
    return [
        pytest.param(page, match, id=f"{page.name}-{match['rest'] or number}")
        for page in PAGES
        for number, match in enumerate(BLOCK.finditer(page.read_text(encoding="utf-8")))
        if match["word"] == word
    ]


def qspec(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(TOP), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": path, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "qspec", *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def hold(page: Path, match: re.Match[str], expected: str, *, update: bool) -> None:
    """The block says `expected`; with the flag it is made to."""
    if update:
        text = page.read_text(encoding="utf-8")
        page.write_text(text.replace(match[0], match["head"] + expected + match["tail"]), encoding="utf-8")
    else:
        assert match["body"] == expected


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.mark.parametrize(("page", "match"), blocks("file"))
def test_a_shown_file_is_the_file(page, match, update):
    hold(page, match, (TOP / match["rest"]).read_text(encoding="utf-8"), update=update)


@pytest.mark.parametrize(("page", "match"), blocks("finding"))
def test_a_shown_finding_is_what_validate_says(page, match, update, tmp_path):
    text = (TOP / "specs" / "bell.yaml").read_text(encoding="utf-8").replace("    shots: 4096", "    shotz: 4096")
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "bell.yaml").write_text(text, encoding="utf-8")
    done = qspec("validate", "specs/bell.yaml", folder=tmp_path)
    assert done.returncode == 2
    hold(page, match, f"$ qspec validate specs/bell.yaml\n{done.stdout}", update=update)


@pytest.mark.parametrize(("page", "match"), blocks("finding-at-points"))
def test_a_shown_finding_about_points_is_what_validate_says(page, match, update, tmp_path):
    text = (TOP / "specs" / "bell-devices.yaml").read_text(encoding="utf-8")
    text = text.replace("  axes:\n", "  axes:\n    circuits.bell.measure: [all, null]\n")
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "bell-devices.yaml").write_text(text, encoding="utf-8")
    done = qspec("validate", "specs/bell-devices.yaml", folder=tmp_path)
    assert done.returncode == 2
    hold(page, match, f"$ qspec validate specs/bell-devices.yaml\n{done.stdout}", update=update)


@pytest.mark.parametrize(("page", "match"), blocks("spec-part"))
def test_a_shown_part_of_a_spec_is_valid(page, match, tmp_path):
    shutil.copytree(TOP / "specs", tmp_path / "specs")
    (tmp_path / "bell.yaml").write_text(f"extends: specs/bell.yaml\n{match['body']}", encoding="utf-8")
    assert check_file(str(tmp_path / "bell.yaml")).findings == ()


@pytest.mark.parametrize(("page", "match"), blocks("python"))
def test_a_shown_python_block_runs(page, match, tmp_path):
    shutil.copytree(TOP / "specs", tmp_path / "specs")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(TOP), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-W", "error", "-c", match["body"]]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize(("page", "match"), blocks("spec"))
def test_a_shown_spec_is_valid(page, match, tmp_path):
    (tmp_path / "bell.yaml").write_text(match["body"], encoding="utf-8")
    assert check_file(str(tmp_path / "bell.yaml")).findings == ()


def test_the_reference_is_what_the_kinds_say(update):
    page = TOP / "docs" / "reference.md"
    head = page.read_text(encoding="utf-8").partition("<!-- generated -->\n")[0]
    expected = f"{head}<!-- generated -->\n{render_reference(compose())}"
    if update:
        page.write_text(expected, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == expected


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert link.startswith("http") or (page.parent / link).exists(), link
