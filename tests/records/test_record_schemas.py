"""The published schemas say what the code writes."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft7Validator
from recorded_runs import bell, finished_run, record, sampled

from qspec.reading.schema import compose, published_folder
from qspec.records.record import render_record
from qspec.records.schemas import lock_schema, run_schema, status_schema
from qspec.records.status import StatusLog

SCHEMAS = {
    "run-v1.schema.json": run_schema,
    "status-v1.schema.json": status_schema,
    "lock-v1.schema.json": lock_schema,
}
PUBLISHED = {**SCHEMAS, "qspec-v1.schema.json": compose}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_schema_is_the_one_in_the_code(name):
    published = json.loads((published_folder() / name).read_text("utf-8"))
    assert published == PUBLISHED[name](), "write it again: qspec schema --write schema"


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one_and_every_key_is_described(name):
    schema = SCHEMAS[name]()
    Draft7Validator.check_schema(schema)
    todo = [schema]
    while todo:
        part = todo.pop()
        for key, value in part.get("properties", {}).items():
            assert value.get("description"), f"{key} has no description"
            todo.append(value)
        todo += [part[word] for word in ("items", "additionalProperties") if isinstance(part.get(word), dict)]


@pytest.mark.parametrize("made", [record(), record(outcome="interrupted", error="stopped by SIGTERM")])
def test_records_are_accepted(made):
    Draft7Validator(run_schema()).validate(json.loads(render_record(made)))


def test_the_record_of_a_run_with_results_is_accepted(tmp_path):
    run = finished_run(tmp_path, counts=sampled(bell()), energy=None)
    Draft7Validator(run_schema()).validate(json.loads((run.folder / "run.json").read_text("utf-8")))


def test_a_record_without_a_key_or_with_another_is_not_accepted():
    data = json.loads(render_record(record()))
    validator = Draft7Validator(run_schema())
    for key in data:
        assert not validator.is_valid({name: value for name, value in data.items() if name != key}), key
    assert not validator.is_valid({**data, "more": 1})
    assert not validator.is_valid({**data, "outcome": "splendid"})


def test_events_are_accepted(tmp_path):
    log = StatusLog(tmp_path)
    log.append("run-created", name="bell")
    log.append("job-status", job="counts", status="RUNNING")
    validator = Draft7Validator(status_schema())
    lines = [json.loads(line) for line in log.path.read_text("utf-8").splitlines()]
    for line in lines:
        validator.validate(line)
    assert not validator.is_valid({**lines[1], "status": "FINE"})
    assert not validator.is_valid({key: value for key, value in lines[0].items() if key != "seq"})
