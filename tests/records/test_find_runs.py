"""Runs are found by folder, id, prefix, name or `latest`; damaged ones are named and hide no other."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from recorded_runs import empty_folder, record

from qspec.errors import RecordError, UsageError
from qspec.records.find import find_run, list_runs

NOON = datetime(2025, 1, 31, 12, tzinfo=UTC)


def a_run(runs_dir: Path, name: str, minutes: int) -> Path:
    folder = empty_folder(runs_dir, name, time=NOON + timedelta(minutes=minutes))
    folder.write_record(record(run=folder.run, name=name))
    return folder.path


@pytest.fixture
def runs(tmp_path):
    """Runs of bell at 12:00 and 12:02, of ghz at 12:01."""
    return [a_run(tmp_path, "bell", 0), a_run(tmp_path, "ghz", 1), a_run(tmp_path, "bell", 2)]


def test_runs_are_listed_oldest_first(tmp_path, runs):
    found = list_runs(tmp_path)
    assert [run.folder for run in found] == runs
    assert [run.record.run for run in found] == [run.name for run in runs]
    assert [run.folder for run in list_runs(tmp_path, "bell")] == [runs[0], runs[2]]


def test_a_missing_runs_folder_has_no_runs(tmp_path):
    assert list_runs(tmp_path / "runs") == ()


def test_a_damaged_run_is_named_and_hides_no_other(tmp_path, runs):
    (runs[1] / "run.json").write_bytes(b"{")
    (tmp_path / "bell" / "20250131T130000.000000Z-abababab").mkdir()
    (tmp_path / "a file").write_bytes(b"")
    found = list_runs(tmp_path)
    assert [bool(run.record) for run in found] == [True, False, True, False]
    assert "run.json' cannot be used: it is damaged" in found[1].problem
    assert "cannot read" in found[3].problem


def test_folders_that_are_no_runs_are_passed_by_and_a_renamed_run_is_not(tmp_path, runs):
    (tmp_path / "bell" / "notes").mkdir()
    (tmp_path / ".hidden" / "20250131T130000.000000Z-abababab").mkdir(parents=True)
    renamed = runs[0].rename(runs[0].parent / "the good one")
    assert {run.folder for run in list_runs(tmp_path)} == {renamed, *runs[1:]}
    assert find_run(tmp_path, "the good one") == renamed


def test_a_runs_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / "runs").write_bytes(b"")
    with pytest.raises(RecordError, match="cannot read"):
        list_runs(tmp_path / "runs")


def test_a_run_is_found_in_every_way(tmp_path, runs):
    first, ghz, last = runs
    assert find_run(tmp_path, str(first)) == first
    assert find_run(tmp_path, first.name) == first
    assert find_run(tmp_path, f"bell/{first.name}") == first
    assert find_run(tmp_path, "20250131T1201") == ghz
    assert find_run(tmp_path, "ghz") == ghz
    assert find_run(tmp_path, "bell") == last
    assert find_run(tmp_path, "latest") == last


def test_a_run_whose_record_is_gone_is_still_found_by_its_folder(tmp_path, runs):
    (runs[0] / "run.json").unlink()
    assert find_run(tmp_path / "elsewhere", str(runs[0])) == runs[0]


def test_a_relative_folder_is_found(tmp_path, runs, monkeypatch):
    monkeypatch.chdir(runs[0].parent)
    assert find_run(Path("elsewhere"), runs[0].name) == Path(runs[0].name)


@pytest.mark.parametrize(
    ("text", "message", "advice"),
    [
        ("bel", "no run 'bel' in", "did you mean 'bell'?"),
        ("tfim", "no run 'tfim' in", "runs of: bell, ghz; see qspec runs"),
        ("2025", "'2025' is the beginning of 3 runs", "write more of it: 20250131T120000"),
        ("", "no run '' in", "runs of: bell, ghz"),
    ],
)
def test_what_is_not_found_is_said_with_advice(tmp_path, runs, text, message, advice):
    with pytest.raises(UsageError) as caught:
        find_run(tmp_path, text)
    assert str(caught.value).startswith(message)
    assert caught.value.advice.startswith(advice)


def test_with_no_runs_at_all_the_advice_is_to_run(tmp_path):
    with pytest.raises(UsageError, match="there is no run in") as caught:
        find_run(tmp_path / "runs", "latest")
    assert "qspec run" in caught.value.advice


def test_listing_imports_neither_numpy_nor_qiskit(tmp_path, runs):
    code = (
        "import sys; from pathlib import Path; from qspec.records.find import list_runs\n"
        "assert len(list_runs(Path(sys.argv[1]))) == 3\n"
        "assert not {'numpy', 'qiskit'} & set(sys.modules)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=environment, check=True)
