"""Whatever comes of a case, it is a row: right, wrong, failed, or without its peer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks import peers
from benchmarks.agreement import Verdict, equal
from benchmarks.case import Case
from benchmarks.conduct import conduct
from benchmarks.measure import Command
from benchmarks.peers import Peer
from benchmarks.report import data_of, keep, line, read

if TYPE_CHECKING:
    from pathlib import Path


class Here:
    """A helper that does everything in this process."""

    @staticmethod
    def call(function, *arguments):
        return function(*arguments)


def case(code: str, **settings: object) -> Case:
    return Case(
        name="case",
        about="some work",
        against="the other",
        ours=Command((sys.executable, "-c", code)),
        theirs=Command((sys.executable, "-c", "print(7)")),
        judge=judge,
        **settings,
    )


def judge(folder: Path, ours: str, theirs: str) -> Verdict:
    return equal("numbers", ours, theirs)


def conducted(found: Case):
    return conduct(found, Here(), rounds=1, warm_up=None)


def test_a_right_answer_is_measured(tmp_path):
    row = conducted(case("print(7)", target=1e6))
    assert not row.failed
    assert row.met
    assert " met" in line(row)
    keep([row], tmp_path / "new" / "rows.json")
    assert read(tmp_path / "new" / "rows.json") == {"case": data_of(row)}
    assert conducted(case("print(7)", target=1e-6)).met is False


def test_a_wrong_answer_fails_however_fast_it_is():
    row = conducted(case("print(8)", target=1e6))
    assert row.failed
    assert "THE ANSWERS DIFFER: numbers: 8" in line(row)


def test_a_command_that_fails_is_no_answer():
    row = conducted(case("raise SystemExit('no')"))
    assert row.failed
    assert "FAILED" in line(row)
    assert data_of(row)["missing"] == "it failed"


@pytest.mark.parametrize("name", ["this is no package name"])
def test_a_peer_that_cannot_be_had_is_said_to_be_missing(name, tmp_path, monkeypatch):
    monkeypatch.setattr(peers, "FOLDER", tmp_path)
    row = conducted(case("print(7)", peer=Peer(name)))
    assert not row.failed
    assert f"{name} could not be installed: " in line(row)
