"""The run folder: made once, nobody else's, nothing in it overwritten, nothing written outside."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from recorded_runs import HASH, record

from qspec.errors import MachineError, RefusedError
from qspec.records.folder import RunFolder, hash_folder, stored_input
from qspec.records.record import read_record

NOON = datetime(2025, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)


def a_folder(runs_dir: Path) -> RunFolder:
    return RunFolder.create(runs_dir, "bell", HASH, clock=lambda: NOON)


def test_a_folder_is_named_after_the_time_and_the_spec(tmp_path):
    folder = a_folder(tmp_path / "runs")
    assert folder.path == tmp_path / "runs" / "bell" / "20250131T120000.123456Z-abababab"
    assert folder.run == "20250131T120000.123456Z-abababab"


def test_runs_of_one_instant_get_a_folder_each(tmp_path):
    folders = [a_folder(tmp_path) for _ in range(5)]
    assert len({folder.run for folder in folders}) == 5
    assert {folder.run.partition("-")[0] for folder in folders} == {"20250131T120000.123456Z"}


def test_many_processes_of_one_instant_get_a_folder_each(tmp_path):
    code = (
        "import sys; from datetime import UTC, datetime; from pathlib import Path\n"
        "from qspec.records.folder import RunFolder\n"
        "for _ in range(25):\n"
        "    folder = RunFolder.create(Path(sys.argv[1]), 'bell', 'sha256:' + 'ab' * 32,\n"
        "                              clock=lambda: datetime(2025, 1, 31, tzinfo=UTC))\n"
        "    folder.write('spec.yaml', folder.run.encode())\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", code, str(tmp_path)]
    processes = [subprocess.Popen(command, env=environment) for _ in range(4)]
    assert [process.wait(60) for process in processes] == [0, 0, 0, 0]
    runs = list((tmp_path / "bell").iterdir())
    assert len(runs) == 100
    assert all((run / "spec.yaml").read_text() == run.name for run in runs)


def test_a_folder_that_cannot_be_made_is_a_machine_error(tmp_path):
    (tmp_path / "runs").write_bytes(b"a file")
    with pytest.raises(MachineError, match="cannot write"):
        a_folder(tmp_path / "runs")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_a_machine_error(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(MachineError, match="permission denied"):
        a_folder(tmp_path / "runs")


def test_a_file_is_never_overwritten(tmp_path):
    folder = a_folder(tmp_path)
    folder.write("spec.yaml", b"one")
    with pytest.raises(RefusedError, match="already"):
        folder.write("spec.yaml", b"two")
    assert (folder.path / "spec.yaml").read_bytes() == b"one"


@pytest.mark.parametrize("name", ["run.json", "status.jsonl"])
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
