"""Every sink writes every point of a sweep: all together, or each in files of its own."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import dataclass, replace

import numpy as np
import pytest

import qspec
from qspec.errors import RecordError, RefusedError
from qspec.records.batches import PointJob, members_of
from qspec.records.files import hash_file
from qspec.records.packs import PackWriter
from qspec.records.view import FinishedRun
from qspec.running.sinking import write_sink
from qspec.sinks.csv import CsvSink
from qspec.sinks.json import JsonSink
from qspec.sinks.npz import NpzSink

SPEC = """\
qspec: 1
name: swept
seed: 3
backend: {kind: aer}
circuits:
  turned:
    kind: qasm
    source: |
      OPENQASM 3.0;
      include "stdgates.inc";
      input float[64] a;
      input float[64] seed;
      qubit[2] q;
      bit[2] c;
      rx(a) q[0];
      ry(seed) q[1];
      cx q[0], q[1];
      c = measure q;
  bare: {kind: library, name: efficient_su2, args: {num_qubits: 2, reps: 1}}
  pair:
    kind: qasm
    source: |
      OPENQASM 3.0;
      include "stdgates.inc";
      qubit[2] q;
      bit[2] c;
      h q[0];
      cx q[0], q[1];
      c = measure q;
jobs:
  counts:
    program_id: sampler
    shots: 50
    pubs:
      - {circuit: pair}
      - {circuit: turned, parameter_values: {a: [0.5, 1, 1.5], seed: 1}}
  energy:
    program_id: estimator
    precision: 0.1
    pubs:
      - circuit: bare
        parameter_values: {θ: {linspace: [0, 1, 8]}}
        observables: [{ZZ: 1}, {XI: 1}]
"""
PRODUCT = """\
sweep:
  axes:
    jobs.counts.pubs.1.parameter_values.seed: [0, pi/2, 2.5]
    transpile.optimization_level: [0, 2]
    seed: [1, 2]
"""
ZIP = """\
sweep:
  combine: zip
  axes:
    seed: [5, 6, 7, 8]
    jobs.energy.precision: [0.1, 0.2, 0.3, 0.4]
"""
SHOTS = """\
sweep:
  axes:
    seed: [5, 6, 7]
    jobs.counts.shots: [20, 30]
"""
FAILING = """\
sweep:
  axes:
    backend.method: [stabilizer, statevector]
    seed: [1, 2, 3]
"""
SINKS = """\
sinks:
  - {kind: csv}
  - {kind: csv, path: all.csv}
  - {kind: json}
  - {kind: npz}
  - {kind: csv, path: 'each/{point}-{job}.csv'}
  - {kind: json, path: 'each/{point}.json'}
  - {kind: npz, path: 'each/{point}.npz'}
