"""Violations of the schema, worded as findings: one for each mistake, in the user's terms."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from qspec import kinds
from qspec.diagnostics import Diagnostic, Route, clipped, nearest, suggestion
from qspec.reading.later import is_later_word
from qspec.reading.schema import violations
from qspec.reading.speech import either, quoted, spoken, subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jsonschema.exceptions import ValidationError

    from qspec.reading.walker import Walker

_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}
MOST_FINDINGS = 500
_MOST_CHOICES = 6
_MOST_STRAYS = 50
_WORDS_FOR_BOOLEANS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
_TAGS = {shelf.tag for shelf in kinds.SHELVES}


def structure_findings(data: Any, walker: Walker) -> list[Diagnostic]:
    """Every finding about the structure of a document; empty when the schema accepts it."""
    if walker.accepts(data):
        return []
    worded = (finding for error in violations(data, walker) for finding in _findings(error))
    findings = _each_once(islice(worded, MOST_FINDINGS))
    if len(findings) == MOST_FINDINGS:
        findings[-1] = replace(findings[-1], notes=(*findings[-1].notes, f"only {MOST_FINDINGS} findings are shown"))
    return findings


def _each_once(findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings without repetitions; of two about one unknown key, the one that lists the keys."""
    kept: dict[tuple[Any, ...], Diagnostic] = {}
    for finding in findings:
        what = (finding.code, finding.route, "" if finding.code == "unknown-key" else finding.message)
        if what not in kept or (finding.notes and not kept[what].notes):
            kept[what] = finding
    return list(kept.values())


def _findings(error: ValidationError) -> Iterator[Diagnostic]:
    route: Route = tuple(error.absolute_path)
    if "propertyNames" in error.absolute_schema_path:
        yield _bad_identifier(error, route)
    elif error.validator == "additionalProperties":
        yield from _unknown_keys(error, route)
    elif error.validator == "required":
        yield from _missing_keys(error, route)
    else:
        yield _WORDINGS[str(error.validator)](error, route)


def _unknown_keys(error: ValidationError, route: Route) -> Iterator[Diagnostic]:
    schema: Any = error.schema
    mapping: Any = error.instance
    known = sorted(schema.get("properties", {}))
    patterns = list(schema.get("patternProperties", {}))
    for key in mapping:
        if key in known or any(re.search(pattern, key) for pattern in patterns):
            continue
        if schema.get("title") == "an observable":
            yield _not_a_pauli_string(key, (*route, key))
            continue
        yield _unknown_key(key, route, schema)


def _unknown_key(key: str, route: Route, schema: Any) -> Diagnostic:
    known = sorted(schema.get("properties", {}))
    return Diagnostic(
        code="unknown-key",
        message=f"'{clipped(key)}' is not a key of {schema.get('title', 'this mapping')}",
        route=(*route, key),
        on_key=True,
        label=suggestion(key, known),
        notes=(f"keys here: {', '.join(known)}",) if known and "allOf" not in schema else (),
    )


def _not_a_pauli_string(key: str, route: Route) -> Diagnostic:
    return Diagnostic(
        code="pauli-string",
        message=f"'{clipped(key)}' is not a Pauli string",
        route=route,
        on_key=True,
        label="the letters I, X, Y and Z, one for each qubit; the rightmost acts on qubit 0",
    )


def _missing_keys(error: ValidationError, route: Route) -> Iterator[Diagnostic]:
    schema: Any = error.schema
    required: Any = error.validator_value
    mapping: Any = error.instance
    strays = list(islice((key for key in mapping if key not in schema.get("properties", {})), _MOST_STRAYS))
    for key in required:
        if key in mapping:
            continue
        if misspelt := nearest(key, strays):  # one mistake, one finding
            yield replace(_unknown_key(misspelt, route, schema), label=f"did you mean '{key}'?", notes=())
            continue
        description = schema.get("properties", {}).get(key, {})
        words = description.get("enum", ()) if isinstance(description, dict) else ()
        yield Diagnostic(
            code="missing-key",
            message=f"{schema.get('title', subject(route))} needs the key '{key}'",
            route=route,
            on_key=True,
            notes=(f"choices for {key}: {', '.join(map(str, words))}",) if words else (),
        )


def _bad_identifier(error: ValidationError, route: Route) -> Diagnostic:
    return Diagnostic(
        code="bad-name",
        message=f"'{clipped(str(error.instance))}' cannot be an id under {subject(route)}",
        route=(*route, str(error.instance)),
        on_key=True,
        label="letters, digits, underscore and hyphen; at most 63; a letter or digit first",
    )


def _wrong_type(error: ValidationError, route: Route) -> Diagnostic:
    expected: Any = error.validator_value
    names = [expected] if isinstance(expected, str) else [name for name in expected if name != "null"]
    return Diagnostic(
        code="wrong-type",
        message=f"{subject(route)} must be {either([_TYPES[name] for name in names])}, not {spoken(error.instance)}",
        route=route,
        label=_type_advice(error, names),
    )


