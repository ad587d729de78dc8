"""How sweeps grow, as a series and as a picture."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

from benchmarks.growth import _spread, draw, flat, measured

TOP = Path(__file__).parents[2]


def test_the_picture_shows_every_size_and_value():
    series = [{"points": 10, "cpu": 0.0123, "peak": 100.0}, {"points": 1000, "cpu": 0.0125, "peak": 101.0}]
    texts = [each.text for each in ET.fromstring(draw({"series": series})).iter() if each.text]
    for shown in ("10", "1,000", "12.3", "12.5", "100", "101"):
        assert shown in texts


def test_the_picture_in_the_docs_is_of_the_results_that_are_kept():
    kept = json.loads((TOP / "benchmarks" / "results" / "growth.json").read_text("utf-8"))
    assert (TOP / "docs" / "growth.svg").read_text("utf-8") == draw(kept)


def test_the_runs_of_every_size_are_spread_over_the_whole_time():
    assert _spread({10: 4, 100: 2, 1000: 1}) == [10, 100, 10, 1000, 10, 100, 10]


def test_a_series_that_grows_is_not_flat():
    series = [{"cpu": 0.016, "peak": 100.0}, {"cpu": 0.0171, "peak": 101.0}]
    assert flat({"series": series})
    assert not flat({"series": [*series, {"cpu": 0.0178, "peak": 100.0}]})
    assert not flat({"series": [*series, {"cpu": 0.0165, "peak": 111.0}]})


def test_a_series_is_measured_by_whole_commands(capsys):
    result = measured({3: 2})
    assert [(each["points"], each["rounds"], len(each["all"])) for each in result["series"]] == [(3, 2, 2)]
    assert result["start"] > 0
    assert "3 points: " in capsys.readouterr().out
