"""Damaged files are noticed and named; they give no traceback, and hide no other run."""

from __future__ import annotations

import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from aftermath import EITHER, SWEEP, damages, names_in, put

import qspec
from qspec.cli.main import main
from qspec.records.find import list_runs
from qspec.records.names import LOCK, RECORD, STATUS_LOG
from qspec.running.creating import creating_run

if TYPE_CHECKING:
    from pathlib import Path

FULL = pytest.mark.parametrize("cases", [2, pytest.param(12, marks=pytest.mark.slow)], ids=["a sample", "many"])
MIDDLE, END = 0.57, 0.9
"""How far a run has come, in boundaries: the points of a sweep, or the jobs, are being computed, or the sinks write."""
LEFT = pytest.mark.parametrize(
    ("spec", "left", "cases"),
    [
        pytest.param(None, END, 2, id="a run, a sample"),
        pytest.param(SWEEP, MIDDLE, 2, id="a sweep, a sample"),
        *(pytest.param(None, part, 12, id=f"a run, {part}", marks=pytest.mark.slow) for part in (MIDDLE, END)),
        *(pytest.param(SWEEP, part, 12, id=f"a sweep, {part}", marks=pytest.mark.slow) for part in (MIDDLE, END)),
    ],
    indirect=["spec", "left"],
)


@pytest.fixture
def left(request, laboratory, spec, tmp_path) -> Path:
    """The folder of a run that was killed when it had come so far."""
    total = laboratory.run("run", spec, "--runs-dir", tmp_path / "count").boundaries
    at = int(request.param * total)
    assert laboratory.run("run", spec, "--runs-dir", tmp_path / "base", at=at).code == -9
    (base,) = list_runs(tmp_path / "base")
    return base.folder


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
    for each in alone(run):
        for job in run.record.jobs:
            for look in (each.result, each.pubs, each.parameter_values):
                with suppress(qspec.QspecError):
                    look(job.id)


def alone(run):
    """The run, and the points of a sweep as runs."""
    yield run
    with suppress(qspec.QspecError):
        yield from run.points or ()


@pytest.fixture
def runs(whole, spec, tmp_path):
    """A folder with a run to damage, and another one."""
    for place in ("hurt", "other"):
        shutil.copytree(whole.folder, tmp_path / "runs" / place / whole.folder.name)
    return tmp_path / "runs"


@EITHER
@FULL
def test_every_file_of_a_finished_run_may_be_damaged(runs, whole, capsys, rng, cases):
    desk = Desk(capsys, runs)
    folder = runs / "hurt" / whole.folder.name
    number = 0
    for name in sorted(names_in(folder) - {LOCK}):
        content = (folder / name).read_bytes()
        for damaged in damages(content, cases, rng):
            number += 1
            put(folder / name, damaged)
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


@LEFT
def test_every_file_of_an_unfinished_run_may_be_damaged(left, whole, tmp_path, capsys, rng, cases):
    ends = {0: 0, 1: 0, 2: 0}
    for name in sorted(names_in(left) - {LOCK}):
        for damaged in damages((left / name).read_bytes(), cases, rng):
            folder = tmp_path / "runs" / "hurt" / left.name
            shutil.copytree(left, folder)
            put(folder / name, damaged)
            desk = Desk(capsys, tmp_path / "runs")
            code, said = desk("resume", folder)
            ends[code] += 1
            if code == 2:
                assert name.rpartition("/")[2] in said
            elif code == 1:  # the log has lost what a sink wrote, which is somebody's file then
                assert (name, "already" in said) == (STATUS_LOG, True)
            elif desk("show", folder)[0] == 0:
                run = qspec.open_run(folder)
                assert run.record.content_hash == whole.record.content_hash
                results = [each.result(job.id) for each in run.points or [run] for job in run.record.jobs]
                assert len(results) == len(run.record.jobs) * len(run.points or [run])
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