"""


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """The run of the spec with a sweep, each run once."""
    runs: dict[str, FinishedRun] = {}

    def run(sweep: str) -> FinishedRun:
        if sweep not in runs:
            folder = tmp_path_factory.mktemp("swept")
            (folder / "spec.yaml").write_text(SPEC + sweep + SINKS, encoding="utf-8")
            runs[sweep] = qspec.run(str(folder / "spec.yaml"), runs_dir=str(folder / "runs"))
        return runs[sweep]

    return run


every_sweep = pytest.mark.parametrize(
    "sweep", [PRODUCT, ZIP, SHOTS, FAILING], ids=["product", "zip", "shots", "failing"]
)


def rows_of(path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def check_rows(rows: list[dict[str, str]], point) -> None:
    """Hold the rows that a table has of a point against what the point says itself."""
    rows = [row for row in rows if row["point"] == str(point.number)]
    assert {row["job"] for row in rows} == {job.id for job in point.finished_jobs()}
    for row in rows:
        assert list(row)[: 1 + len(point.values)] == ["point", *point.values]
        assert {place: row[place] for place in point.values} == {
            place: str(point.cells[place]) for place in point.values
        }
        index = (int(row["index_0"]),) if row["index_0"] else ()
        found = point.pub(row["job"], int(row["pub"]))
        if row["job"] == "counts":
            assert int(row["count"]) == found.counts(index=index)[row["bitstring"].removeprefix("0b")]
        else:
            assert float(row["expectation_value"]) == found.arrays["evs"][index]
        for name, values in point.parameter_values(row["job"], int(row["pub"])).items():
            column = "parameter seed" if name == "seed" and "parameter seed" in row else name
            assert float(row[column]) == values[index]
    if point.job("counts").status == "DONE":
        total = sum(int(row["count"]) for row in rows if row["job"] == "counts")
        assert total == sum(sum(pub.counts().values()) for pub in point.pubs("counts"))


def check_data(data, point) -> None:
    """Hold what a JSON file says of a point against what the point says itself."""
    assert (data["number"], data["id"], data["values"]) == (point.number, point.id, point.values)
    assert list(data["jobs"]) == [job.id for job in point.finished_jobs()]
    for job in point.finished_jobs():
        assert data["jobs"][job.id].get("shots") == job.shots
        for pub, said in zip(point.pubs(job.id), data["jobs"][job.id]["pubs"], strict=True):
            if job.id == "energy":
                assert said["expectation_values"] == pub.arrays["evs"].tolist()
            else:
                counts = said["counts"] if pub.shape else [said["counts"]]
                indices = [(step,) for step in range(3)] if pub.shape else [()]
                assert counts == [pub.counts(index=index) for index in indices]


def place_of(arrays, point, job: str) -> tuple[str, int]:
    """What the names of the arrays begin with that have a job at a point, and the point's place in them."""
    prefixes = [key.removesuffix("points") for key in arrays if key.endswith("points")]
    found = [prefix for prefix in prefixes if point.number in arrays[f"{prefix}points"]]
    (prefix,) = [prefix for prefix in found if any(key.startswith(f"{prefix}{job}.pub") for key in arrays)]
    return prefix, arrays[f"{prefix}points"].tolist().index(point.number)


def check_arrays(arrays, point) -> None:
    """Hold an archive of all points against what a point says itself."""
    for job in point.finished_jobs():
        prefix, place = place_of(arrays, point, job.id)
        for axis, cell in point.cells.items():
            assert arrays[f"{prefix}axis.{axis}"][place] == cell
        for number, own in enumerate(point.arrays(job.id)):
            for key, array in own.items():
                stored = arrays[f"{prefix}{job.id}.pub{number}.{key}"]
                np.testing.assert_array_equal(stored if key.endswith(".num_bits") else stored[place], array)
        for number, own in enumerate(point.inputs(job.id)):
            if own:
                name = f"{prefix}{job.id}.pub{number}.parameter"
                np.testing.assert_array_equal(arrays[f"{name}_values"][place], own["parameter_values"])
                assert arrays[f"{name}s"].tolist() == own["parameters"].tolist()


@every_sweep
def test_every_sink_writes_something(swept, sweep):
    run = swept(sweep)
    assert [sink.error for sink in run.record.sinks] == [None] * 7
    assert all(sink.files for sink in run.record.sinks)
    assert run.damage() == ()


def test_the_failing_points_fail_for_a_real_cause(swept):
    errors = [point.job("counts").error for point in swept(FAILING).points][:3]
    assert all("simulat" in error for error in errors), errors


@every_sweep
def test_tables_have_the_points_own_rows(swept, sweep):
    run = swept(sweep)
    rows = rows_of(run.folder / "all.csv")
    for point in run.points:
        check_rows(rows, point)
    apart = [row for job in ("counts", "energy") for row in rows_of(run.folder / f"{job}.csv")]
    assert len(apart) == len(rows)


@every_sweep
def test_lines_of_json_are_the_points(swept, sweep):
    run = swept(sweep)
    text = (run.folder / "results.json").read_text("utf-8")
    data = json.loads(text)
    assert (data["name"], data["run"]) == (run.record.name, run.record.run)
    points = list(run.points)
    assert len(text.splitlines()) == len(points) + 2
    for said, point in zip(data["points"], points, strict=True):
        check_data(said, point)


