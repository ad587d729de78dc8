"""From a loaded spec to a plan: everything that a run will do, before it does anything."""

from __future__ import annotations

import time
from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING, Any

from qspec.diagnostics import Diagnostic, has_errors
from qspec.errors import BackendError, RefusedError, SpecError, UsageError
from qspec.frozen import frozen
from qspec.planning.circuits import Built, build_circuits, isa_circuits
from qspec.planning.estimate import FORMULA, rep_delay_of
from qspec.planning.inputs import Inputs, check_inputs, read_inputs, values_seed
from qspec.planning.isa import IsaCircuit
from qspec.planning.limits import check_limits, planned_sums
from qspec.planning.parts import draw_tag
from qspec.planning.pubs import PlannedJob, PlannedPub, Surroundings, plan_job
from qspec.planning.references import read_references
from qspec.planning.remote import check_placement, check_remote, check_usage, usage_of
from qspec.planning.resolved import resolved
from qspec.planning.reuse import Reuse
from qspec.planning.shared import Shared
from qspec.planning.suited import check_built
from qspec.planning.transpile import check_layout, check_methods
from qspec.seeds import derive, draw
from qspec.service.backend import RemoteBackend

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from qspec.planning.circuits import Locked, Progress
    from qspec.planning.locked import Lock
    from qspec.reading.load import Loaded
    from qspec.service.backend import Usage
    from qspec.simulation.local import LocalBackend
    from qspec.simulation.options import Unhonoured
    from qspec.spec import Spec

__all__ = ["IsaCircuit", "Plan", "PlannedJob", "PlannedPub", "plan"]


@frozen
class Plan:
    """What a run will do. `seed` is the root of `seeds`, which are by purpose, as `qspec.seeds` spells it.

    `resolved` is the spec in force as JSON data; `findings` are warnings, located; `seconds` is how long planning took.
    `remaining` are the QPU seconds that the instance has left, None for a local run and where the service does not say.
    `sources` are the canonical hashes of the spec's circuits before transpiling, by their ids.
    """

    loaded: Loaded
    spec: Spec
    seed: int
    seeds: Mapping[str, int]
    resolved: Mapping[str, Any]
    backend: LocalBackend | RemoteBackend
    jobs: tuple[PlannedJob, ...]
    findings: tuple[Diagnostic, ...]
    seconds: float
    remaining: float | None = None
    sources: Mapping[str, str] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        """What `plan -o` writes, as JSON data: times in seconds."""
        circuits = {pub.circuit.source: pub.circuit for job in self.jobs for pub in job.pubs}
        return {
            "name": self.spec.name,
            "spec": dict(self.resolved),
            "seed": self.seed,
            "seeds": dict(self.seeds),
            "versions": _versions(),
            "backend": {
                "kind": self.backend.kind,
                "name": self.backend.name,
                "num_qubits": self.backend.target.num_qubits,
                "source": dict(self.backend.source),
            },
            "circuits": {name: circuit.data() for name, circuit in circuits.items()},
            "jobs": {job.id: {"backend": self.backend.name, **job.data()} for job in self.jobs},
            "sums": {**planned_sums(self.jobs), "qpu_seconds": self.qpu_seconds},
            "limits": dict(self.resolved.get("limits", {})),
            "estimate": {
                "of": "qpu_seconds, from the durations in the backend's target; not counted: loading, learning, queueing",
                "formula": FORMULA,
                "delay_between_shots_seconds": self._delays(),
                "remaining_seconds_of_the_instance": self.remaining,
            },
            "warnings": [
                {"code": found.code, "message": found.message, "place": found.place} for found in self.findings
            ],
        }

    def _delays(self) -> float | dict[str, float]:
        """Seconds between shots: one number where it is that of all jobs, else by job."""
        delays = {job.id: rep_delay_of(job.job.options) for job in self.jobs}
        return delays if len(set(delays.values())) > 1 else next(iter(delays.values()))

    @property
    def qpu_seconds(self) -> float | None:
        """The estimate for all jobs together; None where any has none."""
        known = [job.qpu_seconds for job in self.jobs if job.qpu_seconds is not None]
        return sum(known) if len(known) == len(self.jobs) else None


