"""One NumPy archive with every array."""

from __future__ import annotations

import numpy as np

from qspec.sinks.npz import NpzSink


def test_arrays_of_all_jobs_are_in_one_archive_by_job(run):
    (path,) = NpzSink().write(run, run.folder)
    with np.load(path, allow_pickle=False) as arrays:
        assert set(arrays) == {
            "counts.pub0.meas",
            "counts.pub0.meas.num_bits",
            "counts.pub1.meas",
            "counts.pub1.meas.num_bits",
            "energy.pub0.evs",
            "energy.pub0.stds",
            "energy.pub0.parameter_values",
            "energy.pub0.parameters",
        }
        np.testing.assert_array_equal(arrays["counts.pub1.meas"], run.result("counts")[1].data.meas.array)
        assert arrays["energy.pub0.parameters"].tolist() == ["θ[0]", "θ[1]"]


def test_a_path_may_be_filled_in(run):
    paths = NpzSink(path="arrays/{name}-{run}-{job}-{point}.npz").write(run, run.folder)
    names = [path.relative_to(run.folder).as_posix() for path in paths]
    assert names == [f"arrays/bell-{run.record.run}-{job}-0.npz" for job in ("counts", "energy")]
