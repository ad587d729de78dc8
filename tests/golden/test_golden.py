"""Good specs are silent; what is said about bad ones is exactly the text beside them."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from qspec.cli.main import main
from qspec.planning.plan import plan
from qspec.reading.explanations import EXPLANATIONS
from qspec.reading.load import load_file
from tests.service.emulated import example_account

HERE = Path(__file__).parent
OK = sorted(HERE.glob("ok/*.yaml"))
BAD = sorted(HERE.glob("bad/*.yaml"))
MIXED = {"eight-mistakes"}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A repository with a copy of the specs of a folder, which is the current folder."""

    def place(folder):
        shutil.copytree(folder, tmp_path / "specs")
        (tmp_path / "specs" / ".git").mkdir()
        (tmp_path / "specs" / "files" / "large.yaml").write_text("# " + "x" * (1 << 20))
        monkeypatch.chdir(tmp_path / "specs")

    return place


@pytest.fixture
def account():
    """The emulated account that plans for the service are made with."""
    with example_account() as emulator:
        yield emulator


def told(path, capsys):
    """What a command says about a spec, and its exit code. A comment in the first line names the command."""
    match = re.match(rb"# command: ([^\n]+)", path.read_bytes())
    command, *options = shlex.split(match[1].decode()) if match else ["validate"]
    capsys.readouterr()
    code = main([command, *options, path.name])
    said = capsys.readouterr()
    return (said.err if command == "plan" else said.out), code


@pytest.mark.parametrize("path", OK, ids=lambda path: path.stem)
def test_a_good_spec_is_silent(path, place, capsys):
    place(path.parent)
    assert told(path, capsys) == (f"{path.name}: valid\n", 0)


@pytest.mark.parametrize("path", OK, ids=lambda path: path.stem)
def test_a_good_spec_can_be_planned_without_a_word(path, place):
    place(path.parent)
    assert not plan(load_file(path.name)).findings


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_spec_is_told_so_in_these_words(path, place, capsys, request):
    place(path.parent)
    if re.search(rb"^backend: {kind: ibm\b", path.read_bytes(), re.MULTILINE):
        request.getfixturevalue("account")
    text, code = told(path, capsys)
    assert code == (2 if "error[" in text else 0)
    if request.config.getoption("--update-golden"):
        path.with_suffix(".out").write_text(text)
    assert text == path.with_suffix(".out").read_text()


@pytest.mark.parametrize("path", [path for path in BAD if path.stem not in MIXED], ids=lambda path: path.stem)
def test_a_bad_spec_is_named_after_the_only_code_that_it_shows(path):
    codes = re.findall(r"^(?:error|warning)\[([a-z0-9-]+)\]", path.with_suffix(".out").read_text(), re.MULTILINE)
    assert set(codes) == {path.stem.partition("--")[0]}


def test_every_code_has_a_golden_file():
    assert set(EXPLANATIONS) == {path.stem.partition("--")[0] for path in BAD if path.stem not in MIXED}


def test_no_text_is_left_without_its_spec():
    assert {path.stem for path in HERE.glob("bad/*.out")} == {path.stem for path in BAD}


def test_there_are_plenty():
    assert len(OK) >= 15
    assert len(BAD) >= 60
