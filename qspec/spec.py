"""The frozen dataclasses that a valid document becomes: what to run, where, and what to keep.

Field names are the YAML keys. Values that a kind owns (a circuit's source, a backend, a job, a sink, a check) are
objects of the kind's own class. Pure data: nothing here imports Qiskit or reads a file.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal

from qspec.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qspec.sweep import Sweep

FORMAT_VERSION = 1


@frozen
class Circuit:
    """One entry of `circuits`: its source, and what every source takes.

    `bind` maps parameter names to numbers or expressions; `measure: all` adds a register `meas`.
    """

    source: Any
    measure: Literal["all"] | None = None
    bind: Mapping[str, Any] = field(default_factory=dict)


@frozen
class Pub:
    """One entry of a job's `pubs`, as written: values are still expressions and generators, not arrays."""

    circuit: str
    parameter_values: Mapping[str, Any] = field(default_factory=dict)
    combine: Literal["zip", "product"] = "zip"
    observables: Any = None


@frozen
class Transpile:
    """How circuits become ISA circuits, in the words of `generate_preset_pass_manager`."""

    enabled: bool = True
    optimization_level: int = 2
    initial_layout: tuple[int, ...] | None = None
    layout_method: str | None = None
    routing_method: str | None = None
    translation_method: str | None = None
    optimization_method: str | None = None
    init_method: str | None = None
    scheduling_method: str | None = None
    approximation_degree: float | None = 1.0
    unitary_synthesis_method: str = "default"
    qubits_initially_zero: bool = True


@frozen
class Execution:
    """The execution mode: single jobs, a batch, or a session. `max_time` in seconds, for the latter two."""

    mode: Literal["job", "batch", "session"] = "job"
    max_time: int | None = None


@frozen
class Limits:
    """What the plan must stay under before anything is submitted."""

    qpu_seconds: float | None = None
    shots: int | None = None
    circuits: int | None = None
    two_qubit_depth: int | None = None


@frozen
class Spec:
    """A whole spec. `seed` is None where the spec names none; planning then draws one and records it.

    Of a spec with a `sweep` everything else is as at its first point.
    """

    name: str
    backend: Any
    circuits: Mapping[str, Circuit]
    jobs: Mapping[str, Any]
    qspec: int = FORMAT_VERSION
    description: str = ""
    tags: tuple[str, ...] = ()
    seed: int | None = None
    sweep: Sweep | None = None
    transpile: Transpile = field(default_factory=Transpile)
    execution: Execution = field(default_factory=Execution)
    sinks: tuple[Any, ...] = ()
    expect: tuple[Any, ...] = ()
    limits: Limits = field(default_factory=Limits)
