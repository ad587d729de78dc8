"""One process at a time drives a run."""

from __future__ import annotations

import pytest

import qspec
from qspec.errors import MachineError
from qspec.running.creating import creating_run
from qspec.running.lock import driving
from qspec.running.resume import resume


def test_a_run_that_is_being_driven_is_left_alone_and_its_driver_named(plan, tmp_path):
    with creating_run(plan, tmp_path / "runs") as journal:
        folder = journal.folder.path
        with (
            pytest.raises(MachineError, match=r"is driven by process \d+, since \d\d:\d\d:\d\d UTC") as caught,
            driving(folder, seconds=0),
        ):
            raise AssertionError
        assert caught.value.exit_code == 7
    assert resume(folder).outcome == "done"


@pytest.mark.parametrize("said", [b"", b"\xff\0", b"process \x1b[31m", b"process " + b"9" * 10_000])
def test_what_a_lock_says_is_not_trusted(tmp_path, said):
    with driving(tmp_path):
        (tmp_path / ".lock").write_bytes(said)
        with pytest.raises(MachineError) as caught, driving(tmp_path, seconds=0):
            raise AssertionError
    assert len(str(caught.value)) < 500
    assert str(caught.value).isprintable()


def test_a_lock_can_be_taken_again_when_its_holder_has_ended(tmp_path):
    for _ in range(3):
        with driving(tmp_path, seconds=0):
            pass


def test_the_lock_is_no_part_of_the_record(plan, tmp_path):
    finished = qspec.run(plan, tmp_path / "runs")
    (finished.folder / ".lock").write_text("anything")
    assert qspec.open_run(finished.folder).damage() == ()
    assert ".lock" not in finished.record.files
