"""A YAML text becomes plain data and nothing else, or nothing at all: the quick way for texts that are right.

It takes a part of what `document` takes, from the events of the same parser, without noting where anything stands.
Whatever goes beyond its narrow limits, or may be a mistake, it leaves to `document`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import yaml
from yaml import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from qspec.reading.document import DEEPEST, LOADER, MOST_NODES
from qspec.reading.scalars import STARTS_A_NUMBER, WORDS, Refusal, resolve

LONGEST = MOST_NODES // 2
"""The most characters of a text with its aliases written out, which can then have neither too many nodes nor too much text."""


_resolve = lru_cache(maxsize=1000)(resolve)  # most specs have the same few numbers, many times


class _NotPlainError(Exception):
    """The text is not for this reader."""


def read_plain(text: str) -> Any:
    """The mapping that a YAML text stands for; None where `document` is to be asked."""
    if len(text) > LONGEST or text.startswith("%") or "\n%" in text:
        return None
    loader = LOADER(text)
    try:
        return _Reader(loader, len(text)).read()
    except (yaml.YAMLError, _NotPlainError):
        return None
    finally:
        loader.dispose()


class _Reader:
    """Builds the data of one text from parser events. What was read so far expands to at most `size`."""

    def __init__(self, loader: Any, size: int) -> None:
        self.next = loader.get_event
        self.size = size
        self.deepest = 0
        self.anchors: dict[str, Any] = {}

    def read(self) -> Any:
        self.expect(StreamStartEvent, DocumentStartEvent)
        event = self.next()
        if type(event) is not MappingStartEvent:
            raise _NotPlainError
        data = self.collection(event, 0)
        self.expect(DocumentEndEvent, StreamEndEvent)
        return data

    def expect(self, *kinds: type) -> None:
        for kind in kinds:
            if type(self.next()) is not kind:
                raise _NotPlainError

    def collection(self, event: Any, depth: int) -> Any:
        """A mapping, a list, or what an alias repeats."""
        if type(event) is AliasEvent:
            return self.alias(event, depth)
        if event.tag or depth >= DEEPEST:
            raise _NotPlainError
        self.deepest = max(self.deepest, depth)
        if event.anchor:
            self.anchors[event.anchor] = None
        data = self.mapping(depth + 1) if type(event) is MappingStartEvent else self.sequence(depth + 1)
        if event.anchor:
            self.anchors[event.anchor] = data
        return data

    def alias(self, event: Any, depth: int) -> Any:
        value = self.anchors.get(event.anchor)
        self.deepest += depth + 1
        self.size *= 2
        if value is None or self.size > LONGEST or self.deepest > DEEPEST:
            raise _NotPlainError
        return value

    def mapping(self, depth: int) -> dict[str, Any]:
        data: dict[str, Any] = {}
        while type(event := self.next()) is ScalarEvent:
            key = event.value
            if key in data or key == "<<" or event.tag or event.anchor:
                raise _NotPlainError
            event = self.next()
            data[key] = self.scalar(event) if type(event) is ScalarEvent else self.collection(event, depth)
        if type(event) is not MappingEndEvent:
            raise _NotPlainError
        return data

    def sequence(self, depth: int) -> list[Any]:
        items: list[Any] = []
        while type(event := self.next()) is not SequenceEndEvent:
            items.append(self.scalar(event) if type(event) is ScalarEvent else self.collection(event, depth))
        return items

    def scalar(self, event: Any) -> Any:
        value = event.value
        if event.tag:
            raise _NotPlainError
        if not event.style:
            if value in WORDS:
                value = WORDS[value]
            elif value[0] in STARTS_A_NUMBER:
                value = _resolve(value)
                if type(value) is Refusal:
                    raise _NotPlainError
        if event.anchor:
            self.anchors[event.anchor] = value
        return value
