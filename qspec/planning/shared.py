"""What the points of a sweep have in common is made once: log-ins, open backends, and circuits as they are built."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from qspec.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from qspec.planning.circuits import Built
    from qspec.planning.reuse import Reuse
    from qspec.service.account import Service
    from qspec.service.backend import RemoteBackend
    from qspec.simulation.local import LocalBackend


@frozen(kw_only=False)
class Shared:
    """Backends by what the spec says of them, circuits by all that they are built from; `reuse` has what was transpiled."""

    reuse: Reuse
    circuits: dict[str, Built] = field(default_factory=dict)
    _backends: dict[str, LocalBackend | RemoteBackend] = field(default_factory=dict)
    _services: dict[str, Service] = field(default_factory=dict)

    def backend(self, wanted: Any, opening: Callable[[], LocalBackend | RemoteBackend]) -> LocalBackend | RemoteBackend:
        """The backend that is wanted, opened where no point has asked for the same. Raises what `opening` raises."""
        key = repr(wanted)
        if key not in self._backends:
            self._backends[key] = opening()
        return self._backends[key]

    def service(self, wanted: Any) -> Service:
        """The open service of a backend that is wanted: one for all that are reached by the same account.

        Raises `ServiceError`.
        """
        key = repr(wanted.login)
        if key not in self._services:
            self._services[key] = wanted.log_in()
        return self._services[key]
