"""What all commands have in common: the same options, with the same names and meanings everywhere."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from qspec.records.names import RUNS_DIR

if TYPE_CHECKING:
    from collections.abc import Callable


def command(function: Callable[..., int | None]) -> click.Command:
    """Make a function a command: it is called with the `Voice` first and may return an exit code."""
    made = click.command(add_help_option=False)(click.pass_obj(function))
    made.params += [_QUIET, _VERBOSE, HELP]
    return made


def _set_volume(ctx: click.Context, option: click.Parameter, wanted: Any) -> None:
    if wanted:
        ctx.obj.volume = 1 if option.name == "verbose" else -1


def _set_form(ctx: click.Context, option: click.Parameter, chosen: str) -> str:
    ctx.obj.form = chosen  # a failure is said in this form, too
    if isinstance(option.type, click.Choice) and "junit" in option.type.choices:  # a command for continuous integration
        from qspec.cli.reporting import Reports

        ctx.obj.reports = Reports(ctx.obj, chosen)
    return chosen


def _show_help(ctx: click.Context, _option: click.Parameter, wanted: Any) -> None:
    if wanted and not ctx.resilient_parsing:
        ctx.obj.answer(f"{ctx.get_help()}\n")
        ctx.exit()


def _flag(*names: str, callback: Callable[..., None], text: str, eager: bool = False) -> click.Option:
    return click.Option(names, is_flag=True, is_eager=eager, expose_value=False, callback=callback, help=text)


FOR_CI = ("text", "json", "github", "sarif", "junit")
"""The formats of commands that continuous integration runs; they also write the summary of a step."""

HELP = _flag("-h", "--help", callback=_show_help, text="show this help", eager=True)
_QUIET = _flag("-q", "--quiet", callback=_set_volume, text="write the answer and errors only")
_VERBOSE = _flag("-v", "--verbose", callback=_set_volume, text="say more")

specs = click.argument("specs", nargs=-1, required=True, metavar="SPEC...")
overrides = click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="put a value into the spec, for example seed=7"
)
_ALLOW_OUTSIDE = click.option("--allow-outside", is_flag=True, help="let paths of the spec lead out of its repository")
_TRUST = click.option("--trust", is_flag=True, help="let Python code run that the spec names")


def permissions(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options by which a person allows what a spec alone may not do: one argument `allowed` of the command."""

    @wraps(function)
    def permitted(*args: Any, allow_outside: bool, trust: bool, **keys: Any) -> Any:
        return function(*args, allowed={"allow_outside": allow_outside, "trust": trust}, **keys)

    return _ALLOW_OUTSIDE(_TRUST(permitted))


cached = click.option(
    "--no-cache", "cached", is_flag=True, flag_value=False, default=True, help="neither read nor write the cache"
)
locked = click.option(
    "--locked", is_flag=True, help="run the ISA circuits of the lock beside each spec, and compare results with it"
)
runs_dir = click.option(
    "--runs-dir",
    metavar="FOLDER",
    envvar="QSPEC_RUNS_DIR",
    default=RUNS_DIR,
    show_default=True,
    help="where runs are kept",
)
top = click.option(
    "--top",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    metavar="N",
    help="entries of long lists; 0: all",
)


def output_format(*names: str) -> Callable[[Any], Any]:
    """The option `--format` over the given names, of which the first is the default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(names),
        callback=_set_form,
        default=names[0],
        show_default=True,
        help="how to write the answer",
    )
