"""How sweeps grow, as a series and as a picture."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

from benchmarks.growth import draw, measured

TOP = Path(__file__).parents[2]


def test_the_picture_shows_every_size_and_value():
    series = [{"points": 10, "cpu": 0.0123, "peak": 100.0}, {"points": 1000, "cpu": 0.0125, "peak": 101.0}]
    texts = [each.text for each in ET.fromstring(draw({"series": series})).iter() if each.text]
    for shown in ("10", "1,000", "12.3", "12.5", "100", "101"):
        assert shown in texts


def test_the_picture_in_the_docs_is_of_the_results_that_are_kept():
    kept = json.loads((TOP / "benchmarks" / "results" / "growth.json").read_text("utf-8"))
    assert (TOP / "docs" / "growth.svg").read_text("utf-8") == draw(kept)


def test_a_series_is_measured_by_whole_commands(capsys):
    result = measured({3: 1}, start_rounds=1)
    assert [each["points"] for each in result["series"]] == [3]
    assert result["start"] > 0
    assert "3 points: " in capsys.readouterr().out
