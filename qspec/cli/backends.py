"""`qspec backends`: where a spec can run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qspec.cli import options

if TYPE_CHECKING:
    from qspec.cli.voice import Voice


@options.command
@options.output_format("text", "json")
def command(voice: Voice, *, form: str) -> None:
    """List where a spec can run: the kinds of backend, and every fake backend with its number of qubits."""
    from qspec.render.backends import backends_data, render_backends

    voice.answer(render_backends(backends_data(), form, voice.look))
