"""Results come back equal to what the primitive gave, open with numpy alone, and have stable bytes and hashes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.primitives import BitArray, DataBin, PrimitiveResult, PubResult, SamplerPubResult
from qiskit.quantum_info import SparsePauliOp
from qiskit_aer.primitives import EstimatorV2, SamplerV2
from recorded_runs import alike, bell, estimated, rotated, sampled

from qspec.errors import MachineError, RecordError, UsageError
from qspec.records import archive
from qspec.records.archive import STACK_ABOVE
from qspec.records.coding import KeptAsText
from qspec.records.files import hash_file
from qspec.records.results import save_result
from qspec.records.saved import read_result


def through_disk(folder: Path, result):
    save_result(folder, result)
    return read_result(folder, len(list(result))).primitive_result()


def two_registers() -> QuantumCircuit:
    circuit = QuantumCircuit(QuantumRegister(3), ClassicalRegister(1, "a"), ClassicalRegister(2, "b"))
    circuit.h([0, 1])
    circuit.measure([0, 1, 2], [0, 1, 2])
    return circuit


ANGLES = np.linspace(0, 3, 12).reshape(3, 2, 2)
HAMILTONIAN = SparsePauliOp.from_list([("ZZ", 1.0), ("XI", 0.5)])
RESULTS = {
    "one PUB": lambda: sampled(bell()),
    "two PUBs of different shots": lambda: sampled((bell(), None, 10), (bell(), None, 20)),
    "a broadcast PUB": lambda: sampled((rotated(), ANGLES), shots=11),
    "two registers": lambda: sampled(two_registers()),
    "expectation values": lambda: estimated((rotated(measured=False), HAMILTONIAN, ANGLES), precision=0.1),
    "a single expectation value": lambda: estimated((bell().remove_final_measurements(inplace=False), HAMILTONIAN)),
    "Aer's sampler": lambda: SamplerV2(seed=1).run([bell()], shots=50).result(),
    "Aer's estimator": lambda: EstimatorV2().run([(rotated(measured=False), HAMILTONIAN, ANGLES)]).result(),
    "no PUBs": lambda: PrimitiveResult([]),
    "many PUBs that are alike": lambda: sampled(*[(bell(), None, 7)] * (STACK_ABOVE + 6)),
    "many PUBs of two kinds": lambda: sampled(*[(bell(), None, 7 + (n > 50)) for n in range(STACK_ABOVE + 6)]),
}


@pytest.mark.parametrize("make", RESULTS.values(), ids=RESULTS)
def test_a_result_comes_back_equal(tmp_path, make):
    result = make()
    assert alike(through_disk(tmp_path, result), result)


def odd_result() -> PrimitiveResult:
    """What runtimes may give one day: extra fields, scalars, complex numbers, odd names and metadata."""
    bits = BitArray(np.array([[[1], [0]], [[3], [2]]], dtype=np.uint8), 2)
    zne = DataBin(
        shape=(2,),
        evs=np.array([0.5, np.nan]),
        stds=np.array([0.1, np.inf]),
        evs_noise_factors=np.arange(6.0).reshape(2, 3),
        kerneled=np.array([[1 + 1j], [2 - 1j]], dtype=np.complex64),
    )
    odd = {"meas.num_bits": bits, "a/b": bits, "θ": bits, "50% off": bits, "..": bits}
    single = DataBin(evs=np.float64(0.25), raw=[1, (2, "x")], empty=np.zeros((0, 3)))
    return PrimitiveResult(
        [
            PubResult(zne, metadata={"resilience": {"zne": {"noise_factors": (1, 3, 5)}}}),
            SamplerPubResult(DataBin(shape=(2,), **odd), metadata={"weights": np.array([0.5, 0.5])}),
            PubResult(single),
        ],
        metadata={"version": 2, "profile": {1: "a"}},
    )


def test_odd_results_come_back_equal(tmp_path):
    result = odd_result()
    back = through_disk(tmp_path, result)
    np.testing.assert_array_equal(back[1].metadata.pop("weights"), result[1].metadata.pop("weights"))
    assert alike(back, result)


def test_a_result_of_the_runtimes_estimator_keeps_its_type(tmp_path):
    from qiskit_ibm_runtime.results import EstimatorPubResult

    result = PrimitiveResult([EstimatorPubResult(DataBin(evs=np.array(0.5)))])
    assert alike(through_disk(tmp_path, result), result)


def test_what_cannot_be_kept_is_said(tmp_path):
    class OtherPubResult(PubResult):
        pass

    result = PrimitiveResult([OtherPubResult(DataBin(), metadata={"source": OtherPubResult})])
    assert save_result(tmp_path, result).kept_as_text == ("pubs.0.metadata.source", "pubs.0.type")
    back = read_result(tmp_path, 1).primitive_result()
    assert type(back[0]) is PubResult
    assert isinstance(back[0].metadata["source"], KeptAsText)


def test_arrays_open_with_numpy_alone(tmp_path):
    save_result(tmp_path, sampled((rotated(), ANGLES), bell(), shots=11))
    code = (
        "import sys, numpy as np\n"
        "arrays = np.load(sys.argv[1])\n"
        "assert sorted(arrays) == ['pub0.meas', 'pub0.meas.num_bits', 'pub1.meas', 'pub1.meas.num_bits']\n"
        "assert arrays['pub0.meas'].shape == (3, 2, 11, 1) and arrays['pub0.meas'].dtype == np.uint8\n"
        "assert arrays['pub0.meas.num_bits'] == 2\n"
        "assert 'qiskit' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "result.npz")], check=True)


def test_counts_are_read_without_qiskit(tmp_path):
    result = sampled(bell())
    save_result(tmp_path, result)
    code = (
        "import json, sys; from pathlib import Path; from qspec.records.saved import read_result\n"
        "print(json.dumps(read_result(Path(sys.argv[1]), 1).pubs()[0].counts()))\n"
        "assert 'qiskit' not in sys.modules\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == result[0].data.meas.get_counts()


def test_very_many_pubs_are_stacked(tmp_path):
    save_result(tmp_path, RESULTS["many PUBs of two kinds"]())
    with np.load(tmp_path / "result.npz") as arrays:
        assert {name: arrays[name].shape for name in arrays} == {
            "pub0-50.meas": (51, 7, 1),
            "pub0-50.meas.num_bits": (51,),
            "pub51-69.meas": (19, 8, 1),
            "pub51-69.meas.num_bits": (19,),
        }


def test_the_hash_of_a_pub_does_not_depend_on_how_it_is_stored(tmp_path):
    many = RESULTS["many PUBs of two kinds"]()
    (tmp_path / "one").mkdir()
    stacked = save_result(tmp_path, many).pub_hashes
    assert stacked[60] == save_result(tmp_path / "one", PrimitiveResult([many[60]])).pub_hashes[0]
    assert len(stacked) == len(many)


def hash_of(folder: Path, **data) -> str:
    return save_result(folder, PrimitiveResult([PubResult(DataBin(**data))])).pub_hashes[0]


def test_the_hash_is_of_names_types_shapes_and_values(tmp_path):
    values = np.arange(6, dtype=np.float64)
    hashes = [
        hash_of(tmp_path, evs=values),
        hash_of(tmp_path, stds=values),
        hash_of(tmp_path, evs=values.reshape(2, 3)),
        hash_of(tmp_path, evs=values.astype(np.float32)),
        hash_of(tmp_path, evs=values + 1e-16 * (values == 0)),
        hash_of(tmp_path, meas=BitArray(np.zeros((4, 1), dtype=np.uint8), 2)),
        hash_of(tmp_path, meas=BitArray(np.zeros((4, 1), dtype=np.uint8), 3)),
        hash_of(tmp_path),
    ]
    assert len(set(hashes)) == len(hashes)
    assert hash_of(tmp_path, evs=values.astype(">f8")) == hashes[0]
    assert hash_of(tmp_path, evs=np.repeat(values, 2)[::2]) == hashes[0]


def test_equal_results_give_equal_bytes(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        save_result(tmp_path / name, sampled(bell(), seed=3))
    assert (tmp_path / "a/result.npz").read_bytes() == (tmp_path / "b/result.npz").read_bytes()
    assert (tmp_path / "a/metadata.json").read_bytes() == (tmp_path / "b/metadata.json").read_bytes()


def test_the_archive_is_plain(tmp_path):
    save_result(tmp_path, sampled(bell()))
    with zipfile.ZipFile(tmp_path / "result.npz") as archive:
        assert [entry.date_time for entry in archive.infolist()] == [(1980, 1, 1, 0, 0, 0)] * 2
        assert archive.testzip() is None


@pytest.mark.parametrize("dtype", ["u1", "<f8", ">f8"])
def test_large_arrays_are_written_and_hashed_in_pieces_with_the_same_bytes(tmp_path, monkeypatch, dtype):
    data = DataBin(evs=np.arange(5000).reshape(50, 100).astype(dtype), shape=())
    result = PrimitiveResult([PubResult(data)])
    (tmp_path / "whole").mkdir()
    (tmp_path / "pieces").mkdir()
    whole = save_result(tmp_path / "whole", result)
    monkeypatch.setattr(archive, "PIECE", 77)
    assert save_result(tmp_path / "pieces", result) == whole
    assert (tmp_path / "pieces" / "result.npz").read_bytes() == (tmp_path / "whole" / "result.npz").read_bytes()


def test_a_folder_that_is_not_there_is_a_machine_error(tmp_path):
    with pytest.raises(MachineError):
        save_result(tmp_path / "missing", sampled(bell()))


@pytest.mark.parametrize("name", ["result.npz", "metadata.json"])
def test_damage_is_noticed_and_named_at_every_length(tmp_path, name):
    save_result(tmp_path, sampled(bell(), shots=20))
    path = tmp_path / name
    text = path.read_bytes()
    for length in range(0, len(text) - 2, 11):
        path.write_bytes(text[:length])
        with pytest.raises(RecordError, match=name):
            read_result(tmp_path, 1).primitive_result()


@pytest.mark.parametrize("name", ["result.npz", "metadata.json"])
def test_every_flipped_bit_is_noticed_by_the_noted_hash(tmp_path, rng, name):
    save_result(tmp_path, sampled(bell(), shots=20))
    path = tmp_path / name
    hashes = {name: hash_file(path)}
    text = path.read_bytes()
    for _ in range(50):
        damaged = bytearray(text)
        damaged[rng.randrange(len(text))] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        with pytest.raises(RecordError, match=f"{name}.* changed or damaged"):
            read_result(tmp_path, 1, hashes)


def test_flipped_bits_without_a_noted_hash_are_no_traceback(tmp_path, rng):
    save_result(tmp_path, sampled(bell(), shots=20))
    for name in ("result.npz", "metadata.json"):
        path = tmp_path / name
        text = path.read_bytes()
        for _ in range(200):
            damaged = bytearray(text)
            damaged[rng.randrange(len(text))] ^= 1 << rng.randrange(8)
            path.write_bytes(damaged)
            with suppress(RecordError):
                read_result(tmp_path, 1).primitive_result()
        path.write_bytes(text)


@pytest.mark.parametrize(
    "change",
    [{"qspec_result": 2}, {"pubs": [{}]}, {"pubs": 3}, {"pubs": [{"number": -1}]}, {"metadata": {"$type": "x"}}],
    ids=repr,
)
def test_wrong_metadata_are_refused(tmp_path, change):
    save_result(tmp_path, sampled(bell()))
    path = tmp_path / "metadata.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(RecordError, match=r"metadata\.json|result\.npz"):
        read_result(tmp_path, 1).primitive_result()


@pytest.mark.parametrize("number", [0, 2, 10**12])
def test_as_many_pubs_as_the_record_has_are_read_and_no_more(tmp_path, number):
    save_result(tmp_path, sampled(bell()))
    path = tmp_path / "metadata.json"
    path.write_text(path.read_text().replace('"number": 1', f'"number": {number}'))
    with pytest.raises(RecordError, match=r"metadata\.json' cannot be used: it is not of the 1 PUBs"):
        read_result(tmp_path, 1)


def test_a_register_that_is_not_there_is_named(tmp_path):
    save_result(tmp_path, sampled(two_registers()))
    pub = read_result(tmp_path, 1).pubs()[0]
    assert set(pub.counts("b")) == {"00", "01"}
    with pytest.raises(UsageError, match="no register 'c'") as caught:
        pub.counts("c")
    assert caught.value.advice == "it has a, b"


@pytest.mark.parametrize("index", [(), (3, 0), (0, 2), (-1, 0), (0, 0, 0)])
def test_a_point_that_is_not_there_is_named(tmp_path, index):
    save_result(tmp_path, sampled((rotated(), ANGLES), shots=5))
    with pytest.raises(UsageError, match=r"is not a point of a PUB of shape \[3, 2\]"):
        read_result(tmp_path, 1).pubs()[0].counts(index=index)


def test_expectation_values_have_no_counts(tmp_path):
    save_result(tmp_path, RESULTS["expectation values"]())
    pub = read_result(tmp_path, 1).pubs()[0]
    assert pub.shape == (3, 2)
    assert pub.arrays["evs"].shape == (3, 2)
    with pytest.raises(UsageError, match="no counts"):
        pub.counts()


def test_a_stack_has_the_bytes_of_its_arrays_in_any_layout(tmp_path, rng):
    """Stored one by one and stacked, values, hashes and bytes are the same: also from other byte orders and strides."""
    plain = [np.array([[rng.random() for _ in range(3)] for _ in range(4)]) for _ in range(STACK_ABOVE + 2)]
    layouts = {
        "plain": plain,
        "swapped": [each.astype(">f8") for each in plain],
        "turned": [*map(np.asfortranarray, plain)],
    }
    written = {}
    for name, arrays in layouts.items():
        (tmp_path / name).mkdir()
        result = PrimitiveResult([PubResult(DataBin(evs=array, shape=(4,))) for array in arrays])
        hashes = save_result(tmp_path / name, result).pub_hashes
        written[name] = hashes, (tmp_path / name / "result.npz").read_bytes()
        (tmp_path / name / "one").mkdir()
        assert hashes[5] == save_result(tmp_path / name / "one", PrimitiveResult([result[5]])).pub_hashes[0]
        with np.load(tmp_path / name / "result.npz") as stored:
            np.testing.assert_array_equal(stored[f"pub0-{STACK_ABOVE + 1}.evs"], np.array(plain))
    assert len(set(written.values())) == 1


def test_times_are_stacked(tmp_path):
    moments = [np.array([f"2026-11-{day:02}", "2026-12-01"], dtype="M8[D]") for day in range(1, 31)] * 3
    result = PrimitiveResult([PubResult(DataBin(when=array, shape=(2,))) for array in moments])
    assert alike(through_disk(tmp_path, result), result)


def test_neighbours_with_equal_fields_and_other_values_are_kept_apart(tmp_path):
    """Values that are no arrays stand in the metadata of their own PUB."""
    result = PrimitiveResult(
        [PubResult(DataBin(evs=np.float64(n), raw=[n])) for n in (1, 2)] + [PubResult(DataBin())] * 2
    )
    assert alike(through_disk(tmp_path, result), result)
    entries = json.loads((tmp_path / "metadata.json").read_text())["pubs"]
    assert [entry["number"] for entry in entries] == [1, 1, 2]
