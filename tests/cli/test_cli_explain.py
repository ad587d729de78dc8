"""`qspec explain`: every code of a finding in plain words."""

from __future__ import annotations

import json

import pytest

from qspec.reading.explanations import EXPLANATIONS


@pytest.mark.parametrize("code", sorted(EXPLANATIONS))
def test_every_code_is_explained_with_both_examples(qspec, code):
    said = qspec("explain", code)
    assert said.code == 0
    assert said.out.startswith(f"{code}: {EXPLANATIONS[code].title}\n\n")
    assert "\nwrong\n  " in said.out
    assert "\nright\n  " in said.out
    assert "`" not in said.out.partition("\nwrong\n")[0]
    assert all(len(line) <= 100 for line in said.out.splitlines())


def test_without_a_code_all_are_listed(qspec):
    lines = qspec("explain").out.splitlines()
    assert [line.split()[0] for line in lines] == sorted(EXPLANATIONS)


def test_a_misspelt_code_gets_a_suggestion(qspec):
    said = qspec("explain", "unknwon-key")
    assert (said.code, said.out) == (2, "")
    assert said.err == "error: 'unknwon-key' is not the code of a finding\n  = help: did you mean 'unknown-key'?\n"


def test_explanations_can_be_had_as_json(qspec):
    said = json.loads(qspec("explain", "unknown-key", "--format", "json").out)
    assert said["code"] == "unknown-key"
    assert set(said) == {"code", "title", "why", "wrong", "right"}
    assert set(json.loads(qspec("explain", "--format", "json").out)) == set(EXPLANATIONS)
