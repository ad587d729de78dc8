"""The access token of every request, and the way into the runtime's client by which requests travel as we want.

Reaching the client's `requests` sessions takes private names of the runtime (`api_client`, `sessions_of`, held by contract
tests); the rest is the public interface of `requests`. Delete `sessions_of` when QiskitRuntimeService takes an adapter, or
a retry policy; `api_client` when a session can be closed by its ID alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from requests.auth import AuthBase

from qspec.errors import ServiceError
from qspec.service.transport import REFUSED_LOGINS

if TYPE_CHECKING:
    from qiskit_ibm_runtime import QiskitRuntimeService
    from qiskit_ibm_runtime.api.auth import CloudAuth
    from requests import PreparedRequest, Session

    from qspec.service.transport import Transport


class Login(AuthBase):
    """Adds the access token to a request. Where there is none, the request fails: the API key itself is never sent."""

    def __init__(self, cloud: CloudAuth, transport: Transport) -> None:
        self.cloud = cloud
        self.transport = transport
        self._let_go()

    def _let_go(self) -> None:
        """Forget a request that failed: the next caller would wait a minute for its answer."""
        self.cloud.tm.request_time = 0

    def forget(self) -> None:
        """Forget the token, so that the next request asks for a new one."""
        self.cloud.tm.access_token, self.cloud.tm.expire_time = None, 0
        self._let_go()

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """The request with its headers. Raises `ServiceError` when no token can be had."""
        request.headers.update({"Service-CRN": self.cloud.crn, "Authorization": f"Bearer {self._token()}"})
        return request

    def _token(self) -> str:
        for number in range(max(self.transport.repeats, 1)):
            try:
                return str(self.cloud.tm.get_token())
            except Exception as error:  # noqa: BLE001  whatever the token service answers
                self._let_go()
                self.transport.note_login(error)
                if getattr(error, "status_code", None) in REFUSED_LOGINS:
                    break
                self.transport.patience.pause(number)
        raise ServiceError(f"no access token: {self.transport.last_error}")


def install(transport: Transport, client: QiskitRuntimeService) -> None:
    """Let every request of the service object travel by `transport`, with an access token or not at all."""
    for session in sessions_of(client):
        if session.adapters.get("https://") is not transport:
            session.mount("http://", transport)
            session.mount("https://", transport)
            session.auth = Login(session.auth, transport)
            transport.logins[session.auth.cloud.crn] = session.auth


def api_client(client: QiskitRuntimeService) -> Any:
    """The client's own for the REST interface of the instance in force."""
    return client._active_api_client  # noqa: SLF001  see the top of this file


def sessions_of(client: QiskitRuntimeService) -> list[Session]:
    """All sessions of `requests` that the client has, one for each instance that it knows."""
    clients = [api_client(client), *client._api_clients.values()]  # noqa: SLF001  see the top of this file
    return [each._session for each in clients]  # noqa: SLF001
