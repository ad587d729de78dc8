"""The fast interpreter of the schema and jsonschema agree on every document."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from mutations import made, with_damage

from qspec.reading.schema import compose
from qspec.reading.walker import Walker, accepts
from qspec.reading.wording import structure_findings

SCHEMA = compose()
DEFINITIONS = SCHEMA["definitions"]
JUDGE = Draft7Validator(SCHEMA)
WALKER = Walker(SCHEMA)


def agree(document):
    accepted = WALKER.accepts(document)
    assert accepted == JUDGE.is_valid(document), document
    findings = structure_findings(document, WALKER)
    assert bool(findings) != accepted
    assert all(finding.message and finding.code for finding in findings)
    return accepted


def compare(rng, count):
    accepted = 0
    for number in range(count):
        document = made(SCHEMA, DEFINITIONS, rng, wrong=(0, 0.01, 0.1)[number % 3])
        accepted += agree(document)
        agree(with_damage(document, rng))
    return accepted


def test_generated_documents_are_judged_alike(rng):
    accepted = compare(rng, 250)
    assert accepted, "some of the documents must be valid, or the proof says little"


@pytest.mark.slow
def test_ten_thousand_generated_documents_are_judged_alike(rng):
    compare(rng, 10_000)


@pytest.mark.parametrize("part", DEFINITIONS)
def test_the_definitions_are_judged_alike(part, rng):
    schema = {"$ref": f"#/definitions/{part}", "definitions": DEFINITIONS}
    judge = Draft7Validator(schema)
    for wrong in (0, 0.05, 0.3):
        for _ in range(60):
            document = made(schema, DEFINITIONS, rng, wrong)
            assert accepts(document, schema) == judge.is_valid(document), document


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)
SMALL = st.recursive(
    st.booleans()
    | st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["object", "array", "string", "boolean", "null", "number", "integer"])
            | st.just(["null", "integer"]),
            "enum": st.lists(st.sampled_from([0, 1, True, False, 1.0, "a", None]), min_size=1, unique_by=repr),
            "const": st.sampled_from([0, 1, True, "a"]),
            "pattern": st.sampled_from(["^a", "b$", "^[a-c]+$", "", r"^x$(?!\n)"]),
            "minLength": st.integers(0, 3),
            "maxLength": st.integers(0, 3),
            "minimum": st.integers(-2, 2),
            "maximum": st.integers(-2, 2),
            "exclusiveMinimum": st.integers(-2, 2),
            "exclusiveMaximum": st.integers(-2, 2),
            "minItems": st.integers(0, 2),
            "maxItems": st.integers(0, 2),
            "minProperties": st.integers(0, 2),
            "required": st.lists(st.sampled_from(["a", "b"]), unique=True),
        },
    ),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(st.sampled_from(["a", "b"]), inner),
            "patternProperties": st.dictionaries(st.sampled_from(["^a", "b$"]), inner),
            "additionalProperties": inner,
            "propertyNames": inner,
            "items": inner,
            "allOf": st.lists(inner, min_size=1, max_size=2),
            "if": inner,
            "then": inner,
        },
    ),
    max_leaves=6,
)
NEAR = st.recursive(
    st.sampled_from([None, True, False, 0, 1, -1, 1.0, 2.5, "", "a", "ab", "b", "x", "x\n"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "ab"]), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=400, deadline=None)
@given(SMALL, NEAR)
def test_every_keyword_means_what_jsonschema_says(schema, document):
    schema = {"allOf": [schema]}
    assert accepts(document, schema) == Draft7Validator(schema).is_valid(document)


@settings(max_examples=150, deadline=None)
@given(JSON)
def test_arbitrary_documents_are_judged_alike(document):
    agree(document)
