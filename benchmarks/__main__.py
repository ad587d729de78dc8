"""`python -m benchmarks [--quick]`: each comparison of qspec with what a user would write instead."""

from __future__ import annotations

import argparse
import ast
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Comparison, compare

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HERE = Path(__file__).parent
SPECS = HERE.parent / "specs"
QSPEC = (sys.executable, "-m", "qspec")


@dataclass(frozen=True, kw_only=True, slots=True)
class Benchmark:
    """Our command against theirs on the same work; `same` says whether both outputs hold the same answer."""

    name: str
    ours: Sequence[str]
    theirs: Sequence[str]
    same: Callable[[str, str], bool]


def counts_agree(ours: str, theirs: str) -> bool:
    """Whether both printed about one half of 4096 shots for 00 and for 11, and nothing else."""
    printed = ast.literal_eval(theirs.strip())
    shown = {word: int(number.replace(",", "")) for word, number in re.findall(r"\b([01]{2})\s.*?([\d,]+)", ours)}
    return all(set(c) == {"00", "11"} and abs(c["00"] - 2048) < 5 * 32 for c in (printed, shown))


def benchmarks() -> tuple[Benchmark, ...]:
    """Every comparison, in the order of the printed table."""
    bell = str(SPECS / "bell.yaml")
    run = (*QSPEC, "run", bell, "--runs-dir", "runs")
    return (
        Benchmark(
            name="validate one good spec / import click, yaml, jsonschema",
            ours=(*QSPEC, "validate", bell),
            theirs=(sys.executable, "-c", "import click, yaml, jsonschema"),
            same=lambda _ours, _theirs: True,
        ),
        Benchmark(
            name="run the Bell spec / the tutorial's script",
            ours=run,
            theirs=(sys.executable, str(HERE / "baselines" / "tutorial_bell.py")),
            same=counts_agree,
        ),
        Benchmark(
            name="run the Bell spec / the leanest Aer script",
            ours=run,
            theirs=(sys.executable, str(HERE / "baselines" / "lean_bell.py")),
            same=counts_agree,
        ),
    )


def line(name: str, comparison: Comparison) -> str:
    """One row of the table: ratio of CPU time with its spread, of wall time, of peak memory; ours in seconds."""
    low, high = comparison.spread("cpu")
    ours = comparison.median(comparison.ours, "cpu")
    theirs = comparison.median(comparison.theirs, "cpu")
    ratios = [comparison.ratio(quantity) for quantity in ("cpu", "wall", "peak")]
    return (
        f"{name:<58}{ratios[0]:>6.2f}  ({low:.2f} to {high:.2f}){ratios[1]:>8.2f}{ratios[2]:>8.2f}"
        f"   {ours:.2f} s / {theirs:.2f} s"
    )


def main() -> None:
    """Run every comparison and print the table; exit 1 when two answers differ."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds: a smoke test, not a measurement")
    rounds = 3 if parser.parse_args().quick else 15
    print(f"ratios of medians over {rounds} rounds, ours / theirs; below 1 qspec is the leaner")
    print(f"{'':<58}{'CPU':>6}{'':16}{'wall':>8}{'memory':>8}   CPU time")
    with tempfile.TemporaryDirectory() as folder:
        for benchmark in benchmarks():
            comparison = compare(benchmark.ours, benchmark.theirs, folder=Path(folder), rounds=rounds)
            if not benchmark.same(comparison.ours[0].output, comparison.theirs[0].output):
                raise SystemExit(f"{benchmark.name}: the answers differ:\n{comparison.ours[0].output}")
            print(line(benchmark.name, comparison), flush=True)


if __name__ == "__main__":
    main()