def _versions() -> dict[str, str]:
    """Of the packages that a plan depends on; a run records more."""
    import numpy as np
    import qiskit

    from qspec import __version__

    return {"qspec-runner": __version__, "qiskit": qiskit.__version__, "numpy": np.__version__}


def plan(
    loaded: Loaded,
    *,
    offline: bool = False,
    progress: Progress | None = None,
    reuse: Reuse | None = None,
    lock: Lock | None = None,
) -> Plan:
    """Plan a spec without a sweep. `progress` is told what is being done, how many of it are done, and how many there are.

    Plans that are given the same `reuse` share what they make. Touches nothing on disk but the cache, where `reuse`
    has one to write to. Only a backend on a service is asked about over the network, and not when `offline`. Of a `lock`
    the ISA circuits are taken, and the seed where the spec has none.
    Raises `SpecError` with every finding when one is an error, `RefusedError` when a limit would be passed or
    `offline` forbids to ask, `ServiceError` when the service does not answer.
    """
    seed, shared = root_seed(loaded.spec, lock), Shared(reuse or Reuse())
    locked = None if lock is None else partial(lock.isa, 0)
    placed = loaded if lock is None else lock.placed(loaded, 0)
    planned = plan_point(
        placed, seed=seed, shared=shared, offline=offline, alone=True, progress=progress, locked=locked
    )
    unknown = [job.id for job in planned.jobs if job.qpu_seconds is None] if planned.backend.remote else []
    check_limits(loaded.spec.limits, planned_sums(planned.jobs), without_estimate=unknown)
    return planned


def root_seed(spec: Spec, lock: Lock | None) -> int:
    """The root of every random choice: as the spec says it, else as it was locked, else drawn."""
    if spec.seed is not None:
        return spec.seed
    return draw() if lock is None else lock.record.seed


def plan_point(
    loaded: Loaded,
    *,
    seed: int,
    shared: Shared,
    offline: bool = False,
    alone: bool = False,
    progress: Progress | None = None,
    locked: Locked | None = None,
) -> Plan:
    """Plan a spec that stands `alone`, or as one point of a sweep, whatever its limits. Raises as `plan` does.

    `shared` is what other points have built already. What the service takes at once, and has left, is asked of all
    points of a sweep together, see `qspec.planning.sweeps`.
    """
    start = time.perf_counter()
    spec = loaded.spec
    backend = shared.backend(spec.backend, lambda: _open(loaded, shared, offline=offline))
    built, inputs, findings = _check(loaded, backend, seed, shared)
    isa, more = isa_circuits(built, backend, spec, seed=seed, progress=progress, reuse=shared.reuse, locked=locked)
    findings = _raise_errors(loaded, [*findings, *more])
    transpiled, target = spec.transpile.enabled, backend.target
    around = Surroundings(inputs=inputs, built=built, isa=isa, target=target, transpiled=transpiled, seed=seed)
    jobs = tuple(plan_job(name, job, around) for name, job in spec.jobs.items())
    usage = usage_of(backend) if alone and isinstance(backend, RemoteBackend) else None
    findings = _raise_errors(loaded, [*findings, *_check_jobs(jobs, backend, usage, spec)])
    return Plan(
        loaded=loaded,
        spec=spec,
        seed=seed,
        seeds=dict(_seeds(loaded, jobs, built, seed)),
        resolved=resolved(spec, seed=seed, backend=backend),
        backend=backend,
        jobs=jobs,
        sources={name: shared.reuse.canonical(one.circuit) for name, one in built.items()},
        findings=tuple(findings),
        seconds=time.perf_counter() - start,
        remaining=usage.remaining if usage else None,
    )


def _open(loaded: Loaded, shared: Shared, *, offline: bool) -> LocalBackend | RemoteBackend:
    wanted = loaded.spec.backend
    remote = getattr(wanted, "remote", False)
    if remote and offline:
        message = f"the backend '{wanted.name or 'least_busy'}' is on the service, and --offline forbids to ask it"
        fake = "--set 'backend={kind: fake, name: fake_torino}'"
        raise RefusedError(message, advice=f"leave --offline out, or plan for a fake backend: {fake}")
    try:
        backend: LocalBackend | RemoteBackend = wanted.open(shared.service(wanted)) if remote else wanted.open()
    except UsageError as error:
        key = error.key if isinstance(error, BackendError) else None
        code = "unknown-backend" if key == "name" else "backend"
        route = ("backend",) if key is None else ("backend", key)
        finding = Diagnostic(code=code, message=str(error), label=error.advice, route=route, on_key=key is None)
        _raise_errors(loaded, [finding])
        raise
    return backend


