"""Settings of the service that a local run passes over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.diagnostics import Diagnostic, Route

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def check_execution(data: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Execution modes, which have no effect on the backends of this version: all of them are local."""
    execution = data.get("execution")
    if not isinstance(execution, dict):
        return
    mode = execution.get("mode")
    if mode in ("batch", "session"):
        yield _no_effect(f"execution mode '{mode}' has no effect: the jobs run on this machine", ("execution", "mode"))
    if isinstance(execution.get("max_time"), (int, float)):
        yield _no_effect("max_time has no effect: it ends a batch or a session", ("execution", "max_time"))


def _no_effect(message: str, route: Route) -> Diagnostic:
    return Diagnostic(code="no-effect", message=message, route=route, severity="warning")
