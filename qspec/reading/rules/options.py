"""Options that a local run cannot honour are findings, not silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec import kinds
from qspec.diagnostics import Diagnostic
from qspec.reading.build import backend_of, job_of
from qspec.reading.rules.entries import entries, sound_entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def check_options(data: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Options that the spec's backend cannot honour: errors where they would change what the results mean."""
    backend = sound_entry(kinds.BACKENDS, data.get("backend"))
    surroundings = getattr(backend_of(backend), "surroundings", None) if backend else None
    if surroundings is None:
        return
    for route, entry in entries(data, "jobs"):
        sound = sound_entry(kinds.PROGRAMS, {**entry, "pubs": []})
        unhonoured = getattr(job_of(sound), "unhonoured", None) if sound else None
        if unhonoured is not None:
            for option in unhonoured(surroundings):
                yield Diagnostic(
                    code="unhonoured-option" if option.severity == "error" else "no-effect",
                    message=option.reason,
                    route=(*route, *option.route),
                    severity=option.severity,
                )
