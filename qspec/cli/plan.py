"""`qspec plan`: what would run, and what it would cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from qspec.cli import options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qspec.cli.voice import Voice


@options.command
@options.specs
@options.overrides
@click.option("-o", "--output", metavar="FILE", help="write the plan as JSON into a file, too")
@click.option("--offline", is_flag=True, help="ask no service: refuse a spec whose backend is on one")
@options.permissions
@options.cached
@options.top
@options.output_format("text", "json")
def command(
    voice: Voice,
    *,
    specs: tuple[str, ...],
    overrides: tuple[str, ...],
    output: str | None,
    offline: bool,
    allowed: Mapping[str, bool],
    cached: bool,
    top: int,
    form: str,
) -> None:
    """Build and transpile the circuits of specs, and show what would run. Nothing is run or recorded.

    Circuits that an earlier run has put into the cache are taken from there.
    """
    from qspec.cli.loading import plan_all, write_plan
    from qspec.render.any_plan import plan_data, render_plan

    plans = plan_all(specs, overrides, allowed=allowed, voice=voice, offline=offline, cached=cached)
    if output is not None:
        write_plan(plans, output)
    if form == "text":
        voice.answer("\n".join(render_plan(plan, top=top, look=voice.look) for plan in plans))
    else:
        voice.put_all("plans", map(plan_data, plans))
