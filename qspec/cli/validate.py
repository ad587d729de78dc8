"""`qspec validate`: everything that is wrong with specs, at once, without running anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qspec.cli import options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qspec.cli.voice import Voice


@options.command
@options.specs
@options.overrides
@options.permissions
@options.output_format(*options.FOR_CI)
def command(
    voice: Voice, *, specs: tuple[str, ...], overrides: tuple[str, ...], allowed: Mapping[str, bool], form: str
) -> int:
    """Say everything that is wrong with specs. A folder means all specs below it, - is standard input."""
    from qspec.cli.reporting import summarise_validation
    from qspec.cli.selection import select
    from qspec.reading.reports import report_each
    from qspec.render.validation import is_valid, render_validation

    reports = list(report_each(select(specs), overrides=overrides, **allowed))
    voice.answer(render_validation(reports, form, look=voice.look, volume=voice.volume))
    summarise_validation(voice, reports)
    return 0 if all(map(is_valid, reports)) else 2
