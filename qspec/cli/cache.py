"""`qspec cache`: what is kept between runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from qspec.cli import options

if TYPE_CHECKING:
    from qspec.cli.voice import Voice


@options.command
@click.argument("action", type=click.Choice(("info", "clear", "verify")), default="info")
@options.output_format("text", "json")
def command(voice: Voice, *, action: str, form: str) -> int:
    """Say what the cache of circuits holds (info), empty it (clear), or read all of it again (verify).

    The cache lets a second run, or plan, begin without transpiling. What verify finds damaged is removed, and made again
    when it is needed; it ends with 1 then. Runs need nothing of the cache.
    """
    from qspec.render.caching import answer_of

    text, code = answer_of(action, form, voice.look)
    voice.answer(text)
    return code
