"""The report of a bug: a file with what is needed to find it, and no secrets."""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING

from qspec.installed import version_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_PACKAGES = ("qspec-runner", "qiskit", "qiskit-aer", "qiskit-ibm-runtime", "numpy", "pyyaml", "jsonschema", "click")
_SECRET_NAME = re.compile(r"token|secret|passw|api_?key|credential|authorization|_key$", re.IGNORECASE)
_SECRET_PAIR = re.compile(
    r"((?:token|secret|passw(?:or)?d|api_?key|credential|authorization)[\w.-]*[\"']?\s*[=:]\s*[\"']?)[^\s\"',;&]+",
    re.IGNORECASE,
)
_USERINFO = re.compile(r"(?<=://)[^/@\s]+(?=@)")
_REMOVED = "[removed]"
_SHORTEST_SECRET = 6


def write_report(error: BaseException, arguments: Sequence[str]) -> str:
    """Write the report into the folder for temporary files, readable by its owner alone; returns its path.

    Where no file can be written, the report goes to stderr.
    """
    text = _without_saved("\n".join(_lines(error, arguments)))
    try:
        handle, path = tempfile.mkstemp(prefix="qspec-bug-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError:
        sys.stderr.write(text)
        return "above"
    return path


def _without_saved(text: str) -> str:
    """The text without secrets, those of saved accounts among them."""
    from qspec.errors import QspecError
    from qspec.service.saved import known_secrets
    from qspec.service.secrecy import Secrets

    secrets = Secrets()
    with suppress(QspecError):  # a damaged account file; what the environment has is known all the same
        for secret in known_secrets():
            secrets.add(secret)
    return secrets.removed_from(without_secrets(text, os.environ))


def _lines(error: BaseException, arguments: Sequence[str]) -> Iterator[str]:
    yield "This report of a bug in qspec holds a traceback, versions and the command line."
    yield f"command: qspec {' '.join(map(repr, arguments))}"
    yield f"python: {platform.python_version()} on {platform.platform()}"
    yield from (f"{name}: {version_of(name) or 'not installed'}" for name in _PACKAGES)
    yield ""
    yield from "".join(traceback.format_exception(error)).splitlines()
    yield ""


def without_secrets(text: str, environment: Mapping[str, str]) -> str:
    """The text without values of environment variables, settings and URLs that look like secrets."""
    secrets = [value for name, value in environment.items() if _SECRET_NAME.search(name)]
    for value in sorted((value for value in secrets if len(value) >= _SHORTEST_SECRET), key=len, reverse=True):
        text = text.replace(value, _REMOVED)
    return _USERINFO.sub(_REMOVED, _SECRET_PAIR.sub(rf"\1{_REMOVED}", text))
