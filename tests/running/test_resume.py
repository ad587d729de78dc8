"""A run that was left anywhere is driven to the end that it would have had."""

from __future__ import annotations

from dataclasses import replace

import pytest

import qspec
from qspec.errors import RecordError
from qspec.records import bundles
from qspec.records.folder import RunFolder
from qspec.records.record import read_record
from qspec.records.status import read_events
from qspec.running.closing import write_sinks
from qspec.running.conduct import Conduct
from qspec.running.creating import creating_run
from qspec.running.jobs import run_jobs
from qspec.running.progress import Silent
from qspec.running.resume import resume
from qspec.sinks.json import JsonSink


def left(plan, runs_dir, *steps):
    """The folder of a run that was left after some steps."""
    with creating_run(plan, runs_dir) as journal:
        for step in steps:
            step(plan, journal, Silent())
        return journal.folder.path


def jobs(plan, journal, progress):
    """The step that runs all jobs."""
    run_jobs(plan, journal, progress, Conduct())


def names(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def whole(plan, tmp_path):
    return qspec.run(plan, tmp_path / "whole")


def test_a_run_that_had_not_begun_is_run(plan, tmp_path, whole):
    folder = left(plan, tmp_path / "runs")
    assert resume(folder).content_hash == whole.record.content_hash
    assert names(folder) == names(whole.folder)


def test_jobs_that_are_done_are_not_run_again(plan, tmp_path, whole):
    folder = left(plan, tmp_path / "runs", jobs)
    before = read_record(folder)
    after = resume(folder)
    assert after.jobs == before.jobs
    assert after.content_hash == whole.record.content_hash
    resumed = next(event for event in read_events(folder).events if event.event == "run-resumed")
    assert resumed.detail == {"jobs": [], "notes": []}


@pytest.mark.parametrize("name", ["result.npz", "metadata.json"])
def test_a_job_whose_result_was_damaged_is_run_again(plan, tmp_path, whole, name):
    folder = left(plan, tmp_path / "runs", jobs)
    (folder / "jobs" / "counts" / name).write_bytes(b"{}")
    record = resume(folder)
    assert record.content_hash == whole.record.content_hash
    assert qspec.open_run(folder).damage() == ()
    resumed = next(event for event in read_events(folder).events if event.event == "run-resumed")
    assert resumed.detail["jobs"] == ["counts"]


def test_an_interrupted_job_is_run_again(plan, tmp_path, wrap, whole):
    def stop():
        raise KeyboardInterrupt

    stopped, _ = wrap(plan, "energy", stop)
    with pytest.raises(KeyboardInterrupt):
        qspec.run(stopped, tmp_path / "runs")
    (folder,) = (tmp_path / "runs" / "pair").iterdir()
    record = resume(folder)
    assert (record.outcome, record.error) == ("done", None)
    assert record.content_hash == whole.record.content_hash
    assert record.job("energy").error is None


def test_what_sinks_wrote_is_written_again_and_a_persons_file_stays(plan, tmp_path):
    sinks = replace(
        plan, spec=replace(plan.spec, sinks=(JsonSink(),)), resolved={**plan.resolved, "sinks": [{"kind": "json"}]}
    )
    folder = left(sinks, tmp_path / "runs", jobs, write_sinks)
    (folder / "results.json").write_bytes(b"damaged")
    (folder / "notes.txt").write_text("mine")
    (folder / ".sink.new").mkdir()
    (folder / ".sink.new" / "half.json").write_bytes(b"{")
    (folder / ".0123456789abcdef.part").write_bytes(b"half")
    record = resume(folder)
    assert [(sink.files, sink.error) for sink in record.sinks] == [(("results.json",), None)]
    assert (folder / "notes.txt").read_text() == "mine"
    assert not (folder / ".sink.new").exists()
    assert not (folder / ".0123456789abcdef.part").exists()
    assert qspec.open_run(folder).damage() == ()


def test_a_finished_run_stays_as_it_is(plan, whole):
    before = {name: (whole.folder / name).read_bytes() for name in names(whole.folder)}
    assert resume(whole.folder) == whole.record
    assert {name: (whole.folder / name).read_bytes() for name in names(whole.folder)} == before


def test_the_end_of_a_log_that_a_crash_took_is_written(plan, whole):
    log = whole.folder / "status.jsonl"
    log.write_bytes(log.read_bytes()[:-40])
    assert qspec.open_run(whole.folder).damage()
    assert resume(whole.folder) == whole.record
    assert qspec.open_run(whole.folder).damage() == ()


def test_other_versions_are_noted_with_the_jobs_that_they_ran(plan, tmp_path):
    folder = left(plan, tmp_path / "runs")
    record = read_record(folder)
    RunFolder(folder).write_record(replace(record, versions={**record.versions, "qiskit-aer": "0.1"}))
    notes = resume(folder).job("counts").notes
    assert any(note.startswith("resumed with qiskit-aer ") and "planned with 0.1" in note for note in notes)


def test_a_run_without_a_record_cannot_be_resumed(tmp_path):
    with pytest.raises(RecordError, match=r"run\.json"):
        resume(tmp_path)


def test_a_run_with_very_many_files_is_resumed_from_archives(plan, tmp_path, whole, monkeypatch):
    monkeypatch.setattr(bundles, "MOST", 0)
    folder = left(plan, tmp_path / "runs", jobs)
    assert {"inputs.zip", "circuits.zip"} <= names(folder)
    assert not {name for name in names(folder) if name.startswith(("inputs/", "circuits/"))}
    (folder / "jobs" / "counts" / "result.npz").write_bytes(b"")
    assert resume(folder).content_hash == whole.record.content_hash
    assert qspec.open_run(folder).damage() == ()
