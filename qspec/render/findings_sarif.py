"""Findings as SARIF 2.1.0, which code scanning services and editors read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from qspec.render.explanations import plain_words
from qspec.render.workspace import in_workspace, place_without_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qspec.diagnostics import Diagnostic, Related, Span
    from qspec.reading.explanations import Explanation

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render_sarif(
    findings: Sequence[Diagnostic], *, rules: Mapping[str, Explanation], version: str, failures: Sequence[str] = ()
) -> str:
    """The findings as one SARIF log.

    `rules` maps codes to their explanations; `version` is that of qspec. Columns count in
    unicode code points; paths are relative to the root of the checkout (`%SRCROOT%`). `failures` say why the command
    could not do what it should: they are about no line of a file.
    """
    codes = sorted({finding.code for finding in findings})
    driver = {"name": "qspec", "version": version, "rules": [_rule(code, rules.get(code)) for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, codes.index(finding.code)) for finding in findings],
        **({"invocations": [_invocation(failures)]} if failures else {}),
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _invocation(failures: Sequence[str]) -> dict[str, Any]:
    said = [{"level": "error", "message": {"text": failure}} for failure in failures]
    return {"executionSuccessful": False, "toolExecutionNotifications": said}


def _rule(code: str, explanation: Explanation | None) -> dict[str, Any]:
    if explanation is None:
        return {"id": code}
    said = plain_words(explanation.why)
    return {
        "id": code,
        "shortDescription": {"text": explanation.title},
        "fullDescription": {"text": said},
        "help": {"text": said, "markdown": explanation.why},
    }


def _result(finding: Diagnostic, rule: int) -> dict[str, Any]:
    place = place_without_file(finding.span) if finding.span else f"at {finding.place}"
    others = [(other, place_without_file(other.span)) for other in finding.related]
    elsewhere = [f"{said}: {other.label}" for other, said in others if said]
    lines = [finding.message, place, finding.label, *elsewhere, *finding.notes]
    framed = [other for other, said in others if other.span and not said]
    related = [_related(number, other) for number, other in enumerate(framed, 1)]
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": finding.severity,
        "message": {"text": "\n".join(line for line in lines if line)},
        "locations": [{"physicalLocation": _physical(finding.span)}] if finding.span and not place else [],
        **({"relatedLocations": related} if related else {}),
    }


def _related(number: int, place: Related) -> dict[str, Any]:
    physical = {"physicalLocation": _physical(place.span)} if place.span else {}
    return {"id": number, "message": {"text": place.label}, **physical}


def _physical(span: Span) -> dict[str, Any]:
    region = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
    return {"artifactLocation": _artifact(in_workspace(span.path)), "region": region}


def _artifact(path: str) -> dict[str, str]:
    if Path(path).is_absolute():
        return {"uri": f"file://{quote(path, errors='surrogateescape')}"}
    return {"uri": quote(path, errors="surrogateescape"), "uriBaseId": "%SRCROOT%"}
