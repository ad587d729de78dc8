"""Sessions and batches of the service: what jobs are submitted in, beside a backend itself."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from qspec.errors import ServiceError, UsageError
from qspec.service.login import api_client

if TYPE_CHECKING:
    from qiskit_ibm_runtime import Batch, Session

    from qspec.service.account import Service
    from qspec.service.backend import RemoteBackend

_REFUSALS = frozenset({400, 403, 409, 422})
"""Answers that say that a session like this cannot be had, now or later."""


def open_session(backend: RemoteBackend, *, mode: str, max_time: int | None) -> Session | Batch:
    """Open a session, or a batch for `mode: batch`; `max_time` in seconds.

    Raises `UsageError` when the service gives none of this kind, `ServiceError` when it does not answer. An answer that is lost may leave an empty session behind, which the service ends by itself and does not charge.
    """
    service = backend.service
    for number in range(service.patience.attempts):
        try:
            with service.calling(f"cannot open a {mode}"):
                session = _kind(mode)(backend=backend.runtime, max_time=max_time)
                if not session.session_id:
                    raise ServiceError(f"cannot open a {mode}: the answer has no ID of it")
                return session
        except ServiceError as error:
            if service.transport.last_status in _REFUSALS:
                advice = "see 'execution' in the spec: its mode and max_time are what the service was asked for"
                raise UsageError(str(error), advice=advice) from error
            if number == service.patience.attempts - 1 or service.transport.last_status in (401, 404):
                raise
            service.patience.pause(number)
    raise AssertionError("unreachable")


def find_session(service: Service, session_id: str, *, mode: str) -> Session | Batch | None:
    """The session of an earlier process, or None when it takes no more jobs. Raises `ServiceError`."""
    from qiskit.providers.exceptions import QiskitBackendNotFoundError

    try:
        with service.calling(f"cannot find the {mode} {session_id}"):
            try:
                session = _kind(mode).from_id(session_id, service.client)
            except QiskitBackendNotFoundError:
                if service.transport.last_error:  # the client takes a list that it could not read for an empty one
                    raise
                return None  # the account has lost the backend: nothing more can be sent there
            details = session.details() or {}
    except ServiceError:
        if service.transport.last_status == HTTPStatus.NOT_FOUND:
            return None
        raise
    over = details.get("accepting_jobs") is False or str(details.get("state")).lower() == "closed"
    return None if over else session


def close_session(service: Service, session_id: str) -> None:
    """Let a session or batch take no more jobs; those that it has are run. Raises `ServiceError`.

    One that the service does not know is closed. By its ID alone: the client's own object needs its backend, which the
    account may have lost.
    """
    with service.calling(f"the session {session_id} is still open, and cannot be closed"):
        api_client(service.client).close_session(session_id)


def _kind(mode: str) -> Any:
    from qiskit_ibm_runtime import Batch, Session

    return Batch if mode == "batch" else Session
