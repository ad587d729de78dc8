"""The one contract of every kind, whatever its shelf: an example of use, one of misuse, and a described schema."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import FrozenInstanceError, fields, is_dataclass

import pytest

from qspec import kinds
from qspec.reading.document import read_document
from qspec.reading.schema import compose
from qspec.reading.walker import KEYWORDS, accepts

SCHEMA = compose()
PLACES = {
    "backends": SCHEMA["properties"]["backend"],
    "circuits": SCHEMA["properties"]["circuits"]["additionalProperties"],
    "programs": SCHEMA["properties"]["jobs"]["additionalProperties"],
    "sinks": SCHEMA["properties"]["sinks"]["items"],
    "checks": SCHEMA["properties"]["expect"]["items"],
}
KINDS = [pytest.param(shelf, word, id=f"{shelf.name}-{word}") for shelf in kinds.SHELVES for word in shelf.builtin()]
every_kind = pytest.mark.parametrize(("shelf", "word"), KINDS)


def valid(shelf: kinds.Shelf, text: str) -> bool:
    document = read_document(text.encode(), "example.yaml")
    assert not document.findings
    return accepts(document.root.plain(), {**PLACES[shelf.name], "definitions": SCHEMA["definitions"]})


def parts(schema):
    """A schema and all schemas inside it."""
    yield schema
    inner = [*schema.get("properties", {}).values(), *schema.get("patternProperties", {}).values()]
    inner += [schema[key] for key in ("items", "additionalProperties", "if", "then", "propertyNames") if key in schema]
    for part in [*inner, *schema.get("allOf", ())]:
        if isinstance(part, dict):
            yield from parts(part)


@every_kind
def test_the_example_is_valid_and_the_misuse_is_not(shelf, word):
    kind = shelf.find(word)
    assert valid(shelf, kind.EXAMPLE)
    assert not valid(shelf, kind.MISUSE)


@every_kind
def test_the_example_names_its_kind(shelf, word):
    document = read_document(shelf.find(word).EXAMPLE.encode(), "example.yaml")
    assert document.root.plain()[shelf.tag] == word


@every_kind
def test_a_kind_is_a_frozen_dataclass_whose_fields_are_the_keys_of_its_schema(shelf, word):
    kind = shelf.find(word)
    assert is_dataclass(kind)
    assert {field.name for field in fields(kind)} == set(kind.SCHEMA["properties"])
    for field in fields(kind):
        with pytest.raises(FrozenInstanceError):
            setattr(object.__new__(kind), field.name, None)
    assert callable(getattr(kind, shelf.verb))


@every_kind
def test_every_key_is_described_in_the_subset_of_the_schema_language(shelf, word):
    schema = shelf.find(word).SCHEMA
    assert schema["description"]
    for part in parts(schema):
        assert set(part) <= KEYWORDS
        if part.get("additionalProperties") is False or part is schema:
            for key, entry in part.get("properties", {}).items():
                assert entry is True or entry.get("description") or "$ref" in entry, key


@every_kind
def test_importing_a_kind_imports_nothing_heavy(shelf, word):
    code = (
        f"import sys; from qspec import kinds; "
        f"next(s for s in kinds.SHELVES if s.name == {shelf.name!r}).find({word!r}); "
        "assert not {'numpy', 'qiskit', 'qiskit_aer', 'qiskit_ibm_runtime'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
