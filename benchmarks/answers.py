"""What both sides answered, in one form."""

from __future__ import annotations

import ast
import math
from itertools import product
from typing import TYPE_CHECKING, Any

from benchmarks.case import newest_run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from qspec.records.view import FinishedRun


def printed(output: str) -> Any:
    """What a script printed, as JSON or in Python's own spelling."""
    return ast.literal_eval(output.strip())


def our_counts(folder: Path) -> list[Mapping[str, int]]:
    """The counts of the newest run: those of each parameter set of each PUB of its job, one after the other."""
    import qspec

    return counts_of(qspec.open_run(newest_run(folder)))


def counts_of(run: FinishedRun) -> list[Mapping[str, int]]:
    """The same of a run that was opened."""
    pubs = run.pubs("counts")
    return [pub.counts(index=index) for pub in pubs for index in product(*(range(size) for size in pub.shape))]


def our_estimates(folder: Path) -> tuple[list[float], list[float]]:
    """The expectation values of the newest run's PUB and their standard errors."""
    import qspec

    data = qspec.open_run(newest_run(folder)).result("energy")[0].data
    return data.evs.tolist(), data.stds.tolist()


def bell() -> Mapping[str, float]:
    """The probabilities of a Bell pair."""
    return {"00": 0.5, "11": 0.5}


def turned_bell(angle: float) -> Mapping[str, float]:
    """The same where the second qubit is turned by an angle about y before it is measured."""
    same, other = math.cos(angle / 2) ** 2 / 2, math.sin(angle / 2) ** 2 / 2
    return {"00": same, "11": same, "01": other, "10": other}
