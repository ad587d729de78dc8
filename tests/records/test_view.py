"""A run on disk, looked at."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from recorded_runs import alike, bell, finished_run, rotated, sampled

from qspec.errors import RecordError, UsageError
from qspec.records.archive import pack, write_arrays
from qspec.records.view import FinishedRun, open_run


def test_a_run_is_opened_from_its_folder(tmp_path):
    result = sampled(bell())
    made = finished_run(tmp_path, counts=result, lost=None)
    run = open_run(made.folder)
    assert run.record == made.record
    assert alike(run.result("counts"), result)
    assert run.counts("counts") == result[0].data.meas.get_counts()
    assert run.counts("counts", 0, "meas") == run.counts("counts")
    assert [job.id for job in run.finished_jobs()] == ["counts"]
    assert repr(run) == f"<run bell/{run.record.run} done: counts DONE, lost ERROR>"


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(RecordError, match=r"run\.json"):
        open_run(str(tmp_path))


def test_what_is_asked_for_and_is_not_there_is_named(tmp_path):
    run = finished_run(tmp_path, counts=sampled(bell()), lost=None)
    with pytest.raises(UsageError, match="no job 'count'") as caught:
        run.counts("count")
    assert caught.value.advice == "did you mean 'counts'?"
    with pytest.raises(UsageError, match="no PUB 1: it has 1, counted from 0"):
        run.counts("counts", 1)
    with pytest.raises(RecordError, match="'lost' has no result: the simulator gave up"):
        run.result("lost")


def test_a_result_that_was_changed_is_noticed(tmp_path):
    made = finished_run(tmp_path, counts=sampled(bell()))
    name = made.record.jobs[0].result
    run = FinishedRun(replace(made.record, files={name: "sha256:" + "0" * 64}), made.folder)
    with pytest.raises(RecordError, match=r"result\.npz' was changed or damaged"):
        run.counts("counts")


def test_parameter_values_come_by_name(tmp_path):
    angles = np.linspace(0, 3, 12).reshape(3, 2, 2)
    made = finished_run(tmp_path, counts=sampled((rotated(), angles)))
    stream = io.BytesIO()
    write_arrays(stream, pack([{"parameter_values": angles, "parameters": np.array(["θ[0]", "θ[1]"])}]))
    (made.folder / "jobs/counts/inputs.npz").write_bytes(stream.getvalue())
    job = replace(made.record.jobs[0], inputs="jobs/counts/inputs.npz")
    run = FinishedRun(replace(made.record, jobs=(job,)), made.folder)
    values = run.parameter_values("counts")
    assert list(values) == ["θ[0]", "θ[1]"]
    np.testing.assert_array_equal(values["θ[1]"], angles[..., 1])
    assert made.parameter_values("counts") == {}


def test_parameter_values_are_read_once_for_all_pubs(tmp_path):
    made = finished_run(tmp_path, counts=sampled(*[(rotated(), [0.0, number]) for number in range(3)]))
    path = made.folder / "jobs/counts/inputs.npz"
    with path.open("wb") as file:
        values = [{"parameter_values": np.array([0.0, n]), "parameters": np.array(["a", "b"])} for n in range(3)]
        write_arrays(file, pack(values))
    job = replace(made.record.jobs[0], inputs="jobs/counts/inputs.npz")
    run = FinishedRun(replace(made.record, jobs=(job,)), made.folder)
    assert run.parameter_values("counts", 0)["b"] == 0
    path.unlink()
    assert run.parameter_values("counts", 2)["b"] == 2
