"""One case from its preparation to its row."""

from __future__ import annotations

import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from benchmarks.agreement import Verdict
from benchmarks.measure import CommandFailedError, compare
from benchmarks.peers import PeerError
from benchmarks.report import Row

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.case import Case

T = TypeVar("T")


class Helper:
    """A process beside this one, for what imports much.

    The peak of memory that a system tells of a command includes what its parent had in use when it was started, so
    that this process must stay small.
    """

    def __init__(self) -> None:
        self._pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def call(self, function: Callable[..., T], *arguments: object) -> T:
        """What a function returns over there. Raises what it raises."""
        return self._pool.submit(function, *arguments).result()


def conduct(case: Case, helper: Helper, *, rounds: int | None, warm_up: Case | None) -> Row:
    """Measure a case, and judge the answers of its last round.

    Before it, `warm_up`, the same case at a small size, is run once on both sides, so that files are read from memory.
    """
    try:
        peer_version = case.peer.installed() if case.peer else ""
        if warm_up:
            with tempfile.TemporaryDirectory() as folder:
                helper.call(warm_up.prepare, Path(folder))
                compare(warm_up.ours, warm_up.theirs, folder=Path(folder), rounds=1)
        with tempfile.TemporaryDirectory() as folder:
            helper.call(case.prepare, Path(folder))
            comparison = compare(case.ours, case.theirs, folder=Path(folder), rounds=rounds or case.rounds)
            said = comparison.ours[-1].output, comparison.theirs[-1].output
            verdict = helper.call(case.judge, Path(folder), *said)
    except PeerError as error:
        return Row(case=case, missing=f"{case.peer.name if case.peer else ''} could not be installed: {error}")
    except CommandFailedError as error:
        return Row(case=case, verdict=Verdict(False, str(error)))
    return Row(case=case, comparison=comparison, verdict=verdict, peer_version=peer_version)
