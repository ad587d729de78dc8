"""Bounds of gate angles while transpiling: the runtime's wrappers, imported only when one has to act.

A target may bound the angle of a gate: IBM's devices take rzz from 0 to pi/2. Qiskit's preset pass managers then end
translation with `WrapAngles`, which asks a global registry how to fold an angle that lies outside. Importing
qiskit-ibm-runtime fills that registry (seen in 0.50 and 0.51), and costs most of a second; few circuits need it.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from qiskit.transpiler import Target

_RUNTIME = "qiskit_ibm_runtime"
_Result = TypeVar("_Result")


class _RuntimeNeeded(Exception):
    """An angle has to be folded, and the runtime's wrapper is not there yet."""


def with_angle_wrappers(target: Target, transpile: Callable[[], _Result]) -> _Result:
    """The result of `transpile()`, a call that transpiles for `target`, as it is with the runtime imported.

    It is called a second time if an angle has to be folded; so it must not change what it reads.
    """
    if not target.has_angle_bounds() or _RUNTIME in sys.modules:
        return transpile()
    _ask_for_the_runtime()
    try:
        return transpile()
    except _RuntimeNeeded:
        # Not from within the wrapper: there the registry is borrowed, and the runtime could not write to it.
        importlib.import_module(_RUNTIME)
        return transpile()


def _ask_for_the_runtime() -> None:
    from qiskit.transpiler.passes import WrapAngles

    WrapAngles.DEFAULT_REGISTRY.add_wrapper("rzz", _raise_runtime_needed)


def _raise_runtime_needed(_angles: list[float], _qubits: list[Any]) -> Any:
    raise _RuntimeNeeded
