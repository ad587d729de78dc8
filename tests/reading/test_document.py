"""A YAML text becomes located values, or findings; nothing that it says raises."""

from __future__ import annotations

import json

import pytest

from qspec.diagnostics import Span
from qspec.reading.document import DEEPEST, MOST_FINDINGS, read_value


def test_mappings_lists_and_scalars_are_read(values):
    assert values("a: [1, two, {b: 3.5}]\nc:\n  - true\n  -\n") == {"a": [1, "two", {"b": 3.5}], "c": [True, None]}


def test_json_is_yaml(values):
    data = {"a": [1, 2.5, "x\ny", None, True], "θ": {"": []}, "01": "1e3", "e": 1e-300}
    assert values(json.dumps(data)) == data
    assert values(json.dumps(data, ensure_ascii=False, indent=1)) == data


def test_quoted_and_block_scalars_are_text(values):
    assert values("""{a: "1", b: '0x1', c: "true", d: ''}""") == {"a": "1", "b": "0x1", "c": "true", "d": ""}
    assert values("a: |\n  12\n  3\nb: >-\n  1\n  2\n") == {"a": "12\n3\n", "b": "1 2"}


def test_keys_are_the_text_that_stands_there(values):
    assert values("{00: 1, 1e3: 2, true: 3, ~: 4, 0x10: 5}\n") == {"00": 1, "1e3": 2, "true": 3, "~": 4, "0x10": 5}


def test_escapes_and_unicode_are_read(values):
    assert values(r'{a: "\u03b8\t\x41", θ: ψ, "\N": "𝛉"}') == {"a": "θ\tA", "θ": "ψ", "\x85": "𝛉"}


@pytest.mark.parametrize("text", ["a: 1\r\nb:\r\n  - 2\r\n", "a: 1\rb:\r  - 2\r", "\ufeffa: 1\nb:\n  - 2"])
def test_line_ends_and_a_byte_order_mark_make_no_difference(read, text):
    document = read(text)
    assert document.root.plain() == {"a": 1, "b": [2]}
    assert document.root.span(("a",)) == Span(path="spec.yaml", line=1, column=4, end_line=1, end_column=5)
    assert document.root.span(("b", 0)).line == 3


def test_an_anchor_repeats_what_it_names(values):
    assert values("a: &x {b: [1, &y 2]}\nc: *x\nd: [*x, *y]") == {
        "a": {"b": [1, 2]}, "c": {"b": [1, 2]}, "d": [{"b": [1, 2]}, 2],
    }  # fmt: skip


def test_an_anchor_may_be_named_again(values):
    assert values("[&a 1, *a, &a 2, *a]") == [1, 1, 2, 2]


def test_a_value_from_an_alias_stands_where_it_was_written(read):
    assert read("a: &x 7\nb: *x\n").root.span(("b",)).line == 1


BROKEN = {
    "a: [1, 2": ("yaml-syntax", 1, 9),
    "a: 1\n b: 2": ("yaml-syntax", 2, 3),
    "a: b: c": ("yaml-syntax", 1, 5),
    "a:\n\t- 1": ("yaml-syntax", 2, 1),
    "a: 'open": ("yaml-syntax", 1, 9),
    "a: \x07": ("yaml-syntax", 1, 4),
    "θθ: [\u200b\ufffe]": ("yaml-syntax", 1, 7),
    "a: @x": ("yaml-syntax", 1, 4),
    "%YAML 3.0\n---\na: 1": ("yaml-syntax", 1, 1),
    "a: 1\n---\nb: 2": ("second-document", 2, 1),
    "a: 1\n...\nb: 2": ("yaml-syntax", 3, 1),
    "a: *b": ("unknown-anchor", 1, 4),
    "a: &b [*b]": ("unknown-anchor", 1, 8),
    "a: 1\nb: 2\na: 3": ("repeated-key", 3, 1),
    "{a: 1, 'a': 2}": ("repeated-key", 1, 8),
    "? [1]\n: 2": ("key-not-text", 1, 3),
    "{{a: 1}: 2}": ("key-not-text", 1, 2),
    "a: &x 1\n*x : 2": ("key-not-text", 2, 1),
    "a: !!int 5": ("tag", 1, 4),
    "a: !python/object/apply:os.system [ls]": ("tag", 1, 4),
    "!x a: 1": ("tag", 1, 1),
    "%TAG ! tag:x,2000:\n---\na: 1": ("tag", 1, 1),
    "a: &x {b: 1}\n<<: *x": ("merge-key", 2, 1),
    "a: 010": ("leading-zero", 1, 4),
    "a: [1, .inf]": ("not-finite", 1, 8),
    "a:\n  - 9007199254740993": ("number-too-large", 2, 5),
    "": ("empty-spec", 1, 1),
    "# only a comment\n": ("empty-spec", 1, 1),
    "---\n": ("empty-spec", 1, 1),
    "~": ("empty-spec", 1, 1),
}


