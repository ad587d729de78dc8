"""What every kind of circuit promises, whoever wrote it."""

from __future__ import annotations

import io

import pytest
from qiskit import QuantumCircuit, qpy

from qspec import kinds
from qspec.facts import CircuitFacts
from qspec.planning.build import facts_of
from qspec.reading.build import circuit_of
from qspec.reading.document import read_document

WORDS = kinds.CIRCUITS.builtin()


@pytest.fixture
def example(files):
    """The circuit of a kind's example, with the file that it names."""

    def example(word):
        content = io.BytesIO()
        qpy.dump(QuantumCircuit(2, 1, name="bell"), content)
        files.contents["bell.qpy"] = content.getvalue()
        return circuit_of(read_document(kinds.CIRCUITS.find(word).EXAMPLE.encode(), "x").root.plain()).source

    return example


@pytest.mark.parametrize("word", WORDS)
def test_the_example_loads(word, example, files):
    assert isinstance(example(word).load(files), QuantumCircuit)


@pytest.mark.parametrize("word", WORDS)
def test_the_scan_says_nothing_that_the_circuit_contradicts(word, example, files):
    source = example(word)
    seen, true = source.scan(files), facts_of(source.load(files))
    assert isinstance(seen, CircuitFacts)
    for name in ("num_qubits", "registers", "parameters", "measures"):
        assert getattr(seen, name) in (None, getattr(true, name))


@pytest.mark.parametrize("word", WORDS)
def test_a_circuit_is_loaded_anew_each_time(word, example, files):
    source = example(word)
    first, second = source.load(files), source.load(files)
    assert first is not second
    first.barrier()
    assert second.count_ops().get("barrier", 0) == source.load(files).count_ops().get("barrier", 0)
