"""The functions of an installed package, read from its source text without importing it.

Importing Qiskit takes half a second; that a library circuit's name or argument is misspelt can be said sooner.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from qspec.frozen import frozen

_NAME = re.compile(r"^def ([a-z]\w*)\(", re.MULTILINE)
_END_OF_HEADER = re.compile(r"\)(?: *-> *[^\n]+)?:\n")


@frozen
class Signature:
    """The arguments of a function: their annotations by name, in order, and which of them must be given."""

    arguments: dict[str, str]
    required: frozenset[str]
    returns: str


@cache
def function_names(package: str, folder: str) -> tuple[str, ...]:
    """The public functions at the top level of the modules in `folder` of `package`; none if it is not installed."""
    return tuple(
        sorted({name for path in _modules(package, folder) for name in _NAME.findall(path.read_text("utf-8"))})
    )


@cache
def find_function(package: str, folder: str, name: str) -> Signature | None:
    """The signature of one of these functions, or None when there is no such function."""
    for path in sorted(_modules(package, folder), key=lambda path: path.stem != name):
        text = path.read_text("utf-8")
        start = text.find(f"\ndef {name}(")
        end = _END_OF_HEADER.search(text, start) if start >= 0 else None
        if end:
            return _signature(ast.parse(f"{text[start : end.end()]}    pass").body[0])
    return None


def _modules(package: str, folder: str) -> list[Path]:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return []
    return sorted((Path(spec.origin).parent / folder).rglob("*.py"))


def _signature(function: Any) -> Signature:
    arguments = [*function.args.posonlyargs, *function.args.args]
    needed = arguments[: len(arguments) - len(function.args.defaults)]
    pairs = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    needed += [argument for argument, default in pairs if default is None]
    return Signature(
        arguments={item.arg: _text(item.annotation) for item in [*arguments, *function.args.kwonlyargs]},
        required=frozenset(item.arg for item in needed),
        returns=_text(function.returns),
    )


def _text(node: ast.expr | None) -> str:
    return ast.unparse(node) if node is not None else ""
