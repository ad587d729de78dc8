"""Every value knows the file and the place that it was written at."""

from __future__ import annotations

import pytest

from qspec.reading.nodes import text_span

SPEC = """\
qspec: 1
jobs:
  counts:
    program_id: sampler
    pubs:
      - circuit: bell
      - {circuit: "Bell θ", shots: [1, 2]}
"""


@pytest.mark.parametrize(
    ("route", "place"),
    [
        (("qspec",), (1, 8, 1, 9)),
        (("jobs", "counts", "program_id"), (4, 17, 4, 24)),
        (("jobs", "counts", "pubs", 0, "circuit"), (6, 18, 6, 22)),
        (("jobs", "counts", "pubs", 1, "circuit"), (7, 19, 7, 27)),
        (("jobs", "counts", "pubs", 1, "shots"), (7, 36, 7, 42)),
        (("jobs", "counts", "pubs", 1, "shots", 1), (7, 40, 7, 41)),
        (("jobs", "counts", "pubs", 1), (7, 9, 7, 43)),
    ],
)
def test_a_value_stands_where_it_was_written(read, route, place):
    span = read(SPEC).root.span(route)
    assert (span.line, span.column, span.end_line, span.end_column) == place


@pytest.mark.parametrize(
    ("route", "place"),
    [
        (("jobs",), (2, 1, 2, 5)),
        (("jobs", "counts"), (3, 3, 3, 9)),
        (("jobs", "counts", "program_id"), (4, 5, 4, 15)),
        (("jobs", "counts", "pubs", 1, "shots"), (7, 29, 7, 34)),
    ],
)
def test_a_key_stands_where_it_was_written(read, route, place):
    span = read(SPEC).root.span(route, on_key=True)
    assert (span.line, span.column, span.end_line, span.end_column) == place


def test_a_block_of_many_lines_is_shown_by_its_key(read):
    assert str(read(SPEC).root.span(("jobs", "counts"))) == "spec.yaml:3:3"


def test_a_route_that_leads_too_far_ends_at_its_last_step(read):
    root = read(SPEC).root
    assert root.span(("jobs", "counts", "shots")) == root.span(("jobs", "counts"))
    assert root.span(("jobs", "counts", "pubs", 7)) == root.span(("jobs", "counts", "pubs"))
    assert root.find(("jobs", "counts", "shots")) is None
    assert root.find(("jobs", "counts", "pubs", 2)) is None
    assert root.find(("qspec", "x")) is None


def test_columns_count_characters_whatever_their_width(read):
    root = read('{"𝛉": 1, "日本": 2, "é": 3, x: 4}').root
    assert [root.span((key,)).column for key in ("𝛉", "日本", "é", "x")] == [7, 16, 24, 30]


CIRCUIT = """\
circuits:
  bell:
    source: |
      OPENQASM 3.0;

        qubit[2] q;
      h q[5];
"""


def test_a_line_of_a_literal_block_is_found_in_the_file(read):
    node = read(CIRCUIT).root.find(("circuits", "bell", "source"))
    assert node.value == "OPENQASM 3.0;\n\n  qubit[2] q;\nh q[5];\n"
    assert str(text_span(node, 1, 1)) == "spec.yaml:4:7"
    assert str(text_span(node, 3, 3)) == "spec.yaml:6:9"
    assert text_span(node, 4, 3, width=4).end_column == 13


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: |2\n    x\n  y\n", "spec.yaml:3:3"),
        ("a: |-\n\n  x\n  y\n", "spec.yaml:4:4"),
        ("a: &name |\n x\n y\n", "spec.yaml:3:3"),
        ("a: | # with a comment\n   x\n   y\n", "spec.yaml:3:5"),
        ("a: |\r\n  x\r\n  y\r\n", "spec.yaml:3:4"),
    ],
)
def test_the_indentation_of_a_literal_block_is_taken_from_the_file(read, text, place):
    node = read(text).root.find(("a",))
    line = node.value.splitlines().index("y") + 1
    assert str(text_span(node, line, 2 if text[3:5] != "|2" else 1)) == place


@pytest.mark.parametrize("text", ['a: "x\\ny"', "a: >\n  x\n\n  y\n", "a: x\n"])
def test_other_styles_are_shown_as_a_whole(read, text):
    root = read(text).root
    assert text_span(root.find(("a",)), 2, 1) == root.span(("a",))


def test_an_unknown_line_shows_the_whole_block(read):
    node = read(CIRCUIT).root.find(("circuits", "bell", "source"))
    assert text_span(node, 0, 0) == node.source.span(node.mark)
