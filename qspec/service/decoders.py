"""A person's own result decoder: `result_decoder: "package.module:Class"`, imported only with their trust."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from qspec.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

RESULT_DECODER: Mapping[str, Any] = {
    "type": "string",
    "pattern": r"^[A-Za-z_][A-Za-z0-9_.]*:[A-Za-z_][A-Za-z0-9_.]*$(?!\n)",
    "description": "A class that decodes the results of the service, 'package.module:Class': a subclass of the runtime's "
    "ResultDecoder. It is Python code, and runs only with --trust.",
}
"""The piece of schema that every program has for it."""


def load_decoder(name: str, *, trust: bool) -> Any:
    """The decoder class of that name. It runs the module's code: `trust` is what the person at the keyboard said.

    Raises `RefusedError` without trust, `UsageError` when there is no such class, or when it is no `ResultDecoder`.
    """
    if not trust:
        raise RefusedError(f"the result_decoder '{name}' is Python code", advice="read it first; --trust lets it run")
    from qiskit_ibm_runtime.decoders.result_decoder import ResultDecoder

    module, _, attributes = name.partition(":")
    try:
        found: Any = importlib.import_module(module)
    except Exception as error:  # a module may fail in any way; its words are all the user has
        advice = "install its package, or put its folder into PYTHONPATH"
        raise UsageError(f"the result_decoder '{name}' does not load: {_words(error)}", advice=advice) from error
    for attribute in attributes.split("."):
        if not hasattr(found, attribute):
            raise UsageError(f"the result_decoder '{name}' does not load: '{module}' has no '{attributes}'")
        found = getattr(found, attribute)
    if not isinstance(found, type) or not issubclass(found, ResultDecoder):
        raise UsageError(f"the result_decoder '{name}' is not a subclass of the runtime's ResultDecoder")
    return found


def _words(error: Exception) -> str:
    words = str(error) or type(error).__name__
    return words if isinstance(error, ImportError) else f"{type(error).__name__}: {words}"
