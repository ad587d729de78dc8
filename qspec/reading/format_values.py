"""The part of the published JSON Schema that says what parameter values and observables look like.

Written in the same subset of draft-07 as `format_v1`.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

PAIR_DESCRIPTION = "[start, stop, number of values]; both ends are included. Numbers or expressions such as 2*pi."
_NUMBER = {"type": ["number", "string"]}


def triple(description: str) -> Schema:
    """The schema of three numbers, as a generator of values takes them."""
    return {"type": "array", "items": _NUMBER, "minItems": 3, "maxItems": 3, "description": description}


VALUE: Schema = {
    "title": "a parameter value",
    "type": ["number", "string", "array", "object"],
    "description": "A number, an expression of numbers, pi and + - * / **, a nested list of these, or a generator.",
    "items": {"$ref": "#/definitions/value_item"},
    "properties": {
        "linspace": triple(f"Evenly spaced values: {PAIR_DESCRIPTION}"),
        "logspace": triple(
            "Powers of ten, evenly spaced on a logarithmic scale: [exponent of start, of stop, number]."
        ),
        "arange": triple("[start, stop, step]; the stop is not included."),
        "random": {
            "title": "the key random",
            "type": "object",
            "description": "Uniform random values in [low, high), from the spec's seed.",
            "properties": {
                "low": {**_NUMBER, "description": "Lower bound, included. A number or an expression."},
                "high": {**_NUMBER, "description": "Upper bound, not included. A number or an expression."},
                "shape": {
                    "type": "array",
                    "items": {"type": "integer", "minimum": 1},
                    "description": "Shape of the array of values; one value when absent.",
                },
            },
            "required": ["low", "high"],
            "additionalProperties": False,
        },
        "file": {
            "type": "string",
            "minLength": 1,
            "description": "A .npy file, or a .csv file together with 'column'. Relative to the file that says it.",
        },
        "column": {"type": "string", "description": "The column of the .csv file, by its heading."},
    },
    "additionalProperties": False,
    "minProperties": 1,
}

VALUE_ITEM: Schema = {
    "title": "a list of values",
    "type": ["number", "string", "array"],
    "description": "A number, an expression, or a list of these.",
    "items": {"$ref": "#/definitions/value_item"},
}

PARAMETER_VALUES: Schema = {
    "title": "the parameter values",
    "type": "object",
    "description": "Values by the name of a parameter or parameter vector. Arrays broadcast as in Qiskit's BindingsArray.",
    "additionalProperties": {"$ref": "#/definitions/value"},
}

OBSERVABLES: Schema = {
    "title": "an observable",
    "type": ["object", "array"],
    "description": "One observable or a nested list of them, broadcast against the parameter values. An observable maps "
    "Pauli strings to real coefficients; the rightmost letter acts on qubit 0.",
    "items": {"$ref": "#/definitions/observables"},
    "minItems": 1,
    "minProperties": 1,
    "properties": {
        "sparse": {
            "title": "a sparse observable",
            "type": "array",
            "minItems": 1,
            "description": "Terms [letters, qubits, coefficient]: [ZX, [0, 5], 0.5] is Z on qubit 0 times X on qubit 5.",
            "items": {"type": "array", "minItems": 3, "maxItems": 3},
        },
        "file": {
            "type": "string",
            "minLength": 1,
            "description": "A JSON file with one observable in either notation. Relative to the file that says it.",
        },
    },
    "patternProperties": {r"^[IXYZ]+$(?!\n)": {"type": "number"}},
    "additionalProperties": False,
}

DEFINITIONS: Schema = {
    "value": VALUE,
    "value_item": VALUE_ITEM,
    "parameter_values": PARAMETER_VALUES,
    "observables": OBSERVABLES,
}
