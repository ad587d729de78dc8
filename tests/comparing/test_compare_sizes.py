"""Millions of shots are compared with memory for the different bitstrings: each push at a small size, all with --slow."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from qspec.comparing import arrays, chance
from qspec.comparing.pubs import compare_pubs
from qspec.records import counts
from qspec.records.counts import Bits
from qspec.records.saved import PubData


def drawn(generator, outcomes, shots: int) -> PubData:
    rows = np.empty((shots, outcomes.shape[1]), dtype=np.uint8)
    for start in range(0, shots, 100_000):
        part = rows[start : start + 100_000]
        part[:] = outcomes[generator.integers(0, len(outcomes), len(part))]
    return PubData(shape=(), registers={"c": Bits(rows, 127)}, arrays={})


def peak_of(shots: int, different: int) -> tuple[int, int]:
    """The most bytes that comparing takes beyond the shots themselves, and the bytes of these."""
    generator = np.random.default_rng(3)
    outcomes = generator.integers(0, 256, (different, 16), dtype=np.uint8)
    outcomes[:, 0] &= 0x7F
    one, other = (drawn(generator, outcomes, shots) for _ in range(2))
    compare_pubs(one, drawn(generator, outcomes, 1000))  # so that nothing that is imported or kept counts
    tracemalloc.start()
    try:
        found = compare_pubs(one, other)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    print(f"\n{shots:,} shots, {different:,} different bitstrings: {peak / 1e6:.1f} MB")
    assert found.tests == 128
    return peak, 32 * shots


def test_shots_are_compared_in_parts(monkeypatch):
    monkeypatch.setattr(counts, "AT_ONCE", 2**15)
    monkeypatch.setattr(counts, "FEW", 2**9)
    monkeypatch.setattr(counts, "_SPELT_AT_ONCE", 2**6)
    monkeypatch.setattr(chance, "_AT_ONCE", 2**12)
    monkeypatch.setattr(arrays, "_AT_ONCE", 2**15)
    peak, size = peak_of(100_000, 1000)
    assert peak < size / 4


@pytest.mark.slow
def test_ten_million_shots_of_a_million_bitstrings_are_compared_in_two_hundred_megabytes():
    assert peak_of(10_000_000, 1_000_000)[0] < 200e6
