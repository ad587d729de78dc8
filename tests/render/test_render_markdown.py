"""Markdown of other people's words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qspec.render.markdown import escaped, fitted, folded, table


def unescaped(text: str) -> str:
    """What a reader of Markdown makes of it, where every sign that could be obeyed has a backslash before it."""
    out, signs = [], iter(text)
    for sign in signs:
        if sign == "\\":
            out.append(next(signs))
        else:
            assert sign not in "`*_{}[]()<>#+-.!|~&:@$^=", text
            out.append(sign)
    return "".join(out)


@given(st.text(max_size=100))
def test_escaped_text_is_one_line_that_says_the_same_and_orders_nothing(text):
    line = escaped(text)
    assert len(line.splitlines()) <= 1
    said = " ".join(text.split())
    if said.isprintable():
        assert unescaped(line) == said


def test_a_long_table_counts_the_rows_that_it_leaves_out():
    text = table(("job",), [(str(number),) for number in range(1301)], noun="job")
    assert text.count("\n| ") == 101
    assert text.endswith("| 99 |\n\nand 1,201 more jobs\n")


@pytest.mark.parametrize("text", ["a\n", "```\n</details>\n", "`````text\n````\n"])
def test_a_text_cannot_end_the_block_that_it_stands_in(text):
    lines = folded("results", text, most=100).splitlines()
    fence = lines[2].removesuffix("text")
    assert set(fence) == {"`"}
    assert [number for number, line in enumerate(lines) if line.startswith(fence)] == [2, 3 + len(text.splitlines())]


def test_of_a_long_text_whole_lines_are_kept():
    text = folded("results", "12345\n" * 10, most=20)
    assert text.count("12345\n") == 3
    assert "42 of 60 characters of this are left out here" in text


@given(st.lists(st.text(max_size=60), max_size=5), st.integers(0, 500))
def test_what_is_fitted_fits_and_says_what_it_leaves_out(blocks, room):
    whole = "".join(f"{block}\n" for block in blocks)
    text = fitted(blocks, room, elsewhere="The rest is elsewhere.")
    assert len(text.encode("utf-8", "replace")) <= room
    assert text in ("", whole) or text.endswith("since a summary may not be larger. The rest is elsewhere.\n\n")
