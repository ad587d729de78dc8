"""A YAML text becomes a tree of located values, within limits and with every finding at once.

The only module that knows `yaml`. It reads the event stream of libyaml's parser and builds the tree itself, so that
tags are never resolved, keys stay the text that stands there, and bombs are stopped while they are read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

import yaml

from qspec.diagnostics import Diagnostic, Related
from qspec.reading.nodes import Entry, Mark, Node, Source
from qspec.reading.scalars import Refusal, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_TEXT = 1 << 20
DEEPEST = 32
MOST_NODES = 100_000

_LOADER = getattr(yaml, "CLoader", yaml.Loader)  # libyaml's scanner and parser; only their events are used


@dataclass(slots=True)
class Document:
    """What was read: the tree (None when the text has none), and the findings of the reading itself."""

    source: Source
    root: Node | None = None
    findings: list[Diagnostic] = field(default_factory=list)


class _Stop(Exception):
    """Reading cannot go on; the finding has been noted."""


def read_document(content: bytes, path: str, folder: str = "") -> Document:
    """Read the YAML text `content`; `path` is its name in findings. Never raises for what the text says."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _not_utf8(content, path, error.start)
    document = Document(Source(path, text, folder))
    reader = _Reader(document, text)
    try:
        document.root = reader.read_spec(len(content))
    except _Stop:
        document.root = None
    return document


def read_value(text: str, offset: int, path: str, folder: str = "") -> Document:
    """Read the YAML value that starts at `offset` of the one-line text `text`, as in `KEY=VALUE`."""
    document = Document(Source(path, text, folder))
    reader = _Reader(document, " " * offset + text[offset:])
    try:
        document.root = reader.read_root() or Node(document.source, Mark(0, offset, 0, offset + 1), None)
    except _Stop:
        document.root = None
    return document


def _not_utf8(content: bytes, path: str, offset: int) -> Document:
    before = content[:offset].decode("utf-8", "replace")
    line = before.count("\n")
    column = len(before) - before.rfind("\n") - 1
    document = Document(Source(path, content.decode("utf-8", "replace")))
    span = document.source.span(Mark(line, column, line, column + 1))
    document.findings.append(
        Diagnostic(
            code="not-utf8",
            message=f"byte 0x{content[offset]:02x} is not UTF-8 text",
            label="save the file as UTF-8",
            span=span,
        )
    )
    return document


