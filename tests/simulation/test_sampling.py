"""Sampling: the bits of Aer's own sampler, however a job is divided among calls of Aer."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, transpile
from qiskit.circuit import Clbit, ParameterVector
from qiskit.circuit.random import random_circuit
from qiskit.primitives.containers.bindings_array import BindingsArray
from qiskit.primitives.containers.sampler_pub import SamplerPub
from qiskit_aer.primitives import SamplerV2

from qspec.simulation import calls, room
from qspec.simulation.aer import ideal_target
from qspec.simulation.calls import STRIDE, part_roots
from qspec.simulation.local import LocalBackend, Share
from qspec.simulation.sampling import sample, sample_each


@pytest.fixture
def ideal():
    return LocalBackend(kind="aer", name="aer_simulator", target=ideal_target())


@pytest.fixture
def manila(target_of):
    target = target_of("fake_manila")
    return LocalBackend(kind="fake", name="fake_manila", target=target, noise_target=target)


def by_aer(backend, pubs, seed):
    """What Aer's own sampler gives."""
    simulator = backend.simulator([pub.circuit for pub in pubs])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of circuits that measure nothing
        return list(SamplerV2.from_backend(simulator, seed=seed).run(pubs).result())


def bits_of(results):
    return [{name: array.array for name, array in pub.data.items()} for pub in results]


def assert_equal(ours, theirs):
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        assert type(mine) is type(other)
        assert mine.data.shape == other.data.shape
        assert list(mine.data) == list(other.data)
        for name in mine.data:
            assert mine.data[name].num_bits == other.data[name].num_bits
            assert np.array_equal(mine.data[name].array, other.data[name].array)
        known = {"shots", "circuit_metadata"}
        assert {key: mine.metadata[key] for key in known} == {key: other.metadata[key] for key in known}
        assert mine.metadata.keys() == other.metadata.keys()


def registers(rng):
    """Random gates, measured into registers of odd widths; some bits of these are never written."""
    sizes = rng.integers(1, 12, size=rng.integers(1, 5))
    body = transpile(random_circuit(4, 4, seed=int(rng.integers(10**6))), basis_gates=["u", "cx"], optimization_level=0)
    loose = [Clbit() for _ in range(rng.integers(0, 3))]
    circuit = QuantumCircuit(QuantumRegister(4), loose, *[ClassicalRegister(int(size)) for size in sizes])
    circuit.compose(body, inplace=True)
    bits = rng.permutation(circuit.num_clbits)[: int(rng.integers(0, 5))]
    for qubit, bit in enumerate(bits):
        circuit.measure(qubit, int(bit))
    circuit.metadata = {"bits": bits.tolist()}
    return circuit


def wide(rng):
    """Clifford gates on very many qubits, measured into registers wider than a machine's word."""
    sizes = [int(size) for size in rng.integers(1, 140, size=2)]
    circuit = QuantumCircuit(QuantumRegister(sum(sizes)), *[ClassicalRegister(size) for size in sizes])
    circuit.h(range(0, sum(sizes), 3))
    for qubit in range(0, sum(sizes) - 1, 2):
        circuit.cx(qubit, qubit + 1)
    order = rng.permutation(sum(sizes))
    circuit.measure(range(sum(sizes)), [int(bit) for bit in order])
    return circuit


def dynamic(rng):
    circuit = QuantumCircuit(QuantumRegister(3), ClassicalRegister(2, "a"), ClassicalRegister(3, "b"))
    circuit.ry(float(rng.random()), 0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.cregs[0], 1)) as otherwise:
        circuit.h(1)
    with otherwise:
        circuit.x(2)
    with circuit.for_loop(range(2)):
        circuit.rx(float(rng.random()), 1)
    circuit.reset(0)
    circuit.measure([0, 1, 2], circuit.cregs[1])
    return circuit


def silent(rng):
    """Measures nothing."""
    return QuantumCircuit(1, 3) if rng.random() < 0.5 else QuantumCircuit(2)


