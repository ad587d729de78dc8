"""What a run record says of a sweep, and the variants of its spec, a line each in `variants.jsonl`."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  the codec evaluates the annotations
from dataclasses import field
from typing import TYPE_CHECKING, Annotated, Any, Literal

from qspec.errors import RecordError
from qspec.frozen import frozen
from qspec.records.codec import build, data_of
from qspec.records.files import read_bytes, sha256
from qspec.records.layout import one_line
from qspec.records.names import VARIANTS
from qspec.records.parts import BackendRecord, CircuitRecord, JobRecord  # noqa: TC001  the codec evaluates them
from qspec.sweep import Axis, Sweep, Variants

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


BACKEND_PLACES = ("backend", "backend.kind", "backend.name")
"""The places in a spec that say which backend it is."""


@frozen
class AxisRecord:
    """One axis of a sweep."""

    place: Annotated[str, "The place in the spec that it varies, as keys joined by dots."]
    values: Annotated[tuple[Any, ...], "The values that stand there."]


@frozen
class SweepRecord:
    """A sweep, and how far it is. Points are numbered from 0; under product the last axis runs fastest."""

    combine: Annotated[Literal["product", "zip"], "Every combination of the axes' values, or side by side."]
    axes: Annotated[tuple[AxisRecord, ...], "The axes, in order of the spec."]
    structural: Annotated[
        tuple[int, ...], "The numbers of the axes by which variants of the spec differ; along the others points differ."
    ]
    points: Annotated[int, "The number of points."]
    done: Annotated[int, "How many of them have a result of every job."] = 0
    failed: Annotated[int, "At how many of them a job failed."] = 0
    packs: Annotated[tuple[str, ...], "The files that hold the points' results, in the order they were written."] = ()

    @property
    def sweep(self) -> Sweep:
        """The axes, and how they go together."""
        axes = tuple(Axis(place=axis.place, values=axis.values) for axis in self.axes)
        return Sweep(combine=self.combine, axes=axes)

    @property
    def variants(self) -> Variants:
        """The points in their groups."""
        return Variants(self.sweep, self.structural)

    def varies(self, *places: str) -> bool:
        """Whether points differ in what stands at one of these places."""
        return any(axis.place in places and len(axis.values) > 1 for axis in self.axes)


@frozen
class VariantRecord:
    """One variant of the spec of a sweep, as it is at its first point."""

    variant: Annotated[int, "Its number, from 0."]
    spec: Annotated[Mapping[str, Any], "The spec in force at its first point."]
    seed: Annotated[int, "The root of every random choice at its first point."]
    seeds: Annotated[Mapping[str, int], "Every seed derived from the root, by its purpose."]
    backend: Annotated[BackendRecord, "What its jobs run on."]
    backend_file: Annotated[str, "The file that holds the backend's target and calibration."]
    circuits: Annotated[tuple[CircuitRecord, ...], "Its ISA circuits, each once."]
    jobs: Annotated[tuple[JobRecord, ...], "Its jobs, as they were planned."]
    sources: Annotated[Mapping[str, str], "The canonical hash of each of its circuits before transpiling, by id."] = (
        field(default_factory=dict)
    )


def render_variants(variants: Iterable[VariantRecord]) -> bytes:
    """The text of variants.jsonl."""
    return b"".join(one_line(data_of(variant)) + b"\n" for variant in variants)


def read_variants(folder: Path, noted: str | None) -> list[bytes]:
    """The lines of a run's variants.jsonl; `noted` is the hash that the record has of it. Raises `RecordError`."""
    content = read_bytes(folder / VARIANTS)
    if noted is not None and sha256(content) != noted:
        raise RecordError(f"'{folder / VARIANTS}' was changed or damaged after it was written")
    return [line for line in content.split(b"\n") if line]


def parse_variant(line: bytes) -> VariantRecord:
    """The variant that a line stands for. Raises `RecordError`."""
    from qspec.records.record import parse_json

    return build(VariantRecord, parse_json(line))
