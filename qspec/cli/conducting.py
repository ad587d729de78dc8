"""The options that say how jobs on a service are driven, alike in every command that drives a run."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

A_DAY = 86400.0
MOST_WORKERS = 1024


def _number_of_workers(_ctx: click.Context, _option: click.Parameter, said: str) -> int | None:
    """The number of workers; None for `auto`."""
    if said == "auto":
        return None
    if not said.isascii() or not said.isdigit() or not 1 <= int(said) <= MOST_WORKERS:
        raise click.BadParameter(f"'{said}' is neither auto nor a number from 1 to {MOST_WORKERS}")
    return int(said)


def _address_of_a_scheduler(_ctx: click.Context, _option: click.Parameter, said: str | None) -> str | None:
    """The address, if it can be one. Raises `UsageError`."""
    if said is not None:
        from qspec.workers.cluster import check_address

        check_address(said)
    return said


_OPTIONS = {
    "look_once": click.option(
        "--no-wait", "look_once", is_flag=True, help="collect what has ended, and do not wait for the rest"
    ),
    "dry_run": click.option("--dry-run", is_flag=True, help="use the service's mock backend, which computes nothing"),
    "retry_failed": click.option(
        "--retry-failed", is_flag=True, help="submit again what failed, was cancelled or refused"
    ),
    "deadline": click.option(
        "--timeout",
        "deadline",
        type=click.FloatRange(min=0),
        default=A_DAY,
        show_default=True,
        metavar="SECONDS",
        help="how long jobs on a service are waited for",
    ),
    "cancel_on_interrupt": click.option(
        "--cancel-on-interrupt", is_flag=True, help="Ctrl-C cancels the jobs on the service, which else go on"
    ),
    "workers": click.option(
        "--workers",
        metavar="N",
        default="auto",
        show_default=True,
        callback=_number_of_workers,
        help="processes that compute points and jobs here; auto: as many as are worth it",
    ),
    "scheduler": click.option(
        "--scheduler",
        metavar="ADDRESS",
        callback=_address_of_a_scheduler,
        help="have a Dask cluster compute: tcp://host:port of its scheduler, or local:N for a try",
    ),
    "trust": click.option("--trust", is_flag=True, help="let Python code run that the spec names"),
}


def conducted(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command these options, as one argument `how`: the fields of a `qspec.running.conduct.Conduct`."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def called(*args: Any, **keys: Any) -> Any:
            how = {name: keys.pop(name) for name in names}
            return function(*args, how=how, **keys)

        decorated: Callable[..., Any] = called
        for name in reversed(names):
            decorated = _OPTIONS[name](decorated)
        return decorated

    return decorate
