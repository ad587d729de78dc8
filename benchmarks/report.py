"""What came of the cases: rows for the terminal, and JSON to keep."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from benchmarks.measure import QUANTITIES, median

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from benchmarks.agreement import Verdict
    from benchmarks.case import Case
    from benchmarks.measure import Comparison, Cost

PACKAGES = ("qspec-runner", "qiskit", "qiskit-aer", "qiskit-ibm-runtime", "numpy")
HEAD = f"{'':<27}{'CPU':>7}{'spread':>16}{'target':>8}{'':>6}{'wall':>8}{'memory':>8}   CPU time, ours / theirs"


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """What came of one case.

    Without a comparison it was not measured: `missing` says what could not be had, or the verdict what failed.
    """

    case: Case
    comparison: Comparison | None = None
    verdict: Verdict | None = None
    peer_version: str = ""
    missing: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.comparison is None or self.case.target is None:
            return None
        return self.comparison.ratio(self.case.quantity) <= self.case.target

    @property
    def failed(self) -> bool:
        """Whether the two answers differ, or a command failed."""
        return self.verdict is not None and not self.verdict.agree


def line(row: Row) -> str:
    """One row of the table on the terminal."""
    if row.verdict is not None and row.failed:
        return f"{row.case.name:<27}{'FAILED' if row.comparison is None else 'THE ANSWERS DIFFER'}: {row.verdict.words}"
    if row.comparison is None:
        return f"{row.case.name:<27}not measured: {row.missing}"
    low, high = row.comparison.spread("cpu")
    cpu, wall, peak = (row.comparison.ratio(quantity) for quantity in QUANTITIES)
    target = "" if row.case.target is None else f"{row.case.target:g}"
    word = {True: "met", False: "MISSED", None: ""}[row.met]
    seconds = f"{median(row.comparison.ours, 'cpu'):.3g} s / {median(row.comparison.theirs, 'cpu'):.3g} s"
    spread = f"({low:.3f}-{high:.3f})"
    return f"{row.case.name:<27}{cpu:>7.3f}{spread:>16}{target:>8}{word:>7}{wall:>7.2f}{peak:>8.2f}   {seconds}"


def data_of(row: Row) -> dict[str, Any]:
    """A row as JSON data, with the date and all versions that it was measured with."""
    case = row.case
    known = {"name": case.name, "about": case.about, "against": case.against, "note": case.note}
    peer = {case.peer.name: row.peer_version} if case.peer else {}
    data = known | {"target": case.target, "quantity": case.quantity, "surroundings": surroundings(peer)}
    if row.comparison is None or row.verdict is None:
        return data | {"missing": row.missing or "it failed"}
    ratios = {
        quantity: dict(zip(("ratio", "low", "high"), _ratio(row.comparison, quantity), strict=True))
        for quantity in QUANTITIES
    }
    return data | {
        "met": row.met,
        "agree": row.verdict.agree,
        "test": row.verdict.words,
        "ratios": ratios,
        "ours": _costs(row.comparison.ours),
        "theirs": _costs(row.comparison.theirs),
    }


def _ratio(comparison: Comparison, quantity: str) -> tuple[float, ...]:
    return tuple(round(number, 4) for number in (comparison.ratio(quantity), *comparison.spread(quantity)))


def _costs(costs: Sequence[Cost]) -> dict[str, list[float]]:
    return {quantity: [round(getattr(cost, quantity), 4) for cost in costs] for quantity in QUANTITIES}


def surroundings(peer: Mapping[str, str]) -> dict[str, Any]:
    """When and with what something was measured."""
    return {
        "date": datetime.now(tz=UTC).date().isoformat(),
        "python": platform.python_version(),
        "packages": {package: version(package) for package in PACKAGES} | dict(peer),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
    }


def read(path: Path) -> dict[str, Any]:
    """The rows of a file by their names; none when it is not there."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def keep(rows: Sequence[Row], path: Path) -> None:
    """Write the rows into a file, beside those of other cases that are there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = read(path) | {row.case.name: data_of(row) for row in rows}
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
