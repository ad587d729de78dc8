"""The backends of a person's account on the service, as the service describes them now."""

from __future__ import annotations

from typing import Any


def account_backends() -> list[dict[str, Any]]:
    """Name, qubits, queue and status of every backend of the account, those with the fewest qubits first.

    Raises `ServiceError` in plain words: no account, a wrong token, no network.
    """
    from qspec.service.account import Account, open_service
    from qspec.service.patience import patience

    service = open_service(Account(), patience())
    with service.calling("cannot list the backends of the account"):
        found = [_described(backend) for backend in service.client.backends()]
    said: list[dict[str, Any]] = service.secrets.removed_from_data(found)
    return sorted(said, key=lambda backend: (backend["num_qubits"], backend["name"]))


def _described(backend: Any) -> dict[str, Any]:
    status = backend.status()
    return {
        "name": str(backend.name),
        "num_qubits": int(backend.num_qubits),
        "pending_jobs": int(status.pending_jobs),
        "operational": bool(status.operational),
        "status": str(status.status_msg),
    }
