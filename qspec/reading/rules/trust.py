"""Python code that a spec names: it runs only when the person at the keyboard says that they trust it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.diagnostics import Diagnostic, clipped
from qspec.reading.rules.entries import entries

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def check_trust(data: Mapping[str, Any], *, trust: bool) -> Iterator[Diagnostic]:
    """Every place that names code, unless the person trusts it. Nothing is imported. Code: untrusted."""
    for route, job in entries(data, "jobs"):
        named = job.get("result_decoder")
        if not trust and isinstance(named, str):
            yield Diagnostic(
                code="untrusted",
                message=f"'{clipped(named)}' is Python code that the spec would run",
                route=(*route, "result_decoder"),
                label="read it first; --trust lets it run",
            )
