"""What every sink keeps: its example is valid, its misuse is not, its path stays inside, and it says what it wrote."""

from __future__ import annotations

import pytest

from qspec import kinds
from qspec.reading.document import read_document
from qspec.reading.schema import compose
from qspec.reading.walker import accepts

WORDS = kinds.SINKS.builtin()
SCHEMA = compose()
ITEM = SCHEMA["properties"]["sinks"]["items"]


def read(text: str):
    document = read_document(text.encode(), "example.yaml")
    assert not document.findings
    return document.root.plain()


def valid(entry) -> bool:
    return accepts(entry, {**ITEM, "definitions": SCHEMA["definitions"]})


@pytest.mark.parametrize("word", WORDS)
def test_the_example_can_be_built_and_writes_what_it_says(word, run):
    entry = read(kinds.SINKS.find(word).EXAMPLE)
    kind = entry.pop("kind")
    assert kind == word
    paths = kinds.SINKS.find(word)(**entry).write(run, run.folder)
    assert paths
    assert all(path.is_file() and path.is_relative_to(run.folder) for path in paths)
    assert not list(run.folder.rglob("*.part"))


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize(
    "path",
    [
        "/a",
        "~/a",
        "../a",
        "a/../b",
        "a/..",
        "..",
        ".",
        "a//b",
        "a/",
        "a\\b",
        "{shots}",
        "{job",
        "a}",
        "",
        "a\tb",
        "./a",
        "{}",
        "a\n",
    ],
)
def test_a_path_that_could_lead_outside_is_not_valid(word, path):
    assert not valid({"kind": word, "path": path})


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize(
    "path", ["a", "a/b.c", "{job}/{point}/{name}-{run}", "..a", "a..b", "θ values.x", ".hidden", "a~"]
)
def test_a_path_inside_is_valid(word, path):
    assert valid({"kind": word, "path": path})
