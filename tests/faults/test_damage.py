"""Damaged files are noticed and named; they give no traceback, and hide no other run."""

from __future__ import annotations

import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from aftermath import damages, names_in

import qspec
from qspec.cli.main import main
from qspec.records.find import list_runs
from qspec.records.names import LOCK, RECORD, STATUS_LOG
from qspec.running.creating import creating_run

if TYPE_CHECKING:
    from pathlib import Path

FULL = pytest.mark.parametrize("cases", [2, pytest.param(12, marks=pytest.mark.slow)], ids=["a sample", "many"])


class Desk:
    """The command line in this process, with all that it said."""

    def __init__(self, capsys, runs_dir: Path) -> None:
        self.capsys = capsys
        self.runs_dir = runs_dir

    def __call__(self, *arguments: object) -> tuple[int, str]:
        self.capsys.readouterr()
        code = main([*map(str, arguments), "--runs-dir", str(self.runs_dir)])
        said = "".join(self.capsys.readouterr())
        assert code != 70, said
        assert "Traceback" not in said
        return code, said


def look_everywhere(folder: Path) -> None:
    """All that the Python API reads of a run; damage is a `QspecError`, never anything else."""
    try:
        run = qspec.open_run(folder)
    except qspec.QspecError:
        return
    run.damage()
    for job in run.record.jobs:
        for look in (run.result, run.pubs, run.parameter_values):
            with suppress(qspec.QspecError):
                look(job.id)


@pytest.fixture
def runs(whole, spec, tmp_path):
    """A folder with a run to damage, and another one."""
    for place in ("hurt", "other"):
        shutil.copytree(whole.folder, tmp_path / "runs" / place / whole.folder.name)
    return tmp_path / "runs"


@FULL
def test_every_file_of_a_finished_run_may_be_damaged(runs, whole, capsys, rng, cases):
    desk = Desk(capsys, runs)
    folder = runs / "hurt" / whole.folder.name
    number = 0
    for name in sorted(names_in(folder) - {LOCK}):
        content = (folder / name).read_bytes()
        for damaged in damages(content, cases, rng):
            number += 1
            (folder / name).write_bytes(damaged)
            code, said = desk("show", folder)
            assert (code in (1, 2) and name.rpartition("/")[2] in said) or says_the_same(folder, name, whole), name
            assert desk("resume", folder)[0] in (0, 2)
            assert desk("runs")[1].count(whole.folder.name) >= 2
            assert [run.problem for run in list_runs(runs) if run.folder.parent.name == "other"] == [""]
            look_everywhere(folder)
        (folder / name).write_bytes(content)
        assert desk("show", folder)[0] == 0
    print(f"\n{number} damages of {len(names_in(folder)) - 1} files: all named, no traceback")


def says_the_same(folder: Path, name: str, whole) -> bool:
    """Whether a record or a log lost nothing but a line's end."""
    if name == RECORD:
        return qspec.open_run(folder).record == whole.record
    return name == STATUS_LOG and qspec.open_run(folder).damage() == ()


@FULL
def test_every_file_of_an_unfinished_run_may_be_damaged(laboratory, spec, whole, tmp_path, capsys, rng, cases):
    total = laboratory.run("run", spec, "--runs-dir", tmp_path / "count").boundaries
    assert laboratory.run("run", spec, "--runs-dir", tmp_path / "base", at=total - 12).code == -9
    (base,) = list_runs(tmp_path / "base")
    ends = {0: 0, 1: 0, 2: 0}
    for name in sorted(names_in(base.folder) - {LOCK}):
        for damaged in damages((base.folder / name).read_bytes(), cases, rng):
            folder = tmp_path / "runs" / "hurt" / base.folder.name
            shutil.copytree(base.folder, folder)
            (folder / name).write_bytes(damaged)
            desk = Desk(capsys, tmp_path / "runs")
            code, said = desk("resume", folder)
            ends[code] += 1
            if code == 2:
                assert name.rpartition("/")[2] in said
            elif code == 1:  # the log has lost what a sink wrote, which is somebody's file then
                assert (name, "already" in said) == (STATUS_LOG, True)
            elif desk("show", folder)[0] == 0:
                assert qspec.open_run(folder).record.content_hash == whole.record.content_hash
            else:  # a file that is kept for people only
                assert name.rpartition("/")[2] in desk("show", folder)[1]
            shutil.rmtree(tmp_path / "runs")
    print(
        f"\n{sum(ends.values())} damages of an unfinished run: {ends[0]} resumed, {ends[1]} with a sink that would not"
    )
    print(f"overwrite, {ends[2]} refused; all named")


def test_a_torn_last_line_is_set_aside_and_the_next_stands_on_its_own(laboratory, spec, whole, tmp_path):
    with creating_run(qspec.plan(spec), tmp_path / "runs") as journal:
        folder = journal.folder.path
    with (folder / STATUS_LOG).open("ab") as log:
        log.write(b'{"seq": 3, "time": "2026-')
    assert laboratory.run("resume", folder).code == 0
    run = qspec.open_run(folder)
    assert run.damage() == ()
    assert run.record.content_hash == whole.record.content_hash
