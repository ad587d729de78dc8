"""One line of a file as it is shown above a caret: cut to the width, tabs and wide characters counted in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qspec.frozen import frozen
from qspec.render.look import columns, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qspec.diagnostics import Span
    from qspec.render.look import Look

_TAB = 4


@frozen(kw_only=False)
class Excerpt:
    """The part of a line that is shown.

    `pieces` holds what is shown for each character, from the one at index `first` on; `text` is all of it, with
    `…` at an end where something was cut off, at the start in `margin` columns.
    """

    pieces: Sequence[str]
    first: int
    margin: int
    text: str

    def underline(self, span: Span) -> tuple[int, int]:
        """The columns to leave free before the mark of a span, and how wide the mark is: at least one column."""
        start = min(max(span.column - 1 - self.first, 0), len(self.pieces))
        end = len(self.pieces) if span.end_line > span.line else max(span.end_column - 1 - self.first, start)
        before = self.margin + columns("".join(self.pieces[:start]))
        return before, max(columns("".join(self.pieces[start:end])), 1)


def excerpt(line: str, focus: int, room: int, look: Look) -> Excerpt:
    """The part of `line` around the character at index `focus` that fits into `room` columns."""
    first = 0
    if len(line) * 2 > room and columns("".join(_pieces(line[: room + 1], look))) > room:
        first = max(0, min(focus - room // 3, len(line) - room + len(look.draw("…"))))
    cut = look.draw("…")
    margin = len(cut) if first else 0
    pieces = _pieces(line[first : first + room + 1], look)
    whole = first + len(pieces) == len(line)
    shown = pieces[: _fitting(pieces, room - margin, len(cut), whole=whole)]
    tail = "" if whole and len(shown) == len(pieces) else cut
    return Excerpt(shown, first, margin, f"{cut[:margin]}{''.join(shown)}{tail}")


def _pieces(text: str, look: Look) -> list[str]:
    """What is shown for each character: spaces up to the next stop for a tab, a picture for what cannot be seen."""
    pieces: list[str] = []
    column = 0
    for char in text:
        piece = " " * (_TAB - column % _TAB) if char == "\t" else look.draw(visible(char))
        column += columns(piece)
        pieces.append(piece)
    return pieces


def _fitting(pieces: Sequence[str], room: int, tail: int, *, whole: bool) -> int:
    """How many pieces fit into the room, of which `tail` columns are kept for `…` unless all of them fit."""
    if whole and sum(map(columns, pieces)) <= room:
        return len(pieces)
    used = 0
    for index, piece in enumerate(pieces):
        used += columns(piece)
        if used > room - tail:
            return index
    return len(pieces)
