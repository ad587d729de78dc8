"""Tables: tidy, with bitstrings that stay text in every reader."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from recorded_runs import finished_run, sampled

from qspec.errors import RefusedError
from qspec.sinks.csv import CsvSink


def rows_of(path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_job_with_a_result_has_its_table(run):
    paths = CsvSink().write(run, run.folder)
    assert [path.relative_to(run.folder).as_posix() for path in paths] == ["counts.csv", "energy.csv"]


def test_counts_are_a_row_for_each_bitstring(run):
    rows = rows_of(CsvSink().write(run, run.folder)[0])
    assert list(rows[0]) == ["job", "pub", "circuit", "index_0", "register", "bitstring", "count"]
    assert {row["bitstring"] for row in rows if row["pub"] == "0"} == {"0b00", "0b11"}
    assert [(row["index_0"], row["bitstring"], row["count"]) for row in rows if row["pub"] == "1"] == [
        ("0", "0b00", "200"),
        ("1", "0b01", "200"),
        ("2", "0b11", "200"),
    ]
    assert {row["register"] for row in rows} == {"meas"}


def test_no_reader_can_take_a_bitstring_for_a_number(run):
    path = CsvSink().write(run, run.folder)[0]
    table = np.genfromtxt(path, delimiter=",", names=True, dtype=None, encoding="utf-8")
    assert table["bitstring"].dtype.kind == "U"
    assert {int(text, 0) for text in table["bitstring"].tolist()} == {0, 1, 3}
    with pytest.raises(ValueError, match="could not convert"):
        float("0b11")


def test_expectation_values_are_a_row_for_each_point_with_its_parameters(run):
    rows = rows_of(CsvSink().write(run, run.folder)[1])
    columns = ["job", "pub", "circuit", "index_0", "θ[0]", "θ[1]", "expectation_value", "standard_error"]
    assert list(rows[0]) == columns
    assert [float(row["θ[0]"]) for row in rows] == [0.0, np.pi, np.pi]
    np.testing.assert_allclose([float(row["expectation_value"]) for row in rows], [1, -1, -1], atol=1e-12)
    assert [float(row["standard_error"]) for row in rows] == [0, 0, 0]


def test_jobs_that_share_a_path_share_a_table(run):
    paths = CsvSink(path="tables/all of {name}.csv").write(run, run.folder)
    assert [path.relative_to(run.folder).as_posix() for path in paths] == ["tables/all of bell.csv"]
    rows = rows_of(paths[0])
    assert {row["job"] for row in rows} == {"counts", "energy"}
    assert {row["count"] for row in rows if row["job"] == "energy"} == {""}


def test_bitstrings_of_several_registers_are_joint(tmp_path):
    circuit = QuantumCircuit(QuantumRegister(3), ClassicalRegister(1, "a"), ClassicalRegister(2, "b"))
    circuit.x(0)
    circuit.measure([0, 1, 2], [0, 1, 2])
    run = finished_run(tmp_path, counts=sampled(circuit))
    rows = rows_of(CsvSink().write(run, run.folder)[0])
    assert [(row["register"], row["bitstring"], row["count"]) for row in rows] == [("b a", "0b00 0b1", "200")]


def test_a_table_is_never_written_over_another(run):
    CsvSink().write(run, run.folder)
    before = (run.folder / "counts.csv").read_bytes()
    with pytest.raises(RefusedError, match=r"has a 'counts\.csv' already"):
        CsvSink().write(run, run.folder)
    assert (run.folder / "counts.csv").read_bytes() == before


@pytest.mark.parametrize(
    "path", ["run.json", "status.jsonl", "jobs/counts/result.npz", "../{job}.csv", "/tmp/{job}.csv"]
)
def test_the_record_and_what_is_outside_are_safe(run, path):
    with pytest.raises(RefusedError):
        CsvSink(path=path).write(run, run.folder)


def test_a_run_without_results_has_no_tables(run):
    run.record = replace(run.record, jobs=run.record.jobs[2:])
    assert CsvSink().write(run, run.folder) == ()
