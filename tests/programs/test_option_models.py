"""The option trees are what the installed runtime says, and accept what its models accept."""

from __future__ import annotations

import json
import warnings
from functools import cache

import pytest
import qiskit_ibm_runtime
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from qiskit_ibm_runtime import options_models

from qspec.reading import option_models
from qspec.reading.schema import violations
from qspec.reading.walker import KEYWORDS, Walker, accepts

PROGRAMS = tuple(option_models.PROGRAMS)


def tree(program):
    return json.loads((option_models.FOLDER / f"{program}.json").read_text("utf-8"))


def parts(schema):
    """A schema and every schema within it."""
    yield schema
    for part in [
        *schema.get("properties", {}).values(),
        *(schema[key] for key in ("items", "if", "then") if key in schema),
    ]:
        yield from parts(part)


def options_of(schema, route=()):
    """Every option of a tree that is not a mapping of options itself, with its route."""
    for name, part in schema.get("properties", {}).items():
        if "properties" in part:
            yield from options_of(part, (*route, name))
        else:
            yield (*route, name), part


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_file_is_what_the_installed_runtime_generates(program):
    written = tree(program)
    if written["qiskit_ibm_runtime"] != qiskit_ibm_runtime.__version__:
        pytest.skip(f"the files are of qiskit-ibm-runtime {written['qiskit_ibm_runtime']}")
    assert written == option_models.generate(program)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_tree_stays_within_the_keywords_that_a_spec_is_checked_with(program):
    assert {keyword for part in parts(tree(program)["schema"]) for keyword in part} <= KEYWORDS


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_option_has_a_description_in_words(program):
    for part in parts(tree(program)["schema"]):
        for name, option in part.get("properties", {}).items():
            assert option["description"].strip(), name
            assert not any(mark in option["description"] for mark in ("`", ":class:", ".. note", "None", "  "))


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_mapping_of_options_is_closed_and_named_for_messages(program):
    for part in parts(tree(program)["schema"]):
        if "properties" in part:
            assert part["additionalProperties"] is False
            assert part["title"].startswith("the ")
            assert part["title"].endswith(" options")


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_default_is_a_valid_value(program):
    for route, option in options_of(tree(program)["schema"]):
        assert accepts(option["default"], option), route


def test_only_layer_noise_models_are_left_out():
    model = options_models.EstimatorOptions
    named = {route[0] for route, _ in options_of(tree("estimator")["schema"])}
    assert named == set(model.model_fields)
    resilience = tree("estimator")["schema"]["properties"]["resilience"]["properties"]
    assert set(options_models.ResilienceOptions.model_fields) - set(resilience) == {"layer_noise_model"}


def test_a_choice_of_a_number_or_a_word_is_said_without_any_of():
    option = tree("sampler")["schema"]["properties"]["twirling"]["properties"]["num_randomizations"]
    assert accepts("auto", option)
    assert accepts(3, option)
    assert not accepts(0, option)
    assert not accepts("all", option)
    assert [error.validator for error in violations("all", Walker(option))] == ["enum"]


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**6),
    st.floats(-2, 5000, allow_nan=False),
    st.sampled_from(
        ["auto", "XX", "XY4", "pauli", "linear", "pea", "asap", "WARNING", "classified", "all", "a/b:1", ""]
    ),
    st.lists(st.one_of(st.integers(0, 5), st.floats(0, 5), st.sampled_from(["linear", "fallback", "x"])), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
PROPERTY = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def nested(route, value):
    for key in reversed(route):
        value = {key: value}
    return value


def model_accepts(program, options):
    """What the runtime's model says, without pydantic's conversions: the text '5' is no number, and 1 is not true."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            getattr(options_models, option_models.PROGRAMS[program]).model_validate(options, strict=True)
    except ValidationError:
        return False
    return True


@cache
def installed(program):
    """The routes of the options that the installed runtime has; the files may be of a newer one."""
    return {route for route, _ in options_of(option_models.generate(program)["schema"])}


@pytest.mark.parametrize("program", PROGRAMS)
@PROPERTY
@given(data=st.data())
def test_the_tree_accepts_exactly_what_the_model_accepts(program, data):
    schema = tree(program)["schema"]
    route, option = data.draw(
        st.sampled_from([entry for entry in options_of(schema) if entry[0] in installed(program)])
    )
    words = st.sampled_from(option["enum"]) if "enum" in option else VALUES
    value = data.draw(st.one_of(VALUES, words, st.just(option["default"])))
    # In a choice of numbers, pydantic takes false for 0 even when it is strict; a spec does not.
    assume(not (isinstance(value, bool) and "enum" in option))
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    assert accepts(nested(route, value), schema) == model_accepts(program, nested(route, whole)), (route, value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Uses :class:`~a.b.Foo` or :attr:`bar`.", "Uses Foo or bar."),
        ("If ``None``, it is ``'auto'``.", "If null, it is 'auto'."),
        ("Read the `guide <https://x.y>`_ first.", "Read the guide first."),
        ("One\nline.\n\n* first\n  point\n* second", "One line.\n* first point\n* second"),
        (".. note::\n    Mind.", "Note: Mind."),
    ],
)
def test_docstrings_lose_their_markup(text, expected):
    assert option_models.plain(text) == expected
