"""One JSON file with everything that people look for."""

from __future__ import annotations

import json

from qspec.sinks.json import JsonSink


def test_results_of_all_jobs_are_in_one_file(run):
    (path,) = JsonSink().write(run, run.folder)
    assert path == run.folder / "results.json"
    data = json.loads(path.read_text("utf-8"))
    assert (data["name"], data["run"], list(data["jobs"])) == ("bell", run.record.run, ["counts", "energy"])


def test_counts_have_the_shape_of_their_pub(run):
    (path,) = JsonSink().write(run, run.folder)
    job = json.loads(path.read_text("utf-8"))["jobs"]["counts"]
    assert (job["program_id"], job["shots"]) == ("sampler", 100)
    pair, rotated = job["pubs"]
    assert pair["counts"] == run.counts("counts")
    assert (pair["shape"], pair["registers"]) == ([], {"meas": 2})
    assert rotated["counts"] == [{"00": 200}, {"01": 200}, {"11": 200}]


def test_expectation_values_stand_beside_their_parameters(run):
    (path,) = JsonSink(path="{job}.json").write(run, run.folder)[1:]
    pub = json.loads(path.read_text("utf-8"))["jobs"]["energy"]["pubs"][0]
    assert path == run.folder / "energy.json"
    assert [round(value, 9) for value in pub["expectation_values"]] == [1, -1, -1]
    assert pub["standard_errors"] == [0, 0, 0]
    assert list(pub["parameter_values"]) == ["θ[0]", "θ[1]"]
