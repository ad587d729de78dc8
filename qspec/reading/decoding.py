"""The bytes of a spec become text, or a finding that says why they cannot; and places in that text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qspec.diagnostics import Diagnostic
from qspec.reading.nodes import Mark, Source

if TYPE_CHECKING:
    from qspec.reading.nodes import Node

LARGEST_TEXT = 1 << 20
BULK = "bulk numbers belong in a file: {file: values.npy}"

_BREAKS = "\n\r\x85\u2028\u2029"  # what libyaml takes for the end of a line; \r\n is one
LINE_BREAK = re.compile(f"\r\n|[{_BREAKS}]")


@dataclass(slots=True)
class Document:
    """What was read: the tree (None when the text has none), and the findings of the reading itself."""

    source: Source
    root: Node | None = None
    findings: list[Diagnostic] = field(default_factory=list)


def decoded(content: bytes, path: str, folder: str) -> Document:
    """A document with its text and no tree yet; with a finding if it is too large or not UTF-8."""
    if len(content) > LARGEST_TEXT:
        return _too_large(content, path)
    try:
        return Document(Source(path, content.decode("utf-8-sig"), folder))
    except UnicodeDecodeError as error:
        return _not_utf8(error.object, error.start, path)


def _too_large(content: bytes, path: str) -> Document:
    """Of the text only the first line is kept, to point at."""
    first = content[:200].decode("utf-8", "replace").partition("\n")[0]
    document = Document(Source(path, first))
    message = "the file has more than 1 MiB"
    span = document.source.span(Mark(0, 0, 0, 1))
    document.findings.append(Diagnostic(code="spec-too-large", message=message, label=BULK, span=span))
    return document


def _not_utf8(content: bytes, offset: int, path: str) -> Document:
    """The bytes without a byte order mark, of which those up to `offset` are UTF-8."""
    text = content.decode("utf-8", "replace")
    document = Document(Source(path, text))
    mark = mark_at(text, len(content[:offset].decode("utf-8")), 1)
    message = f"byte 0x{content[offset]:02x} is not UTF-8 text"
    span = document.source.span(mark)
    document.findings.append(Diagnostic(code="not-utf8", message=message, label="save the file as UTF-8", span=span))
    return document


def mark_at(text: str, offset: int, width: int) -> Mark:
    """The place of `width` characters at `offset` of the text, which do not go beyond their line."""
    line = sum(text.count(sign, 0, offset) for sign in _BREAKS) - text.count("\r\n", 0, offset)
    start = max(text.rfind(sign, 0, offset) for sign in _BREAKS) + 1
    return Mark(line, offset - start, line, offset - start + width)


_PROBLEMS = {
    "mapping values are not allowed in this context": "': ' cannot stand here",
    "did not find expected key": "a key is expected here, under the keys above",
    "did not find expected '-' indicator": "a '-' is expected here, under those above",
    "did not find expected ',' or ']'": "a ',' or ']' is missing before this",
    "did not find expected ',' or '}'": "a ',' or '}' is missing before this",
    "did not find expected node content": "a value is missing here",
    "did not find expected <document start>": "nothing can follow the value before this",
    "could not find expected ':'": "a ':' is missing after a key",
    "found character that cannot start any token": "this character cannot stand here",
    "found unexpected end of stream": "the text ends before a quotation mark closes",
    "found unknown escape character": "this escape is not known between double quotes",
    "block sequence entries are not allowed in this context": "'- ' cannot stand here",
}
_ADVICE = {
    "mapping values are not allowed in this context": "quote text that holds ': '",
    "found character that cannot start any token": "quote text that begins with this character",
    "found unknown escape character": "between single quotes nothing is escaped",
}
_LONE_KEY = re.compile(r"\s*[\w.-]+\s*:\Z")
_CONTEXTS = {"sequence": "list", "collection": "list", "mapping": "mapping", "scalar": "text", "key": "key"}


def worded(problem: str) -> str:
    """What libyaml says about a text, in the words of this project."""
    return _PROBLEMS.get(problem, problem)


def worded_context(context: str) -> str:
    """What libyaml says about where it was: `while parsing a flow sequence`."""
    noun = next((word for sign, word in _CONTEXTS.items() if context.endswith(sign)), "part")
    return f"in the {noun} that begins here"


def advice(text: str, line: int, column: int, problem: str) -> str:
    """What to do about a text that is not YAML, as far as the parser's words and the place tell."""
    rows = text.splitlines()
    row = rows[line] if line < len(rows) else ""
    if "\t" in row[: column + 1]:
        return "indent with spaces, not with tabs"
    if "did not find expected" in problem or "could not find expected" in problem:
        return "look at the indentation, the quotes and the brackets up to here"
    if "mapping values" in problem and _LONE_KEY.match(row[: column + 1]):
        return "indent this key like the one above"
    return _ADVICE.get(problem, "")
