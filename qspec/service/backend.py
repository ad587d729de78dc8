"""A backend of the service: what circuits are transpiled for, what it allows, and what of it goes on record."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from qspec.diagnostics import suggestion
from qspec.errors import ServiceError, UsageError
from qspec.simulation.description import describe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qiskit.transpiler import Target
    from qiskit_ibm_runtime import IBMBackend

    from qspec.service.account import Service

MOST_SECONDS = 3 * 3600
"""QPU seconds that the service gives one job, documented."""

MOST_BYTES = 50_000_000
"""Bytes of a job's inputs that the service takes, documented."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which backend of an account: by name, or the least busy one that fits. See `qspec.backends.ibm`."""

    name: str | None = None
    least_busy: Mapping[str, Any] | None = None
    use_fractional_gates: bool = False
    calibration_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """What the instance has left, in QPU seconds; None where it has no limit or does not say. `exhausted`: nothing."""

    remaining: float | None = None
    exhausted: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteBackend:
    """A backend of the service. `target` is what circuits are transpiled for; `runtime` is the runtime's own object.

    `instance` is the cloud resource name of what pays; `source` says where target and calibration come from.
    """

    remote: ClassVar[bool] = True

    kind: str
    name: str
    target: Target
    runtime: IBMBackend
    service: Service
    instance: str
    source: Mapping[str, Any] = field(default_factory=dict)

    @property
    def most_circuits(self) -> int | None:
        """How many PUBs the backend takes in one job; None where it does not say."""
        said = getattr(self.runtime.configuration(), "max_experiments", None)
        return int(said) if said else None

    @property
    def most_shots(self) -> int | None:
        """How many shots of a circuit it takes; None where it does not say."""
        said = getattr(self.runtime.configuration(), "max_shots", None)
        return int(said) if said else None

    def usage(self) -> Usage:
        """What the instance has left. Raises `ServiceError`."""
        with self.service.calling("cannot read the instance's usage"):
            said = self.service.client.usage()
        remaining = said.get("usage_remaining_seconds")
        exhausted = bool(said.get("usage_limit_reached")) or (remaining is not None and remaining <= 0)
        return Usage(remaining=None if remaining is None else float(remaining), exhausted=exhausted)

    def description(self) -> dict[str, Any]:
        """What `backend.json` records: JSON data, times in seconds, frequencies in hertz, with the whole calibration."""
        return {
            "kind": self.kind,
            "name": self.name,
            "source": dict(self.source),
            "calibration": calibration_of(self.runtime.properties()),
            **describe(self.target),
        }


def calibration_of(properties: Any) -> dict[str, Any] | None:
    """A device's properties as JSON data, dates in UTC; None where the backend has none."""
    return None if properties is None else _dated(properties.to_dict())


def _dated(value: Any) -> Any:
    if isinstance(value, datetime):
        return spoken(value)
    if isinstance(value, dict):
        return {str(key): _dated(item) for key, item in value.items()}
    return [_dated(item) for item in value] if isinstance(value, (list, tuple)) else value


def spoken(time: datetime) -> str:
    """A date of the service as records write it: UTC, ISO 8601."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def open_backend(service: Service, wanted: Wanted, *, kind: str) -> RemoteBackend:
    """The backend that is wanted. Raises `UsageError` for a name that the account has not, else `ServiceError`."""
    name = wanted.name or _least_busy(service, wanted)
    runtime = _backend(service, wanted, name) or _backend_anew(service, wanted, name)
    with service.calling(f"cannot read the backend '{name}'"):
        target, status, properties = runtime.target, runtime.status(), runtime.properties()
    source: dict[str, Any] = {
        "service": "IBM Quantum Platform",
        "instance": str(service.client.active_instance()),
        "backend_version": runtime.backend_version,
        "calibration": None if properties is None else spoken(properties.last_update_date),
        "status": status.status_msg,
        "pending_jobs": status.pending_jobs,
    }
    if wanted.least_busy is not None and wanted.name is None:
        source["chosen"] = {"least_busy": dict(wanted.least_busy)}
    if wanted.use_fractional_gates:
        source["use_fractional_gates"] = True
    if wanted.calibration_id is not None:
        source["calibration_id"] = wanted.calibration_id
    return RemoteBackend(
        kind=kind,
        name=name,
        target=target,
        runtime=runtime,
        service=service,
        instance=source["instance"],
        source=source,
    )


def _least_busy(service: Service, wanted: Wanted) -> str:
    filters = dict(wanted.least_busy or {})
    names = filters.pop("names", None)
    only = (lambda backend: backend.name in names) if names else None
    with service.calling("cannot choose the least busy backend"):
        return str(service.client.least_busy(filters=only, **filters).name)


def _backend(service: Service, wanted: Wanted, name: str) -> IBMBackend | None:
    """The runtime's object, or None when the client knows no backend at all: then it could not read the list.

    Raises `UsageError` when there are others, and not this one.
    """
    from qiskit.providers.exceptions import QiskitBackendNotFoundError

    with service.calling(f"cannot open the backend '{name}'"):
        try:
            return service.client.backend(
                name, use_fractional_gates=wanted.use_fractional_gates, calibration_id=wanted.calibration_id
            )
        except QiskitBackendNotFoundError:
            unread = service.transport.last_status != HTTPStatus.NOT_FOUND and service.transport.last_error
            if unread:  # the client takes a list that it could not read for an empty one
                raise ServiceError(f"cannot open the backend '{name}': {service.transport.last_error}") from None
    with service.calling("cannot list the backends of the account"):
        names = sorted({backend.name for backend in service.client.backends()})
    if not names:
        return None
    advice = suggestion(name, names) or f"it can use {', '.join(names)}"
    raise UsageError(f"no backend '{name}' on this account", advice=advice)


def _backend_anew(service: Service, wanted: Wanted, name: str) -> IBMBackend:
    """The same after a new log-in: the client remembers an empty list. Raises as `_backend`.

    A list that is empty then is one that could not be read, or that of another instance than the person means.
    """
    service.again()
    found = _backend(service, wanted, name)
    if found is None:
        message = f"cannot open the backend '{name}': the service lists none that the account can use"
        raise ServiceError(message, advice="is it the right instance?")
    return found
