"""`python -m benchmarks`: qspec beside what a user would write instead, on the same work, in turn."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import growth
from benchmarks.case import HERE
from benchmarks.conduct import Helper, conduct
from benchmarks.measure import adopt_orphans
from benchmarks.page import write_page
from benchmarks.report import HEAD, keep, line, read
from benchmarks.table import every_case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.case import Case
    from benchmarks.report import Row

RESULTS, GROWTH = HERE / "results" / "full.json", HERE / "results" / "growth.json"
PAGE, PICTURE = HERE.parent / "docs" / "performance.md", HERE.parent / "docs" / "growth.svg"


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="every case once, at a tiny size: a smoke test")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this case; can be repeated")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of each case, instead of its own number")
    parser.add_argument("--growth", action="store_true", help="how a sweep grows, from 10 to 10,000 points, instead")
    parser.add_argument("--list", action="store_true", help="list the cases, and measure nothing")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to keep results (results/full.json)")
    parser.add_argument("--write-docs", action="store_true", help="write what was kept into docs, and measure nothing")
    given = parser.parse_args()
    unknown = set(given.only) - {case.name for case in every_case(quick=True)}
    if unknown:
        parser.error(f"there is no case {', '.join(sorted(unknown))}; --list lists them")
    return given


def measured(given: argparse.Namespace) -> list[Row]:
    """The rows of the cases that are asked for, printed and kept as they come."""
    quick = every_case(quick=True)
    cases: Sequence[Case] = quick if given.quick else every_case(quick=False)
    output = given.output or (None if given.quick else RESULTS)
    print("ratios of medians, ours / theirs; below 1 qspec is the leaner")
    print(HEAD)
    rows = []
    with Helper() as helper:
        for case, small in zip(cases, quick, strict=True):
            if given.only and case.name not in given.only:
                continue
            rounds = given.rounds or (1 if given.quick else None)
            row = conduct(case, helper, rounds=rounds, warm_up=None if given.quick else small)
            print(line(row), flush=True)
            rows.append(row)
            if output:
                keep([row], output)
    return rows


def main() -> None:
    """Measure and print; exit 1 when answers differ, or at full size when a target is missed, a sweep's points cost more
    the more there are, or nothing was measured.
    """
    given = arguments()
    if given.list:
        for case in every_case(quick=False):
            target = "" if case.target is None else f" (at most {case.target:g})"
            print(f"{case.name:<25}{case.about} / {case.against}{target}")
        return
    if given.write_docs:
        write_page(PAGE, given.output or RESULTS)
        PICTURE.write_text(growth.draw(read(GROWTH)), encoding="utf-8")
        return
    adopt_orphans()
    if given.growth:
        result = growth.measured()
        growth.keep(result, GROWTH)
        raise SystemExit(0 if growth.flat(result) else 1)
    rows = measured(given)
    if given.quick and not given.only:
        growth.draw(growth.measured({2: 1, 4: 1}))
    failed = any(row.failed for row in rows)
    if not given.quick:
        failed |= any(row.met is False or row.missing for row in rows)
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
