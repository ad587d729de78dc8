"""What a plan for the service is held against beside its options: the backend's limits, faulty qubits, the instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qspec.diagnostics import Diagnostic
from qspec.errors import ServiceError
from qspec.planning.parts import excess
from qspec.service.backend import RemoteBackend, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qspec.planning.plan import Plan
    from qspec.planning.pubs import PlannedJob
    from qspec.spec import Spec, Transpile


def check_remote(jobs: Sequence[PlannedJob], backend: RemoteBackend, spec: Spec) -> Iterator[Diagnostic]:
    """Jobs that the backend would not take. Codes: too-large-job, too-many-shots."""
    for job in jobs:
        if spec.execution.mode == "job":
            yield from _check_size(job, backend)
        yield from _check_shots(job, backend)


def _check_size(job: PlannedJob, backend: RemoteBackend) -> Iterator[Diagnostic]:
    if reason := excess(job, backend):
        message = f"job '{job.id}' is too large for one job of the service: {reason}"
        label = "'execution: {mode: batch}' splits it into several"
        yield Diagnostic(code="too-large-job", message=message, label=label, route=("jobs", job.id), on_key=True)


def _check_shots(job: PlannedJob, backend: RemoteBackend) -> Iterator[Diagnostic]:
    most = backend.most_shots
    asked = max((pub.shots for pub in job.pubs), default=0)
    if most is not None and asked > most:
        message = f"job '{job.id}' takes {asked:,} shots of a circuit, and {backend.name} takes at most {most:,}"
        yield Diagnostic(code="too-many-shots", message=message, route=("jobs", job.id), on_key=True)


def check_placement(settings: Transpile, backend: RemoteBackend) -> Iterator[Diagnostic]:
    """A layout that puts circuits on qubits that the calibration calls faulty. Code: faulty-qubit.

    The target has no instructions on them, so the transpiler avoids them by itself, and has no words for a layout.
    """
    properties = backend.runtime.properties()
    faulty = set(properties.faulty_qubits()) if properties is not None else set()
    for index, qubit in enumerate(settings.initial_layout or ()):
        if qubit in faulty:
            message = f"qubit {qubit} of {backend.name} is faulty now, by its calibration"
            yield Diagnostic(
                code="faulty-qubit",
                message=message,
                label="choose another, or leave the choice to the transpiler",
                route=("transpile", "initial_layout", index),
            )


def usage_of(backend: RemoteBackend) -> Usage:
    """What the instance has left; nothing is known where the service does not say, and nothing stopped by that."""
    try:
        return backend.usage()
    except ServiceError:
        return Usage()


def check_one_account(plans: Sequence[Plan]) -> Iterator[Diagnostic]:
    """Points of a sweep that different instances would pay for. Code: mixed-backends.

    That the spec names several is found when it is read: this is of an account that leaves the choice open.
    """
    instances = {backend.instance for plan in plans if isinstance(backend := plan.backend, RemoteBackend)}
    if len(instances) > 1:
        message = "the backends of the sweep are in different instances, and one pays for a run"
        label = "'instance' chooses one"
        yield Diagnostic(code="mixed-backends", message=message, label=label, route=("backend",), on_key=True)


def check_usage(usage: Usage, backend: RemoteBackend, planned: float) -> Iterator[Diagnostic]:
    """An instance that has nothing left, or less than the `planned` estimate of QPU seconds. Code: instance-usage."""
    if usage.exhausted:
        message = "the instance has no QPU time left: jobs wait until there is some again"
    elif usage.remaining is not None and planned > usage.remaining:
        message = (
            f"the instance has {usage.remaining:,.0f} QPU seconds left, and the plan is estimated at {planned:,.0f}"
        )
    else:
        return
    yield Diagnostic(
        code="instance-usage",
        message=message,
        route=("backend",),
        on_key=True,
        severity="error" if usage.exhausted else "warning",
        notes=(f"instance: {backend.instance}",),
    )