def broadcast(rng, shape=None, shots=40):
    """A PUB of several parameter sets, of a circuit with expressions of its parameters."""
    angles = ParameterVector("t", 3)
    circuit = QuantumCircuit(3, global_phase=angles[2])
    circuit.ry(angles[0], 0)
    circuit.cx(0, 1)
    circuit.rx(2 * angles[1] + angles[0], 2)
    circuit.measure_all()
    shape = tuple(int(size) for size in rng.integers(1, 4, size=rng.integers(0, 3))) if shape is None else shape
    return SamplerPub.coerce((circuit, {angles: rng.random((*shape, 3))}, shots))


@pytest.mark.parametrize("kind", [registers, wide, dynamic, silent], ids=lambda kind: kind.__name__)
def test_the_bits_are_those_of_aers_own_sampler(kind, ideal, rng, request):
    rng = np.random.default_rng(rng.randrange(2**32))
    for _ in range(100 if request.config.getoption("--slow") else 12):
        pubs = [SamplerPub(kind(rng), shots=int(rng.integers(1, 60))) for _ in range(rng.integers(1, 4))]
        seed = int(rng.integers(1, 2**31))
        assert_equal(sample(ideal, pubs, seed), by_aer(ideal, pubs, seed))


def test_so_they_are_for_broadcast_values_between_other_pubs(ideal, rng):
    rng = np.random.default_rng(rng.randrange(2**32))
    for _ in range(10):
        pubs = [broadcast(rng), SamplerPub(registers(rng), shots=40), broadcast(rng), SamplerPub(wide(rng), shots=40)]
        assert_equal(sample(ideal, pubs, 5), by_aer(ideal, pubs, 5))


def test_so_they_are_under_noise(manila, rng, circuit, transpiled):
    rng = np.random.default_rng(rng.randrange(2**32))
    values = broadcast(rng, (2, 3))
    isa = transpiled(values.circuit, manila.target)
    pubs = [
        SamplerPub(transpiled(circuit, manila.target), shots=90),
        SamplerPub(isa, values.parameter_values, 90),
    ]
    assert_equal(sample(manila, pubs, 77), by_aer(manila, pubs, 77))


def test_registers_without_bits_are_there_and_empty(ideal):
    circuit = QuantumCircuit(QuantumRegister(1), ClassicalRegister(0, "none"), ClassicalRegister(1, "one"))
    circuit.x(0)
    circuit.measure(0, 0)
    data = sample(ideal, [SamplerPub(circuit, shots=5)], 1)[0].data
    assert data.none.array.shape == (5, 0)
    assert data.one.get_counts() == {"1": 5}


def test_loose_bits_behind_registers_are_left_out(ideal):
    circuit = QuantumCircuit(QuantumRegister(12), ClassicalRegister(2, "c"), [Clbit() for _ in range(10)])
    circuit.x([1, 11])
    circuit.measure(range(12), range(12))
    data = sample(ideal, [SamplerPub(circuit, shots=5)], 1)[0].data
    assert data.c.get_counts() == {"10": 5}


def test_registers_may_share_bits_and_order_them_as_they_like(ideal):
    bits = [Clbit() for _ in range(10)]
    circuit = QuantumCircuit(QuantumRegister(10), bits)
    circuit.add_register(ClassicalRegister(name="back", bits=bits[::-1]))
    circuit.add_register(ClassicalRegister(name="odd", bits=bits[1::2]))
    circuit.x([0, 3])
    circuit.measure(range(10), range(10))
    data = sample(ideal, [SamplerPub(circuit, shots=3)], 1)[0].data
    assert data.back.get_counts() == {"1001000000": 3}
    assert data.odd.get_counts() == {"00010": 3}


@pytest.mark.parametrize("size", [1, 2, 5, 1024])
def test_the_bits_do_not_depend_on_where_a_job_is_cut(ideal, rng, monkeypatch, size):
    rng = np.random.default_rng(rng.randrange(2**32))
    pubs = [broadcast(rng, (2, 3)), SamplerPub(registers(rng), shots=40), broadcast(rng, (4,)), broadcast(rng, ())]
    whole = by_aer(ideal, pubs, 2**31 - 1)
    monkeypatch.setattr(calls, "CIRCUITS_AT_ONCE", size)
    assert_equal(sample(ideal, pubs, 2**31 - 1), whole)


