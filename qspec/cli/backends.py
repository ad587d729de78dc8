"""`qspec backends`: where a spec can run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from qspec.cli import options

if TYPE_CHECKING:
    from qspec.cli.voice import Voice


@options.command
@click.option(
    "--kind",
    type=click.Choice(("fake", "ibm")),
    help="list the backends of one kind: fake ones, or with ibm those of your account, for which the service is asked",
)
@options.output_format("text", "json")
def command(voice: Voice, *, kind: str | None, form: str) -> None:
    """List where a spec can run: the kinds of backend, and every fake backend with its number of qubits."""
    from qspec.cli.account_backends import account_backends
    from qspec.render import backends as render

    if kind == "ibm":
        voice.answer(render.render_account(account_backends(), form, voice.look))
    else:
        voice.answer(render.render_backends(render.backends_data(kinds=kind is None), form, voice.look))
