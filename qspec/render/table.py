"""Plain tables: columns as wide as what stands in them, numbers to the right."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from qspec.render.look import Look, columns, padded, visible

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_GAP = "  "


def table(
    heading: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Collection[int] = (),
    indent: int = 0,
    look: Look | None = None,
) -> str:
    """The rows under a heading (which may be empty), a line each, ending in a line break.

    The columns with the numbers in `right` stand to the right; columns without any text are left out.
    """
    look = look or Look()
    cells = [[look.draw(visible(cell)) for cell in row] for row in rows]
    used = [index for index in range(len(cells[0]) if cells else 0) if any(row[index] for row in cells)]
    if heading:
        cells.insert(0, [look.draw(visible(cell)) for cell in heading])
    widths = {index: max(columns(row[index]) for row in cells) for index in used}
    lines = [
        _GAP.join(padded(row[index], widths[index], right=index in right) for index in used).rstrip() for row in cells
    ]
    if heading and lines:
        lines[0] = look.paint(lines[0], "bold")
    return "".join(f"{' ' * indent}{line}\n" for line in lines)


def wrapped(row: Sequence[str], column: int, room: int) -> list[tuple[str, ...]]:
    """The row, with the words of one column on as many lines as they need at `room` characters each."""
    lines = textwrap.wrap(row[column], room) or [""]
    first = [*row[:column], lines[0], *row[column + 1 :]]
    rest = [[line if place == column else "" for place in range(len(row))] for line in lines[1:]]
    return [tuple(first), *map(tuple, rest)]
