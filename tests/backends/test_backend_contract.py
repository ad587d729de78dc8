"""What every kind of backend keeps: its example opens, and describes itself."""

from __future__ import annotations

import json

import pytest

from qspec import kinds
from qspec.reading.document import read_document

WORDS = kinds.BACKENDS.builtin()


def read(text: str):
    document = read_document(text.encode(), "example.yaml")
    assert not document.findings
    return document.root.plain()


@pytest.mark.parametrize("word", WORDS)
def test_the_example_opens_a_backend_that_describes_itself(word):
    entry = read(kinds.BACKENDS.find(word).EXAMPLE)
    kind = entry.pop("kind")
    opened = kinds.BACKENDS.find(word)(**entry).open()
    assert opened.kind == kind == word
    assert json.loads(json.dumps(opened.description()))["name"] == opened.name
    assert opened.source["package"]
