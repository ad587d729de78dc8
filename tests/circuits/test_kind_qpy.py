from __future__ import annotations

import io

import pytest
from qiskit import QuantumCircuit, qpy

from qspec.circuits.qpy import OLDEST_VERSION, Qpy
from qspec.errors import SourceError


def circuits():
    bell = QuantumCircuit(2, name="bell")
    bell.h(0)
    bell.cx(0, 1)
    ghz = QuantumCircuit(3, name="ghz")
    ghz.h(0)
    ghz.cx([0, 1], [1, 2])
    return [bell, ghz]


def packed(given, **options):
    stream = io.BytesIO()
    qpy.dump(given, stream, **options)
    return stream.getvalue()


@pytest.fixture
def stored(files):
    files.contents["c.qpy"] = packed(circuits())
    return files


def mistake(source, files):
    with pytest.raises(SourceError) as caught:
        source.load(files)
    assert caught.value.file == source.file
    return caught.value


def test_the_first_circuit_is_the_default(stored):
    assert Qpy(file="c.qpy").load(stored) == circuits()[0]


def test_a_circuit_is_chosen_by_index_or_name(stored):
    assert Qpy(file="c.qpy", index=1).load(stored) == Qpy(file="c.qpy", name="ghz").load(stored) == circuits()[1]


@pytest.mark.parametrize("version", range(OLDEST_VERSION, qpy.common.QPY_VERSION + 1))
def test_every_allowed_version_is_read_and_its_width_seen(version, files):
    files.contents["c.qpy"] = packed(circuits(), version=version)
    assert Qpy(file="c.qpy").scan(files).num_qubits == 2
    assert Qpy(file="c.qpy", index=1).load(files) == circuits()[1]


def test_old_versions_are_refused_by_the_header_alone(files):
    content = bytearray(packed(circuits()))
    content[6] = OLDEST_VERSION - 1
    files.contents["c.qpy"] = bytes(content)
    for ask in (Qpy(file="c.qpy").scan, Qpy(file="c.qpy").load):
        with pytest.raises(SourceError) as caught:
            ask(files)
        assert caught.value.code == "qpy-version"
        assert str(caught.value) == "'c.qpy' is QPY version 12, and versions below 13 are refused"


def test_versions_of_the_future_ask_for_an_upgrade(files):
    content = bytearray(packed(circuits()))
    content[6] = 99
    files.contents["c.qpy"] = bytes(content)
    assert mistake(Qpy(file="c.qpy"), files).advice == "upgrade Qiskit, or write the file for it"


def test_a_circuit_that_is_not_there_is_told_with_the_nearest(stored):
    assert mistake(Qpy(file="c.qpy", name="gzh"), stored).advice == "did you mean 'ghz'?"
    assert mistake(Qpy(file="c.qpy", name="gzh"), stored).keys == ("name",)
    assert "holds 2 circuits, and there is none at index 2" in str(mistake(Qpy(file="c.qpy", index=2), stored))


def test_two_circuits_of_one_name_are_chosen_by_index(files):
    files.contents["c.qpy"] = packed([QuantumCircuit(1, name="x"), QuantumCircuit(2, name="x")])
    assert mistake(Qpy(file="c.qpy", name="x"), files).advice == "choose by 'index'"


@pytest.mark.parametrize("content", [b"", b"QISKIT", b"OPENQASM 3.0;\nqubit[2] q;\n" * 4, bytes(100)])
def test_other_files_are_told_apart(content, files):
    files.contents["c.qpy"] = content
    assert mistake(Qpy(file="c.qpy"), files).code == "qpy-damaged"


def test_a_false_width_is_found_before_memory_is_taken_for_it(stored):
    content = bytearray(stored.contents["c.qpy"])
    width = content.index(b"\x00\x00\x00\x02\x00\x00\x00\x00", 40)  # two qubits, no classical bits
    content[width : width + 4] = b"\x7f\xff\xff\xff"
    stored.contents["c.qpy"] = bytes(content)
    assert "2,147,483,647 qubits" in str(mistake(Qpy(file="c.qpy"), stored))


def test_a_file_cut_short_is_damaged(stored):
    whole = stored.contents["c.qpy"]
    for length in range(0, len(whole), 7):
        stored.contents["c.qpy"] = whole[:length]
        assert mistake(Qpy(file="c.qpy", index=1), stored).code == "qpy-damaged"
