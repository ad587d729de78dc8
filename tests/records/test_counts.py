"""Counts agree with Qiskit's own, for every width and several registers."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit.primitives import BitArray
from recorded_runs import sampled

from qspec.records import counts
from qspec.records.counts import Bits, Tally, count


def bits_of(array: BitArray) -> Bits:
    return Bits(array.array, array.num_bits)


def drawn(rng, shape: tuple[int, ...], shots: int, num_bits: int) -> BitArray:
    generator = np.random.default_rng(rng.getrandbits(32))
    weights = generator.random(num_bits)
    return BitArray.from_bool_array(generator.random((*shape, shots, num_bits)) < weights)


@pytest.mark.parametrize("num_bits", [1, 2, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 127, 156])
def test_counts_are_qiskits_for_every_width(rng, num_bits):
    array = drawn(rng, (), 300, num_bits)
    assert count([bits_of(array)]) == array.get_counts()


def test_counts_are_sorted_by_bitstring(rng):
    for num_bits in (5, 20, 80):
        found = count([bits_of(drawn(rng, (), 300, num_bits))])
        assert list(found) == sorted(found)


def test_a_point_of_a_broadcast_pub_is_chosen_and_without_one_all_are_counted(rng):
    array = drawn(rng, (2, 3), 50, 3)
    assert count([bits_of(array)], (1, 2)) == array.get_counts((1, 2))
    assert count([bits_of(array)]) == array.get_counts()


def test_qubit_0_is_the_rightmost_character():
    from qiskit import QuantumCircuit

    circuit = QuantumCircuit(3)
    circuit.x(0)
    circuit.measure_all()
    array = sampled(circuit, shots=10)[0].data.meas
    assert count([bits_of(array)]) == {"001": 10}


def test_joint_counts_are_written_as_qiskits_simulators_write_them():
    from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
    from qiskit_aer import AerSimulator

    circuit = QuantumCircuit(QuantumRegister(3), ClassicalRegister(1, "a"), ClassicalRegister(2, "b"))
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.x(2)
    circuit.measure([0, 1, 2], [0, 1, 2])
    data = sampled(circuit, shots=100)[0].data
    found = count([bits_of(data.a), bits_of(data.b)])
    theirs = AerSimulator(seed_simulator=1).run(circuit, shots=100).result().get_counts()
    assert set(found) == set(theirs) == {"10 0", "11 1"}
    assert sum(found.values()) == 100


def test_joint_counts_keep_what_belongs_together(rng):
    left, right = drawn(rng, (), 200, 11), drawn(rng, (), 200, 70)
    found = count([bits_of(left), bits_of(right)])
    expected: dict[str, int] = {}
    for one, other in zip(left.get_bitstrings(), right.get_bitstrings(), strict=True):
        expected[f"{other} {one}"] = expected.get(f"{other} {one}", 0) + 1
    assert found == expected


def test_bits_beyond_the_width_do_not_count():
    array = np.array([[0b1111_1101], [0b0000_0101]], dtype=np.uint8)
    assert count([Bits(array, 3)]) == {"101": 2}
    assert array[0, 0] == 0b1111_1101


def test_no_shots_and_no_bits_give_what_is_left():
    assert count([Bits(np.zeros((0, 1), dtype=np.uint8), 2)]) == {}
    assert count([Bits(np.zeros((4, 0), dtype=np.uint8), 0)]) == {"": 4}


@pytest.mark.parametrize("num_bits", [1, 8, 13, 17, 64, 65, 127])
def test_counting_some_shots_at_a_time_gives_the_same(rng, monkeypatch, num_bits):
    array, other = drawn(rng, (3,), 700, num_bits), drawn(rng, (3,), 700, 5)
    whole = count([bits_of(array)]), count([bits_of(array), bits_of(other)], (1,))
    monkeypatch.setattr(counts, "AT_ONCE", 100)
    monkeypatch.setattr(counts, "FEW", 20)
    assert (count([bits_of(array)]), count([bits_of(array), bits_of(other)], (1,))) == whole
    assert whole[0] == array.get_counts()


@pytest.mark.parametrize("num_bits", [3, 20, 80])
def test_the_most_frequent_come_first_and_equally_frequent_ones_by_bitstring(rng, num_bits):
    registers = [bits_of(drawn(rng, (), 500, num_bits)), bits_of(drawn(rng, (), 500, 2))]
    found = count(registers)
    expected = sorted(found.items(), key=lambda entry: (-entry[1], entry[0]))[:7]
    assert list(Tally(registers).most_frequent(7).items()) == expected


@pytest.mark.parametrize("num_bits", [1, 3, 8, 20, 80])
def test_one_bitstring_is_looked_up(rng, num_bits):
    registers = [bits_of(drawn(rng, (), 200, num_bits)), bits_of(drawn(rng, (), 200, 2))]
    tally, single = Tally(registers), Tally(registers[:1])
    assert all(tally.number_of(text) == number for text, number in tally.items())
    assert all(single.number_of(text) == number for text, number in single.items())
    assert tally.shots == single.shots == 200


@pytest.mark.parametrize("text", ["", "0", "000", "0 0", "x1", "²1", " 1", "00 00"])
def test_what_is_no_bitstring_of_the_registers_does_not_occur(rng, text):
    assert Tally([bits_of(drawn(rng, (), 200, 2))]).number_of(text) == 0


def test_nothing_is_counted_where_there_are_no_shots():
    for width in (2, 90):
        empty = Tally([Bits(np.zeros((0, -(-width // 8)), dtype=np.uint8), width)])
        assert (dict(empty.items()), empty.most_frequent(3), empty.shots, empty.number_of("0" * width)) == (
            {},
            {},
            0,
            0,
        )
