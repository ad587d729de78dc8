"""What a person keeps for the runtime's client, the saved account file and the environment: read here, never written."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from qspec.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

INSTANCE = "QISKIT_IBM_INSTANCE"
_KEY = "QISKIT_IBM_TOKEN"
_URLS = (
    "QISKIT_IBM_URL",
    "IAM_URL",
    "GLOBAL_SEARCH_URL",
    "GLOBAL_CATALOG_URL",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
)


def account_file() -> Path:
    """Where `QiskitRuntimeService.save_account` keeps accounts, as the runtime documents it."""
    return Path.home() / ".qiskit" / "qiskit-ibm.json"


def has_account(name: str | None) -> bool:
    """Whether there is an account of that name, or for None any. The client would write an empty file to find out.

    Raises `ServiceError` when the file is no account file.
    """
    if name is None and os.environ.get(_KEY):
        return True
    found = _saved()
    return bool(found) if name is None else name in found


def saved_names() -> list[str]:
    """The names of the saved accounts. Raises `ServiceError` when the file is no account file."""
    return sorted(_saved())


def where_the_key_is(name: str | None) -> str:
    """Where the token of an account comes from, in words."""
    return _KEY if name is None and os.environ.get(_KEY) else f"'{account_file()}'"


def instance_in_force() -> str | None:
    """The instance that the environment names; it counts where the token comes from there, too."""
    return os.environ.get(INSTANCE) if os.environ.get(_KEY) else None


def known_secrets() -> Iterator[str]:
    """Every secret of the environment and the account file: tokens, and passwords in URLs."""
    yield os.environ.get(_KEY, "")
    for name in _URLS:
        yield from _passwords(os.environ.get(name, ""))
        yield from _passwords(os.environ.get(name.lower(), ""))
    for account in _saved().values():
        for value in _texts(account):
            yield from _passwords(value)
        yield from (value for key in ("token", "password_ntlm") for value in _texts(_found(account, key)))


def _saved() -> Mapping[str, Any]:
    try:
        data = json.loads(account_file().read_text("utf-8"))
    except OSError:
        return {}
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise ServiceError(f"the account file '{account_file()}' is damaged", advice="save the account again")
    return data


def _passwords(url: str) -> Iterator[str]:
    try:
        password = urlsplit(url).password
    except ValueError:
        return
    if password:
        yield from (password, unquote(password))


def _texts(value: Any) -> Iterator[str]:
    """All texts in JSON data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _found(value: Any, key: str) -> list[Any]:
    """What stands under a key, however deep."""
    if not isinstance(value, dict):
        return []
    here = [value[key]] if key in value else []
    return here + [found for item in value.values() for found in _found(item, key)]
