"""A case: the same work done by qspec and by what a user would write instead, and how to tell that it is the same."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from benchmarks.measure import Command

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.agreement import Verdict
    from benchmarks.measure import Work
    from benchmarks.peers import Peer

HERE = Path(__file__).parent
SPECS = HERE.parent / "specs"
OWN_SPECS = HERE / "specs"
SCRIPTS = HERE / "baselines"
RUNS = "runs"


def nothing(_folder: Path) -> None:
    """Prepare nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One row of the table.

    `prepare` writes into a folder what both sides find there, and `judge` is given that folder and what both have
    printed; they run in a process of their own, since they need libraries that must not weigh on what is measured.
    `target` is for the ratio of `quantity`. `about` and `against` name the work and the other side, `note` says what
    else is to be known.
    """

    name: str
    about: str
    against: str
    ours: Work
    theirs: Work
    judge: Callable[[Path, str, str], Verdict]
    prepare: Callable[[Path], None] = nothing
    target: float | None = None
    quantity: Literal["cpu", "wall"] = "cpu"
    rounds: int = 15
    note: str = ""
    peer: Peer | None = None


def script(name: str, *arguments: object) -> Command:
    """One of the scripts in `baselines/`."""
    return Command((sys.executable, str(SCRIPTS / f"{name}.py"), *map(str, arguments)))


def qspec(*arguments: object) -> Command:
    """A command of qspec."""
    return Command((sys.executable, "-m", "qspec", *map(str, arguments)))


def qspec_run(*arguments: object) -> Command:
    """`qspec run`, which leaves its record where `newest_run` looks for it."""
    return qspec("run", "-q", "--runs-dir", RUNS, *arguments)


def newest_run(folder: Path) -> Path:
    """The folder of the run that was made last."""
    return max((folder / RUNS).glob("*/*/run.json"), key=lambda record: record.stat().st_mtime_ns).parent
