"""status.jsonl: numbered events, each on disk; torn and damaged lines are set aside."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from qspec.errors import MachineError, RecordError
from qspec.records.status import StatusLog, read_events, spoken_time

NOON = datetime(2025, 1, 31, 12, tzinfo=UTC)


def a_log(folder, *names: str) -> StatusLog:
    log = StatusLog(folder, clock=lambda: NOON)
    for name in names:
        log.append(name)
    return log


def test_events_are_numbered_and_timed(tmp_path):
    log = a_log(tmp_path, "run-created", "planned")
    log.append("job-status", job="counts", status="RUNNING")
    log.append("result-saved", job="counts", file="jobs/counts/result.npz")
    found = read_events(tmp_path)
    assert [event.seq for event in found.events] == [1, 2, 3, 4]
    assert {event.time for event in found.events} == {"2025-01-31T12:00:00.000000Z"}
    assert (found.events[2].job, found.events[2].status) == ("counts", "RUNNING")
    assert found.events[3].detail == {"file": "jobs/counts/result.npz"}
    assert found.set_aside == ()


def test_a_line_leaves_out_what_says_nothing(tmp_path):
    log = a_log(tmp_path, "planned")
    assert list(json.loads(log.path.read_bytes())) == ["seq", "time", "event", "crc32"]


def test_times_are_written_in_utc():
    east = timezone(timedelta(hours=2))
    assert spoken_time(datetime(2025, 1, 31, 14, tzinfo=east)) == "2025-01-31T12:00:00.000000Z"


def test_another_process_goes_on_counting(tmp_path):
    a_log(tmp_path, "run-created", "planned")
    a_log(tmp_path, "run-finished")
    assert [event.seq for event in read_events(tmp_path).events] == [1, 2, 3]


def test_a_torn_last_line_is_set_aside_wherever_it_tore_and_the_next_event_is_whole(tmp_path):
    log = a_log(tmp_path, "run-created", "planned")
    text = log.path.read_bytes()
    start = text.index(b"\n") + 1
    for length in range(start + 1, len(text) - 1):
        log.path.write_bytes(text[:length])
        assert read_events(tmp_path).set_aside == (2,)
        a_log(tmp_path, "run-finished")
        found = read_events(tmp_path)
        assert [(event.seq, event.event) for event in found.events] == [(1, "run-created"), (2, "run-finished")]
        assert found.set_aside == (2,)


def test_a_last_line_without_its_end_is_still_an_event(tmp_path):
    log = a_log(tmp_path, "run-created", "planned")
    log.path.write_bytes(log.path.read_bytes()[:-1])
    assert len(read_events(tmp_path).events) == 2


def test_every_flipped_bit_costs_its_own_line_at_most(tmp_path, rng):
    log = a_log(tmp_path, "run-created", "planned", "run-finished")
    text = log.path.read_bytes()
    whole = read_events(tmp_path).events
    for _ in range(300):
        damaged = bytearray(text)
        place = rng.randrange(len(text))
        damaged[place] ^= 1 << rng.randrange(8)
        log.path.write_bytes(damaged)
        found = read_events(tmp_path)
        assert all(event in whole for event in found.events)
        lost = 2 if text[place : place + 1] == b"\n" else 1  # without its end, a line takes the next one with it
        assert len(found.events) >= len(whole) - lost


@pytest.mark.parametrize("line", [b"[]", b"null", b"\xff", b'{"seq": 1e999}', b"[" * 100_000, b'{"seq": 1}'])
def test_lines_that_are_no_events_are_set_aside(tmp_path, line):
    log = a_log(tmp_path, "run-created")
    with log.path.open("ab") as file:
        file.write(line + b"\n")
    assert read_events(tmp_path).set_aside == (2,)


def test_a_run_without_a_log_is_named(tmp_path):
    with pytest.raises(RecordError, match=r"status\.jsonl"):
        read_events(tmp_path)


def test_an_event_that_cannot_be_written_takes_no_number(tmp_path):
    log = a_log(tmp_path, "run-created")
    path, log.path = log.path, tmp_path / "missing" / "status.jsonl"
    with pytest.raises(MachineError):
        log.append("planned")
    log.path = path
    assert log.append("planned").seq == 2
