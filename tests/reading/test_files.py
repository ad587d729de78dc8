"""Paths of a spec stay inside its repository, and each file is read once."""

from __future__ import annotations

import os

import pytest

from qspec.errors import SourceError
from qspec.reading.files import InputFiles, repository_of


@pytest.fixture
def files(repository):
    (repository / "circuits").mkdir()
    (repository / "circuits" / "bell.qasm").write_text("OPENQASM 3.0;")
    (repository / "secret.txt").write_text("inside")
    outside = repository.parent / "repo-evil"
    outside.mkdir()
    (outside / "x.qasm").write_text("outside")
    (repository.parent / "x.qasm").write_text("outside")
    return InputFiles(repository)


def code_of(function, *arguments):
    with pytest.raises(SourceError) as caught:
        function(*arguments)
    return caught.value.code


def test_a_path_is_relative_to_the_folder_of_the_file_that_says_it(files):
    assert files.name("bell.qasm", "circuits") == "circuits/bell.qasm"
    assert files.name("../circuits/./bell.qasm", "specs") == "circuits/bell.qasm"
    assert files.read("circuits/bell.qasm") == b"OPENQASM 3.0;"


OUTSIDE = [
    "../x.qasm", "../repo-evil/x.qasm", "circuits/../../x.qasm", "/etc/passwd", "/proc/self/environ", "//etc/passwd",
    "..", "../repo/../x.qasm", "./../x.qasm", "../" * 200 + "etc/passwd",
]  # fmt: skip


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: path[:30])
def test_a_path_that_leads_out_is_refused_by_its_text(files, path):
    assert code_of(files.name, path, "") == "outside-repository"


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: path[:30])
def test_a_name_that_leads_out_is_refused_when_it_is_read(files, path):
    assert code_of(files.read, path) in ("outside-repository", "missing-file")
    assert not files.used


@pytest.mark.parametrize(
    "path", ["~/x.qasm", "~root/x", "$HOME/x", "file:///etc/passwd", "http://localhost/x", "a" * 5000, "a/" * 3000]
)
def test_what_a_shell_or_a_browser_would_follow_is_only_a_name_here(files, path):
    assert code_of(files.read, files.name(path, "")) == "missing-file"


@pytest.mark.parametrize("path", ["bell\0.qasm", "a\nb", "\x1b[2J"])
def test_control_characters_are_no_part_of_a_path(files, path):
    assert code_of(files.name, path, "") == "missing-file"


def test_a_name_with_half_a_character_is_a_missing_file(files):
    assert code_of(files.read, "\udcff.qasm") == "missing-file"
    assert code_of(files.read, "\ud800.qasm") == "missing-file"


@pytest.mark.parametrize("target", ["../x.qasm", "/etc/passwd", "/proc/self/environ", "../repo-evil", "/dev/zero"])
def test_a_link_that_leads_out_is_refused(files, repository, target):
    (repository / "link").symlink_to(target)
    name = "link/x.qasm" if target.endswith("evil") else "link"
    assert code_of(files.read, name) == "outside-repository"
    assert code_of(files.look, name) == "outside-repository"


def test_a_link_within_the_repository_is_followed(files, repository):
    (repository / "link.qasm").symlink_to("circuits/bell.qasm")
    assert files.read("link.qasm") == b"OPENQASM 3.0;"


def test_links_in_a_circle_are_a_missing_file(files, repository):
    (repository / "a").symlink_to("b")
    (repository / "b").symlink_to("a")
    assert code_of(files.read, "a") == "missing-file"


def test_folders_and_pipes_are_not_files(files, repository):
    os.mkfifo(repository / "pipe")
    assert code_of(files.read, "circuits") == "missing-file"
    assert code_of(files.read, "pipe") == "missing-file"
    assert code_of(files.read, ".") == "missing-file"


def test_the_person_at_the_keyboard_may_allow_more(repository, files):
    free = InputFiles(repository, allow_outside=True)
    name = free.name("../repo-evil/x.qasm", "")
    assert free.read(name) == b"outside"
    assert free.read(free.name(str(repository.parent / "x.qasm"), "")) == b"outside"


def test_a_missing_file_suggests_its_neighbour(files):
    with pytest.raises(SourceError, match=r"there is no file 'circuits/bel\.qasm'") as caught:
        files.look("circuits/bel.qasm")
    assert caught.value.advice == "did you mean 'bell.qasm'?"


def test_a_large_file_is_refused_before_it_is_read(files, repository):
    with (repository / "large.npy").open("wb") as file:
        file.truncate((1 << 29) + 1)
    assert code_of(files.read, "large.npy") == "file-too-large"
    assert code_of(files.look, "circuits/bell.qasm", 5) == "file-too-large"


def test_a_file_is_read_once_and_remembered(files, repository):
    first = files.read("circuits/bell.qasm")
    (repository / "circuits" / "bell.qasm").unlink()
    files.look("circuits/bell.qasm")
    assert files.read("circuits/bell.qasm") is first
    assert files.used == {"circuits/bell.qasm": b"OPENQASM 3.0;"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_why(files, repository):
    (repository / "secret.txt").chmod(0)
    with pytest.raises(SourceError, match=r"(?i)permission denied"):
        files.read("secret.txt")


def test_a_file_is_shown_as_the_person_would_type_it(files, repository, monkeypatch):
    assert files.shown("circuits/bell.qasm") == "circuits/bell.qasm"
    monkeypatch.chdir(repository / "circuits")
    assert files.shown("circuits/bell.qasm") == "bell.qasm"
    assert files.shown("secret.txt") == "../secret.txt"


def test_the_repository_is_the_nearest_folder_with_git(repository):
    deep = repository / "a" / "b"
    deep.mkdir(parents=True)
    assert repository_of(deep) == repository
    (repository / "a" / ".git").write_text("gitdir: elsewhere")
    assert repository_of(deep) == repository / "a"


def test_without_git_the_repository_is_the_folder_itself(tmp_path):
    folder = tmp_path / "alone"
    folder.mkdir()
    assert repository_of(folder) == folder
