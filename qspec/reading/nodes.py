"""The tree of a document: every value knows the file and the place that it was written at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from qspec.diagnostics import Span
from qspec.frozen import frozen

if TYPE_CHECKING:
    from qspec.diagnostics import Route
    from qspec.reading.scalars import Scalar


class Mark(NamedTuple):
    """Where something stands in its text: lines and columns count from 0, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@frozen(kw_only=False, eq=False)
class Source:
    """A text that values were read from: `path` as a person sees it, and what stood there.

    `folder` is where relative paths in it start from, as a path from the repository's root.
    """

    path: str
    text: str
    folder: str = ""

    def span(self, mark: Mark) -> Span:
        """The place as people count it, from 1."""
        return Span(
            path=self.path,
            line=mark.line + 1,
            column=mark.column + 1,
            end_line=mark.end_line + 1,
            end_column=mark.end_column + 1,
        )


class Entry(NamedTuple):
    """One key of a mapping: the source and place of the key, and the node of its value."""

    source: Source
    mark: Mark
    node: Node


@dataclass(slots=True, eq=False)
class Node:
    """A scalar, a list of nodes, or a mapping of entries.

    `style` is the YAML style of a scalar (`|`, `>`, quotes, or an empty text), from which the lines of an
    inline circuit are found again. `nodes`, `text` and `depth` say what the node expands to, aliases included.
    """

    source: Source
    mark: Mark
    value: Scalar | list[Node] | dict[str, Entry]
    style: str = ""
    nodes: int = 1
    text: int = 0
    depth: int = 0
    _plain: Any = field(default=None, repr=False)

    def plain(self) -> Any:
        """The node as dicts, lists and scalars. Nodes that an alias shares stay shared; treat it as read-only."""
        if isinstance(self.value, dict):
            if self._plain is None:
                self._plain = {key: entry.node.plain() for key, entry in self.value.items()}
            return self._plain
        if isinstance(self.value, list):
            if self._plain is None:
                self._plain = [node.plain() for node in self.value]
            return self._plain
        return self.value

    def span(self, route: Route, *, on_key: bool = False) -> Span:
        """The place of the value that `route` leads to, or of its key; where it ends early, of the last step."""
        node, key = self, None
        for step in route:
            if isinstance(node.value, dict) and step in node.value:
                key = node.value[str(step)]
                node = key.node
            elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
                key, node = None, node.value[step]
            else:
                break
        if key is not None and (on_key or _is_block(node)):
            return key.source.span(key.mark)
        return node.source.span(node.mark)

    def find(self, route: Route) -> Node | None:
        """The node that `route` leads to, or None."""
        node = self
        for step in route:
            if isinstance(node.value, dict) and step in node.value:
                node = node.value[str(step)].node
            elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
            else:
                return None
        return node


def _is_block(node: Node) -> bool:
    return isinstance(node.value, (dict, list)) and node.mark.line != node.mark.end_line


def text_span(node: Node, line: int, column: int, width: int = 1) -> Span:
    """The place of a line and column (from 1) of a text value, in the file that the text stands in.

    Exact for literal blocks (`|`), whose lines are the file's lines; for other styles, the whole value.
    """
    if node.style != "|" or not isinstance(node.value, str) or line < 1:
        return node.source.span(node.mark)
    row = node.mark.line + line
    start = _indent_of_block(node.value, node.source.text.splitlines(), node.mark) + max(column, 1) - 1
    return node.source.span(Mark(row, start, row, start + max(width, 1)))


def _indent_of_block(value: str, rows: list[str], mark: Mark) -> int:
    """The columns that a literal block is indented by: what its first line with text has more in the file."""
    for line, row in zip(value.splitlines(), rows[mark.line + 1 :], strict=False):
        if line.strip():
            return len(row) - len(line)
    return 0
