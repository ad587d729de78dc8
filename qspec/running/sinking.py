"""What sinks write of a run, and of the points of a sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.errors import RefusedError
from qspec.records.placing import MOST_APART, is_apart

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from qspec.records.points import Points
    from qspec.records.view import FinishedRun


def write_sink(sink: Any, run: FinishedRun, folder: Path) -> Iterator[Path]:
    """Let a sink write into a folder; the paths that it wrote. Of a sweep it writes all points together, or each apart.

    A sink that knows nothing of sweeps is given each point as a run of its own; where its path does not say `{point}`,
    what it writes of each goes below `<kind>/<point>/`. Raises what the sink raises, and `RefusedError`.
    """
    if run.points is None:
        yield from sink.write(run, folder)
    elif is_apart(sink, getattr(sink, "path", None)):
        yield from _write_apart(sink, run.points, folder)
    else:
        yield from sink.write_points(run.points, folder)


def _write_apart(sink: Any, points: Points, folder: Path) -> Iterator[Path]:
    if len(points) > MOST_APART:
        raise RefusedError(
            f"a file for each of {len(points):,} points would be too many: at most {MOST_APART:,} are written apart"
        )
    named = "{point}" in str(getattr(sink, "path", ""))
    for point in points:
        place = folder if named else folder / sink.kind / point.label
        place.mkdir(parents=True, exist_ok=True)
        yield from sink.write(point, place)
