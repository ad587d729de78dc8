"""Findings as one JSON document, for programs.

The document is stable: keys are only ever added, and `version` changes if one should change its meaning.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qspec.diagnostics import Diagnostic, Related, Span

VERSION = 1


def render_json(findings: Sequence[Diagnostic]) -> str:
    """The findings as one JSON document."""
    return json.dumps(findings_data(findings), indent=2) + "\n"


def findings_data(findings: Sequence[Diagnostic]) -> dict[str, Any]:
    """The findings as `{version, findings, counts}`; see `finding_data` for one of them."""
    severities = [finding.severity for finding in findings]
    return {
        "version": VERSION,
        "findings": [finding_data(finding) for finding in findings],
        "counts": {"errors": severities.count("error"), "warnings": severities.count("warning")},
    }


def finding_data(finding: Diagnostic) -> dict[str, Any]:
    """One finding. Lines and columns count from 1, in characters; the end is exclusive; unknown places are null."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "label": finding.label,
        "route": list(finding.route),
        **_place(finding.span),
        "related": [_related(place) for place in finding.related],
        "notes": list(finding.notes),
    }


def _related(place: Related) -> dict[str, Any]:
    return {"label": place.label, **_place(place.span)}


def _place(span: Span | None) -> dict[str, Any]:
    return {
        "path": span.path if span else None,
        "line": span.line if span else None,
        "column": span.column if span else None,
        "endLine": span.end_line if span else None,
        "endColumn": span.end_column if span else None,
    }
