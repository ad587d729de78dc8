"""The content hash of real runs: the same for an identical rerun, another for another meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

import qspec

if TYPE_CHECKING:
    from pathlib import Path


def content_hash(path: Path, *overrides: str) -> str:
    return qspec.run(qspec.load(path, set=overrides), path.parent / "runs").record.content_hash


@pytest.fixture
def spec(repository) -> Path:
    return repository / "specs" / "pair.yaml"


def test_the_same_spec_run_twice_has_the_same_content_and_another_folder(spec):
    first, second = (qspec.run(spec, spec.parent / "runs").record for _ in range(2))
    assert first.content_hash == second.content_hash
    assert first.run != second.run
    assert first.folder_hash != second.folder_hash


def reordered(value):
    if isinstance(value, dict):
        return {key: reordered(item) for key, item in reversed(value.items())}
    return [reordered(item) for item in value] if isinstance(value, list) else value


def test_reordered_keys_comments_and_another_name_leave_it_alone(spec, repository):
    before = content_hash(spec)
    text = spec.read_text("utf-8")
    again = yaml.safe_dump(reordered(yaml.safe_load(text)), sort_keys=False, allow_unicode=True)
    (repository / "specs" / "other.yaml").write_text(f"# a comment\n{again}", "utf-8")
    assert content_hash(repository / "specs" / "other.yaml") == before
    assert content_hash(spec, "name=renamed", "description=Another.", "tags=[a]") == before


CHANGES = [
    "seed=43",
    "jobs.counts.shots=255",
    "jobs.energy.precision=0.06",
    "jobs.energy.pubs.0.observables={ZZ: 1.0, XI: 0.25}",
    "jobs.energy.pubs.0.parameter_values.a={linspace: [0, pi, 4]}",
    "transpile.optimization_level=0",
    "backend.method=statevector",
    "expect=[{kind: expectation_values, job: energy, at_most: 5}]",
]


def test_every_change_of_meaning_changes_it(spec):
    hashes = [content_hash(spec), *(content_hash(spec, change) for change in CHANGES)]
    circuit = spec.parent / "bell.qasm"
    circuit.write_text(circuit.read_text("utf-8").replace("h q[0]", "x q[0]"), "utf-8")
    hashes.append(content_hash(spec))
    assert len(set(hashes)) == len(hashes)


def test_a_failed_job_has_another_content(spec, wrap):
    plan = qspec.plan(spec)
    before = qspec.run(plan, spec.parent / "runs").record.content_hash

    def fail():
        raise qspec.QspecError("no")

    failing, _ = wrap(plan, "counts", fail)
    assert qspec.run(failing, spec.parent / "runs").record.content_hash != before
