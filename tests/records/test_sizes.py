"""Large results are read, shown and written with memory for a part of them: each push at a small size, all with --slow.

What Python and NumPy allocate is measured, not the time, and not the pages of mapped files.
"""

from __future__ import annotations

import json
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from qiskit.primitives import BitArray, DataBin, PrimitiveResult, PubResult, SamplerPubResult
from recorded_runs import alike, finished_run

from qspec.records import archive, counts
from qspec.records.layout import readable
from qspec.records.results import save_result
from qspec.records.view import open_run
from qspec.render.look import Look
from qspec.render.run import render_run
from qspec.sinks.csv import CsvSink
from qspec.sinks.json import JsonSink
from qspec.sinks.npz import NpzSink

BITS = 127
SMALL, WHOLE = 100_000, 10_000_000
SINKS = {"csv": CsvSink(), "json": JsonSink(), "npz": NpzSink()}


def shots(number: int, *, different: int) -> PrimitiveResult:
    """The result of so many shots of 127 bits, of which so many bitstrings are different."""
    generator = np.random.default_rng(3)
    found = generator.integers(0, 256, (different, 16), dtype=np.uint8)
    found[:, 0] &= 0x7F
    rows = np.empty((number, 16), dtype=np.uint8)
    for start in range(0, number, SMALL):
        rows[start : start + SMALL] = found[generator.integers(0, different, len(rows[start : start + SMALL]))]
    return PrimitiveResult([SamplerPubResult(DataBin(c=BitArray(rows, BITS)))])


@pytest.fixture
def in_small_parts(monkeypatch):
    """What is done for large results is done for a hundredth of them, in parts of a hundredth of their size."""
    monkeypatch.setattr(archive, "IN_MEMORY", 2**19)
    monkeypatch.setattr(archive, "PIECE", 2**14)
    monkeypatch.setattr(counts, "AT_ONCE", 2**15)
    monkeypatch.setattr(counts, "FEW", 2**9)


def peak_of(work) -> int:
    """The most bytes that something has allocated at a time beyond what was there."""
    work()  # once before, so that nothing that is imported or kept counts
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_large_result_comes_back_equal(tmp_path, in_small_parts):
    result = shots(SMALL, different=50)
    assert alike(finished_run(tmp_path, counts=result).result("counts"), result)


def test_a_large_array_is_mapped_and_cannot_be_changed(tmp_path, in_small_parts):
    array = finished_run(tmp_path, counts=shots(SMALL, different=2)).pub("counts").registers["c"].array
    assert not array.flags.writeable
    assert not array.flags.owndata


@pytest.mark.parametrize("order", "CF")
def test_large_arrays_are_mapped_in_any_layout(tmp_path, in_small_parts, order):
    values = np.asarray(np.arange(120_000.0).reshape(300, 400), order=order)
    (tmp_path / "x").mkdir()
    save_result(tmp_path / "x", PrimitiveResult([PubResult(DataBin(evs=values, shape=(300,)))]))
    read = archive.read_arrays(tmp_path / "x" / "result.npz")["pub0.evs"]
    assert not read.flags.owndata
    np.testing.assert_array_equal(read, values)


def test_damage_in_a_large_array_is_noticed_without_a_noted_hash(tmp_path, in_small_parts):
    run = finished_run(tmp_path, counts=shots(SMALL, different=2))
    path = run.folder / run.record.jobs[0].result
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)
    with pytest.raises(archive.RecordError, match=r"result\.npz' is missing or damaged"):
        archive.read_arrays(path)


def show(folder) -> str:
    return render_run(open_run(folder), look=Look())


def test_a_large_result_is_shown_with_memory_for_a_part_of_it(tmp_path, in_small_parts):
    folder = finished_run(tmp_path, counts=shots(SMALL, different=40)).folder
    assert "and 30 more bitstrings" in show(folder)
    assert peak_of(lambda: show(folder)) < SMALL * 16 / 4


@pytest.mark.slow
def test_ten_million_shots_of_127_bits_are_shown_with_memory_for_a_part_of_them(tmp_path):
    folder = finished_run(tmp_path, counts=shots(WHOLE, different=1000)).folder
    assert peak_of(lambda: show(folder)) < WHOLE * 16 / 4


def write(folder, kind: str) -> Path:
    """What a sink writes of the run in a folder, beside it."""
    (path,) = SINKS[kind].write(open_run(folder), Path(tempfile.mkdtemp(dir=folder.parent)))
    return path


@pytest.mark.parametrize("kind", SINKS)
def test_a_sink_writes_a_large_result_with_memory_for_a_part_of_it(tmp_path, in_small_parts, kind):
    run = finished_run(tmp_path, counts=shots(SMALL, different=40))
    assert peak_of(lambda: write(run.folder, kind)) < SMALL * 16 / 4


@pytest.mark.slow
@pytest.mark.parametrize("kind", SINKS)
def test_a_sink_writes_ten_million_shots_with_memory_for_a_part_of_them(tmp_path, kind):
    run = finished_run(tmp_path, counts=shots(WHOLE, different=1000))
    assert peak_of(lambda: write(run.folder, kind)) < WHOLE * 16 / 4


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_very_many_bitstrings_are_written_one_after_the_other(tmp_path, in_small_parts, kind):
    """What is counted is in memory, some 24 bytes for each bitstring, and never the text."""
    run = finished_run(tmp_path, counts=shots(SMALL, different=60_000))
    size = write(run.folder, kind).stat().st_size
    assert peak_of(lambda: write(run.folder, kind)) < size


def test_json_of_very_many_bitstrings_is_laid_out_as_of_few(tmp_path):
    run = finished_run(tmp_path, counts=shots(SMALL, different=3000))
    path = write(run.folder, "json")
    data = json.loads(path.read_text("utf-8"))
    assert data["jobs"]["counts"]["pubs"][0]["counts"] == run.counts("counts")
    assert path.read_bytes() == readable(data)


def test_hashing_and_writing_very_many_pubs_takes_no_copy_of_all(tmp_path):
    pubs = [SamplerPubResult(DataBin(c=BitArray(np.full((4096, 16), n, np.uint8), BITS))) for n in range(200)]
    result = PrimitiveResult(pubs)
    assert peak_of(lambda: save_result(tmp_path, result)) < 200 * 4096 * 16 / 4