def _type_advice(error: ValidationError, names: list[str]) -> str:
    schema: Any = error.schema
    value = error.instance
    if names == ["object"] and isinstance(value, str):
        tag = next((key for key in schema.get("properties", {}) if key in _TAGS), "")
        words = schema["properties"][tag].get("enum", ()) if tag else ()
        return f"write {{{tag}: {value}}}" if value in words else ""
    if "array" in names and "object" not in names and not isinstance(value, dict):
        return f"write it as a list: [{clipped(str(value))}]" if isinstance(value, (str, int, float)) else ""
    if names == ["string"] and isinstance(value, (int, float)):
        return "put it in quotes"
    if names == ["boolean"] and isinstance(value, str):
        meant = _WORDS_FOR_BOOLEANS.get(value.lower())
        return f"write {meant}" if meant else suggestion(value, ["true", "false"])
    return ""


def _wrong_choice(error: ValidationError, route: Route) -> Diagnostic:
    choices: Any = error.validator_value if error.validator == "enum" else [error.validator_value]
    texts = [choice for choice in choices if isinstance(choice, str)]
    label = suggestion(error.instance, texts) if isinstance(error.instance, str) else ""
    shelf = _shelf_of(route)
    if shelf:
        return _unknown_kind(error.instance, shelf, texts, route, label)
    if len(choices) > _MOST_CHOICES:
        message = f"{spoken(error.instance, bare=True)} is not a choice for {subject(route)}"
        notes = (f"choices: {', '.join(map(str, choices))}",)
        return Diagnostic(code="wrong-choice", message=message, route=route, label=label, notes=notes)
    message = f"{subject(route)} must be {either([quoted(choice) for choice in choices])}, not {spoken(error.instance)}"
    return Diagnostic(code="wrong-choice", message=message, route=route, label=label)


def _unknown_kind(word: object, shelf: kinds.Shelf, words: list[str], route: Route, label: str) -> Diagnostic:
    return Diagnostic(
        code="unknown-kind",
        message=f"{spoken(word, bare=True)} is not a kind of {shelf.noun}",
        route=route,
        label="a later version of qspec has it" if is_later_word(shelf.name, word) else label,
        notes=(f"kinds of {shelf.noun}: {', '.join(words)}",),
    )


def _shelf_of(route: Route) -> kinds.Shelf | None:
    tops = {"backend": 2, "circuits": 3, "jobs": 3, "sinks": 3, "expect": 3}
    names = {"backend": "backends", "circuits": "circuits", "jobs": "programs", "sinks": "sinks", "expect": "checks"}
    if not route or len(route) != tops.get(str(route[0])):
        return None
    return next((s for s in kinds.SHELVES if s.name == names[str(route[0])] and s.tag == route[-1]), None)


def _bad_pattern(error: ValidationError, route: Route) -> Diagnostic:
    schema: Any = error.schema
    description = str(schema.get("description", "")).partition(". ")[0].rstrip(".")
    return Diagnostic(
        code="bad-name" if route == ("name",) else "wrong-text",
        message=f"{subject(route)} cannot be {spoken(error.instance, bare=True)}",
        route=route,
        label=f"{description[:1].lower()}{description[1:]}",
    )


_BOUNDS = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
}


def _out_of_range(error: ValidationError, route: Route) -> Diagnostic:
    bound: Any = error.validator_value
    message = (
        f"{subject(route)} must be {_BOUNDS[str(error.validator)]} {bound:,}, not {spoken(error.instance, bare=True)}"
    )
    return Diagnostic(code="out-of-range", message=message, route=route)


_SIZES = {
    "minItems": ("at least", "entry", "entries"),
    "maxItems": ("at most", "entry", "entries"),
    "minProperties": ("at least", "key", "keys"),
    "minLength": ("at least", "character", "characters"),
    "maxLength": ("at most", "character", "characters"),
}


def _wrong_size(error: ValidationError, route: Route) -> Diagnostic:
    bound, one, many = _SIZES[str(error.validator)]
    limit: Any = error.validator_value
    value: Any = error.instance
    schema: Any = error.schema
    if not value:
        message = f"{subject(route)} cannot be empty"
    elif schema.get("minItems") == schema.get("maxItems", 0):
        message = f"{subject(route)} must have exactly {limit} {many}, not {len(value)}"
    else:
        message = f"{subject(route)} must have {bound} {limit} {one if limit == 1 else many}, not {len(value)}"
    return Diagnostic(code="wrong-size", message=message, route=route)


_WORDINGS = {
    "type": _wrong_type,
    "enum": _wrong_choice,
    "const": _wrong_choice,
    "pattern": _bad_pattern,
    **dict.fromkeys(_BOUNDS, _out_of_range),
    **dict.fromkeys(_SIZES, _wrong_size),
}
