"""`qspec explain`: what the code of a finding means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from qspec.cli import options
from qspec.diagnostics import suggestion
from qspec.errors import UsageError

if TYPE_CHECKING:
    from qspec.cli.voice import Voice


@options.command
@click.argument("code", required=False)
@options.output_format("text", "json")
def command(voice: Voice, *, code: str | None, form: str) -> None:
    """Explain the CODE of a finding, with an example of the mistake and of its mending; without CODE list them all."""
    from qspec.reading.explanations import EXPLANATIONS
    from qspec.render.explanations import render_codes, render_explanation

    if code is None:
        voice.answer(render_codes(EXPLANATIONS, form, voice.look))
    elif code in EXPLANATIONS:
        voice.answer(render_explanation(code, EXPLANATIONS[code], form, voice.look))
    else:
        advice = suggestion(code, tuple(EXPLANATIONS)) or "'qspec explain' lists all codes"
        raise UsageError(f"'{code}' is not the code of a finding", advice=advice)