class _Reader:
    """Builds one document from parser events."""

    def __init__(self, document: Document, text: str) -> None:
        self.document = document
        self.source = document.source
        self.text = text
        self.anchors: dict[str, Node | None] = {}
        self.events: Iterator[Any] = self.parse()
        self.nodes_seen = 0
        self.text_seen = 0

    def read_spec(self, size: int) -> Node | None:
        if size > LARGEST_TEXT:
            self.stop("spec-too-large", f"the file has {size:,} bytes", "at most 1 MiB", Mark(0, 0, 0, 1))
        root = self.read_root()
        if root is None or root.value is None:
            self.stop("empty-spec", "there is no spec in this file", "start it with 'qspec: 1'", Mark(0, 0, 0, 1))
        return root

    def read_root(self) -> Node | None:
        root = None
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    self.stop("second-document", "a second document starts here", "one spec a file", _mark(event))
                root = self.node(next(self.events), 0)
        return root

    def parse(self) -> Iterator[Any]:
        loader = _LOADER(self.text)
        try:
            while loader.check_event():
                yield loader.get_event()
        except yaml.MarkedYAMLError as error:
            self.syntax(error)
        except yaml.reader.ReaderError as error:
            self.unprintable(error)
        finally:
            loader.dispose()

    def syntax(self, error: yaml.MarkedYAMLError) -> None:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        related: tuple[Related, ...] = ()
        if error.context_mark and error.context_mark.line != line:
            start = Mark(error.context_mark.line, error.context_mark.column, error.context_mark.line, 0)
            related = (Related(label=str(error.context), span=self.source.span(start)),)
        code = "unknown-anchor" if "undefined alias" in str(error.problem) else "yaml-syntax"
        self.note(
            Diagnostic(
                code=code,
                message=f"this is not YAML: {error.problem}",
                label=_advice(self.source.text, line, column, str(error.problem)),
                span=self.source.span(Mark(line, column, line, column + 1)),
                related=related,
            )
        )
        raise _Stop

    def unprintable(self, error: yaml.reader.ReaderError) -> None:
        offset = next(
            (at for at, char in enumerate(self.source.text) if not char.isprintable() and char not in "\t\n\r"), 0
        )
        line = self.source.text.count("\n", 0, offset)
        column = offset - self.source.text.rfind("\n", 0, offset) - 1
        self.stop("yaml-syntax", f"this is not YAML: {error.reason}", "", Mark(line, column, line, column + 1))

    def node(self, event: Any, depth: int) -> Node:
        if depth > DEEPEST:
            self.stop("too-deep", f"this is nested more than {DEEPEST} deep", "", _mark(event))
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, depth)
        self.refuse_tag(event)
        if event.anchor:
            self.anchors[event.anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            node = self.scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self.sequence(event, depth)
        else:
            node = self.mapping(event, depth)
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def count(self, nodes: int, text: int, event: Any) -> None:
        self.nodes_seen += nodes
        self.text_seen += text
        if self.nodes_seen > MOST_NODES:
            self.stop("spec-too-large", f"the spec expands to more than {MOST_NODES:,} values", _BULK, _mark(event))
        if self.text_seen > LARGEST_TEXT:
            self.stop("spec-too-large", "the spec expands to more than 1 MiB of text", _BULK, _mark(event))

    def alias(self, event: Any, depth: int) -> Node:
        if event.anchor not in self.anchors:
            self.stop("unknown-anchor", f"there is no anchor '&{event.anchor}' before this alias", "", _mark(event))
        node = self.anchors[event.anchor]
        if node is None:
            self.stop("unknown-anchor", f"the alias '*{event.anchor}' stands inside what it repeats", "", _mark(event))
        if depth + node.depth > DEEPEST:
            self.stop("too-deep", f"with this alias the spec is nested more than {DEEPEST} deep", "", _mark(event))
        self.count(node.nodes, node.text, event)
        return node

    def scalar(self, event: Any) -> Node:
        self.count(1, len(event.value), event)
        style = event.style or ""
        value: Any = event.value
        if not style and not event.tag:
            value = resolve(event.value)
            if isinstance(value, Refusal):
                span = self.source.span(_mark(event))
                self.note(Diagnostic(code=value.code, message=value.message, label=value.label, span=span))
                value = event.value
        return Node(self.source, _mark(event), value, style=style, text=len(event.value))

    def sequence(self, event: Any, depth: int) -> Node:
        self.count(1, 0, event)
        items: list[Node] = []
        for child in self.events:
            if isinstance(child, yaml.SequenceEndEvent):
                return _closed(Node(self.source, _mark(event, child), items), items)
            items.append(self.node(child, depth + 1))
        raise _Stop

    def mapping(self, event: Any, depth: int) -> Node:
        self.count(1, 0, event)
        entries: dict[str, Entry] = {}
        for child in self.events:
            if isinstance(child, yaml.MappingEndEvent):
                nodes = [entry.node for entry in entries.values()]
                return _closed(Node(self.source, _mark(event, child), entries), nodes)
            key = self.key(child)
            node = self.node(next(self.events), depth + 1)
            if key in entries:
                self.repeated(key, child, entries[key])
            else:
                entries[key] = Entry(self.source, _mark(child), node)
        raise _Stop

    def key(self, event: Any) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self.stop("key-not-text", "a key must be text, not a list, a mapping or an alias", "", _mark(event))
        self.refuse_tag(event)
        self.count(0, len(event.value), event)
        if event.value == "<<" and not event.style:
            self.note(
                Diagnostic(
                    code="merge-key",
                    message="merge keys (<<) are not part of the spec format",
                    label="write the keys out, or use 'extends' for a base spec",
                    span=self.source.span(_mark(event)),
                )
            )
        return str(event.value)

    def repeated(self, key: str, event: Any, first: Entry) -> None:
        self.note(
            Diagnostic(
                code="repeated-key",
                message=f"the key '{key}' stands here a second time",
                label="remove one of them",
                span=self.source.span(_mark(event)),
                related=(Related(label="first here", span=self.source.span(first.mark)),),
            )
        )

    def refuse_tag(self, event: Any) -> None:
        if event.tag:
            name = event.tag.replace("tag:yaml.org,2002:", "!!")
            self.note(
                Diagnostic(
                    code="tag",
                    message=f"the tag '{name}' is not part of the spec format",
                    label="a spec is plain data: remove the tag",
                    span=self.source.span(_mark(event)),
                )
            )

    def note(self, finding: Diagnostic) -> None:
        self.document.findings.append(finding)

    def stop(self, code: str, message: str, label: str, mark: Mark) -> NoReturn:
        self.note(Diagnostic(code=code, message=message, label=label, span=self.source.span(mark)))
        raise _Stop


_BULK = "bulk numbers belong in a file: {file: values.npy}"


def _mark(event: Any, last: Any = None) -> Mark:
    end = (last or event).end_mark
    return Mark(event.start_mark.line, event.start_mark.column, end.line, end.column)


def _closed(node: Node, children: list[Node]) -> Node:
    node.nodes = 1 + sum(child.nodes for child in children)
    node.text = sum(child.text for child in children)
    node.depth = 1 + max((child.depth for child in children), default=0)
    return node


def _advice(text: str, line: int, column: int, problem: str) -> str:
    rows = text.splitlines()
    row = rows[line] if line < len(rows) else ""
    if "\t" in row[: column + 1]:
        return "indent with spaces, not with tabs"
    if "mapping values are not allowed" in problem:
        return "quote text that holds ': '"
    if "did not find expected" in problem or "could not find expected" in problem:
        return "look at the indentation, the quotes and the brackets up to here"
    return ""
