"""Markdown whose words come from others: nothing in them is obeyed, and pieces that do not fit are left out whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qspec.render.look import clipped, plural, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&:@$^=])")
_WIDEST = 300
MOST_ROWS = 100


def escaped(text: str, *, most: int = _WIDEST) -> str:
    """The text on one line, for a paragraph or a cell: every sign of ASCII that Markdown might read is escaped."""
    return _SPECIAL.sub(r"\\\1", clipped(visible(" ".join(text.split())), most))


def table(heading: Sequence[str], rows: Iterable[Sequence[str]], *, noun: str) -> str:
    """A table of cells that are Markdown; of more than 100 rows the rest is counted in its `noun`."""
    every = list(rows)
    lines = [_row(heading), _row(["---"] * len(heading)), *map(_row, every[:MOST_ROWS])]
    left = len(every) - MOST_ROWS
    return "\n".join(lines) + "\n" + (f"\nand {plural(left, f'more {noun}')}\n" if left > 0 else "")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def folded(title: str, text: str, *, most: int) -> str:
    """A text as it stands, in a block that opens when it is clicked at; at most so many characters, in whole lines."""
    shown, left = _start(text, most)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    rest = f"\n{left:,} of {len(text):,} characters of this are left out here.\n" if left else ""
    return f"<details><summary>{title}</summary>\n\n{fence}text\n{shown}{fence}\n{rest}\n</details>\n"


def _start(text: str, most: int) -> tuple[str, int]:
    """As many whole lines as fit, and how many characters are left."""
    if len(text) <= most:
        return text, 0
    end = text.rfind("\n", 0, most) + 1
    return text[:end], len(text) - end


def fitted(blocks: Sequence[str], room: int, *, elsewhere: str) -> str:
    """The first blocks that fit into `room` bytes of UTF-8, and where some do not, a sentence that says how much is
    left out, and that it is `elsewhere`; empty where not even that fits.
    """
    whole = _joined(blocks)
    if _size(whole) <= room:
        return whole
    for kept in range(len(blocks) - 1, -1, -1):
        said = f"{plural(len(blocks) - kept, 'part')} of {len(blocks)}, {_size(_joined(blocks[kept:])):,} bytes,"
        cut = _joined([*blocks[:kept], f"**Left out here:** {said} since a summary may not be larger. {elsewhere}\n"])
        if _size(cut) <= room:
            return cut
    return ""


def _joined(blocks: Sequence[str]) -> str:
    return "".join(f"{block}\n" for block in blocks)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
