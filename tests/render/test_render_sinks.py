"""What sinks wrote, by name, unless it is very much."""

from __future__ import annotations

from dataclasses import replace

from recorded_runs import bell, finished_run, sampled

from qspec.records.parts import SinkRecord
from qspec.render.look import Look
from qspec.render.run import render_run


def test_files_of_very_many_points_are_counted(tmp_path):
    run = finished_run(tmp_path, counts=sampled(bell()))
    few = SinkRecord(kind="csv", files=tuple(f"{number}.csv" for number in range(8)))
    many = SinkRecord(kind="json", files=tuple(f"{number:04}.json" for number in range(5000)))
    run.record = replace(run.record, sinks=(few, many))
    lines = render_run(run, look=Look()).splitlines()
    assert "  csv: 0.csv, 1.csv, 2.csv, 3.csv, 4.csv, 5.csv, 6.csv, 7.csv" in lines
    assert any(line.endswith("0007.json, and 4,992 more files") for line in lines)
