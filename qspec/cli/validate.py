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
@options.output_format("text", "json", "github", "sarif")
def command(
    voice: Voice, *, specs: tuple[str, ...], overrides: tuple[str, ...], allowed: Mapping[str, bool], form: str
) -> int:
    """Say everything that is wrong with specs. A folder means all specs below it, - is standard input."""
    from qspec.cli.selection import select
    from qspec.reading.load import check_file
    from qspec.render.validation import is_valid, render_validation

    results = [check_file(path, overrides=overrides, **allowed) for path in select(specs)]
    voice.answer(render_validation(results, form, look=voice.look, volume=voice.volume))
    return 0 if all(map(is_valid, results)) else 2
