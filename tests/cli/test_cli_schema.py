"""`qspec schema`: the contract for machines, and every kind with where it comes from."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

import qspec as package
from qspec.reading.schema import compose

SINK = '''
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class Telegraph:
    """Tells somebody."""

    to: str
    kind: ClassVar[str] = "telegraph"
    SCHEMA: ClassVar[dict] = {
        "description": "Tells somebody by wire. Slowly.",
        "properties": {"to": {"type": "string", "description": "Whom."}},
        "required": ["to"],
    }
    EXAMPLE: ClassVar[str] = "{kind: telegraph, to: me}"
    MISUSE: ClassVar[str] = "{kind: telegraph}"
'''


@pytest.fixture
def plug_in(tmp_path):
    """A folder that is an installed package with two sinks, of which one does not load."""
    folder = tmp_path / "site"
    metadata = folder / "wires-1.5.dist-info"
    metadata.mkdir(parents=True)
    (folder / "wires.py").write_text(SINK)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: wires\nVersion: 1.5\n")
    (metadata / "entry_points.txt").write_text("[qspec.sinks]\ntelegraph = wires:Telegraph\ncable = wires:Cable\n")
    return folder


@pytest.fixture
def with_plug_in(start, plug_in, desk):
    home = Path(package.__file__).parents[1]

    def run(*arguments):
        process = start(*arguments, env={"PYTHONPATH": f"{home}:{plug_in}"})
        out, err = process.communicate(timeout=60)
        return process.returncode, out.decode(), err.decode()

    return run


@pytest.mark.parametrize("what", ["spec", "run", "status"])
def test_each_schema_is_one(qspec, what):
    schema = json.loads(qspec("schema", what).out)
    jsonschema.Draft7Validator.check_schema(schema)


def test_the_schema_of_a_spec_is_the_default_and_accepts_one(qspec, desk):
    schema = json.loads(qspec("schema").out)
    assert schema == compose()
    jsonschema.validate(yaml.safe_load((desk / "bell.yaml").read_text()), schema)


def test_all_schemas_are_written_into_a_folder(qspec, desk):
    (desk / "schema").mkdir()
    said = qspec("schema", "--write", "schema")
    assert said.out.splitlines() == [
        "schema/qspec-v1.schema.json",
        "schema/run-v1.schema.json",
        "schema/status-v1.schema.json",
        "schema/lock-v1.schema.json",
    ]
    assert (desk / "schema/qspec-v1.schema.json").read_text() == qspec("schema").out


def test_a_folder_that_cannot_be_written_is_the_machine_s_fault(qspec, desk):
    assert qspec("schema", "--write", "bell.yaml").code == 7


def test_kinds_are_listed_by_where_they_are_used(qspec):
    said = qspec("schema", "kinds").out
    places = [line for line in said.splitlines() if line and not line.startswith(" ")]
    assert places == ["backend (kind)", "circuits (kind)", "jobs (program_id)", "sinks (kind)", "expect (kind)"]
    assert "  sampler " in said


def test_kinds_can_be_had_as_json(qspec):
    kinds = json.loads(qspec("schema", "kinds", "--format", "json").out)
    (sampler,) = [kind for kind in kinds if kind["kind"] == "sampler"]
    assert sampler == {
        "used_in": "jobs",
        "key": "program_id",
        "kind": "sampler",
        "origin": "qspec",
        "description": sampler["description"],
    }


def test_the_kind_of_an_installed_package_is_listed_with_its_origin(with_plug_in):
    code, out, _ = with_plug_in("schema", "kinds")
    (line,) = [line for line in out.splitlines() if "telegraph" in line]
    assert code == 0
    assert line.split("  ")[1:] == ["telegraph", "Tells somebody by wire", *line.split("  ")[3:]]
    assert line.endswith("from wires 1.5")


def test_a_kind_that_does_not_load_is_listed_with_the_reason(with_plug_in):
    code, out, _ = with_plug_in("schema", "kinds", "--format", "json")
    (cable,) = [kind for kind in json.loads(out) if kind["kind"] == "cable"]
    assert code == 0
    assert cable["origin"] == "wires 1.5"
    assert "does not load" in cable["problem"]


def test_the_schema_holds_the_kinds_of_installed_packages_that_load(with_plug_in):
    code, out, _ = with_plug_in("schema")
    enum = json.loads(out)["properties"]["sinks"]["items"]["properties"]["kind"]["enum"]
    assert code == 0
    assert "telegraph" in enum
    assert "cable" not in enum
