"""Files are the old ones or the new ones, and what the disk says comes out in plain words."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest

from qspec.errors import MachineError, RecordError
from qspec.records import files, layout


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_whole_and_nothing_else_is_left(tmp_path):
    files.write_whole(tmp_path / "a.json", b"one")
    files.write_whole(tmp_path / "a.json", b"two")
    assert (tmp_path / "a.json").read_bytes() == b"two"
    assert names_in(tmp_path) == ["a.json"]


def test_a_failure_while_writing_leaves_the_old_file(tmp_path):
    files.write_whole(tmp_path / "a", b"old")
    with pytest.raises(TypeError), files.writing_whole(tmp_path / "a") as file:
        file.writelines([b"half of the new", None])
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names_in(tmp_path) == ["a"]


STEPS = [(os, "fsync"), (Path, "replace"), (Path, "open")]


@pytest.mark.parametrize(("owner", "step"), STEPS, ids=[step for _, step in STEPS])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO, errno.EDQUOT])
def test_every_step_that_the_disk_refuses_is_a_machine_error_and_keeps_the_old_file(
    tmp_path, monkeypatch, owner, step, number
):
    files.write_whole(tmp_path / "a", b"old")

    def refuse(*_arguments, **_options):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(owner, step, refuse)
        with pytest.raises(MachineError) as caught:
            files.write_whole(tmp_path / "a", b"new")
    assert caught.value.exit_code == 7
    assert "cannot write" in str(caught.value)
    assert "Errno" not in str(caught.value)
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names_in(tmp_path) == ["a"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux")
def test_a_real_full_disk_is_named(tmp_path):
    with pytest.raises(MachineError, match="the disk is full") as caught:
        files.append_line(Path("/dev/full"), b"a line")
    assert caught.value.advice == "make room and run again"


def test_a_named_symbolic_link_stays_one(tmp_path):
    (tmp_path / "target").write_bytes(b"old")
    for name, target in {"link": "target", "dangling": "new"}.items():
        (tmp_path / name).symlink_to(tmp_path / target)
        files.write_named(tmp_path / name, b"content")
        assert (tmp_path / name).is_symlink()
        assert (tmp_path / target).read_bytes() == b"content"
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(MachineError, match="symbolic links"):
        files.write_named(tmp_path / "loop", b"content")
    assert names_in(tmp_path) == ["dangling", "link", "loop", "new", "target"]


def test_a_named_pipe_is_written_to_and_stays_one(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    files.write_named(pipe, b"content")
    assert os.read(reader, 100) == b"content"
    os.close(reader)
    assert pipe.is_fifo()


def test_many_files_are_written_below_a_folder(tmp_path):
    contents = {f"circuits/{number}.qpy": b"x" * number for number in range(50)} | {"spec.yaml": b"qspec: 1"}
    files.write_all(tmp_path, contents)
    found = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == contents


def test_files_that_cannot_be_written_leave_no_parts(tmp_path):
    (tmp_path / "taken").write_bytes(b"a file, not a folder")
    with pytest.raises(MachineError):
        files.write_all(tmp_path, {"first": b"1", "taken/second": b"2"})
    assert names_in(tmp_path) == ["taken"]


def test_lines_are_appended_and_a_torn_one_is_closed_first(tmp_path):
    log = tmp_path / "status.jsonl"
    files.append_line(log, b"one")
    with log.open("ab") as file:
        file.write(b"tor")
    files.append_line(log, b"two")
    assert log.read_bytes() == b"one\ntor\ntwo\n"


def test_a_missing_file_is_named():
    with pytest.raises(RecordError, match=r"cannot read 'nowhere/run\.json'"):
        files.read_bytes(Path("nowhere/run.json"))


def test_the_hash_of_a_file_is_that_of_its_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    known = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert files.hash_file(tmp_path / "a") == files.sha256(b"abc") == known


def test_canonical_json_does_not_depend_on_the_order_of_keys():
    assert files.canonical({"b": 1, "a": {"d": "θ", "c": None}}) == files.canonical(
        {"a": {"c": None, "d": "θ"}, "b": 1}
    )
    assert files.canonical({"θ": [1.5, True]}) == '{"θ":[1.5,true]}'.encode()


@pytest.mark.parametrize(
    "data",
    [{}, [], {"a": [1] * 100, "b": {"c": "x" * 200, "d": [{"e": [None] * 60}]}}, {"lone": "\udc80"}, "text", 1.5],
    ids=["mapping", "list", "long", "surrogate", "text", "number"],
)
def test_readable_json_is_the_same_data(data):
    assert json.loads(layout.readable(data)) == data
    assert json.loads(layout.one_line(data)) == data
    assert json.loads(files.canonical(data)) == data


def test_readable_json_has_short_things_on_one_line():
    assert layout.readable({"a": [1, 2], "b": "x" * 120}) == b'{\n  "a": [1, 2],\n  "b": "' + b"x" * 120 + b'"\n}\n'


def test_plain_data_is_what_json_can_say():
    value = {1: (np.int64(3), np.float32(0.5)), "a": np.array([[1.0, np.nan]]), "z": 1 + 2j, "p": Path("x/y"), "s": {3}}
    plain = {"1": [3, 0.5], "a": [[1.0, None]], "z": [1.0, 2.0], "p": "x/y", "s": [3]}
    assert files.plain(value) == plain
