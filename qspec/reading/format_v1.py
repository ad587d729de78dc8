"""The part of the published JSON Schema that no kind owns: the top-level keys, and the sweep.

A draft-07 subset on purpose: `type`, `properties`, `required`, `additionalProperties`, `items`, `enum`, `const`,
`pattern`, bounds, local `$ref`, `allOf` of `if`/`then`. No `oneOf` or `anyOf`: a mistyped key must be
reported as that key, at its own line. `title` is how messages call the thing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qspec.reading.format_values import DEFINITIONS, PAIR_DESCRIPTION, triple

if TYPE_CHECKING:
    from qspec.reading.format_values import Schema

# (?!\n): in Python, unlike in JavaScript, $ also matches before a line break at the end
IDENTIFIER = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$(?!\n)"

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

SWEEP: Schema = {
    "title": "the sweep",
    "type": "object",
    "description": "Repeats the jobs at many points: variations of the spec, each of which could stand alone.",
    "properties": {
        "combine": {
            "enum": ["product", "zip"],
            "description": "Every combination of the axes' values (product, the default), or side by side (zip).",
        },
        "axes": {
            "title": "the axes",
            "type": "object",
            "description": "The values that a place in the spec takes, by its keys joined by dots: backend.name.",
            "minProperties": 1,
            "additionalProperties": {
                "title": "the values of an axis",
                "type": ["array", "object"],
                "description": "A list of values, or evenly spaced numbers.",
                "minItems": 1,
                "properties": {
                    "linspace": triple(f"Evenly spaced values: {PAIR_DESCRIPTION}"),
                    "logspace": triple(
                        "Powers of ten, evenly spaced on a logarithmic scale: [exponent of start, of stop, number]."
                    ),
                    "arange": triple("[start, stop, step]; the stop is not included."),
                },
                "minProperties": 1,
                "additionalProperties": False,
            },
        },
    },
    "required": ["axes"],
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
            "sweep": SWEEP,
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


TOP_KEYS = frozenset(top_level(backend={}, circuit={}, job={}, sink={}, expectation={})["properties"])
