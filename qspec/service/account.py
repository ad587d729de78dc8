"""A service object of the runtime for the person's own account: from the environment, or from the saved account file."""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING, Any

from qspec.diagnostics import suggestion
from qspec.errors import QspecError, ServiceError, reason_of
from qspec.frozen import frozen
from qspec.service.login import install
from qspec.service.saved import (
    INSTANCE,
    has_account,
    instance_in_force,
    known_secrets,
    saved_names,
    where_the_key_is,
)
from qspec.service.secrecy import Secrets
from qspec.service.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qiskit_ibm_runtime import QiskitRuntimeService

    from qspec.service.patience import Patience

_OPENINGS = 4
_LOGIN_SECONDS = 90.0
_KEY_WOULD_BE_SENT = "Unable to retrieve IBM Cloud access token"
_HOW = (
    "set QISKIT_IBM_TOKEN and QISKIT_IBM_INSTANCE, or save an account once:\n"
    "python -c \"from qiskit_ibm_runtime import QiskitRuntimeService as S; S.save_account({name}token='…', instance='…')\""
)
_REFUSALS = frozenset({400, 401, 403})


@frozen
class Account:
    """Which account: the name of a saved one, a channel, an instance (its name or CRN); None where the person's default."""

    account: str | None = None
    channel: str | None = None
    instance: str | None = None

    def arguments(self) -> dict[str, str]:
        """What `QiskitRuntimeService` takes. A key that is not given is left out, so that the environment counts."""
        given = {"name": self.account, "channel": self.channel, "instance": self.instance}
        return {key: value for key, value in given.items() if value is not None}


@dataclass(slots=True)
class Service:
    """An open service: `client` is the runtime's object, `transport` how its requests travel.

    `said` are warnings of the client that a person should see, each once.
    """

    account: Account
    patience: Patience
    client: QiskitRuntimeService
    transport: Transport
    secrets: Secrets
    said: list[str] = field(default_factory=list)

    @contextmanager
    def calling(self, doing: str) -> Iterator[None]:
        """Whatever the client raises within the block becomes a `ServiceError` that says what was being done."""
        install(self.transport, self.client)  # the client makes sessions for further instances when it needs them
        with self.transport.call(), _listening(self.said), _in_plain_words(self, doing):
            yield

    def again(self) -> None:
        """Log in anew: a token that ran out in the middle is not renewed by the client."""
        received = self.transport.received
        fresh = open_service(self.account, self.patience)
        self.client, self.transport, self.secrets = fresh.client, fresh.transport, fresh.secrets
        self.transport.received = received


def open_service(account: Account, patience: Patience) -> Service:
    """Log in. Raises `ServiceError` in plain words: no account, a wrong token, an unknown instance, no network."""
    for number in range(_OPENINGS):
        try:
            return _open(account, patience)
        except _PassingError as error:
            if number == _OPENINGS - 1:
                raise ServiceError(str(error), advice=error.advice) from error
            patience.pause(number)
    raise AssertionError("unreachable")


class _PassingError(ServiceError):
    """A trouble at log-in that may be over in a moment."""


def _open(account: Account, patience: Patience) -> Service:
    from qiskit_ibm_runtime import QiskitRuntimeService

    secrets = Secrets()
    for secret in known_secrets():
        secrets.add(secret)
    if not has_account(account.account):
        raise _no_account(account)
    said: list[str] = []
    with _listening(said), _login_errors(account, secrets):
        client = _in_time(partial(QiskitRuntimeService, **account.arguments()))
        _learn(secrets, client)
    transport = Transport(patience, secrets)
    install(transport, client)
    return Service(account=account, patience=patience, client=client, transport=transport, secrets=secrets, said=said)


def _in_time(log_in: Callable[[], QiskitRuntimeService]) -> QiskitRuntimeService:
    """What `log_in` gives or raises. Raises `TimeoutError` when it takes too long: the client itself waits for ever."""
    ended: Queue[tuple[Any, Exception | None]] = Queue()

    def work() -> None:
        try:
            ended.put((log_in(), None))
        except Exception as error:  # noqa: BLE001  raised again where it is waited for
            ended.put((None, error))

    Thread(target=work, daemon=True).start()
    try:
        client, error = ended.get(timeout=_LOGIN_SECONDS)
    except Empty:
        raise TimeoutError("the service does not answer") from None
    if error is not None:
        raise error
    return client


