"""Which plug-ins of the transpiler are loaded: Qiskit's own, and those that a spec names.

Building a preset pass manager loads *every* installed plug-in of all six stages, used or not, and so imports
qiskit-ibm-runtime, which registers one: most of a second. Besides, the look-up writes a cache into the home folder.
While `own_stages` is in force the look-up is answered from here; the circuits are the same (a test compares them).

Needed up to Qiskit 2.6, whose PassManagerStagePluginManager loads all entry points by stevedore.ExtensionManager.
Delete this module when Qiskit loads only the plug-ins that it uses.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import EntryPoint

STAGES = ("init", "layout", "routing", "translation", "optimization", "scheduling")
_GROUPS = tuple(f"qiskit.transpiler.{stage}" for stage in STAGES)
_SYNTHESIS = ("qiskit.synthesis", "qiskit.unitary_synthesis")


@contextmanager
def own_stages(named: frozenset[str]) -> Iterator[None]:
    """Let the transpiler see Qiskit's own stage plug-ins and those called by a name in `named`, and no others."""
    from stevedore import ExtensionManager

    known = ExtensionManager.ENTRY_POINT_CACHE
    before = dict(known)
    known.update({group: list(points) for group, points in _visible(named).items()})
    try:
        yield
    finally:
        known.clear()
        known.update(before)


def methods(stage: str) -> tuple[str, ...]:
    """The names of the installed plug-ins of a stage (or of "unitary_synthesis"), without importing them, sorted."""
    group = "qiskit.unitary_synthesis" if stage == "unitary_synthesis" else f"qiskit.transpiler.{stage}"
    return tuple(sorted({point.name for point in _installed()[group]}))


@cache
def foreign_plug_ins(named: frozenset[str]) -> tuple[str, ...]:
    """The plug-ins of other packages that the transpiler sees while `own_stages(named)` is in force, with versions."""
    seen = {point for points in _visible(named).values() for point in points if not _is_qiskits(point)}
    return tuple(sorted(f"{point.group} {point.name} {point.value} {_package(point)}" for point in seen))


def _package(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else ""


@cache
def _visible(named: frozenset[str]) -> dict[str, tuple[EntryPoint, ...]]:
    seen = dict(_installed())
    for group in _GROUPS:
        seen[group] = tuple(point for point in seen[group] if _is_qiskits(point) or point.name in named)
    return seen


def _is_qiskits(point: EntryPoint) -> bool:
    return point.module.partition(".")[0] == "qiskit"


@cache
def _installed() -> dict[str, tuple[EntryPoint, ...]]:
    from importlib.metadata import entry_points

    points = entry_points()
    return {group: tuple(points.select(group=group)) for group in (*_GROUPS, *_SYNTHESIS)}
