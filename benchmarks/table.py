"""Every case, in the order of the table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks import bells, circuits, energies, scale, storage, sweeps, validation

if TYPE_CHECKING:
    from benchmarks.case import Case


def every_case(*, quick: bool) -> tuple[Case, ...]:
    """All cases at full size, or at a tiny one, which shows that they work; targets are for the full size."""
    parts = (bells, energies, sweeps, circuits, validation, storage, scale)
    cases = tuple(case for part in parts for case in part.cases(quick=quick))
    return tuple(replace(case, target=None) for case in cases) if quick else cases
