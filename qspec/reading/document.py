"""A YAML text becomes a tree of located values, within limits and with every finding at once.

The only module that knows `yaml`. It reads the event stream of libyaml's parser and builds the tree itself, so that
tags are never resolved, keys stay the text that stands there, and bombs are stopped while they are read.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

import yaml

from qspec.diagnostics import Diagnostic, Related, clipped, suggestion
from qspec.reading.decoding import BULK, LARGEST_TEXT, Document, advice, decoded, mark_at, worded, worded_context
from qspec.reading.nodes import Entry, Mark, Node, Source
from qspec.reading.scalars import Refusal, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST = 32
MOST_NODES = 100_000
MOST_FINDINGS = 500

LOADER = getattr(yaml, "CLoader", yaml.Loader)  # libyaml's scanner and parser; only their events are used
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MORE = f"reading stopped here, after {MOST_FINDINGS} findings"
_TAG_DIRECTIVE = re.compile("^%TAG", re.MULTILINE)


class _Stop(Exception):
    """Reading cannot go on; the finding has been noted."""


def read_document(content: bytes, path: str, folder: str = "") -> Document:
    """Read the YAML text `content`; `path` is its name in findings. Never raises for what the text says."""
    document = decoded(content, path, folder)
    if document.findings:
        return document
    try:
        document.root = _Reader(document, document.source.text).read_spec()
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

    def read_spec(self) -> Node | None:
        # libyaml takes quadratic time over many of these, before it yields a single event
        if directive := _TAG_DIRECTIVE.search(self.text):
            mark = mark_at(self.text, directive.start(), 4)
            self.stop("tag", "'%TAG' is not part of the spec format", "a spec is plain data: remove the line", mark)
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
        try:
            loader = LOADER(self.text)
        except UnicodeEncodeError as error:  # half a character, as in an argument that is not UTF-8
            self.stop("yaml-syntax", "this is not text in UTF-8", "", mark_at(self.text, error.start, 1))
        try:
            while type(event := loader.get_event()) is not yaml.StreamEndEvent:
                yield event
        except yaml.MarkedYAMLError as error:
            self.syntax(error)
        except yaml.reader.ReaderError as error:
            self.unprintable(error)
        finally:
            loader.dispose()

    def syntax(self, error: yaml.MarkedYAMLError) -> None:
        mark = error.problem_mark or error.context_mark
        line, column = self.within(mark.line, mark.column) if mark else (0, 0)
        related: tuple[Related, ...] = ()
        if error.context_mark and error.context_mark.line != line:
            start = Mark(error.context_mark.line, error.context_mark.column, error.context_mark.line, 0)
            related = (Related(label=worded_context(str(error.context)), span=self.source.span(start)),)
        code = "unknown-anchor" if "undefined alias" in str(error.problem) else "yaml-syntax"
        self.note(
            Diagnostic(
                code=code,
                message=f"this is not YAML: {worded(str(error.problem))}",
                label=advice(self.source.text, line, column, str(error.problem)),
                span=self.source.span(Mark(line, column, line, column + 1)),
                related=related,
            )
        )
        raise _Stop

    def within(self, line: int, column: int) -> tuple[int, int]:
        """The place, or the end of the last line with text where the place is beyond it."""
        end = mark_at(self.source.text, len(self.source.text.rstrip()), 0)
        return (end.line, end.column) if line > end.line else (line, column)

    def unprintable(self, error: yaml.reader.ReaderError) -> None:
        found = _UNPRINTABLE.search(self.text)
        mark = mark_at(self.text, found.start() if found else 0, 1)
        self.stop("yaml-syntax", f"this is not YAML: {error.reason}", "remove this character", mark)

    def node(self, event: Any, depth: int) -> Node:
        if depth > DEEPEST:
            self.stop("too-deep", f"this is nested more than {DEEPEST} deep", "", _mark(event))
        if type(event) is yaml.ScalarEvent and event.anchor is None:
            return self.scalar(event)
        if type(event) is yaml.AliasEvent:
            return self.alias(event, depth)
        if event.anchor is None:
            return self.collection(event, depth)
        self.anchors[event.anchor] = None
        node = self.scalar(event) if type(event) is yaml.ScalarEvent else self.collection(event, depth)
        self.anchors[event.anchor] = node
        return node

    def collection(self, event: Any, depth: int) -> Node:
        self.refuse_tag(event)
        self.count(1, 0, event)
        return self.sequence(event, depth) if type(event) is yaml.SequenceStartEvent else self.mapping(event, depth)

    def count(self, nodes: int, text: int, event: Any) -> None:
        self.nodes_seen += nodes
        self.text_seen += text
        if self.nodes_seen > MOST_NODES:
            self.stop("spec-too-large", f"the spec expands to more than {MOST_NODES:,} values", BULK, _mark(event))
        if self.text_seen > LARGEST_TEXT:
            self.stop("spec-too-large", "the spec expands to more than 1 MiB of text", BULK, _mark(event))

    def alias(self, event: Any, depth: int) -> Node:
        name = clipped(event.anchor)
        if event.anchor not in self.anchors:
            label = suggestion(event.anchor, list(self.anchors))
            self.stop("unknown-anchor", f"there is no anchor '&{name}' before this alias", label, _mark(event))
        node = self.anchors[event.anchor]
        if node is None:
            self.stop("unknown-anchor", f"the alias '*{name}' stands inside what it repeats", "", _mark(event))
        if depth + node.depth > DEEPEST:
            self.stop("too-deep", f"with this alias the spec is nested more than {DEEPEST} deep", "", _mark(event))
        self.count(node.nodes, node.text, event)
        return node

    def scalar(self, event: Any) -> Node:
        value: Any = event.value
        size = len(value)
        self.count(1, size, event)
        mark = _mark(event)
        if event.tag:
            self.refuse_tag(event)
        elif not event.style:
            value = resolve(value)
            if type(value) is Refusal:
                span = self.source.span(mark)
                self.note(Diagnostic(code=value.code, message=value.message, label=value.label, span=span))
                value = event.value
        return Node(self.source, mark, value, event.style or "", 1, size)

    def sequence(self, event: Any, depth: int) -> Node:
        items: list[Node] = []
        for child in self.events:
            if type(child) is yaml.SequenceEndEvent:
                return _closed(Node(self.source, _mark(event, child), items), items, 0)
            items.append(self.node(child, depth + 1))
        raise _Stop

    def mapping(self, event: Any, depth: int) -> Node:
        entries: dict[str, Entry] = {}
        for child in self.events:
            if type(child) is yaml.MappingEndEvent:
                nodes = [entry.node for entry in entries.values()]
                return _closed(Node(self.source, _mark(event, child), entries), nodes, sum(map(len, entries)))
            key = self.key(child)
            node = self.node(next(self.events), depth + 1)
            if key in entries:
                self.repeated(key, child, entries[key])
            else:
                entries[key] = Entry(self.source, _mark(child), node)
        raise _Stop

    def key(self, event: Any) -> str:
        if type(event) is not yaml.ScalarEvent:
            self.stop("key-not-text", "a key must be text, not a list, a mapping or an alias", "", _mark(event))
        key: str = event.value
        self.count(0, len(key), event)
        if event.tag:
            self.refuse_tag(event)
        if key == "<<" and not event.style:
            self.note(
                Diagnostic(
                    code="merge-key",
                    message="merge keys (<<) are not part of the spec format",
                    label="write the keys out, or use 'extends' for a base spec",
                    span=self.source.span(_mark(event)),
                )
            )
        return key

    def repeated(self, key: str, event: Any, first: Entry) -> None:
        self.note(
            Diagnostic(
                code="repeated-key",
                message=f"the key '{clipped(key)}' stands here a second time",
                label="remove one of them",
                span=self.source.span(_mark(event)),
                related=(Related(label="first here", span=self.source.span(first.mark)),),
            )
        )

    def refuse_tag(self, event: Any) -> None:
        if event.tag:
            name = clipped(event.tag.replace("tag:yaml.org,2002:", "!!"))
            self.note(
                Diagnostic(
                    code="tag",
                    message=f"the tag '{name}' is not part of the spec format",
                    label="a spec is plain data: remove the tag",
                    span=self.source.span(_mark(event)),
                )
            )

    def note(self, finding: Diagnostic) -> None:
        last = len(self.document.findings) + 1 == MOST_FINDINGS
        self.document.findings.append(replace(finding, notes=(_MORE,)) if last else finding)
        if last:
            raise _Stop

    def stop(self, code: str, message: str, label: str, mark: Mark) -> NoReturn:
        self.document.findings.append(Diagnostic(code=code, message=message, label=label, span=self.source.span(mark)))
        raise _Stop


def _mark(event: Any, last: Any = None) -> Mark:
    start = event.start_mark
    end = event.end_mark if last is None else last.end_mark
    return Mark(start.line, start.column, end.line, end.column)


def _closed(node: Node, children: list[Node], keys: int) -> Node:
    """The node with what it expands to; its keys have `keys` characters together."""
    node.nodes = 1 + sum([child.nodes for child in children])
    node.text = keys + sum([child.text for child in children])
    node.depth = 1 + max([child.depth for child in children], default=0)
    return node
