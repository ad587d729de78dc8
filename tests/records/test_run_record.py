"""run.json: what is written is what is read, and damage is noticed and named."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from recorded_runs import HASH, finished_run, job, record

from qspec.errors import RecordError
from qspec.records.codec import build, data_of
from qspec.records.files import canonical, sha256
from qspec.records.parts import SinkRecord, Verdict, VerdictRecord
from qspec.records.record import RunRecord, parse_record, read_record, render_record


def full_record() -> RunRecord:
    verdict = Verdict(passed=False, message="too far", margin=-0.25, details={"worst": [0, 1]})
    return record(
        outcome="expectation-failed",
        finished="2025-01-31T12:00:01.000000Z",
        jobs=(replace(job("counts", pubs=2, shape=(3,)), status="DONE", seconds=0.5, options={"default_shots": 100}),),
        sinks=(SinkRecord(kind="csv", files=("counts.csv",)), SinkRecord(kind="json", error="no")),
        verdicts=(VerdictRecord(expectation={"kind": "probabilities"}, verdict=verdict),),
        content_hash=HASH,
        folder_hash=HASH,
        files={"spec.yaml": HASH},
    )


@pytest.mark.parametrize("made", [record(), full_record()], ids=["new", "full"])
def test_a_record_comes_back_from_its_text(made):
    assert parse_record(render_record(made)) == made


def test_a_record_is_found_again_by_job():
    assert record().job("counts").id == "counts"
    with pytest.raises(KeyError):
        record().job("energy")


@pytest.mark.parametrize(
    ("outcome", "code"), [("done", 0), ("failed", 1), ("expectation-failed", 1), ("sink-failed", 1)]
)
def test_an_outcome_has_an_exit_code(outcome, code):
    assert record(outcome=outcome).exit_code == code


def signed(data: dict) -> bytes:
    """The text of a record with these data, and the right hash of them."""
    return canonical({**data, "record_hash": sha256(canonical(data))})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"qspec_record": 2}, "format version is 2"),
        ({"qspec_record": True}, "format version is True"),
        ({"colour": "blue"}, "'colour' is not a key"),
        ({"seed": "42"}, "'seed' must be a whole number"),
        ({"seed": True}, "'seed' must be a whole number"),
        ({"outcome": "splendid"}, "'outcome' must be one of unfinished, done"),
        ({"tags": "tutorial"}, "'tags' must be a list"),
        ({"seeds": []}, "'seeds' must be a mapping"),
        ({"spec": None}, "spec must be a mapping"),
        ({"jobs": [{}]}, "'jobs.0.id' is missing"),
        ({"circuits": [1]}, "circuits.0 must be a mapping"),
    ],
)
def test_wrong_data_are_named_by_their_place(change, words):
    with pytest.raises(RecordError, match=words):
        parse_record(signed({**data_of(record()), **change}))


def test_a_missing_key_is_named():
    data = data_of(record())
    del data["backend"]
    with pytest.raises(RecordError, match="'backend' is missing"):
        parse_record(signed(data))


def test_a_key_that_a_later_qspec_added_with_a_default_may_be_missing_in_an_older_record():
    data = data_of(record())
    del data["sinks"]
    assert parse_record(signed(data)) == record()


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"a": NaN}', b'{"a": 1e999}']
)
def test_what_is_no_record_is_refused_without_a_traceback(text):
    with pytest.raises(RecordError):
        parse_record(text)


def test_every_truncation_is_noticed():
    text = render_record(record())
    for length in range(0, len(text) - 2, 7):
        with pytest.raises(RecordError):
            parse_record(text[:length])


def test_every_flipped_bit_is_noticed_or_harmless(rng):
    made = full_record()
    text = render_record(made)
    for _ in range(600):
        place = rng.randrange(len(text))
        damaged = bytearray(text)
        damaged[place] ^= 1 << rng.randrange(8)
        try:
            assert parse_record(bytes(damaged)) == made
        except RecordError:
            continue


def test_a_reformatted_record_is_the_same_record():
    text = json.dumps(json.loads(render_record(record())), indent=8, sort_keys=True).encode()
    assert parse_record(text) == record()


def test_the_file_is_named_when_it_cannot_be_used(tmp_path):
    run = finished_run(tmp_path)
    path = run.folder / "run.json"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(RecordError) as caught:
        read_record(run.folder)
    assert str(path) in str(caught.value)
    with pytest.raises(RecordError, match=r"cannot read .*run\.json"):
        read_record(tmp_path)


def test_numbers_may_lose_their_point():
    assert build(Verdict, {"passed": True, "message": "", "margin": 1}) == Verdict(passed=True, message="", margin=1.0)
