"""Very many files of a folder are one archive, and are read from it as from the folder."""

from __future__ import annotations

import zipfile

import pytest

from qspec.errors import RecordError
from qspec.records.bundles import MOST, RecordedFiles, bundled
from qspec.records.files import sha256, write_all

FEW = {"spec.yaml": b"spec", **{f"inputs/in/{number}.qasm": b"%d" % number for number in range(MOST)}}
MANY = {**FEW, "inputs/one more.npy": b"more", "circuits/a.qpy": b"qpy"}


def recorded(folder, files) -> RecordedFiles:
    write_all(folder, files)
    return RecordedFiles(folder, {name: sha256(content) for name, content in files.items()})


def test_few_files_stay_files():
    assert bundled(FEW) == FEW


def test_many_files_become_one_archive_and_other_folders_stay():
    kept = bundled(MANY)
    assert set(kept) == {"spec.yaml", "circuits/a.qpy", "inputs.zip"}
    assert kept == bundled(MANY)


def test_an_archive_opens_with_any_tool_for_zip(tmp_path):
    write_all(tmp_path, bundled(MANY))
    with zipfile.ZipFile(tmp_path / "inputs.zip") as archive:
        assert archive.testzip() is None
        assert archive.read("one more.npy") == b"more"
        assert len(archive.namelist()) == MOST + 1


@pytest.mark.parametrize("files", [FEW, MANY], ids=["few", "many"])
def test_files_are_read_wherever_they_are(tmp_path, files):
    found = recorded(tmp_path, bundled(files))
    assert {name: found.read(name) for name in files} == files


def test_a_damaged_archive_is_named(tmp_path):
    found = recorded(tmp_path, bundled(MANY))
    path = tmp_path / "inputs.zip"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(RecordError, match=r"inputs\.zip' was changed or damaged"):
        found.read("inputs/in/7.qasm")


def test_what_an_archive_does_not_hold_is_named(tmp_path):
    with pytest.raises(RecordError, match=r"inputs\.zip' is damaged: it holds no 'in/other\.qasm'"):
        recorded(tmp_path, bundled(MANY)).read("inputs/in/other.qasm")
