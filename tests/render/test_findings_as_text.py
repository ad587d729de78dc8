"""Findings as a person reads them."""

from __future__ import annotations

import pytest

from qspec.diagnostics import Diagnostic, Related, Span
from qspec.render.findings import render_findings, summary
from qspec.render.look import Look

BELL = "specs/bell.yaml"
TEXT = "qspec: 1\nname: bell\njobs:\n  counts:\n    program_id: sampler\n    shots: 1\n\n\n    shotz: 4096\n"


def span(line: int, column: int, end: int, *, path: str = BELL, end_line: int | None = None) -> Span:
    return Span(path=path, line=line, column=column, end_line=end_line or line, end_column=end)


def render(*findings: Diagnostic, text: str = TEXT, look: Look | None = None, **others: str) -> str:
    return render_findings(findings, {BELL: text, **others}, checked=[BELL], look=look)


MISSPELT = Diagnostic(
    code="unknown-key",
    message="'shotz' is not a key of a sampler job",
    span=span(9, 5, 10),
    label="did you mean 'shots'?",
    notes=("keys here: options, program_id, pubs, shots",),
)


def test_a_finding_looks_as_in_the_design():
    assert render(MISSPELT) == (
        "error[unknown-key]: 'shotz' is not a key of a sampler job\n"
        "  ┌─ specs/bell.yaml:9:5\n"
        "  │\n"
        "9 │     shotz: 4096\n"
        "  │     ^^^^^ did you mean 'shots'?\n"
        "  │\n"
        "  = keys here: options, program_id, pubs, shots\n"
        "\n"
        "1 error in specs/bell.yaml\n"
    )


def test_no_findings_render_to_nothing():
    assert render() == ""


def test_without_label_and_notes_nothing_follows_the_caret():
    bare = Diagnostic(code="empty", message="m", span=span(2, 7, 11))
    assert render(bare).splitlines()[3:6] == ["2 │ name: bell", "  │       ^^^^", ""]


def test_a_second_place_in_the_same_file_stands_in_the_same_frame():
    finding = Diagnostic(
        code="repeated-key",
        message="m",
        span=span(9, 5, 10),
        label="remove one of them",
        related=(Related(label="first here", span=span(6, 5, 10)),),
    )
    assert render(finding).splitlines()[1:8] == [
        "  ┌─ specs/bell.yaml:9:5",
        "  │",
        "6 │     shots: 1",
        "  │     ----- first here",
        "  ·",
        "9 │     shotz: 4096",
        "  │     ^^^^^ remove one of them",
    ]


def test_a_single_line_between_two_places_is_shown():
    finding = Diagnostic(
        code="c", message="m", span=span(6, 5, 10), label="b", related=(Related(label="a", span=span(4, 3, 9)),)
    )
    assert render(finding).splitlines()[3:8] == [
        "4 │   counts:",
        "  │   ------ a",
        "5 │     program_id: sampler",
        "6 │     shots: 1",
        "  │     ^^^^^ b",
    ]


def test_two_places_in_one_line_share_the_line():
    finding = Diagnostic(
        code="c", message="m", span=span(5, 17, 24), label="b", related=(Related(label="a", span=span(5, 5, 15)),)
    )
    assert render(finding).splitlines()[3:6] == [
        "5 │     program_id: sampler",
        "  │                 ^^^^^^^ b",
        "  │     ---------- a",
    ]


def test_a_second_place_in_another_file_has_its_own_frame():
    second = Related(label="the register", span=span(2, 1, 4, path="bell.qasm"))
    finding = Diagnostic(code="c", message="m", span=span(9, 5, 10), related=(second,), notes=("a note",))
    shown = render(finding, **{"bell.qasm": "OPENQASM 3.0;\nbit[2] meas;\n"}).splitlines()
    assert shown[4:] == [
        "  │     ^^^^^",
        "  │",
        "  ┌─ bell.qasm:2:1",
        "  │",
        "2 │ bit[2] meas;",
        "  │ --- the register",
        "  │",
        "  = a note",
        "",
        "1 error in specs/bell.yaml",
    ]


def test_places_in_files_without_text_become_notes():
    second = Related(label="the register", span=span(2, 1, 4, path="bell.qasm"))
    finding = Diagnostic(code="c", message="m", span=span(9, 5, 10), related=(second,))
    assert render(finding).splitlines()[5:7] == ["  │", "  = bell.qasm:2:1: the register"]


def test_a_finding_without_a_place_names_its_route():
    finding = Diagnostic(
        code="c", message="m", route=("jobs", "counts", "pubs", 0), label="advice", notes=("one\ntwo",)
    )
    assert render(finding).splitlines()[:5] == [
        "error[c]: m",
        "  = at jobs.counts.pubs.0",
        "  = advice",
        "  = one",
        "    two",
    ]