def test_no_call_holds_more_shots_than_it_may(monkeypatch):
    monkeypatch.setattr(calls, "SHOTS_AT_ONCE", 100)
    for shots in (1, 7, 50, 99, 100, 101, 350):
        made = list(calls.calls([3, 1, 5], shots=shots, seed=9))
        held = [sum(p.last - p.first for p in call.portions) * (call.last_shot - call.first_shot) for call in made]
        assert max(held) <= 100
        assert sum(held) == 9 * shots


def test_the_shots_of_a_circuit_in_parts_are_those_of_jobs_from_the_recorded_seeds(ideal, rng, monkeypatch):
    rng = np.random.default_rng(rng.randrange(2**32))
    monkeypatch.setattr(calls, "SHOTS_AT_ONCE", 16)
    share = Share(pubs=[broadcast(rng, (3,)), broadcast(rng, ())], seed=123, pub_seeds=())
    outcome = next(sample_each(ideal, [share], options={}, shots=40))
    roots = [123, outcome.seeds[1]["part_2"], outcome.seeds[1]["part_3"]]
    assert outcome.seeds[0] == {"simulator": 123, "circuit": 0, "part_2": roots[1], "part_3": roots[2]}
    assert outcome.seeds[1]["circuit"] == 3
    parts = []
    for root, shots in zip(roots, (16, 16, 8), strict=True):
        again = [SamplerPub(pub.circuit, pub.parameter_values, shots) for pub in share.pubs]
        parts.append([result.data.meas.array for result in by_aer(ideal, again, root)])
    for index, pub in enumerate(outcome.result):
        assert np.array_equal(pub.data.meas.array, np.concatenate([part[index] for part in parts], axis=-2))


def test_no_two_circuits_and_no_two_parts_share_a_seed():
    roots = part_roots(2**31 - 1, 100_000_000)
    assert len(roots) == -(-100_000_000 // calls.SHOTS_AT_ONCE)
    assert len({root % STRIDE for root in roots}) == len(roots)
    assert part_roots(77, calls.SHOTS_AT_ONCE) == (77,)
    assert part_roots(77, 3 * calls.SHOTS_AT_ONCE)[:2] == part_roots(77, 2 * calls.SHOTS_AT_ONCE)


def test_large_results_are_mapped_to_a_file_and_the_same(ideal, rng, monkeypatch):
    rng = np.random.default_rng(rng.randrange(2**32))
    pub = broadcast(rng, (3,))
    small = bits_of(sample(ideal, [pub], 3))
    monkeypatch.setattr(room, "IN_MEMORY", 10)
    monkeypatch.setattr(calls, "SHOTS_AT_ONCE", 50)
    large = bits_of(sample(ideal, [pub], 3))
    assert np.array_equal(small[0]["meas"], large[0]["meas"])


def test_without_room_on_disk_large_results_stay_in_memory(monkeypatch):
    monkeypatch.setattr(room, "IN_MEMORY", 10)
    monkeypatch.setattr("tempfile.tempdir", "/proc/no-such-folder")
    array = room.room_for((4, 5))
    assert array.shape == (4, 5)
    assert not array.any()


def test_mapped_arrays_keep_what_they_hold_while_they_rest(monkeypatch):
    monkeypatch.setattr(room, "IN_MEMORY", 10)
    array = room.room_for((3, 50_000))
    array[1] = 7
    room.rest(array[1:])
    assert array[1].min() == array[1].max() == 7
    assert not array[0].any()


def test_parameter_sets_without_parameters_are_shots_of_their_own(ideal):
    circuit = QuantumCircuit(1)
    circuit.h(0)
    circuit.measure_all()
    pub = SamplerPub(circuit, BindingsArray({}, shape=(2, 2)), 50)
    arrays = sample(ideal, [pub], 4)[0].data.meas.array.reshape(4, 50)
    assert len({array.tobytes() for array in arrays}) == 4
    alone = by_aer(ideal, [SamplerPub(circuit, shots=50)], 4 + 3 * STRIDE)
    assert np.array_equal(arrays[3], alone[0].data.meas.array.ravel())
