"""A run is done again, from its own folder: with its circuits as they were, or transpiled anew."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qspec.errors import RecordError
from qspec.planning.recorded import plan_again
from qspec.planning.restored import restored
from qspec.planning.sweeps import plan_any
from qspec.records.files import hash_file
from qspec.records.record import read_record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from qspec.planning.circuits import Progress
    from qspec.planning.reuse import Reuse
    from qspec.planning.sweeps import AnyPlan
    from qspec.running.conduct import Conduct


def plan_repetition(
    folder: Path,
    *,
    fresh: bool = False,
    overrides: Sequence[str] = (),
    trust: bool = False,
    progress: Progress | None = None,
    reuse: Reuse | None = None,
) -> AnyPlan:
    """The plan of a run that repeats the one in `folder`: with its ISA circuits, parameter values and seeds.

    With `fresh` circuits are built and transpiled anew from the spec in force and its input files as they were; so they
    are where `overrides` (KEY=VALUE) change the spec. Raises what planning raises, and `RecordError` for damage.
    """
    if fresh or overrides:
        return plan_any(restored(folder, overrides=overrides, trust=trust), progress=progress, reuse=reuse)
    return plan_again(folder, trust=trust)


def check_results(folder: Path) -> None:
    """Raise `RecordError` where a result of a run is missing or was changed: before it is done again, and paid for again,
    only to be compared with nothing.
    """
    record = read_record(folder)
    kept = [name for job in record.jobs for name in (job.result, job.metadata) if name is not None]
    for name in (*kept, *(record.sweep.packs if record.sweep else ())):
        if hash_file(folder / name) != record.files.get(name):
            raise RecordError(
                f"'{folder / name}' was changed or damaged after it was written: there is nothing to compare with",
                advice=f"qspec show {folder} says what is damaged; 'qspec.rerun' in Python does a run again without comparing",
            )


def conducted_as(folder: Path, conduct: Conduct) -> Conduct:
    """How a run that repeats the one in `folder` is driven: a dry run is repeated as one, which costs nothing."""
    return replace(conduct, dry_run=read_record(folder).is_dry)
