"""How many processes and threads this machine has room for."""

from __future__ import annotations

import math
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

WORTH = 1.5
"""Seconds of work for which a further process is worth its start."""
_COUNTED = ("OMP_NUM_THREADS", "RAYON_NUM_THREADS")
# Sums depend on the number of BLAS threads, and these libraries would take all cores in each process.
_SINGLE = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def usable_cores() -> int:
    """The cores that this process may use: those it is bound to, and no more than the quota of its control group."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, math.ceil(min(cores, quota(Path("/")))))


def quota(top: Path) -> float:
    """How many cores the control groups of this process leave to it; infinite without them. `top` is the root folder."""
    with suppress(OSError):
        groups = (top / "proc/self/cgroup").read_text("utf-8").splitlines()
        return min((limit for line in groups for limit in _limits(line, top)), default=math.inf)
    return math.inf


def _limits(line: str, top: Path) -> Iterator[float]:
    """The limits of one line of /proc/self/cgroup, `number:controllers:path`, and of the groups above it."""
    _, controllers, path = line.split(":", 2)
    if controllers and "cpu" not in controllers.split(","):
        return
    below = (top / "sys/fs/cgroup" / controllers) if controllers else top / "sys/fs/cgroup"
    group = below / path.lstrip("/")
    for folder in (group, *group.parents):
        with suppress(OSError, ValueError):
            if controllers:
                allowed, period = ((folder / f"cpu.cfs_{what}_us").read_text("ascii") for what in ("quota", "period"))
            else:
                allowed, period = (folder / "cpu.max").read_text("ascii").split()
            if float(allowed) > 0:  # 'max' and -1 are no limit
                yield float(allowed) / float(period)
        if folder == below:
            return


def worthwhile_workers(seconds: float, items: int) -> int:
    """How many processes are worth starting for items that take so many seconds together; 1 when none is."""
    return max(1, min(usable_cores(), items, int(seconds / WORTH)))


def threads_for(workers: int) -> int:
    """The threads of each of several workers, so that they do not take cores from one another.

    Who says OMP_NUM_THREADS has the last word.
    """
    said = os.environ.get("OMP_NUM_THREADS", "")
    return int(said) if said.isdecimal() and int(said) else max(1, usable_cores() // workers)


def environment(threads: int) -> dict[str, str]:
    """The environment of a worker with so many threads. It counts from before numpy, Qiskit and Aer are imported."""
    single = dict.fromkeys(_SINGLE, "1")
    return single | {"QISKIT_PARALLEL": "FALSE"} | os.environ | dict.fromkeys(_COUNTED, str(threads))
