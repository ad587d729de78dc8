"""A run folder appears at once and whole, under a name that nobody else has; leftovers of the dead are swept."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from recorded_runs import HASH

from qspec.errors import MachineError
from qspec.running.drafts import drafting

NOON = datetime(2025, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)


def drafted(runs_dir: Path):
    return drafting(runs_dir, "bell", HASH, clock=lambda: NOON)


def published(runs_dir: Path) -> Path:
    with drafted(runs_dir) as draft:
        return draft.publish({"run.json": b"{}"}).path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_is_named_after_the_time_and_the_spec(tmp_path):
    assert published(tmp_path / "runs") == tmp_path / "runs" / "bell" / "20250131T120000.123456Z-abababab"


def test_nothing_is_seen_of_a_run_before_it_is_whole(tmp_path):
    with drafted(tmp_path) as draft:
        assert names(tmp_path / "bell") == [f".{draft.run}.new"]
        folder = draft.publish({"run.json": b"{}", "inputs/a/b": b"1"})
        assert names(tmp_path / "bell") == [draft.run]
        assert (folder.path / "inputs/a/b").read_bytes() == b"1"


def test_nothing_is_left_of_a_run_that_was_not_published(tmp_path):
    with drafted(tmp_path):
        pass
    assert names(tmp_path / "bell") == []


def test_runs_of_one_instant_get_a_folder_each(tmp_path):
    folders = [published(tmp_path) for _ in range(5)]
    assert len(set(folders)) == 5
    assert {folder.name.partition("-")[0] for folder in folders} == {"20250131T120000.123456Z"}
    with drafted(tmp_path) as one, drafted(tmp_path) as other:
        assert one.run != other.run


def test_many_processes_of_one_instant_get_a_folder_each(tmp_path):
    code = (
        "import sys; from datetime import UTC, datetime; from pathlib import Path\n"
        "from qspec.running.drafts import drafting\n"
        "for _ in range(25):\n"
        "    with drafting(Path(sys.argv[1]), 'bell', 'sha256:' + 'ab' * 32,\n"
        "                  clock=lambda: datetime(2025, 1, 31, tzinfo=UTC)) as draft:\n"
        "        draft.publish({'spec.yaml': draft.run.encode()})\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", code, str(tmp_path)]
    processes = [subprocess.Popen(command, env=environment) for _ in range(4)]
    assert [process.wait(60) for process in processes] == [0, 0, 0, 0]
    runs = list((tmp_path / "bell").iterdir())
    assert len(runs) == 100
    assert all((run / "spec.yaml").read_text() == run.name for run in runs)


def test_what_a_dead_process_left_is_swept_and_what_a_living_one_makes_is_not(tmp_path):
    with drafted(tmp_path) as living:
        dead = living.path.with_name(".20250131T115959.000000Z-cdcdcdcd.new")
        (dead / "circuits").mkdir(parents=True)
        (dead / ".lock").write_bytes(b"process 1, since long ago")
        unborn = living.path.with_name(".20250131T115959.000000Z-efefefef.new")
        unborn.mkdir()
        (tmp_path / "bell" / ".new").mkdir()
        published(tmp_path)
        assert living.path.exists()
        assert not dead.exists()
        assert not unborn.exists()
        assert (tmp_path / "bell" / ".new").exists()


def test_a_folder_that_cannot_be_made_is_a_machine_error(tmp_path):
    (tmp_path / "runs").write_bytes(b"a file")
    with pytest.raises(MachineError, match="cannot write"):
        published(tmp_path / "runs")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_a_machine_error(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(MachineError, match="permission denied"):
        published(tmp_path / "runs")
