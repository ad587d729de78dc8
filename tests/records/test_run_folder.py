"""The run folder: made once, nobody else's, nothing in it overwritten, nothing written outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from recorded_runs import HASH, empty_folder, record

from qspec.errors import RefusedError
from qspec.records.folder import RunFolder, hash_folder, stored_input
from qspec.records.record import read_record

if TYPE_CHECKING:
    from pathlib import Path


def a_folder(runs_dir: Path) -> RunFolder:
    return empty_folder(runs_dir)


def test_a_file_is_never_overwritten(tmp_path):
    folder = a_folder(tmp_path)
    folder.write("spec.yaml", b"one")
    with pytest.raises(RefusedError, match="already"):
        folder.write("spec.yaml", b"two")
    assert (folder.path / "spec.yaml").read_bytes() == b"one"


@pytest.mark.parametrize("name", ["run.json", "status.jsonl", ".lock"])
def test_the_living_files_are_nobody_elses(tmp_path, name):
    with pytest.raises(RefusedError):
        a_folder(tmp_path).write(name, b"")


@pytest.mark.parametrize(
    "name", ["../a", "a/../../b", "/tmp/a", "", ".", "a//b", "a/", "./a", "a/..", "~/../../a/..", "a\0b"]
)
def test_a_path_that_leads_outside_is_refused(tmp_path, name):
    with pytest.raises(RefusedError, match="does not stay inside"):
        a_folder(tmp_path).write(name, b"")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_symbolic_link_leads_nowhere(tmp_path):
    folder = a_folder(tmp_path / "runs")
    (tmp_path / "outside").mkdir()
    (folder.path / "link").symlink_to(tmp_path / "outside")
    (folder.path / "dangling").symlink_to(tmp_path / "outside" / "file")
    for name in ("link/file", "dangling"):
        with pytest.raises(RefusedError):
            folder.write(name, b"")
    assert list((tmp_path / "outside").iterdir()) == []


def test_the_record_is_replaced_as_a_whole(tmp_path):
    folder = a_folder(tmp_path)
    folder.write_record(record())
    folder.write_record(record(outcome="done"))
    assert read_record(folder.path).outcome == "done"
    assert [path.name for path in folder.path.iterdir()] == ["run.json"]


def test_the_folder_hash_is_of_every_path_and_byte(tmp_path):
    folder = a_folder(tmp_path)
    folder.write_record(record())
    folder.write_all({"a": b"1", "b/c": b"2"})
    files = folder.hash_files()
    assert list(files) == ["a", "b/c"]
    assert hash_folder(files) == hash_folder(dict(reversed(files.items())))
    assert hash_folder(files) != hash_folder({**files, "a": HASH})
    assert hash_folder(files) != hash_folder({"a": files["a"], "b/d": files["b/c"]})


def test_only_our_own_half_written_files_are_left_out_of_the_hash(tmp_path):
    folder = a_folder(tmp_path)
    (folder.path / ".0123456789abcdef.part").write_bytes(b"half")
    folder.write_all({"table.part": b"1", ".table.part": b"2"})
    assert list(folder.hash_files()) == [".table.part", "table.part"]


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("circuits/bell.qasm", "inputs/circuits/bell.qasm"),
        ("θ values.npy", "inputs/θ values.npy"),
        ("..data/a", "inputs/..data/a"),
    ],
)
def test_an_input_is_kept_under_its_own_path(name, stored):
    assert stored_input(name) == stored


@pytest.mark.parametrize("name", ["../bell.qasm", "/etc/bell.qasm", "a/../../bell.qasm", "c:/bell.qasm"])
def test_an_input_from_outside_the_repository_is_kept_inside_the_folder(tmp_path, name):
    stored = stored_input(name)
    assert stored.startswith("inputs/outside/")
    assert stored.endswith("-bell.qasm")
    assert stored != stored_input(name.replace("bell", "ghz"))
    a_folder(tmp_path).write(stored, b"")
