"""The JSON Schemas of `run.json`, of one line of `status.jsonl` and of a lock, read off the records' own annotations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, Literal, get_args, get_origin

from qspec.records.codec import hints_of, optional_of
from qspec.records.locks import LockRecord
from qspec.records.record import RunRecord
from qspec.records.status import Event

Schema = dict[str, Any]
_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean"}


def run_schema() -> Schema:
    """The schema of run.json, version 1. Every key is there, and no other."""
    schema = _mapping_of(RunRecord)
    properties = schema["properties"] | {
        "qspec_record": {"const": 1, "description": "Version of this format."},
        "record_hash": {"type": "string", "description": "Hash of the other keys' canonical JSON, to notice damage."},
    }
    whole = {**schema, "properties": properties, "required": [*properties]}
    return _titled("run", "A qspec run record, run.json.", whole)


def status_schema() -> Schema:
    """The schema of one line of status.jsonl, version 1. Keys that say nothing are left out."""
    schema = _mapping_of(Event)
    defaults = {field.name for field in fields(Event) if field.default is not MISSING}
    required = [name for name in schema["properties"] if name not in defaults - {"crc32"} and name != "detail"]
    return _titled("status", "One event of a qspec run, a line of status.jsonl.", {**schema, "required": required})


def lock_schema() -> Schema:
    """The schema of a lock file, version 1. Every key is there, and no other."""
    schema = _mapping_of(LockRecord)
    properties = schema["properties"] | {"qspec_lock": {"const": 1, "description": "Version of this format."}}
    return _titled("lock", "A qspec lock file, such as bell.lock.json.", {**schema, "properties": properties})


def _titled(name: str, description: str, schema: Schema) -> Schema:
    head = {"$schema": "http://json-schema.org/draft-07/schema#", "$id": f"urn:qspec:schema:{name}:1"}
    return {**head, **schema, "description": description}


def _mapping_of(cls: type) -> Schema:
    properties = {name: _described(hint, text) for name, (hint, text) in hints_of(cls).items()}
    return {
        "description": (cls.__doc__ or "").split("\n")[0],
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


def _described(hint: Any, description: str) -> Schema:
    return {**_schema_of(hint), "description": description}


def _schema_of(hint: Any) -> Schema:
    if hint is Any:
        return {}
    inner = optional_of(hint)
    if inner is not None:
        return _nullable(_schema_of(inner))
    origin = get_origin(hint)
    if origin is Literal:
        return {"type": "string", "enum": list(get_args(hint))}
    if origin is tuple:
        return {"type": "array", "items": _schema_of(get_args(hint)[0])}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _schema_of(get_args(hint)[1]) or True}
    return {"type": _TYPES[hint]} if hint in _TYPES else _mapping_of(hint)


def _nullable(schema: Schema) -> Schema:
    words = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": [schema["type"], "null"], **words}
