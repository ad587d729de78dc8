"""The page shows what was measured, and the list of cases is whole."""

from __future__ import annotations

from benchmarks.__main__ import PAGE, RESULTS
from benchmarks.page import filled
from benchmarks.report import read
from benchmarks.table import every_case


def test_the_page_shows_the_results_that_are_kept():
    text = PAGE.read_text(encoding="utf-8")
    assert filled(text, read(RESULTS)) == text


def test_every_result_is_of_a_case():
    assert set(read(RESULTS)) <= {case.name for case in every_case(quick=False)}


def test_quick_cases_are_the_same_without_targets():
    quick, full = every_case(quick=True), every_case(quick=False)
    assert [case.name for case in quick] == [case.name for case in full]
    assert len({case.name for case in full}) == len(full)
    assert {case.target for case in quick} == {None}
