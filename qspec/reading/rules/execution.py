"""Settings of the service that a local run passes over, and those that go together there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec import kinds
from qspec.diagnostics import Diagnostic, Route

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def check_execution(data: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Execution modes on a backend that runs on this machine, where they have no effect, and a time for job mode."""
    execution, backend = data.get("execution"), data.get("backend")
    if not isinstance(execution, dict) or not isinstance(backend, dict):
        return
    mode = execution.get("mode")
    if getattr(_kind(backend), "remote", False):
        if mode in (None, "job") and "max_time" in execution:
            yield _no_effect(
                "max_time has no effect in job mode: it ends a batch or a session", ("execution", "max_time")
            )
        return
    if mode in ("batch", "session"):
        yield _no_effect(f"execution mode '{mode}' has no effect: the jobs run on this machine", ("execution", "mode"))
    if isinstance(execution.get("max_time"), (int, float)):
        yield _no_effect("max_time has no effect: it ends a batch or a session", ("execution", "max_time"))


def _kind(backend: Mapping[str, Any]) -> Any:
    word = backend.get("kind")
    return kinds.BACKENDS.find(word) if isinstance(word, str) and word in kinds.BACKENDS.builtin() else None


def _no_effect(message: str, route: Route) -> Diagnostic:
    return Diagnostic(code="no-effect", message=message, route=route, severity="warning")
