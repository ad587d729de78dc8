"""Packs of points: they grow, survive being cut off anywhere, and open with numpy alone."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from qiskit.primitives import BitArray, DataBin, PrimitiveResult, PubResult, SamplerPubResult

from qspec.errors import RecordError
from qspec.records.batches import Batch, PackIndex, PointJob, Span, batches_of, members_of, span_of
from qspec.records.files import hash_file
from qspec.records.packs import Pack, PackWriter, _entry, _whole_members, closed_packs, recover


def counts(point, shots=8):
    rng = np.random.default_rng(point)
    bits = BitArray(rng.integers(0, 4, (shots, 1)).astype(np.uint8), 2)
    return PrimitiveResult([SamplerPubResult(DataBin(meas=bits, shape=()), metadata={"shots": shots})], metadata={})


def energy(point):
    values = DataBin(evs=np.array([point, 0.5]), stds=np.array([0.1, 0.2]), shape=(2,))
    return PrimitiveResult([PubResult(values, metadata={"point": point})], metadata={"version": 2})


def rows(points, **fields):
    facts = {"implementation": "x", "options": {"default_shots": 8}, "notes": (), "seeds": ({"simulator": 1},)}
    return [
        {"counts": PointJob(result=counts(n), facts=facts, seconds=0.5, **fields), "energy": PointJob(result=energy(n))}
        for n in points
    ]


def npy(value):
    stream = io.BytesIO()
    np.save(stream, value)
    return stream.getvalue()


def left_growing(folder, members):
    """A pack as a killed process leaves it."""
    writer = PackWriter(folder)
    writer.add(members)
    (growing,) = (folder / "points").glob(".*")
    content = growing.read_bytes()
    closed = writer.close()
    growing.write_bytes(content)
    (folder / closed).unlink()
    return growing


def test_arrays_of_neighbouring_points_open_with_numpy_alone(tmp_path):
    writer = PackWriter(tmp_path)
    writer.add(members_of(0, 100, rows(range(100, 103))))
    name = writer.close()
    with np.load(tmp_path / name) as archive:
        meas = archive["v0.100-102.counts.pub0.point0-2.meas"]
        evs = archive["v0.100-102.energy.pub0.point0-2.evs"]
    assert meas.shape == (3, 8, 1)
    assert np.array_equal(meas[1], counts(101)[0].data.meas.array)
    assert evs[:, 0].tolist() == [100, 101, 102]


def test_what_was_kept_of_a_point_comes_back(tmp_path):
    writer = PackWriter(tmp_path)
    writer.add(members_of(2, 5, rows(range(5, 9))))
    batch = PackIndex(tmp_path, [writer.close()], {}).batch(2, 6)
    kept = batch.kept("counts", 6)
    assert kept.facts == {
        "implementation": "x",
        "options": {"default_shots": 8},
        "notes": [],
        "seeds": [{"simulator": 1}],
    }
    assert kept.seconds == 0.5
    assert np.array_equal(kept.arrays[0]["meas"], counts(6)[0].data.meas.array)
    assert batch.kept("energy", 8).entries[0]["metadata"] == {"point": 8}
    assert batch.kept("energy", 8).metadata == {"version": 2}


def test_points_of_different_shapes_may_be_neighbours(tmp_path):
    mixed = [{"counts": PointJob(result=counts(n, shots=4 if n == 1 else 8))} for n in range(3)]
    writer = PackWriter(tmp_path)
    writer.add(members_of(0, 0, mixed))
    batch = PackIndex(tmp_path, [writer.close()], {}).batch(0, 0)
    assert [batch.kept("counts", n).arrays[0]["meas"].shape for n in range(3)] == [(8, 1), (4, 1), (8, 1)]


def test_a_job_that_failed_is_kept_as_a_failure(tmp_path):
    points = rows(range(3))
    points[1]["counts"] = PointJob(error="no memory", traceback="at line 1", seconds=2.0)
    writer = PackWriter(tmp_path)
    writer.add(members_of(0, 0, points))
    index = PackIndex(tmp_path, [writer.close()], {})
    batch = index.batch(0, 1)
    assert batch.kept("counts", 1).error == "no memory"
    assert batch.kept("counts", 2).error is None
    assert np.array_equal(batch.kept("counts", 2).arrays[0]["meas"], counts(2)[0].data.meas.array)
    assert batch.hashes("counts", 1) is None
    assert batch.hashes("energy", 1) is not None
    assert list(index.missing(0, 4, failed=True)) == [range(1, 2), range(3, 4)]
    assert list(index.missing(0, 4, failed=False)) == [range(3, 4)]


def test_the_hash_of_a_point_does_not_depend_on_its_neighbours(tmp_path):
    writer = PackWriter(tmp_path)
    writer.add(members_of(0, 0, rows(range(4))))
    writer.add(members_of(1, 2, rows(range(2, 3))))
    index = PackIndex(tmp_path, [writer.close()], {})
    for job in ("counts", "energy"):
        assert index.batch(0, 2).hashes(job, 2) == index.batch(1, 2).hashes(job, 2)


def test_newer_points_take_the_place_of_older_ones(tmp_path):
    writer = PackWriter(tmp_path)
    writer.add(members_of(0, 0, rows(range(10))))
    first = writer.close()
    writer.add(members_of(0, 4, rows(range(104, 106))))
    index = PackIndex(tmp_path, [first, writer.close()], {})
    evs = [index.batch(0, n).kept("energy", n).arrays[0]["evs"][0] for n in range(10)]
    assert evs == [0, 1, 2, 3, 104, 105, 6, 7, 8, 9]
    assert list(index.missing(0, 10, failed=True)) == []


def test_a_full_pack_is_closed_and_the_next_begun(tmp_path):
    writer = PackWriter(tmp_path, full=1000)
    closed = [writer.add([(f"m{n}", bytes(600))]) for n in range(4)]
    assert closed == [None, "points/00000.npz", None, "points/00001.npz"]
    assert writer.close() is None
    assert closed_packs(tmp_path) == ["points/00000.npz", "points/00001.npz"]


def test_a_growing_pack_is_hidden_and_recovered_wherever_it_was_cut_off(tmp_path):
    writer = PackWriter(tmp_path)
    members = [(f"m{n}.npy", npy(np.full(40, n))) for n in range(5)]
    for member in members:
        writer.add([member])
    assert closed_packs(tmp_path) == []
    (growing,) = (tmp_path / "points").iterdir()
    whole = growing.read_bytes()
    writer.close()
    lengths = set()
    for cut in (*range(0, len(whole), 61), len(whole)):
        folder = tmp_path / f"cut{cut}"
        (folder / "points").mkdir(parents=True)
        (folder / "points" / ".00000.open").write_bytes(whole[:cut])
        recovered = recover(folder)
        found = [name for pack in recovered for name in Pack(folder / pack).names()]
        assert found == [name for name, _ in members[: len(found)]]
        for pack in recovered:
            assert all(Pack(folder / pack).read(name) == content for name, content in members[: len(found)])
        assert not list((folder / "points").glob(".*"))
        lengths.add(len(found))
    assert lengths == {0, 1, 2, 3, 4, 5}


@pytest.mark.parametrize("place", [5, 30, 60, 200])
def test_a_damaged_member_ends_what_is_recovered(tmp_path, place):
    growing = left_growing(tmp_path, [(f"m{n}.npy", npy(np.full(40, n))) for n in range(3)])
    content = bytearray(growing.read_bytes())
    content[place] ^= 0xFF
    growing.write_bytes(content)
    for pack in recover(tmp_path):
        for name in Pack(tmp_path / pack).names():
            assert np.load(io.BytesIO(Pack(tmp_path / pack).read(name))).shape == (40,)


def test_whatever_bit_is_turned_only_what_was_there_is_recovered_under_its_name(tmp_path):
    content = left_growing(tmp_path, members_of(0, 3, rows(range(3, 5)))).read_bytes()
    there = list(_whole_members(io.BytesIO(content)))
    assert there == members_of(0, 3, rows(range(3, 5)))
    lost = 0
    for place in range(8 * len(content)):
        damaged = bytearray(content)
        damaged[place // 8] ^= 1 << place % 8
        found = list(_whole_members(io.BytesIO(damaged)))
        assert found == there[: len(found)]
        lost += len(found) < len(there)
    assert lost > 7 * len(content)  # the rest are fields that nothing depends on


def test_a_member_whose_size_takes_64_bits_is_recovered():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, archive.open(_entry("m.npy"), "w", force_zip64=True) as member:
        member.write(b"content")
    stream.seek(0)
    assert list(_whole_members(stream)) == [("m.npy", b"content")]


def test_a_closed_pack_that_is_damaged_keeps_what_is_whole_in_it(tmp_path):
    writer = PackWriter(tmp_path)
    for number in range(3):
        writer.add([(f"m{number}.npy", npy(np.full(40, number)))])
    path = tmp_path / writer.close()
    assert recover(tmp_path, ["points/00000.npz"]) == []
    content = bytearray(path.read_bytes())
    content[content.index(b"m2.npy")] ^= 1
    path.write_bytes(content)
    (recovered,) = recover(tmp_path)
    assert Pack(tmp_path / recovered).names() == ["m0.npy", "m1.npy"]
    assert closed_packs(tmp_path) == [recovered]


def test_numbers_go_on_after_recovered_packs(tmp_path):
    left_growing(tmp_path, [("m.npy", npy(1))])
    recover(tmp_path)
    writer = PackWriter(tmp_path)
    writer.add([("m.npy", npy(2))])
    writer.close()
    assert len(closed_packs(tmp_path)) == 2


def test_damage_is_named(tmp_path):
    writer = PackWriter(tmp_path)
    writer.add(members_of(0, 0, rows(range(2))))
    path = tmp_path / writer.close()
    noted = hash_file(path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(RecordError, match="was changed or damaged"):
        Pack(path, noted).names()
    path.write_bytes(b"PK")
    with pytest.raises(RecordError, match=r"missing or damaged"):
        Pack(path).names()
    path.unlink()
    with pytest.raises(RecordError, match=r"missing or damaged"):
        Pack(path).names()


def test_names_of_members_say_which_points_they_are_of(tmp_path):
    span = Span(variant=3, first=10, last=19, failed=True)
    assert span_of(span.name) == span
    assert span_of("v3.10-19.counts.pub0.point0-9.meas.npy") is None
    writer = PackWriter(tmp_path)
    writer.add(members_of(3, 10, rows(range(10, 20))))
    pack = Pack(tmp_path / writer.close())
    assert [batch.span for batch in batches_of(pack)] == [Span(variant=3, first=10, last=19)]
    with pytest.raises(RecordError, match="holds no job"):
        Batch(pack, Span(variant=3, first=10, last=19)).kept("cuonts", 10)
