"""What is left on disk when a command has ended in one way or another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from qspec.records.find import list_runs
from qspec.records.view import FinishedRun

if TYPE_CHECKING:
    from pathlib import Path

SWEEP = """\
sweep:
  axes:
    transpile.optimization_level: [0, 1]
    jobs.energy.precision: [0.05, 0.1, 0.2]
"""
EITHER = pytest.mark.parametrize("spec", [None, SWEEP], ids=["a run", "a sweep"], indirect=True)
"""A test of both: of a run of jobs, and of one with points."""
_PACK = re.compile(r"points/\d+\.npz")


def the_run(runs_dir: Path) -> FinishedRun:
    """The only run below a folder, whose record is whole."""
    (found,) = list_runs(runs_dir)
    assert found.record is not None, found.problem
    return FinishedRun(found.record, found.folder)


def lasting_names(folder: Path) -> set[str]:
    """The files of a folder but the packs of a sweep: a resumed run has more of them, with the same in them."""
    return {name for name in names_in(folder) if not _PACK.fullmatch(name)}


def names_in(folder: Path) -> set[str]:
    """The files of a folder, hidden ones too."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def assert_as_if_nothing_happened(runs_dir: Path, whole: FinishedRun) -> None:
    """The run came to its end, with the content and the files of one that was never interrupted."""
    run = the_run(runs_dir)
    assert (run.record.outcome, run.record.content_hash) == ("done", whole.record.content_hash)
    assert run.damage() == ()
    assert lasting_names(run.folder) == lasting_names(whole.folder)
    assert [path.name for path in run.folder.parent.iterdir()] == [run.folder.name]


def damages(content: bytes, cases: int, rng):
    """None for a file that is gone; its content cut off at several places, and with single bits turned."""
    yield None
    if not content:
        return
    cuts = {0, len(content) // 2, *(rng.randrange(len(content)) for _ in range(cases))}
    yield from (content[:cut] for cut in cuts)
    for place in (rng.randrange(len(content)) for _ in range(cases)):
        yield content[:place] + bytes([content[place] ^ (1 << rng.randrange(8))]) + content[place + 1 :]


def put(path: Path, damaged: bytes | None) -> None:
    """Write what damage has left of a file."""
    if damaged is None:
        path.unlink()
    else:
        path.write_bytes(damaged)