def test_the_gutter_is_as_wide_as_the_longest_line_number():
    text = "\n" * 998 + "a: 1\nb: 2\n"
    finding = Diagnostic(
        code="c", message="m", span=span(1000, 1, 2), related=(Related(label="a", span=span(999, 1, 2)),)
    )
    assert render(finding, text=text).splitlines()[1:5] == [
        "     ┌─ specs/bell.yaml:1000:1",
        "     │",
        " 999 │ a: 1",
        "     │ - a",
    ]


@pytest.mark.parametrize(
    ("line", "place", "shown", "mark"),
    [
        ("名前: [😀, x]", span(1, 9, 10), "名前: [😀, x]", " " * 11 + "^"),
        ("名前: 1", span(1, 1, 3), "名前: 1", "^^^^"),
        ("e\u0301: x", span(1, 5, 6), "e\u0301: x", "   ^"),
        ("\ta\tb", span(1, 4, 5), "    a   b", "        ^"),
        ("a: \x1b[31mx", span(1, 4, 10), "a: ␛[31mx", "   ^^^^^^"),
        ("a: \u202ex", span(1, 4, 5), "a: �x", "   ^"),
        ("a:", span(1, 3, 3), "a:", "  ^"),
        ("a:", span(1, 40, 60), "a:", "  ^"),
        ("a: [1,", span(1, 4, 2, end_line=2), "a: [1,", "   ^^^"),
    ],
)
def test_the_caret_stands_under_what_it_means(line: str, place: Span, shown: str, mark: str):
    rows = render(Diagnostic(code="c", message="m", span=place), text=line).splitlines()
    assert rows[3:5] == [f"1 │ {shown}", f"  │ {mark}"]


@pytest.mark.parametrize("column", [1, 40, 200, 399, 496])
def test_a_long_line_is_cut_around_the_caret(column: int):
    line = "".join(chr(ord("a") + index % 26) for index in range(500))
    finding = Diagnostic(code="c", message="m", span=span(1, column, column + 5))
    row, mark = render(finding, text=line, look=Look(width=60)).splitlines()[3:5]
    start = mark.index("^")
    assert len(row) <= 60
    assert row[start : start + 5] == line[column - 1 : column + 4]
    assert ("…" in row[:start]) == (column > 20)
    assert row.endswith("…") == (column < 496)


def test_a_long_line_of_wide_characters_fits_the_width():
    finding = Diagnostic(code="c", message="m", span=span(1, 150, 152))
    row, mark = render(finding, text="量" * 300, look=Look(width=60)).splitlines()[3:5]
    assert len(row) + row.count("量") <= 60
    assert mark.count("^") == 4


def test_a_mark_wider_than_the_line_is_cut_with_it():
    finding = Diagnostic(code="c", message="m", span=span(1, 1, 500))
    row, mark = render(finding, text="x" * 500, look=Look(width=60)).splitlines()[3:5]
    assert len(row) == 60
    assert mark.count("^") == 55


def test_lines_are_those_of_the_yaml_reader():
    finding = Diagnostic(code="c", message="m", span=span(3, 1, 2))
    assert "3 │ c: 3" in render(finding, text="a: 1\r\nb: '\x0b'\rc: 3")


def test_ascii_is_enough_where_nothing_else_can_be_written():
    finding = Diagnostic(code="c", message="θ is free", span=span(1, 1, 2), label="see θ")
    shown = render(finding, text="θ: 名" + "x" * 90, look=Look(unicode=False, width=40))
    assert shown.isascii()
    assert shown.splitlines() == [
        "error[c]: ? is free",
        "  --> specs/bell.yaml:1:1",
        "  |",
        "1 | ?: ?xxxxxxxxxxxxxxxxxxxxxxxxxxxxx...",
        "  | ^ see ?",
        "",
        "1 error in specs/bell.yaml",
    ]


def test_colour_changes_nothing_but_the_colour():
    import re

    coloured = render(MISSPELT, look=Look(colour=True))
    assert coloured.startswith("\x1b[1;31merror[unknown-key]\x1b[0m")
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render(MISSPELT)


def test_a_message_cannot_steer_the_terminal():
    finding = Diagnostic(code="c", message="'a\x1b]0;x\x07\nb' is odd", span=span(1, 1, 2))
    assert render(finding).splitlines()[0] == "error[c]: 'a␛]0;x␇ b' is odd"


def test_the_summary_counts_errors_and_warnings():
    warning = Diagnostic(code="c", message="m", severity="warning")
    error = Diagnostic(code="c", message="m")
    assert summary([warning], ["a.yaml"]) == "1 warning in a.yaml"
    assert summary([error, warning, error], ["a.yaml"]) == "2 errors and 1 warning in a.yaml"
    assert summary([error], ["a.yaml", "b.yaml"]) == "1 error in 2 specs"


def test_a_megabyte_in_one_line_takes_no_time():
    import time

    findings = [Diagnostic(code="c", message="m", span=span(1, column, column + 1)) for column in range(1, 10**6, 2000)]
    start = time.process_time()
    render(*findings, text="x" * 10**6)
    assert time.process_time() - start < 30
