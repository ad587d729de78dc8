"""The schema of `boxing`: the arguments of samplomatic's `generate_boxing_pass_manager`, from its signature.

`python -m qspec.reading.boxing_model` writes `qspec/programs/options/boxing.json`; a test fails when the file and the
installed samplomatic differ. Nothing that reads a spec imports this module.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

from qspec.installed import version_of
from qspec.reading.option_models import FOLDER, plain

if TYPE_CHECKING:
    from pathlib import Path

Schema = dict[str, Any]
PATH = FOLDER / "boxing.json"


def generate() -> dict[str, Any]:
    """The content of the file: samplomatic's version, and the arguments as a JSON Schema fragment."""
    from samplomatic.transpiler import generate_boxing_pass_manager as function

    documented = dict(_arguments(inspect.getdoc(function) or ""))
    hints = get_type_hints(function)
    properties = {
        name: {**_type(hints[name]), "default": parameter.default, "description": documented[name]}
        for name, parameter in inspect.signature(function).parameters.items()
    }
    return {
        "samplomatic": version_of("samplomatic"),
        "schema": {
            "title": "the boxing settings",
            "type": "object",
            "description": "How operations are grouped into twirled boxes: the arguments of samplomatic's "
            "generate_boxing_pass_manager.",
            "properties": properties,
            "additionalProperties": False,
        },
    }


def write() -> Path:
    """Write the file; returns its path."""
    PATH.write_text(json.dumps(generate(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return PATH


def _type(hint: Any) -> Schema:
    """Words, or true and false. Where true and false stand beside words, samplomatic has deprecated them."""
    if hint is bool:
        return {"type": "boolean"}
    if get_origin(hint) is not Literal:
        raise TypeError(f"an argument of a new type: {hint}")
    return {"enum": [word for word in get_args(hint) if not isinstance(word, bool)]}


def _arguments(docstring: str) -> list[tuple[str, str]]:
    """Each argument of a docstring in Google's style, with its description without markup."""
    section = re.search(r"^Args:\n(.*?)^\S", docstring, re.DOTALL | re.MULTILINE)
    parts = re.split(r"^    (\w+): ", section[1] if section else "", flags=re.MULTILINE)
    return [(name, _plain(text)) for name, text in zip(parts[1::2], parts[2::2], strict=True)]


def _plain(text: str) -> str:
    text = re.sub(r"\s*Boolean values are deprecated.*", "", text, flags=re.DOTALL)
    first, _, rest = text.partition("\n")
    return plain(f"{first}\n{inspect.cleandoc(rest)}")


if __name__ == "__main__":
    sys.stdout.write(f"{write()}\n")
