"""What every kind of backend keeps: its example is valid and opens, its misuse is not valid."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import fields

import pytest

from qspec import kinds
from qspec.reading.document import read_document
from qspec.reading.schema import compose
from qspec.reading.walker import KEYWORDS, accepts

WORDS = kinds.BACKENDS.builtin()
SCHEMA = compose()
BACKEND = SCHEMA["properties"]["backend"]


def read(text: str):
    document = read_document(text.encode(), "example.yaml")
    assert not document.findings
    return document.root.plain()


def valid(entry) -> bool:
    return accepts(entry, {**BACKEND, "definitions": SCHEMA["definitions"]})


@pytest.mark.parametrize("word", WORDS)
def test_the_example_is_valid_and_the_misuse_is_not(word):
    backend = kinds.BACKENDS.find(word)
    assert valid(read(backend.EXAMPLE))
    assert not valid(read(backend.MISUSE))


@pytest.mark.parametrize("word", WORDS)
def test_the_example_opens_a_backend_that_describes_itself(word):
    entry = read(kinds.BACKENDS.find(word).EXAMPLE)
    kind = entry.pop("kind")
    opened = kinds.BACKENDS.find(word)(**entry).open()
    assert opened.kind == kind == word
    assert json.loads(json.dumps(opened.description()))["name"] == opened.name
    assert opened.source["package"]


@pytest.mark.parametrize("word", WORDS)
def test_every_key_has_a_field_and_a_description(word):
    kind = kinds.BACKENDS.find(word)
    properties = kind.SCHEMA["properties"]
    assert set(properties) == {field.name for field in fields(kind)}
    assert all(entry["description"] for entry in properties.values())
    assert set().union(*properties.values()) <= KEYWORDS


@pytest.mark.parametrize("word", WORDS)
def test_importing_a_kind_imports_nothing_heavy(word):

    heavy = "{'numpy', 'qiskit', 'qiskit_aer', 'qiskit_ibm_runtime'}"
    code = f"import sys, qspec.backends.{word}; assert not {heavy} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
