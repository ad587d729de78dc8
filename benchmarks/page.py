"""The table of docs/performance.md, written from the results that were kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.report import read
from benchmarks.table import every_case

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from benchmarks.case import Case

BEGIN, END = "<!-- table -->\n", "<!-- end of table -->\n"


def write_page(page: Path, results: Path) -> None:
    """Put the table between its markers. Raises `ValueError` where the page has none."""
    page.write_text(filled(page.read_text(encoding="utf-8"), read(results)), encoding="utf-8")


def filled(text: str, results: Mapping[str, Any]) -> str:
    """The page with the table of these results."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the page lacks the markers {BEGIN.strip()} and {END.strip()}")
    return before + begin + "\n" + table(results) + "\n" + end + after


def table(results: Mapping[str, Any]) -> str:
    """The rows, what is to be known of them, and when and with what they were measured."""
    notes: dict[str, int] = {}
    lines = [
        "| work | instead of qspec | CPU time | spread (rounds) | target |  | wall time | memory | seconds of CPU |",
        "|---|---|---|---|---|---|---|---|---|",
        *(_row(results.get(case.name) or _unmeasured(case), notes) for case in every_case(quick=False)),
        "",
        *(f"{number}. {note}." for note, number in notes.items()),
        "",
        *_surroundings(results),
    ]
    return "\n".join(lines) + "\n"


def _unmeasured(case: Case) -> Mapping[str, Any]:
    return {"about": case.about, "against": case.against, "note": "", "missing": "not yet"}


def _row(row: Mapping[str, Any], notes: dict[str, int]) -> str:
    mark = f" ({notes.setdefault(row['note'], len(notes) + 1)})" if row["note"] else ""
    work = f"| {row['about']}{mark} | {row['against']} |"
    if "missing" in row:
        return f"{work} not measured: {row['missing']} |  |  |  |  |  |  |"
    cpu = row["ratios"]["cpu"]
    target = "" if row["target"] is None else f"{row['target']:g}"
    met = {True: "met", False: "missed", None: ""}[row["met"]]
    seconds = " / ".join(_seconds(_middle(row[side]["cpu"])) for side in ("ours", "theirs"))
    others = " | ".join(f"{row['ratios'][quantity]['ratio']:.2f}" for quantity in ("wall", "peak"))
    return f"{work} {_short(cpu['ratio'])} | {_short(cpu['low'])} to {_short(cpu['high'])} ({len(row['ours']['cpu'])}) | {target} | {met} | {others} | {seconds} |"


def _short(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.3f}"


def _seconds(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def _middle(numbers: list[float]) -> float:
    ordered = sorted(numbers)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def _surroundings(results: Mapping[str, Any]) -> Iterator[str]:
    """One line for each set of versions, oldest first."""
    lines: dict[str, None] = {}
    packages: dict[str, dict[str, str]] = {}
    for row in results.values():
        found = row["surroundings"]
        key = f"Measured on {found['date']} on {found['cores']} shared cores ({found['processor']}), Python {found['python']}"
        packages.setdefault(key, {}).update(found["packages"])
    for key in sorted(packages):
        lines[f"{key}, {', '.join(f'{name} {number}' for name, number in packages[key].items() if number)}."] = None
    yield from lines
