"""Which team computes, by what the command line says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qspec.errors import UsageError
from qspec.workers.alone import Alone
from qspec.workers.cluster import Cluster
from qspec.workers.cores import worthwhile_workers
from qspec.workers.pool import Pool

if TYPE_CHECKING:
    from qspec.workers.tasks import Team

_MOST = 1024


def choose_team(work: str, *, workers: str = "auto", scheduler: str = "", seconds: float = 0.0, items: int = 1) -> Team:
    """The team that `--workers` or `--scheduler` asks for.

    `auto` takes as many processes as are worth their start for so many items, which are expected to take so many
    seconds together, and none where one would do. Raises `UsageError` for what cannot be.
    """
    if scheduler:
        if workers != "auto":
            advice = "a cluster has the workers that it has; local:N starts N of them here"
            raise UsageError("--workers and --scheduler do not go together", advice=advice)
        return Cluster(work, scheduler)
    if workers == "auto":
        count = worthwhile_workers(seconds, items)
    elif workers.isdecimal() and 0 < int(workers) <= _MOST:
        count = int(workers)
    else:
        raise UsageError(f"--workers takes a number up to {_MOST}, or auto, not '{workers}'")
    return Alone(work) if count == 1 else Pool(work, count)
