"""A backend of the service: what circuits are transpiled for, what it allows, and what of it goes on record."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from qspec.diagnostics import suggestion
from qspec.errors import BackendError, ServiceError
from qspec.frozen import frozen
from qspec.simulation.description import describe

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from qiskit.transpiler import Target
    from qiskit_ibm_runtime import IBMBackend

    from qspec.service.account import Service

MOST_SECONDS = 3 * 3600
"""QPU seconds that the service gives one job, documented."""

_MOCK = "mock_"
"""How the names of backends for dry runs begin."""

MOST_EXECUTIONS = 10_000_000
"""Executions of circuits, shot by shot, that the service takes in one job, documented."""

MOST_BYTES = 50_000_000
"""Bytes of a job's inputs that the service takes, documented."""


@frozen
class Wanted:
    """Which backend of an account: by name, or the least busy one that fits. See `qspec.backends.ibm`."""

    name: str | None = None
    least_busy: Mapping[str, Any] | None = None
    use_fractional_gates: bool = False
    calibration_id: str | None = None


@frozen
class Usage:
    """What the instance has left, in QPU seconds; None where it has no limit or does not say. `exhausted`: nothing."""

    remaining: float | None = None
    exhausted: bool = False


@dataclass(frozen=True, kw_only=True)
class RemoteBackend:
    """A backend of the service. All but its name is asked for when it is first needed.

    A run whose jobs are all sent needs nothing of it, and the account may have lost it since. The properties raise
    `BackendError` for what the account has not, and `ServiceError` when the service does not say.
    """

    remote: ClassVar[bool] = True

    kind: str
    name: str
    service: Service
    wanted: Wanted

    @cached_property
    def runtime(self) -> IBMBackend:
        """The runtime's own object."""
        return _backend(self.service, self.wanted, self.name) or _backend_anew(self.service, self.wanted, self.name)

    @cached_property
    def instance(self) -> str:
        """The cloud resource name of what pays: where the account leaves it open, the one that has the backend."""
        assert self.runtime is not None  # noqa: S101  opening it is what settles the instance
        return str(self.service.client.active_instance())

    @cached_property
    def target(self) -> Target:
        """What circuits are transpiled for."""
        runtime = self.runtime
        with self._reading():
            return runtime.target

    @cached_property
    def source(self) -> Mapping[str, Any]:
        """Where target and calibration come from, and what was asked for."""
        runtime = self.runtime
        with self._reading():
            status, properties = runtime.status(), runtime.properties()
        source: dict[str, Any] = {
            "service": "IBM Quantum Platform",
            "instance": self.instance,
            "backend_version": runtime.backend_version,
            "calibration": None if properties is None else spoken(properties.last_update_date),
            "status": status.status_msg,
            "pending_jobs": status.pending_jobs,
        }
        wanted = self.wanted
        if wanted.least_busy is not None and wanted.name is None:
            source["chosen"] = {"least_busy": dict(wanted.least_busy)}
        if wanted.use_fractional_gates:
            source["use_fractional_gates"] = True
        if wanted.calibration_id is not None:
            source["calibration_id"] = wanted.calibration_id
        said: dict[str, Any] = self.service.secrets.removed_from_data(source)
        return said

    def _reading(self) -> AbstractContextManager[None]:
        return self.service.calling(f"cannot read the backend '{self.name}'")

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
        told = said.get("usage_remaining_seconds") if isinstance(said, dict) else None
        number = isinstance(told, (int, float)) and not isinstance(told, bool) and math.isfinite(told)
        remaining = float(told) if number else None  # type: ignore[arg-type]  # a number
        reached = isinstance(said, dict) and said.get("usage_limit_reached") is True
        return Usage(remaining=remaining, exhausted=reached or (remaining is not None and remaining <= 0))

    def description(self) -> dict[str, Any]:
        """What `backend.json` records: JSON data, times in seconds, frequencies in hertz, with the whole calibration."""
        source, target = dict(self.source), describe(self.target)
        with self._reading():
            calibration = calibration_of(self.runtime.properties())
        known = {"kind": self.kind, "name": self.name, "source": source, "calibration": calibration, **target}
        data: dict[str, Any] = self.service.secrets.removed_from_data(known)
        return data


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
    """The backend that is wanted, with everything known of it. Raises as its properties do."""
    name = wanted.name or _least_busy(service, wanted)
    backend = RemoteBackend(kind=kind, name=name, service=service, wanted=wanted)
    assert backend.target is not None and backend.source  # noqa: S101, PT018  asked for now, for errors to show now
    return backend


def _least_busy(service: Service, wanted: Wanted) -> str:
    from qiskit.providers.exceptions import QiskitBackendNotFoundError

    filters = dict(wanted.least_busy or {})
    names = filters.pop("names", None)
    only = (lambda backend: backend.name in names) if names else None
    with service.calling("cannot choose the least busy backend"):
        try:
            return str(service.client.least_busy(filters=only, **filters).name)
        except QiskitBackendNotFoundError:
            if service.transport.last_error:  # the client takes a list that it could not read for an empty one
                raise
        known = {backend.name: backend.num_qubits for backend in service.client.backends()}
    said = ", ".join(f"{name} with {qubits} qubits" for name, qubits in sorted(known.items()))
    advice = f"it can use {said}" if said else "it can use none: is it the right instance?"
    raise BackendError("no backend of this account that is online fits", key="least_busy", advice=advice)


def _backend(service: Service, wanted: Wanted, name: str) -> IBMBackend | None:
    """The runtime's object, or None when the client could make none of the answers, about this backend or of any.

    Raises `BackendError` when there are others, and not this one, or when it is not as the spec wants it.
    """
    from qiskit.providers.exceptions import QiskitBackendNotFoundError
    from qiskit_ibm_runtime.exceptions import IBMInputValueError

    with service.calling(f"cannot open the backend '{name}'"):
        try:
            return service.client.backend(
                name, use_fractional_gates=wanted.use_fractional_gates, calibration_id=wanted.calibration_id
            )
        except QiskitBackendNotFoundError:
            missing = service.transport.last_status == HTTPStatus.NOT_FOUND
            if (
                service.transport.last_error and not missing
            ):  # the client takes a list that it could not read for an empty one
                raise ServiceError(f"cannot open the backend '{name}': {service.transport.last_error}") from None
        except IBMInputValueError as error:
            if not wanted.use_fractional_gates:
                raise
            raise BackendError(f"{name} has no fractional gates", key="use_fractional_gates") from error
    names = _names(service)
    if name in names and missing and wanted.calibration_id is not None:
        raise BackendError(f"{name} has no calibration '{wanted.calibration_id}'", key="calibration_id")
    if not names or name in names:
        return None
    advice = suggestion(name, names) or f"it can use {', '.join(names)}"
    raise BackendError(f"no backend '{name}' on this account", key="name", advice=advice)


def _names(service: Service) -> list[str]:
    with service.calling("cannot list the backends of the account"):
        known = {backend.name for backend in service.client.backends()}
    return sorted(known | {name for name in service.transport.listed if not name.startswith(_MOCK)})


def _backend_anew(service: Service, wanted: Wanted, name: str) -> IBMBackend:
    """The same after a new log-in: the client remembers an empty list. Raises as `_backend`.

    A list that is empty then is one that could not be read, or that of another instance than the person means.
    """
    service.again()
    found = _backend(service, wanted, name)
    if found is None:
        names = _names(service)
        said = (
            "the answers about it make no sense" if name in names else "the service lists none that the account can use"
        )
        raise ServiceError(f"cannot open the backend '{name}': {said}", advice="is it the right instance?")
    return found
