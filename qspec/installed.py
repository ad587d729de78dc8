"""Versions of the packages that are installed beside qspec."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import Distribution


@cache
def version_of(package: str) -> str | None:
    """The version of an installed package, read once and without importing it; None where it is not installed."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        return _noted(distribution(package))
    except PackageNotFoundError:
        return None


def _noted(package: Distribution) -> str:
    """The version in a package's metadata; `Distribution.version` would parse all of it as an e-mail, slowly."""
    for line in (package.read_text("METADATA") or "").splitlines():
        if line.startswith("Version:"):
            return line.partition(":")[2].strip()
    return package.version
