"""What `qspec validate` found out about specs, in each of its formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qspec.diagnostics import has_errors
from qspec.render.look import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qspec.diagnostics import Diagnostic
    from qspec.reading.load import Checked
    from qspec.render.look import Look


def is_valid(result: Checked) -> bool:
    """Whether a spec has no errors."""
    return not has_errors(result.findings)


def render_validation(results: Sequence[Checked], form: str, *, look: Look, volume: int = 0) -> str:
    """The results of checking specs as `text`, `json`, `github` or `sarif`. Equal findings are shown once."""
    findings = list({finding: None for result in results for finding in result.findings})
    if form == "json":
        from qspec.render.findings_json import render_json

        return render_json(findings)
    if form == "github":
        from qspec.render.findings_github import render_github

        return render_github(findings)
    return _sarif(findings) if form == "sarif" else _text(results, findings, look, volume)


def _sarif(findings: Sequence[Diagnostic]) -> str:
    from qspec import __version__
    from qspec.reading.explanations import EXPLANATIONS
    from qspec.render.findings_sarif import render_sarif

    return render_sarif(findings, rules=EXPLANATIONS, version=__version__)


def _text(results: Sequence[Checked], findings: Sequence[Diagnostic], look: Look, volume: int) -> str:
    from qspec.render.findings import render_findings

    sources = {path: text for result in results if result.findings for path, text in result.sources.items()}
    checked = [result.path for result in results if result.findings]
    said = render_findings(findings, sources, checked=checked, look=look)
    return said if volume < 0 else said + _good_news(results, volume)


def _good_news(results: Sequence[Checked], volume: int) -> str:
    """Which specs are valid; their names only where there is one, or where more was asked for."""
    valid = [result.path for result in results if is_valid(result)]
    if volume > 0 or len(results) == 1:
        return "".join(f"{visible(path)}: valid\n" for path in valid)
    return f"{len(valid):,} of {len(results):,} specs are valid\n"
