"""The fake backend that a spec names must be one of the installed runtime's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.diagnostics import Diagnostic
from qspec.errors import UsageError
from qspec.simulation.fake_data import find_device

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NAMES_A_FAKE_BACKEND = {"fake": "name", "aer": "noise_from"}


def check_choice(data: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """A backend of the service is named, or left to `least_busy`: one of the two. Code: backend-choice."""
    backend = data.get("backend")
    if not isinstance(backend, dict) or backend.get("kind") != "ibm":
        return
    said = [key for key in ("name", "least_busy") if key in backend]
    if len(said) == 2:
        message = "a backend has a name, or is chosen by least_busy, not both"
        yield Diagnostic(code="backend-choice", message=message, route=("backend", "least_busy"), on_key=True)
    elif not said:
        message = "a backend of kind ibm needs 'name' or 'least_busy'"
        label = "name: ibm_fez, or least_busy: {min_num_qubits: 100}"
        yield Diagnostic(code="backend-choice", message=message, label=label, route=("backend",), on_key=True)


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
