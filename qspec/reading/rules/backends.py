"""The fake backend that a spec names must be one of the installed runtime's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.diagnostics import Diagnostic
from qspec.errors import UsageError
from qspec.simulation.fake_data import find_device

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NAMES_A_FAKE_BACKEND = {"fake": "name", "aer": "noise_from"}


def check_backend(data: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """A name that no fake backend has. Neither Qiskit nor the runtime is imported: the backends' files are looked at."""
    backend = data.get("backend")
    kind = backend.get("kind") if isinstance(backend, dict) else None
    key = _NAMES_A_FAKE_BACKEND.get(kind, "") if isinstance(kind, str) else ""
    name = backend.get(key) if isinstance(backend, dict) else None
    if isinstance(name, str):
        try:
            find_device(name)
        except UsageError as error:
            yield Diagnostic(code="unknown-backend", message=str(error), label=error.advice, route=("backend", key))
