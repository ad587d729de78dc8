"""The table of commands. A command's module is imported only when the command is called."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, ClassVar

import click

from qspec.cli.options import HELP
from qspec.diagnostics import suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping


class LazyGroup(click.Group):
    """A group that knows what its commands are for, and imports one when it is asked for it."""

    about: ClassVar[Mapping[str, str]] = {
        "init": "write a first spec that runs",
        "validate": "say everything that is wrong with specs",
        "plan": "build and transpile, and show what would run",
        "run": "validate, plan and run specs, and record it",
        "submit": "hand jobs to the service, and do not wait",
        "status": "say where the jobs of a run stand",
        "resume": "bring an unfinished run to its end",
        "cancel": "cancel the jobs of a run on the service",
        "show": "show what a run recorded: counts, expectation values, verdicts",
        "lock": "keep beside a spec what it was run from and what came out",
        "rerun": "do a run again, and say whether it gave the same",
        "diff": "say whether two runs have the same results, and why not",
        "runs": "list the recorded runs",
        "explain": "explain the code of a finding",
        "schema": "print the JSON Schema of specs, or list every kind",
        "backends": "list where a spec can run",
        "cache": "look after the circuits that are kept between runs",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click gives it
        """Every command, in the order in which a person meets them."""
        return list(self.about)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click gives it
        """The command behind a name, imported now; None when there is no such command."""
        if cmd_name not in self.about:
            return None
        command: click.Command = importlib.import_module(f"qspec.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but with a suggestion for a command that does not exist."""
        if args and not args[0].startswith("-") and args[0] not in self.about:
            advice = suggestion(args[0], tuple(self.about))
            raise click.UsageError(f"'{args[0]}' is not a command{f', {advice}' if advice else ''}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  click gives it
        """Write the list of commands for the help page, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.about.items()))


def _say_version(ctx: click.Context, _option: click.Parameter, wanted: Any) -> None:
    if wanted:
        from qspec import __version__

        ctx.obj.answer(f"qspec {__version__}\n")
        ctx.exit(0)


@click.group(cls=LazyGroup, add_help_option=False, invoke_without_command=True)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_say_version, help="show the version"
)
@click.pass_context
def group(ctx: click.Context) -> None:
    """Run quantum jobs that are written down as YAML: checked, planned, run and recorded."""
    if ctx.invoked_subcommand is None:
        ctx.obj.answer(f"{ctx.get_help()}\n")


group.params.append(HELP)