@pytest.mark.parametrize(("text", "expected"), BROKEN.items(), ids=lambda value: repr(value)[:30])
def test_a_mistake_in_the_text_is_one_finding_at_its_place(only, text, expected):
    assert only(text) == expected


def test_findings_that_do_not_stop_reading_come_all_at_once(read):
    document = read("a: 010\nb: 1\na: !!str 3\nc: .nan\n")
    assert [(finding.code, finding.span.line) for finding in document.findings] == [
        ("leading-zero", 1), ("tag", 3), ("repeated-key", 3), ("not-finite", 4),
    ]  # fmt: skip
    assert document.root.plain() == {"a": "010", "b": 1, "c": ".nan"}


def test_a_repeated_key_names_the_first_place(read):
    (finding,) = read("jobs: {}\nname: x\njobs: {}").findings
    (first,) = finding.related
    assert str(first.span) == "spec.yaml:1:1"


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("a:\n\t- 1", "indent with spaces, not with tabs"),
        ("a: b: c", "quote text that holds ': '"),
        ("a: [1, 2\nb: 3", "look at the indentation, the quotes and the brackets up to here"),
    ],
)
def test_broken_yaml_comes_with_advice(read, text, advice):
    assert read(text).findings[0].label == advice


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"a: \xff", "spec.yaml:1:4"),
        (b"a: 1\nb: \xc3\xa9\xe9x", "spec.yaml:2:5"),
        (b"\xef\xbb\xbfa: \xff", "spec.yaml:1:4"),
        ("a: é".encode("utf-16"), "spec.yaml:1:1"),
        (b"a: \xed\xa0\x80", "spec.yaml:1:4"),
        (b"\xc3", "spec.yaml:1:1"),
    ],
)
def test_bytes_that_are_not_utf8_are_found_at_their_place(read, content, place):
    document = read(content)
    (finding,) = document.findings
    assert finding.code == "not-utf8"
    assert str(finding.span) == place
    assert document.root is None


def test_the_limit_of_depth_is_met_exactly(read):
    assert not read("[" * DEEPEST + "1" + "]" * DEEPEST).findings
    assert read("[" * (DEEPEST + 1) + "1" + "]" * (DEEPEST + 1)).findings[0].code == "too-deep"


def test_aliases_count_for_the_depth(read):
    half = "[" * 20 + "1" + "]" * 20
    assert not read(f"[&a {half}, {'[' * 11}*a{']' * 11}]").findings
    assert read(f"[&a {half}, {'[' * 12}*a{']' * 12}]").findings[0].code == "too-deep"


def test_reading_stops_after_many_findings_and_says_so(read):
    document = read("a: 01\n" * 5000)
    assert len(document.findings) == MOST_FINDINGS
    assert document.findings[-1].notes == ("reading stopped here, after 500 findings",)


def test_a_long_word_is_not_repeated_whole(read):
    word = "w" * 1000
    text = f"{word}: 1\n{word}: !{word} 2\nb: 1{'0' * 10_000}\nc: 0{'1' * 10_000}\nd: *{word}"
    findings = read(text).findings
    assert len(findings) == 5
    assert all(len(finding.message + finding.label) < 300 for finding in findings)


@pytest.mark.parametrize(
    ("text", "value"),
    [("seed=7", 7), ("seed=", None), ("seed= [1, 2]", [1, 2]), ("name=a=b", "a=b"), ("x={a: 1}", {"a": 1})],
)
def test_the_value_of_an_override_is_read_as_yaml(text, value):
    document = read_value(text, text.index("=") + 1, "--set")
    assert document.root.plain() == value


def test_a_mistake_in_an_override_is_found_at_its_place():
    (finding,) = read_value("θ=[1, 010]", 2, "--set θ").findings
    assert str(finding.span) == "--set θ:1:7"


def test_an_override_that_is_no_text_at_all_is_a_finding():
    (finding,) = read_value("a=\udcff", 2, "--set a").findings
    assert finding.code == "yaml-syntax"
