"""A run is done again, from its own folder: with its circuits as they were, or transpiled anew."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qspec.planning.recorded import plan_again
from qspec.planning.restored import restored
from qspec.planning.sweeps import plan_any
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


def conducted_as(folder: Path, conduct: Conduct) -> Conduct:
    """How a run that repeats the one in `folder` is driven: a dry run is repeated as one, which costs nothing."""
    return replace(conduct, dry_run=read_record(folder).is_dry)
