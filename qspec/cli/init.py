"""`qspec init`: a first spec, commented, that runs as it is."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

import click

from qspec.cli import options

if TYPE_CHECKING:
    from qspec.cli.voice import Voice


@options.command
@click.argument("path", default="bell.yaml")
def command(voice: Voice, *, path: str) -> None:
    """Write a commented spec that runs to PATH, and its JSON Schema beside it for editors. Nothing is overwritten."""
    from qspec.cli.first_spec import write_first_spec

    spec, schema = write_first_spec(path)
    voice.talk(f"wrote {spec}" + (f", and {schema} for editors" if schema else ""))
    voice.talk(f"next: qspec run {quote(str(spec))}")
