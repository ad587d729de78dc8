"""Every point of a sweep is checked as a spec of its own.

Points of one variant differ in numbers alone, each of which was found sound: what is said of one of them holds for all.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qspec.diagnostics import Diagnostic, clipped
from qspec.kinds import BACKENDS
from qspec.reading.axes import read_axes
from qspec.reading.examining import Examined, examine, located
from qspec.reading.rules import Rules
from qspec.reading.speech import either, flow, spoken
from qspec.reading.sweeping import MOST_VARIANTS, ROUTE
from qspec.sweep import spelling

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from qspec.reading.axes import Axes
    from qspec.reading.files import InputFiles
    from qspec.reading.nodes import Node
    from qspec.sweep import Sweep

_ACCOUNT_KEYS = ("account", "channel", "instance")  # of a backend on a service: who pays
_MOST_FINDINGS = 500
_MOST_NAMED = 4


def examine_points(
    root: Node, files: InputFiles, reading: Sequence[Diagnostic], path: str, *, complete: bool
) -> tuple[Axes | None, Examined]:
    """The axes of a spec with a sweep, and the data of its first point with the findings about all of them."""
    axes, mistakes = read_axes(root)
    if axes is None:
        return None, Examined(None, [*reading, *mistakes])
    if len(axes.variants) > MOST_VARIANTS:
        message = f"the points differ in {len(axes.variants):,} ways in more than numbers, and at most {MOST_VARIANTS:,} are allowed"
        finding = Diagnostic(code="too-many-points", message=message, route=("sweep",), on_key=True)
        return None, Examined(None, [*reading, *mistakes, finding])
    first: Any = None
    found: dict[Diagnostic, list[int]] = {}
    rules, backends = Rules(files, axes.sweep.size), Backends()
    for variant in range(len(axes.variants)):
        point = axes.root(variant)
        examined = examine(point, files, reading, complete=complete, rules=rules)
        first = examined.data if variant == 0 else first
        mistakes += apart(axes.sweep, axes.variants.indices(variant, 0), examined.data, first)
        backends.add(examined.data)
        for finding in located(examined.findings, point, path):
            found.setdefault(finding, []).append(variant)
        if len(found) > _MOST_FINDINGS:
            break
    return axes, Examined(first, [*mistakes, *named(axes, found, root), *backends.mixed()])


def apart(sweep: Sweep, indices: Sequence[int], data: Any, first: Any) -> Iterator[Diagnostic]:
    """Jobs and expectations that a point has and the first has not, or the other way round. Code: sweep-place."""
    for key, what in (("jobs", "which jobs"), ("expect", "how many expectations")):
        number = next((n for n, axis in enumerate(sweep.axes) if axis.place.split(".")[0] == key), None)
        if number is not None and [*_parts(data, key)] != [*_parts(first, key)]:
            place = sweep.axes[number].place
            yield Diagnostic(
                code="sweep-place",
                message=f"the axis '{clipped(place)}' changes {what} there are",
                label="not as at the first point",
                notes=("each is shown, judged and stored over all points: an axis can vary what is in it",),
                route=(*ROUTE, place, indices[number]),
            )


def _parts(data: Any, key: str) -> Iterable[Any]:
    """The ids of the jobs, in any order, or the numbers of the expectations."""
    block = data.get(key) if isinstance(data, dict) else None
    if isinstance(block, dict):
        return sorted(map(str, block))
    return range(len(block)) if isinstance(block, list) else ()


class Backends:
    """The backends of the points of a sweep, which one run must be able to have together."""

    def __init__(self) -> None:
        self._found: dict[str, Mapping[str, Any]] = {}
        self._last: Any = None
        self._mode = "job"

    def add(self, data: Any) -> None:
        """Note what the data of a point say."""
        if not isinstance(data, dict):
            return
        execution, backend = data.get("execution"), data.get("backend")
        self._mode = execution.get("mode", "job") if isinstance(execution, dict) else "job"
        if isinstance(backend, dict) and backend is not self._last:
            self._found[spelling(backend)] = self._last = backend

    def mixed(self) -> Iterator[Diagnostic]:
        """Backends that one run cannot have together. Code: mixed-backends."""
        backends = self._found.values()
        kinds = [BACKENDS.find(str(each["kind"])) for each in backends if BACKENDS.has(each.get("kind"))]
        remote = [getattr(kind, "remote", False) for kind in kinds]
        if not any(remote):
            return
        logins = {spelling([each.get(key) for key in _ACCOUNT_KEYS]) for each in backends}
        if not all(remote):
            message, label = "some points of the sweep run on this machine, and some on a service", "make it two specs"
        elif len(logins) > 1:
            message = "the points of the sweep are for several accounts or instances, and one pays for a run"
            label = "make it several specs"
        elif self._mode != "job" and len(backends) > 1:
            message = f"a {self._mode} is on one backend, and the sweep has several"
            label = "'execution: {mode: job}' sends each point to its own"
        else:
            return
        yield Diagnostic(code="mixed-backends", message=message, label=label, route=("sweep",), on_key=True)


def named(axes: Axes, found: Mapping[Diagnostic, Sequence[int]], root: Node) -> list[Diagnostic]:
    """Located findings, each with the axis values that it is about: `found` has the variants where each was found."""
    about_axes = dict.fromkeys(finding for finding in found if _stands_in_sweep(finding, root))
    return [
        *_of_spaced_values(about_axes, axes, root),
        *(
            replace(finding, notes=(*finding.notes, *_where(axes, variants)))
            for finding, variants in found.items()
            if finding not in about_axes
        ),
    ]


def _of_spaced_values(findings: Iterable[Diagnostic], axes: Axes, root: Node) -> Iterator[Diagnostic]:
    """Findings about values of axes; of what is said of the many values that a `linspace` or the like stands for, the first."""
    spaced = {root.span((*ROUTE, axis.place)) for axis in axes.sweep.axes if _is_spaced(root, axis.place)}
    alike: dict[Any, list[Diagnostic]] = {}
    for finding in findings:
        alike.setdefault((finding.code, finding.span) if finding.span in spaced else finding, []).append(finding)
    for first, *more in alike.values():
        notes = ("other values of this axis have the same mistake",) if more else ()
        yield replace(first, notes=(*first.notes, *notes))


def _is_spaced(root: Node, place: str) -> bool:
    node = root.find((*ROUTE, place))
    return node is not None and isinstance(node.plain(), dict)


def _stands_in_sweep(finding: Diagnostic, root: Node) -> bool:
    """Whether a finding points at the value of an axis, which says enough."""
    block = root.span(ROUTE[:1])
    node = root.find(ROUTE)
    if finding.span is None or node is None:
        return False
    last = node.source.span(node.mark)
    start = (finding.span.line, finding.span.column)
    return finding.span.path == block.path and (block.line, block.column) <= start < (last.end_line, last.end_column)


def _where(axes: Axes, variants: Sequence[int]) -> Iterable[str]:
    """The values of the axes at some variants, unless these are all."""
    if len(variants) == len(axes.variants):
        return
    words = []
    for axis in axes.variants.structural:
        indices = sorted({axes.variants.indices(variant, 0)[axis] for variant in variants})
        values = axes.sweep.axes[axis].values
        if len(indices) < len(values):
            shown = [_value(values[index]) for index in indices[:_MOST_NAMED]]
            more = [f"{len(indices) - _MOST_NAMED} more"] if len(indices) > _MOST_NAMED else []
            words.append(f"{clipped(axes.sweep.axes[axis].place, 80)} is {either([*shown, *more])}")
    if words:
        yield f"at points of the sweep where {' and '.join(words)}"


def _value(value: Any) -> str:
    return clipped(flow(value)) if isinstance(value, (dict, list)) or value is None else spoken(value, bare=True)
