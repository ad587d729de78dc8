"""The option trees of the programs, generated from the installed runtime's own option models.

`python -m qspec.reading.option_models` writes `qspec/programs/options/<program>.json`; a test fails when the files
and the runtime differ. Beside what the models say, a tree carries the docstring of every option, and it stays
within the keywords of `qspec.reading.schema`. Needs the runtime; nothing that reads a spec imports this module.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

Schema = dict[str, Any]

PROGRAMS = {
    "sampler": "SamplerOptions",
    "estimator": "EstimatorOptions",
    "executor": "ExecutorOptions",
    "noise-learner": "NoiseLearnerV3Options",
}
"""The runtime's model of each program's options."""

FOLDER = Path(__file__).parents[1] / "programs" / "options"

LEFT_OUT = frozenset(["layer_noise_model"])
"""Options that JSON cannot express: a layer noise model is made of circuit instructions and Pauli-Lindblad maps."""

BY_HAND: dict[tuple[str, str], Schema] = {("zne", "noise_factors"): {"minItems": 2}}
"""What a model checks with a function of its own, which pydantic leaves out of its JSON Schema."""


def generate(program: str) -> dict[str, Any]:
    """The content of a program's file: the runtime's version, and the tree as a JSON Schema fragment."""
    import qiskit_ibm_runtime
    from qiskit_ibm_runtime import options_models

    model = getattr(options_models, PROGRAMS[program])
    description = "The primitive's options, as the runtime's own option models name them."
    return {
        "qiskit_ibm_runtime": qiskit_ibm_runtime.__version__,
        "schema": {**_mapping(model, program), "description": description},
    }


def write() -> list[Path]:
    """Write the file of every program; returns their paths."""
    FOLDER.mkdir(exist_ok=True)
    paths = []
    for program in PROGRAMS:
        path = FOLDER / f"{program}.json"
        path.write_text(json.dumps(generate(program), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        paths.append(path)
    return paths


def _mapping(model: type[BaseModel], name: str) -> Schema:
    """The schema of a mapping of options; `name` is what messages call it by."""
    documented = _docstrings(model)
    properties = {
        field: {**_option(name, field, info), "description": documented[field]}
        for field, info in model.model_fields.items()
        if field not in LEFT_OUT
    }
    return {
        "title": f"the {re.sub('[_-]', ' ', name)} options",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _option(parent: str, name: str, info: FieldInfo) -> Schema:
    from pydantic import BaseModel

    if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
        return _mapping(info.annotation, name)
    schema = _published(info)
    branches = schema.get("anyOf", [schema])
    return {**_merged(branches), **BY_HAND.get((parent, name), {}), **_default(schema)}


def _published(info: FieldInfo) -> Schema:
    """What pydantic publishes about one field."""
    from pydantic import create_model

    value: Any = (info.annotation, info)
    alone: Any = create_model("Alone", value=value)
    properties: Schema = alone.model_json_schema()["properties"]["value"]
    return properties


def _merged(branches: list[Schema]) -> Schema:
    """One schema for a choice of types: bounds hold for their own type anyway, words need an `if`."""
    merged: Schema = {"type": [branch["type"] for branch in branches]}
    for branch in branches:
        merged |= {key: _items(value) for key, value in branch.items() if key in _CARRIED}
        words = branch.get("enum", [branch["const"]] if "const" in branch else None)
        if words is not None and len(branches) == 1:
            return {"enum": words}
        if words is not None:
            merged |= {"if": {"type": branch["type"]}, "then": {"enum": words}}
    if len(set(merged["type"])) != len(merged["type"]):
        raise ValueError(f"two choices of one type cannot be told apart: {branches}")
    if len(branches) == 1:
        merged["type"] = merged["type"][0]
    return merged


_CARRIED = frozenset(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "pattern", "items", "minItems"])


def _items(value: Any) -> Any:
    return _merged([value]) if isinstance(value, dict) else value


def _default(schema: Schema) -> Schema:
    return {"default": schema["default"]} if "default" in schema else {}


@cache
def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    """The text that stands under each attribute in the source of a model and of the models it extends."""
    found: dict[str, str] = {}
    for cls in reversed(model.__mro__):
        if cls.__module__.startswith("qiskit_ibm_runtime."):
            found |= dict(_attribute_docstrings(cls))
    return found


def _attribute_docstrings(cls: type) -> Iterator[tuple[str, str]]:
    body = ast.parse(dedent(inspect.getsource(cls))).body[0]
    statements = body.body if isinstance(body, ast.ClassDef) else []
    for statement, following in pairwise(statements):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            match following:
                case ast.Expr(value=ast.Constant(value=str(text))):
                    yield statement.target.id, plain(text)


_IN_YAML = {"None": "null", "True": "true", "False": "false"}


def plain(text: str) -> str:
    """A docstring without its reStructuredText: one line for each paragraph and for each point of a list."""
    text = text.replace("``\\s", "``s")
    text = re.sub(r"``(None|True|False)``", lambda match: _IN_YAML[match[1]], text)
    text = re.sub(r":\w+:`~([^`]*)`", lambda match: match[1].rpartition(".")[2], text)
    text = re.sub(r":\w+:`\.?([^`]*)`", r"\1", text)
    text = re.sub(r"`([^`<]+?)\s*<[^>]*>`_+", r"\1", text)
    text = text.replace(".. note::", "Note:").replace("`", "")
    lines: list[str] = []
    for raw in inspect.cleandoc(text).splitlines():
        line = " ".join(raw.split())
        if not line or line.startswith("* ") or not lines:
            lines.append(line)
        else:
            lines[-1] = f"{lines[-1]} {line}".strip()
    return "\n".join(line for line in lines if line)


if __name__ == "__main__":
    sys.stdout.write("".join(f"{path}\n" for path in write()))
