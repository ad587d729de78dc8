"""Circuits as entries of the cache: back as they were, or not kept."""

from __future__ import annotations

import io

import pytest
from qiskit import QuantumCircuit, qpy
from qiskit.circuit import Parameter
from qiskit.circuit.library import efficient_su2

from qspec.planning.fingerprint import fingerprint
from qspec.planning.kept import pack, unpack
from qspec.planning.transpile import Transpiler
from qspec.simulation.fake_target import load_target
from qspec.spec import Transpile


def isa_of(circuit, **settings):
    return Transpiler(load_target("fake_manila")[1], Transpile(**settings)).run(circuit, seed=3)[0]


def entry_of(circuit, **about):
    return pack(circuit, fingerprint(circuit), about)


def dynamic():
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
    circuit.measure(1, 1)
    return circuit


CIRCUITS = {
    "ansatz": lambda: isa_of(efficient_su2(4, reps=2, entanglement="full")),
    "level 3": lambda: isa_of(efficient_su2(4, reps=2), optimization_level=3),
    "placed": lambda: isa_of(efficient_su2(2), initial_layout=(3, 4)),
    "dynamic": lambda: isa_of(dynamic()),
    "bare": lambda: efficient_su2(3),
}


@pytest.mark.parametrize("build", CIRCUITS.values(), ids=CIRCUITS)
def test_a_circuit_comes_back_with_its_layout_and_all_that_is_known_of_it(build):
    circuit = build()
    entry = entry_of(circuit, duration=1.0 / 3, warned=["é"])
    back, about = unpack(entry)
    assert fingerprint(back) == fingerprint(circuit)
    assert about == {"duration": 1.0 / 3, "warned": ["é"], "fingerprint": fingerprint(circuit)}
    assert (back.layout is None) == (circuit.layout is None)
    if circuit.layout is not None:
        assert back.layout == circuit.layout
        assert back.layout.final_index_layout() == circuit.layout.final_index_layout()
        assert back.layout.routing_permutation() == circuit.layout.routing_permutation()


def test_names_and_metadata_are_the_user_s_and_stay_out():
    circuit = isa_of(efficient_su2(2))
    circuit.name, circuit.metadata = "a-name-of-mine", {"path": "/home/somebody/secret"}
    entry = entry_of(circuit)
    assert b"mine" not in entry
    assert b"somebody" not in entry


def test_a_delay_whose_unit_qpy_loses_is_not_kept():
    circuit = QuantumCircuit(1)
    circuit.delay(100, 0, "ns")
    stream = io.BytesIO()
    qpy.dump(circuit, stream)
    stream.seek(0)
    assert fingerprint(qpy.load(stream)[0]) != fingerprint(circuit), "QPY keeps it now: this test can go"
    assert entry_of(circuit) is None


def test_a_scheduled_circuit_is_not_kept():
    circuit = isa_of(efficient_su2(2), scheduling_method="alap")
    assert circuit.op_start_times
    assert entry_of(circuit) is None


def test_what_qpy_cannot_write_is_not_kept(monkeypatch):
    circuit = QuantumCircuit(1)
    circuit.rx(Parameter("a"), 0)

    def refuse(*_arguments, **_keys):
        raise qpy.QpyError("no")

    monkeypatch.setattr(qpy, "dump", refuse)
    assert entry_of(circuit) is None


def test_what_is_no_entry_is_nothing():
    """That bytes are damaged is noticed before: tests/caching."""
    circuit = isa_of(efficient_su2(2))
    entry = entry_of(circuit)
    for end in range(0, len(entry), 97):
        assert unpack(entry[:end]) is None
    about, _, content = entry.partition(b"\n")
    for other in (b"", b"{}", b"[]", b'"fingerprint"', b"{", b"\xff", content):
        assert unpack(other + b"\n" + content) is None
    assert unpack(about + b"\n" + content) is not None


def test_entries_of_other_bytes_do_not_end_a_plan(rng):
    entry = entry_of(isa_of(efficient_su2(2)))
    for _ in range(40):
        place = rng.randrange(len(entry))
        unpack(entry[:place] + bytes([entry[place] ^ (1 << rng.randrange(8))]) + entry[place + 1 :])