def _learn(secrets: Secrets, client: QiskitRuntimeService) -> None:
    known = client.active_account() or {}
    secrets.add(known.get("token"))


@contextmanager
def _listening(said: list[str]) -> Iterator[None]:
    """Keep the client's warnings for the person; its log lines, which name instances and plans, stay silent.

    One of its warnings is stopped before it happens: without an access token it would send the API key itself.
    """
    logger = logging.getLogger("qiskit_ibm_runtime")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            warnings.filterwarnings("error", message=_KEY_WOULD_BE_SENT)
            try:
                yield
            finally:
                for warning in caught:
                    _keep(said, warning)
    finally:
        logger.setLevel(level)


def _keep(said: list[str], warning: warnings.WarningMessage) -> None:
    text = " ".join(str(warning.message).split())
    if issubclass(warning.category, (DeprecationWarning, PendingDeprecationWarning)):
        return
    if text not in said:
        said.append(text)


@contextmanager
def _login_errors(account: Account, secrets: Secrets) -> Iterator[None]:
    try:
        yield
    except QspecError:
        raise
    except Exception as error:
        raise _worded_login(error, account, secrets) from error


def _no_account(account: Account) -> ServiceError:
    if account.account is None:
        return ServiceError("there is no account of IBM Quantum Platform here", advice=_HOW.format(name=""))
    names = saved_names()
    advice = suggestion(account.account, names) or (f"saved accounts: {', '.join(names)}" if names else "none is saved")
    how = _HOW.format(name=f"name='{account.account}', ").rpartition("\n")[2]
    return ServiceError(f"there is no saved account '{account.account}' here", advice=f"{advice}; to save it:\n{how}")


def _worded_login(error: Exception, account: Account, secrets: Secrets) -> ServiceError:
    from qiskit_ibm_runtime.accounts.exceptions import AccountNotFoundError
    from qiskit_ibm_runtime.exceptions import IBMInputValueError

    known = (getattr(each, "status_code", None) for each in _chain(error))
    status = next(filter(None, known), None)
    if isinstance(error, AccountNotFoundError):
        return _no_account(account)
    if isinstance(error, IBMInputValueError):
        said = secrets.removed_from(instance_in_force() or "")
        which = f"'{account.instance}'" if account.instance else f"'{said}' (from {INSTANCE})" if said else "it names"
        advice = "see the instances of the account at https://quantum.cloud.ibm.com/instances"
        return ServiceError(f"the account cannot use the instance {which}", advice=advice)
    if status in _REFUSALS:
        advice = "is it the right one, and alive? a new one: https://quantum.cloud.ibm.com"
        source = where_the_key_is(account.account)
        return ServiceError(f"the service does not accept the account's token, which is in {source}", advice=advice)
    reason = reason_in(list(_chain(error))[-1], secrets)
    return _PassingError(f"cannot log in to the service: {reason}", advice="is the network up?")


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def reason_in(error: BaseException, secrets: Secrets) -> str:
    """What an exception says, in one line without secrets. They are removed before it is cut: half a secret is one too.

    What Python says of an answer that has not what the client looks for is no word of the service.
    """
    if isinstance(error, (AttributeError, LookupError, TypeError)):
        return "the answer makes no sense"
    if isinstance(error, OSError) and error.strerror:
        return reason_of(error)
    said = " ".join(secrets.removed_from(str(getattr(error, "message", "") or error)).split()).rstrip(".")
    said = said or type(error).__name__
    return f"{said[:1].lower()}{said[1:300]}"


@contextmanager
def _in_plain_words(service: Service, doing: str) -> Iterator[None]:
    try:
        yield
    except QspecError:
        raise
    except Exception as error:
        transport = service.transport
        reason = transport.last_error or reason_in(error, service.secrets)
        raise ServiceError(f"{doing}: {reason}", advice=_advice(transport.last_status)) from error


def _advice(status: int | None) -> str:
    if status in (401, 403):
        return "the service does not accept the account any more, or it may not do this"
    return ""
