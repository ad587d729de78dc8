"""What every kind of backend keeps: its example opens, and describes itself."""

from __future__ import annotations

import json

import pytest

from qspec import kinds
from qspec.reading.document import read_document
from tests.emulator import Emulator, Instance

WORDS = kinds.BACKENDS.builtin()


def read(text: str):
    document = read_document(text.encode(), "example.yaml")
    assert not document.findings
    return document.root.plain()


@pytest.fixture
def account(monkeypatch):
    """An account on an emulated service, whose only backend is large enough for the example."""
    with Emulator(devices=["sherbrooke"], instances=[Instance(name="research")]) as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        yield emulator


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("word", WORDS)
def test_the_example_opens_a_backend_that_describes_itself(word):
    entry = read(kinds.BACKENDS.find(word).EXAMPLE)
    kind = entry.pop("kind")
    opened = kinds.BACKENDS.find(word)(**entry).open()
    assert opened.kind == kind == word
    assert json.loads(json.dumps(opened.description()))["name"] == opened.name
    assert opened.source.keys() & {"package", "service"}