@every_sweep
def test_arrays_have_an_axis_of_points_in_front(swept, sweep):
    run = swept(sweep)
    with np.load(run.folder / "results.npz", allow_pickle=False) as archive:
        arrays = dict(archive)
    for point in run.points:
        check_arrays(arrays, point)


@every_sweep
def test_each_point_can_have_files_of_its_own(swept, sweep):
    run = swept(sweep)
    table = rows_of(run.folder / "counts.csv")
    for point in run.points:
        if not point.finished_jobs():
            assert not list((run.folder / "each").glob(f"{point.label}*"))
            continue
        check_data(json.loads((run.folder / f"each/{point.label}.json").read_text("utf-8")), point)
        rows = [row for row in table if row["point"] == str(point.number)]
        if rows:
            assert rows_of(run.folder / f"each/{point.label}-counts.csv") == rows
        with np.load(run.folder / f"each/{point.label}.npz", allow_pickle=False) as archive:
            assert archive["point"] == point.number
            assert {place: archive[f"axis.{place}"][()] for place in point.values} == point.cells
            for job in point.finished_jobs():
                for number, own in enumerate(point.arrays(job.id)):
                    for key, array in own.items():
                        np.testing.assert_array_equal(archive[f"{job.id}.pub{number}.{key}"], array)


def test_names_of_files_sort_as_the_points_do(swept):
    run = swept(PRODUCT)
    names = sorted(path.name for path in (run.folder / "each").glob("*.json"))
    assert names == [f"{number:02}.json" for number in range(12)]


def test_variants_and_shapes_have_names_of_their_own(swept):
    with np.load(swept(PRODUCT).folder / "results.npz") as arrays:
        assert arrays["v1.points"].tolist() == [2, 3, 6, 7, 10, 11]
        assert arrays["v1.axis.jobs.counts.pubs.1.parameter_values.seed"].tolist() == [
            0,
            0,
            np.pi / 2,
            np.pi / 2,
            2.5,
            2.5,
        ]
        assert arrays["v0.counts.pub1.c"].shape == (6, 3, 50, 1)
    with np.load(swept(SHOTS).folder / "results.npz") as arrays:
        shapes = {name: arrays[name].shape for name in arrays if name.endswith("pub0.c")}
        assert shapes == {"part0.counts.pub0.c": (3, 20, 1), "part1.counts.pub0.c": (3, 30, 1)}
        assert [arrays[f"part{part}.points"].tolist() for part in (0, 1)] == [[0, 2, 4], [1, 3, 5]]


def changed(run: FinishedRun, first: int, rows) -> FinishedRun:
    """A run in which some points of the first variant were computed anew."""
    packs = PackWriter(run.folder)
    packs.add(members_of(0, first, rows))
    name = packs.close()
    sweep = replace(run.record.sweep, packs=(*run.record.sweep.packs, name))
    files = {**run.record.files, name: hash_file(run.folder / name)}
    return FinishedRun(replace(run.record, sweep=sweep, files=files), run.folder)


@pytest.fixture
def torn(tmp_path) -> FinishedRun:
    """A sweep whose point 1 has lost all, and point 2 one of its jobs; they were computed again, and failed."""
    (tmp_path / "spec.yaml").write_text(SPEC + "sweep: {axes: {seed: [1, 2, 3, 4, 5]}}\n", encoding="utf-8")
    run = qspec.run(str(tmp_path / "spec.yaml"), runs_dir=str(tmp_path / "runs"))
    lost = PointJob(error="the simulator gave up")
    energy = PointJob(result=run.point(2).result("energy"))
    return changed(run, 1, [{"counts": lost, "energy": lost}, {"counts": lost, "energy": energy}])


def test_points_where_jobs_failed_are_kept_apart_from_whole_ones(torn, tmp_path):
    with np.load(NpzSink().write_points(torn.points, tmp_path)[0]) as archive:
        arrays = dict(archive)
    assert {name: arrays[name].tolist() for name in arrays if name.endswith("points")} == {
        "points": [0, 3, 4],
        "incomplete0.points": [2],
    }
    for point in torn.points:
        check_arrays(arrays, point)
    assert not any(name.startswith("incomplete0.counts") for name in arrays)


