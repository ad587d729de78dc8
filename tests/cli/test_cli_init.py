"""`qspec init`: a first spec that runs."""

from __future__ import annotations

import subprocess
import sys

import pytest


def test_init_writes_a_valid_spec_and_its_schema(qspec, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = qspec("init")
    assert (said.code, said.out) == (0, "")
    assert said.err == "wrote bell.yaml, and qspec-v1.schema.json for editors\nnext: qspec run bell.yaml\n"
    assert qspec("validate", "bell.yaml").code == 0
    first = (tmp_path / "bell.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=qspec-v1.schema.json"
    assert (tmp_path / "qspec-v1.schema.json").read_text() == qspec("schema").out


@pytest.mark.parametrize("place", ["bell.yaml", ".", "specs/deep/bell.yaml"])
def test_init_never_overwrites(qspec, tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    assert qspec("init", place).code == 0
    path = tmp_path / "bell.yaml" if place == "." else tmp_path / place
    path.write_text("mine")
    said = qspec("init", place)
    assert said.code == 2
    assert "is there already" in said.err
    assert path.read_text() == "mine"


def test_a_schema_that_is_there_already_is_left_alone(qspec, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "qspec-v1.schema.json").write_text("{}")
    assert qspec("init").err.startswith("wrote bell.yaml\n")
    assert (tmp_path / "qspec-v1.schema.json").read_text() == "{}"


@pytest.mark.parametrize(
    ("file", "name"),
    [("My First Spec.yaml", "my-first-spec"), ("_x.yml", "x"), ("ψ.yaml", "bell"), ("a" * 80 + ".yaml", "a" * 63)],
)
def test_the_spec_is_called_like_its_file(qspec, tmp_path, monkeypatch, file, name):
    monkeypatch.chdir(tmp_path)
    assert qspec("init", file).code == 0
    assert f"\nname: {name}\n" in (tmp_path / file).read_text()
    assert qspec("validate", file).code == 0


def test_a_folder_that_cannot_be_written_is_the_machine_s_fault(qspec, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    assert qspec("init", "file/bell.yaml").code == 7


def test_a_file_name_that_would_break_the_comment_is_refused(qspec, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert qspec("init", "a\nb.yaml").code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_leaves_nothing_that_stands_in_the_way(tmp_path):
    """A limit on the size of files stands in for the full disk: both fail in the middle of writing."""
    limit = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)); "
    code = limit + "from qspec.__main__ import main; sys.argv = ['qspec', 'init']; main()"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 7, done.stderr
    assert list(tmp_path.iterdir()) == []
