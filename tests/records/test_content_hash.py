"""The content hash: of what was asked and what came out, and of nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from recorded_runs import HASH, record

from qspec.records.content import hash_content, hash_spec
from qspec.records.parts import FileRecord

SPEC = {
    "qspec": 1,
    "name": "bell",
    "description": "A pair.",
    "seed": 42,
    "backend": {"kind": "aer"},
    "jobs": {"counts": {"program_id": "sampler", "shots": 100, "pubs": [{"circuit": "bell"}, {"circuit": "ghz"}]}},
}
OTHER = "sha256:" + "cd" * 32


@pytest.mark.parametrize(
    "change",
    [
        {"name": "pair"},
        {"description": "Another."},
        {"tags": ["a"]},
        {"extends": "base.yaml"},
        {"seed": 42.0},
    ],
    ids=repr,
)
def test_what_a_spec_is_called_and_how_a_number_is_spelt_is_not_its_meaning(change):
    assert hash_spec({**SPEC, **change}) == hash_spec(SPEC)


def test_the_order_of_keys_is_not_meaning_but_that_of_lists_is():
    assert hash_spec(dict(reversed(SPEC.items()))) == hash_spec(SPEC)
    pubs = SPEC["jobs"]["counts"]["pubs"]
    turned = {**SPEC, "jobs": {"counts": {**SPEC["jobs"]["counts"], "pubs": pubs[::-1]}}}
    assert hash_spec(turned) != hash_spec(SPEC)


@pytest.mark.parametrize(
    "change", [{"seed": 43}, {"backend": {"kind": "fake"}}, {"sinks": []}, {"seed": True}], ids=repr
)
def test_every_change_of_meaning_changes_the_hash(change):
    assert hash_spec({**SPEC, **change}) != hash_spec(SPEC)


def test_times_paths_and_versions_do_not_matter():
    made = record()
    later = replace(
        made,
        run="20260131T120000.000000Z-abababab",
        created="2026-01-31T12:00:00.000000Z",
        versions={"python": "3.14.0"},
        overrides=(),
        files={"spec.yaml": OTHER},
        spec=replace(made.spec, path="elsewhere.yaml", sha256=OTHER),
        jobs=tuple(replace(job, seconds=3.0, started="now", notes=("a",)) for job in made.jobs),
    )
    assert hash_content(later, SPEC) == hash_content(made, SPEC)


def changed_job(**changes):
    made = record()
    return replace(made, jobs=(replace(made.jobs[0], **changes),))


@pytest.mark.parametrize(
    "other",
    [
        record(seed=43),
        record(inputs=(FileRecord(path="circuits/bell.qasm", sha256=OTHER, stored="x"),)),
        record(inputs=()),
        changed_job(pubs=(replace(record().jobs[0].pubs[0], isa=OTHER),)),
        changed_job(pubs=(replace(record().jobs[0].pubs[0], result_hash=HASH),)),
        changed_job(status="ERROR"),
        changed_job(id="energy"),
    ],
    ids=["seed", "input", "no input", "ISA circuit", "result", "status", "job"],
)
def test_what_was_asked_and_what_came_out_matter(other):
    assert hash_content(other, SPEC) != hash_content(record(), SPEC)
