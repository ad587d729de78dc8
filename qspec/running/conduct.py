"""How a run is driven: what the person at the keyboard chose beside the spec."""

from __future__ import annotations

from qspec.errors import UsageError
from qspec.frozen import frozen


@frozen
class Conduct:
    """`wait`: until the jobs have ended, for at most `deadline` seconds; else they are only submitted. `look_once`: what
    has ended is collected, and the rest is not waited for.

    `dry_run`: on the service's mock backend. `retry_failed`: submit again what failed or was cancelled.
    `cancel_on_interrupt`: an interruption cancels the jobs on the service, which otherwise go on. `trust`: code that
    the spec names may run; a run that begins has that from its plan, one that is gone on with from here.

    `workers` is how many processes of this machine compute points and jobs, None for as many as are worth starting;
    `scheduler` is the address of a Dask scheduler whose workers do, see `qspec.workers.cluster`. Raises `UsageError` for
    both together.
    """

    wait: bool = True
    look_once: bool = False
    dry_run: bool = False
    retry_failed: bool = False
    cancel_on_interrupt: bool = False
    trust: bool = False
    deadline: float = 86400.0
    workers: int | None = None
    scheduler: str | None = None

    def __post_init__(self) -> None:
        if self.workers is not None and self.scheduler is not None:
            advice = "a cluster has the workers that it has; local:N starts N of them here"
            raise UsageError("a number of workers and a scheduler do not go together", advice=advice)
