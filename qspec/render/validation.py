"""What `qspec validate` found out about specs, in each of its formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qspec.diagnostics import has_errors
from qspec.render.look import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qspec.diagnostics import Diagnostic
    from qspec.reading.reports import Report
    from qspec.render.look import Look


def is_valid(report: Report) -> bool:
    """Whether a spec has no errors."""
    return not has_errors(report.findings)


def render_validation(reports: Sequence[Report], form: str, *, look: Look, volume: int = 0) -> str:
    """The reports of checking specs as `text`, `json`, `github`, `sarif` or `junit`. Equal findings are shown once,
    but in JUnit with each spec.
    """
    findings = list({finding: None for report in reports for finding in report.findings})
    if form == "json":
        from qspec.render.findings_json import render_json

        return render_json(findings)
    if form == "github":
        from qspec.render.findings_github import render_github

        return render_github(findings)
    if form == "junit":
        from qspec.render.junit import render_junit
        from qspec.render.suites import suite_of_reports

        return render_junit([suite_of_reports(reports)])
    return _sarif(findings) if form == "sarif" else _text(reports, findings, look, volume)


def _sarif(findings: Sequence[Diagnostic]) -> str:
    from qspec import __version__
    from qspec.reading.explanations import EXPLANATIONS
    from qspec.render.findings_sarif import render_sarif

    return render_sarif(findings, rules=EXPLANATIONS, version=__version__)


def _text(reports: Sequence[Report], findings: Sequence[Diagnostic], look: Look, volume: int) -> str:
    said = _said(reports, findings, look) if findings else ""
    return said if volume < 0 else said + _good_news(reports, volume)


def _said(reports: Sequence[Report], findings: Sequence[Diagnostic], look: Look) -> str:
    from qspec.render.findings import render_findings

    sources = {path: text for report in reports if report.findings for path, text in report.sources.items()}
    checked = [report.path for report in reports if report.findings]
    return render_findings(findings, sources, checked=checked, look=look)


def _good_news(reports: Sequence[Report], volume: int) -> str:
    """Which specs are valid; their names only where there is one, or where more was asked for."""
    valid = [report.path for report in reports if is_valid(report)]
    if volume > 0 or len(reports) == 1:
        return "".join(f"{visible(path)}: valid\n" for path in valid)
    return f"{len(valid):,} of {len(reports):,} specs are valid\n"
