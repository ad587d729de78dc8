"""The part of the published JSON Schema that no kind owns: top-level keys, values and observables.

A draft-07 subset on purpose: `type`, `properties`, `required`, `additionalProperties`, `items`, `enum`, `const`,
`pattern`, bounds, local `$ref`, `allOf` of `if`/`then`. No `oneOf` or `anyOf`: a mistyped key must be
reported as that key, at its own line. `title` is how messages call the thing.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

# (?!\n): in Python, unlike in JavaScript, $ also matches before a line break at the end
IDENTIFIER = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$(?!\n)"

_PAIR_DESCRIPTION = "[start, stop, number of values]; both ends are included. Numbers or expressions such as 2*pi."
_NUMBER = {"type": ["number", "string"]}


def _triple(description: str) -> Schema:
    return {"type": "array", "items": _NUMBER, "minItems": 3, "maxItems": 3, "description": description}


VALUE: Schema = {
    "title": "a parameter value",
    "type": ["number", "string", "array", "object"],
    "description": "A number, an expression of numbers, pi and + - * / **, a nested list of these, or a generator.",
    "items": {"$ref": "#/definitions/value_item"},
    "properties": {
        "linspace": _triple(f"Evenly spaced values: {_PAIR_DESCRIPTION}"),
        "logspace": _triple(
            "Powers of ten, evenly spaced on a logarithmic scale: [exponent of start, of stop, number]."
        ),
        "arange": _triple("[start, stop, step]; the stop is not included."),
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

_TRANSPILE: Schema = {
    "title": "the transpile settings",
    "type": "object",
    "description": "How circuits become ISA circuits, in the words of Qiskit's generate_preset_pass_manager.",
    "properties": {
        "enabled": {
            "type": "boolean",
            "description": "false when the circuits are ISA circuits already. Default true.",
        },
        "optimization_level": {"enum": [0, 1, 2, 3], "description": "Effort of the preset pass manager. Default 2."},
        "initial_layout": {
            "type": "array",
            "items": {"type": "integer", "minimum": 0},
            "description": "The physical qubit of each virtual qubit, in order.",
        },
        "layout_method": {
            "type": "string",
            "description": "Layout stage: default, trivial, dense, sabre or a plug-in.",
        },
        "routing_method": {
            "type": "string",
            "description": "Routing stage: default, basic, lookahead, sabre, none or a plug-in.",
        },
        "translation_method": {
            "type": "string",
            "description": "Translation stage: default, translator, synthesis or a plug-in.",
        },
        "optimization_method": {"type": "string", "description": "Optimization stage: default or a plug-in."},
        "init_method": {"type": "string", "description": "Init stage: default or a plug-in."},
        "scheduling_method": {"type": "string", "description": "Scheduling stage: default, alap, asap or a plug-in."},
        "approximation_degree": {
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "description": "1.0 (default) means no approximation in synthesis.",
        },
        "unitary_synthesis_method": {"type": "string", "description": "Unitary synthesis plug-in. Default 'default'."},
        "qubits_initially_zero": {
            "type": "boolean",
            "description": "Whether the circuits start from qubits in the state 0. Default true.",
        },
    },
    "additionalProperties": False,
}

_EXECUTION: Schema = {
    "title": "the execution settings",
    "type": "object",
    "description": "The execution mode of the runtime.",
    "properties": {
        "mode": {
            "enum": ["job", "batch", "session"],
            "description": "One job at a time (default), a batch or a session.",
        },
        "max_time": {"type": "integer", "minimum": 1, "description": "Seconds that a batch or session may stay open."},
    },
    "additionalProperties": False,
}

_LIMITS: Schema = {
    "title": "the limits",
    "type": "object",
    "description": "What the plan must stay under before anything is submitted.",
    "properties": {
        "qpu_seconds": {
            "type": "number",
            "exclusiveMinimum": 0,
            "description": "Estimated QPU seconds, all jobs together.",
        },
        "shots": {"type": "integer", "minimum": 1, "description": "Shots, over all jobs, PUBs and parameter sets."},
        "circuits": {"type": "integer", "minimum": 1, "description": "Circuit executions: bound circuits times bases."},
        "two_qubit_depth": {
            "type": "integer",
            "minimum": 0,
            "description": "Two-qubit depth of the deepest ISA circuit.",
        },
    },
    "additionalProperties": False,
}

CIRCUIT_PROPERTIES: Schema = {
    "measure": {"const": "all", "description": "Measure all qubits at the end, into a register called meas."},
    "bind": {
        "title": "the bound parameters",
        "type": "object",
        "description": "Numbers or expressions for some of the parameters; the rest stay free.",
        "additionalProperties": {"type": ["number", "string"]},
    },
}

DEFINITIONS: Schema = {
    "value": VALUE,
    "value_item": VALUE_ITEM,
    "parameter_values": PARAMETER_VALUES,
    "observables": OBSERVABLES,
}


_IDENTITY: Schema = {
    "qspec": {"const": 1, "description": "The version of the spec format."},
    "name": {
        "type": "string",
        "pattern": "^[a-z0-9][a-z0-9._-]{0,62}$(?!\\n)",
        "description": "Names the folder under runs/: small letters, digits, dot, underscore, hyphen.",
    },
    "description": {"type": "string", "description": "What this spec is about, for people."},
    "tags": {
        "type": "array",
        "items": {"type": "string", "minLength": 1, "maxLength": 86},
        "maxItems": 7,
        "description": "Sent with every job; at most 7, of at most 86 characters.",
    },
    "extends": {
        "type": "string",
        "minLength": 1,
        "description": "A base spec merged beneath this one: mappings merge, the rest replaces, null removes.",
    },
    "seed": {
        "type": "integer",
        "minimum": 0,
        "description": "Root of every random choice. Drawn and recorded when absent.",
    },
}


def top_level(*, backend: Schema, circuit: Schema, job: Schema, sink: Schema, expectation: Schema) -> Schema:
    """The schema of a whole spec around the schemas of its five shelves."""
    return {
        "title": "a spec",
        "type": "object",
        "properties": {
            **_IDENTITY,
            "backend": backend,
            "transpile": _TRANSPILE,
            "execution": _EXECUTION,
            "circuits": _by_id("the circuits", circuit, "Circuit sources by the id that PUBs refer to."),
            "jobs": _by_id("the jobs", job, "Jobs by id; each is one submission of one program."),
            "sinks": {"type": "array", "items": sink, "description": "What to write beside the run record."},
            "expect": {"type": "array", "items": expectation, "description": "What must hold of the results."},
            "limits": _LIMITS,
        },
        "additionalProperties": False,
        "if": {"properties": {"extends": False}},
        "then": {"title": "a spec", "required": ["qspec", "name", "backend", "circuits", "jobs"]},
        "definitions": DEFINITIONS,
    }


def _by_id(title: str, item: Schema, description: str) -> Schema:
    return {
        "title": title,
        "type": "object",
        "description": description,
        "propertyNames": {"pattern": IDENTIFIER},
        "minProperties": 1,
        "additionalProperties": item,
    }
