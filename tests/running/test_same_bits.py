"""The same spec gives the same bits, whoever computes it, with how many threads, from which cache, alone or in a sweep.

A sample runs all specs in one process for each of a few ways; with `--slow` every spec runs in every way in a process of
its own. Figures are printed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

import qspec
from qspec.caching.files import entries
from tests.running.one_of_each import SPECS, whole, write
from tests.running.sweeps import point_spec
from tests.workers.dask_at_hand import Hired

AMOUNT = pytest.mark.parametrize(
    "every", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["a sample", "every way"]
)
CACHES = ("none", "cold", "warm")
SWEEPS = [name for name in SPECS if "sweep" in SPECS[name]]
ON_AER = [name for name in SPECS if SPECS[name]["backend"]["kind"] == "aer"]


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to run a spec: the options of `qspec run`, the threads that the environment asks for, and the cache."""

    options: tuple[str, ...] = ("--workers", "1")
    threads: int = 1
    cache: str = "none"

    def __str__(self) -> str:
        return f"{' '.join(self.options)}, {self.threads} threads, cache {self.cache}"


REFERENCE = Way(cache="warm")
"""It comes first, so that it fills the cache which is warm for all others."""
HALVES = (tuple(SPECS)[::2], tuple(SPECS)[1::2])
FEW = [
    Way(options=("--workers", "2"), threads=2, cache="cold"),
    Way(options=("--workers", "4"), threads=8, cache="warm"),
]
ALL = [
    Way(options=("--workers", str(workers)), threads=threads, cache=cache)
    for workers, threads, cache in product((1, 2, 4), (1, 2, 8), CACHES)
]
LOCAL = [Way(options=("--scheduler", "local:2"), threads=threads, cache="warm") for threads in (1, 8)]


class Bench:
    """Runs commands in processes of their own, below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._runs = 0

    def run(self, paths: list[Path], way: Way, *more: str) -> dict[str, qspec.FinishedRun]:
        """What comes of specs in one process, by their names."""
        self._runs += 1
        runs = self.folder / f"runs-{self._runs}"
        kept = self.folder / ("warm" if way.cache == "warm" else f"cache-{self._runs}")
        words = [*way.options, *more, *(["--no-cache"] if way.cache == "none" else []), "--runs-dir", str(runs)]
        ended = subprocess.run(
            [sys.executable, "-m", "qspec", "run", "-q", *words, *map(str, paths)],
            env=os.environ | surroundings(way.threads) | {"QSPEC_CACHE_DIR": str(kept)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, f"{way}: {ended.stdout}{ended.stderr}"
        found = [qspec.open_run(path.parent) for path in runs.glob("*/*/run.json")]
        return {run.record.name: run for run in found}

    def specs(self, names: list[str] | tuple[str, ...] = tuple(SPECS)) -> list[Path]:
        """The files of specs."""
        return [write(self.folder / "specs", whole(name), name) for name in names]


def surroundings(threads: int) -> dict[str, str]:
    """The environment of a process that may take so many threads."""
    counted = dict.fromkeys(("OMP_NUM_THREADS", "RAYON_NUM_THREADS"), str(threads))
    return {**counted, "PYTHONPATH": str(Path(qspec.__file__).parents[1]), "PYTHONWARNINGS": "ignore"}


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    return Bench(tmp_path_factory.mktemp("ways"))


@pytest.fixture(scope="module")
def reference(bench):
    """Every spec by one process with one thread, from an empty cache."""
    found = bench.run(bench.specs(), REFERENCE)
    assert len(found) == len(SPECS)
    assert list(entries(bench.folder / "warm"))
    return found


@contextmanager
def hired(folder: Path, threads: int):
    """A Dask scheduler and two workers, in processes of their own."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in surroundings(threads).items():
            patch.setenv(name, value)
        cluster = Hired(folder)
        try:
            for _ in range(2):
                cluster.worker("--no-nanny")
            yield Way(options=("--scheduler", cluster.address), threads=threads, cache="warm")
        finally:
            cluster.end()


def compared(bench, ways, reference, *, apart: bool, names=tuple(SPECS)) -> list[str]:
    """Every spec in every way, held against the reference: what differed. Prints how many held."""
    differing = []
    for way in ways:
        paths = bench.specs(names)
        for together in [[path] for path in paths] if apart else [paths]:
            found = bench.run(together, way)
            assert len(found) == len(together)
            differing += [
                f"{name}: {way}"
                for name, run in found.items()
                if run.record.content_hash != reference[name].record.content_hash
            ]
    count = len(ways) * len(names)
    print(f"\n{count - len(differing)} of {count} content hashes held: {len(names)} specs in {len(ways)} ways")
    return differing


def results(run) -> dict[str, list[str | None]]:
    """The hash of each PUB's result, by job."""
    return {job.id: [pub.result_hash for pub in job.pubs] for job in run.record.jobs}


@pytest.mark.parametrize(
    "workers",
    [
        pytest.param(None, id="a sample"),
        *(pytest.param(number, id=f"{number} workers", marks=pytest.mark.slow) for number in (1, 2, 4)),
    ],
)
def test_workers_threads_and_the_cache_change_no_bit(bench, reference, workers):
    if workers is None:
        differing = [
            compared(bench, [way], reference, apart=False, names=HALVES[place]) for place, way in enumerate(FEW)
        ]
        assert differing == [[], []]
    else:
        ways = [way for way in ALL if way.options[-1] == str(workers)]
        assert not compared(bench, ways, reference, apart=True)


@AMOUNT
def test_a_dask_cluster_changes_no_bit(bench, reference, every, tmp_path):
    with hired(tmp_path, 8 if every else 1) as way:
        assert not compared(bench, [way], reference, apart=every)


@pytest.mark.slow
def test_a_cluster_that_the_command_starts_changes_no_bit(bench, reference):
    assert not compared(bench, LOCAL, reference, apart=True)


@AMOUNT
def test_threads_that_a_spec_asks_of_aer_change_no_bit(bench, reference, every):
    """The specs are others, so that it is the results that are compared."""
    differing, count = [], 0
    for threads in (1, 2, 8) if every else (2,):
        asked = ("--set", f"backend.options.max_parallel_threads={threads}")
        found = bench.run(bench.specs(ON_AER), Way(options=("--workers", "2"), threads=8, cache="warm"), *asked)
        assert len(found) == len(ON_AER)
        for name, run in found.items():
            for one, other in pairs_of(run, reference[name]):
                count += 1
                differing += [f"{name}: {threads} threads"] * (results(one) != results(other))
    print(f"\n{count - len(differing)} of {count} runs and points held with threads that the spec asks for")
    assert not differing


def pairs_of(run, other):
    """Two runs of specs that differ in options, or each point of two sweeps."""
    return [(run, other)] if run.points is None else zip(run.points, other.points, strict=True)


@AMOUNT
def test_a_point_has_the_bits_of_its_spec_alone(bench, reference, every):
    differing, count = [], 0
    for way in (REFERENCE, *FEW) if every else FEW[:1]:
        for name in SWEEPS:
            points = {f"{name}-{point.number}": point for point in reference[name].points}
            specs = {alone: {**point_spec(whole(name), point.values), "name": alone} for alone, point in points.items()}
            found = bench.run([write(bench.folder / "points", spec, alone) for alone, spec in specs.items()], way)
            assert len(found) == len(points)
            differing += [
                f"{alone}: {way}"
                for alone, run in found.items()
                if (results(run), run.record.seed) != (results(points[alone]), points[alone].record.seed)
            ]
            count += len(found)
    print(f"\n{count - len(differing)} of {count} points held against specs of their own")
    assert not differing