def _check(
    loaded: Loaded, backend: LocalBackend | RemoteBackend, seed: int, shared: Shared
) -> tuple[dict[str, Built], Inputs, list[Diagnostic]]:
    """Everything that can be checked before circuits are transpiled. Raises `SpecError`."""
    settings = loaded.spec.transpile
    built, findings = build_circuits(loaded, seed=seed, shared=shared)
    inputs, more = read_inputs(loaded, seed=seed)
    findings += [
        *more,
        *check_built(built, backend, loaded.spec),
        *check_inputs(inputs, built),
        *read_references(loaded),
    ]
    if settings.enabled:
        widths = {name: one.circuit.num_qubits for name, one in built.items()}
        findings += [*check_methods(settings), *check_layout(settings, backend.target, widths)]
        if isinstance(backend, RemoteBackend):
            findings += check_placement(settings, backend)
    return built, inputs, _raise_errors(loaded, findings)


def _raise_errors(loaded: Loaded, findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings, located, if none is an error."""
    located = loaded.locate(findings)
    if has_errors(located):
        raise SpecError(located, sources=loaded.sources, path=loaded.path)
    return list(located)


def _check_jobs(
    jobs: tuple[PlannedJob, ...], backend: LocalBackend | RemoteBackend, usage: Usage | None, spec: Spec
) -> Iterator[Diagnostic]:
    """What stands against the jobs: their options, and on a service, of a spec that stands alone, its limits."""
    yield from _check_options(jobs, backend, spec)
    if isinstance(backend, RemoteBackend) and usage is not None:
        yield from check_remote(jobs, backend, spec)
        yield from check_usage(usage, backend, planned_sums(jobs)["qpu_seconds"])


def _check_options(
    jobs: tuple[PlannedJob, ...], backend: LocalBackend | RemoteBackend, spec: Spec
) -> Iterator[Diagnostic]:
    """What the programs say about their options, now that backend and ISA circuits are known."""
    for job in jobs:
        for option in _refusals(job, backend, spec):
            yield Diagnostic(
                code="unhonoured-option" if option.severity == "error" else "no-effect",
                message=option.reason,
                route=("jobs", job.id, *option.route),
                on_key=not option.route,
                severity=option.severity,
            )


def _refusals(job: PlannedJob, backend: LocalBackend | RemoteBackend, spec: Spec) -> Iterator[Unhonoured]:
    """What a job would be refused for. Programs of other packages need not say anything."""
    pubs = [pub.pub for pub in job.pubs]
    if backend.remote and hasattr(job.job, "refusals_remote"):
        yield from job.job.refusals_remote(backend, pubs, tags=(*spec.tags, draw_tag()))
    elif not backend.remote and hasattr(job.job, "refusals"):
        yield from job.job.refusals(backend, pubs)


def _seeds(
    loaded: Loaded, jobs: tuple[PlannedJob, ...], built: Mapping[str, Built], seed: int
) -> Iterator[tuple[str, int]]:
    """Every seed in use, by its purpose."""
    for name in built:
        source = loaded.spec.circuits[name].source
        drawn = derive(seed, "circuits", name)
        if hasattr(source, "seeded") and source.seeded(drawn) != source:
            yield f"circuits/{name}", drawn
        if loaded.spec.transpile.enabled:
            yield f"transpiler/{name}", derive(seed, "transpiler", name)
    for job in jobs:
        yield f"simulator/{job.id}", job.seed
        for pub in job.pubs:
            yield f"simulator/{job.id}/{pub.index}", job.pub_seeds[pub.index]
            for name, value in loaded.spec.jobs[job.id].pubs[pub.index].parameter_values.items():
                if isinstance(value, dict) and "random" in value:
                    route = ("jobs", job.id, "pubs", pub.index)
                    yield f"values/{job.id}/{pub.index}/{name}", values_seed(seed, route, name)
