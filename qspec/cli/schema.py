"""`qspec schema`: the contract for machines, and every kind that a spec may name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from qspec.cli import options

if TYPE_CHECKING:
    from qspec.cli.voice import Voice


@options.command
@click.argument("what", type=click.Choice(("spec", "run", "status", "lock", "kinds")), default="spec")
@click.option(
    "--write", "folder", metavar="FOLDER", help="write the schemas of spec, run, status and lock into a folder"
)
@options.output_format("text", "json")
def command(voice: Voice, *, what: str, folder: str | None, form: str) -> None:
    """Print the JSON Schema of a spec, run.json, a line of status.jsonl or a lock; or list every kind by its place."""
    from qspec.cli import schemas
    from qspec.render.kinds import kinds_data, render_kinds

    if folder is not None:
        voice.answer("".join(f"{path}\n" for path in schemas.write_schemas(folder)))
    elif what == "kinds":
        voice.answer(render_kinds(kinds_data(), form, voice.look))
    else:
        voice.answer(schemas.schema_text(what))
