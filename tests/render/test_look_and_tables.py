"""Widths, bars, tables: what text looks like where it is shown."""

from __future__ import annotations

import pytest

from qspec.render.look import Look, clipped, columns, padded, plural, shortened, visible
from qspec.render.table import table, wrapped

ASCII = Look(unicode=False)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain θ 名 😀", "plain θ 名 😀"),
        ("a\tb\nc", "a␉b␊c"),
        ("\x1b[31m", "␛[31m"),
        ("\x7f\x9b", "␡�"),
        ("a\u200bb\u202ec\ufeff", "a�b�c�"),
        ("no\u00a0break", "no�break"),
        ("\udcff", "�"),
    ],
)
def test_what_a_terminal_would_obey_or_hide_is_made_visible(text, seen):
    assert visible(text) == seen


@pytest.mark.parametrize(
    ("text", "width"), [("abc", 3), ("θ", 1), ("名前", 4), ("😀", 2), ("e\u0301", 1), ("", 0), ("Ａ", 2)]
)
def test_columns_are_those_of_a_terminal(text, width):
    assert columns(text) == width


def test_padding_counts_columns():
    assert padded("名", 4) == "名  "
    assert padded("12", 4, right=True) == "  12"


@pytest.mark.parametrize(
    ("text", "width", "short"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abc…fg"),
        ("0" * 127, 7, "000…000"),
        ("名" * 10, 7, "名…名"),
        ("ab", 1, "…"),
    ],
)
def test_a_shortened_text_keeps_both_ends(text, width, short):
    assert shortened(text, width) == short
    assert columns(shortened(text, width)) <= width


@pytest.mark.parametrize(
    ("text", "width", "short"), [("abc def", 7, "abc def"), ("abc def", 5, "abc…"), ("名前名", 4, "名…")]
)
def test_a_clipped_text_keeps_its_start(text, width, short):
    assert clipped(text, width) == short


@pytest.mark.parametrize(("part", "bar"), [(0.0, ""), (1.0, "████"), (0.5, "██"), (0.53, "██▏"), (0.01, "")])
def test_a_bar_fills_its_part_in_eighths(part, bar):
    assert Look().bar(part, 4) == bar


def test_a_bar_in_ascii_is_made_of_hashes():
    assert ASCII.bar(0.5, 10) == "#####"


def test_colour_is_used_only_where_it_is_wanted():
    assert Look(colour=True).paint("x", "red") == "\x1b[1;31mx\x1b[0m"
    assert Look(colour=True).paint("", "red") == ""
    assert Look().paint("x", "red") == "x"


@pytest.mark.parametrize(("count", "said"), [(0, "0 errors"), (1, "1 error"), (2048, "2,048 errors")])
def test_plurals(count, said):
    assert plural(count, "error") == said


def test_a_table_is_as_wide_as_its_cells():
    assert table(("a", "long"), [("x", "1"), ("名前", "22")], right={1}) == "a     long\nx        1\n名前    22\n"


def test_a_table_leaves_empty_columns_out():
    assert table(("a", "b", "c"), [("1", "", "2"), ("3", "", "")], indent=2) == "  a  c\n  1  2\n  3\n"


def test_a_table_can_be_without_heading_and_without_rows():
    assert table((), [("1", "2")]) == "1  2\n"
    assert table((), []) == ""


def test_a_table_in_ascii_keeps_its_columns():
    assert table(("v", "e"), [("1", "± 2"), ("θθ", "3")], look=ASCII) == "v   e\n1   +- 2\n??  3\n"


def test_cells_cannot_break_the_table():
    assert table((), [("a\nb\x1b", "c")]) == "a␊b␛  c\n"


def test_a_cell_of_many_words_goes_on_below_itself():
    rows = wrapped(("ibm", "one two three", "here"), 1, 8)
    assert rows == [("ibm", "one two", "here"), ("", "three", "")]
    assert wrapped(("a", ""), 1, 8) == [("a", "")]