def test_a_job_that_failed_at_a_point_has_no_rows_there(torn, tmp_path):
    tables = CsvSink(path="all.csv").write_points(torn.points, tmp_path)
    rows = rows_of(tables[0])
    assert {(row["point"], row["job"]) for row in rows} == {
        *((str(number), job) for number in (0, 3, 4) for job in ("counts", "energy")),
        ("2", "energy"),
    }
    for point in torn.points:
        check_rows(rows, point)
    data = json.loads(JsonSink().write_points(torn.points, tmp_path)[0].read_text("utf-8"))
    for said, point in zip(data["points"], torn.points, strict=True):
        check_data(said, point)


def test_a_sweep_without_results_has_no_files(torn, tmp_path):
    lost = PointJob(error="the simulator gave up")
    run = changed(torn, 0, [{"counts": lost, "energy": lost}] * 5)
    for sink in (CsvSink(), JsonSink(), NpzSink(), CsvSink(path="{point}.csv")):
        assert list(write_sink(sink, run, tmp_path)) == []


@dataclass(frozen=True)
class LineSink:
    """A sink as another package brings it, which has never heard of sweeps."""

    path: str = "lines.txt"
    kind = "lines"

    def write(self, run, folder):
        path = folder / self.path.replace("{point}", getattr(run, "label", "0"))
        lines = [f"{job.id} {len(run.pubs(job.id))} {run.result(job.id)[0].data.shape}" for job in run.finished_jobs()]
        path.write_text("\n".join(lines), encoding="utf-8")
        return [path]


def test_a_sink_that_knows_nothing_of_sweeps_is_given_each_point(swept, tmp_path):
    run = swept(ZIP)
    paths = list(write_sink(LineSink(), run, tmp_path))
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [
        f"lines/{point}/lines.txt" for point in range(4)
    ]
    assert {path.read_text("utf-8") for path in paths} == {"counts 2 ()\nenergy 1 (2,)"}
    paths = list(write_sink(LineSink(path="{point}.txt"), run, tmp_path))
    assert [path.name for path in paths] == ["0.txt", "1.txt", "2.txt", "3.txt"]


def test_files_for_very_many_points_are_refused(swept, tmp_path):
    run = swept(ZIP)
    axes = tuple(replace(axis, values=axis.values * 2000) for axis in run.record.sweep.axes)
    many = FinishedRun(replace(run.record, sweep=replace(run.record.sweep, axes=axes)), run.folder)
    for sink in (CsvSink(path="{point}.csv"), LineSink()):
        with pytest.raises(RefusedError, match="8,000 points"):
            list(write_sink(sink, many, tmp_path))


def test_the_whole_run_says_where_its_results_are(swept):
    run = swept(ZIP)
    assert run.finished_jobs() == ()
    with pytest.raises(RecordError, match="at each point of the sweep"):
        run.pubs("counts")


def test_points_that_have_been_passed_are_not_kept_in_memory(swept, tmp_path):
    run = swept(ZIP)
    shutil.copytree(run.folder, tmp_path / "run")
    run = FinishedRun(run.record, tmp_path / "run")
    row = {"counts": PointJob(result=run.point(0).result("counts")), "energy": PointJob(error="none")}
    axes = tuple(replace(axis, values=tuple(range(1, 41))) for axis in run.record.sweep.axes)
    run = FinishedRun(replace(run.record, sweep=replace(run.record.sweep, axes=axes)), run.folder)
    for point in range(40):  # each alone in a batch of its own
        run = changed(run, point, [row])
    for sink in (CsvSink(), JsonSink(), NpzSink()):
        assert list(write_sink(sink, run, tmp_path))
        batches = list(run.points.index._of(0)[1])
        assert len(batches) == 40
        assert len([batch for batch in batches if batch._jobs]) <= 4
