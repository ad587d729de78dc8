"""What every check keeps: its example is valid and gives a verdict, its misuse is not valid, its keys are described."""

from __future__ import annotations

from dataclasses import fields

import pytest
from recorded_runs import bell, estimated, finished_run, sampled

from qspec import kinds
from qspec.reading.document import read_document
from qspec.reading.schema import compose
from qspec.reading.walker import accepts

WORDS = kinds.CHECKS.builtin()
SCHEMA = compose()
ALONE = [word for word in WORDS if not hasattr(kinds.CHECKS.find(word), "reference")]
"""Those that look at one run; what compares with a reference has tests of its own."""
ITEM = SCHEMA["properties"]["expect"]["items"]


def read(text: str):
    document = read_document(text.encode(), "example.yaml")
    assert not document.findings
    return document.root.plain()


def valid(entry) -> bool:
    return accepts(entry, {**ITEM, "definitions": SCHEMA["definitions"]})


@pytest.mark.parametrize("word", ALONE)
def test_the_example_gives_a_verdict(word, tmp_path):
    entry = read(kinds.CHECKS.find(word).EXAMPLE)
    assert entry.pop("kind") == word
    energy = estimated((bell().remove_final_measurements(inplace=False), "ZZ"))
    run = finished_run(tmp_path, counts=sampled(bell(), shots=4096), energy=energy)
    verdict = kinds.CHECKS.find(word)(**entry).check(run)
    assert isinstance(verdict.passed, bool)
    assert verdict.message
    assert (verdict.margin >= 0) == verdict.passed


@pytest.mark.parametrize("word", ALONE)
def test_a_check_says_which_job_and_pub_or_which_circuit_it_looks_at(word):
    kind = kinds.CHECKS.find(word)
    looks_at = {"job", "pub"} if getattr(kind, "of_results", True) else {"circuit"}
    assert looks_at <= {field.name for field in fields(kind)}


BASE = {"kind": "expectation_values", "job": "energy"}


@pytest.mark.parametrize(
    "keys",
    [
        {"values": 1, "tolerance": 0},
        {"values": -1.5, "standard_errors": 5},
        {"values": [[1, 2], [3, 4]], "tolerance": 0.1, "standard_errors": 1},
        {"at_least": 2},
        {"at_most": -2, "take": "min", "index": [0, 3], "pub": 1},
    ],
    ids=str,
)
def test_expectations_about_expectation_values_are_valid(keys):
    assert valid({**BASE, **keys})


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"tolerance": 0.1},
        {"values": 1},
        {"values": "1", "tolerance": 1},
        {"values": [], "tolerance": 1},
        {"values": [["a"]], "tolerance": 1},
        {"values": 1, "tolerance": -1},
        {"at_least": 2, "take": "best"},
        {"at_least": 2, "index": [-1]},
    ],
    ids=str,
)
def test_expectations_that_say_nothing_or_nonsense_are_not_valid(keys):
    assert not valid({**BASE, **keys})


@pytest.mark.parametrize("bitstring", ["2", "0x1", "", " 0", "0  1", "0b1", "00\n"])
def test_what_is_no_bitstring_has_no_probability(bitstring):
    entry = {"kind": "probabilities", "job": "counts", "tolerance": 0.1}
    assert not valid({**entry, "values": {bitstring: 0.5}})
    assert valid({**entry, "values": {"0 11": 0.5}})
