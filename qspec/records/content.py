"""The content hash: what was asked, and what came out; the same for an identical rerun.

It covers the spec in force (its identity keys aside), the root seed, the bytes of input files, the ISA circuits and
the result arrays. It does not cover times, paths of the run, versions, the order of keys, or comments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.records.files import canonical, plain, sha256

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qspec.records.record import RunRecord

IDENTITY = frozenset({"name", "description", "tags", "extends"})


def hash_spec(resolved: Mapping[str, Any]) -> str:
    """The hash of what a spec in force asks for, whatever it is called and however it is written."""
    meaning = {key: value for key, value in resolved.items() if key not in IDENTITY}
    return sha256(canonical(_normal(plain(meaning))))


def hash_content(record: RunRecord, resolved: Mapping[str, Any], points: str | None = None) -> str:
    """The content hash of a run that has come to its end; of a sweep, `points` is the hash of its points."""
    asked = {
        "spec": hash_spec(resolved),
        "seed": record.seed,
        "inputs": {file.path: file.sha256 for file in record.inputs},
    }
    came_out: dict[str, Any] = {
        job.id: {"status": job.status, "pubs": [[pub.isa, pub.result_hash] for pub in job.pubs]} for job in record.jobs
    }
    if points is not None:
        came_out = {"points": points}
    return sha256(canonical({"qspec_content": 1, "asked": asked, "came_out": came_out}))


def _normal(value: Any) -> Any:
    """Numbers in one spelling: 4096.0 is 4096."""
    if isinstance(value, dict):
        return {key: _normal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_normal(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
