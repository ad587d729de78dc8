"""A plan as a person reads it: what each job would run, how large it is, and what it is estimated to cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.planning.estimate import FORMULA
from qspec.planning.limits import planned_sums
from qspec.records.files import plain
from qspec.render.look import plural
from qspec.render.table import table
from qspec.simulation.resilience import noise_factors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qspec.planning.plan import Plan, PlannedJob, PlannedPub
    from qspec.planning.sweeps import AnyPlan
    from qspec.render.look import Look

_HEADING = (
    "PUB",
    "circuit",
    "qubits",
    "depth",
    "2q gates",
    "2q depth",
    "shape",
    "bases",
    "shots",
    "executions",
    "QPU estimate",
)
_RIGHT = frozenset(range(len(_HEADING))) - {1, 6}


def plan_data(plan: Plan) -> dict[str, Any]:
    """The plan as plain data for JSON."""
    data: dict[str, Any] = plain(plan.data())
    return data


def render_plan(plan: Plan, *, top: int, look: Look) -> str:
    """The plan as text: a table of PUBs for each job, of which `top` are shown (all with `top=0`), and the sums."""
    lines = [f"{look.paint(f'plan of {plan.spec.name}', 'bold')}: {_backend(plan)}, seed {plan.seed}", ""]
    return "\n".join([*lines, *render_jobs(plan, top, look), "", _sums(plan)]) + "\n"


def render_jobs(plan: Plan, top: int, look: Look) -> Iterator[str]:
    """A table of PUBs for each job, with an empty line between two."""
    for number, job in enumerate(plan.jobs):
        yield from [""] if number else []
        yield from _job(job, top, look)


def _backend(plan: Plan) -> str:
    backend = plan.backend
    kind = "" if backend.name.startswith(backend.kind) else f" ({backend.kind})"
    return f"{backend.name}{kind}"


def _job(job: PlannedJob, top: int, look: Look) -> Iterator[str]:
    yield look.paint(f"job {job.id}", "bold") + f": {', '.join(_about(job))}"
    shown = job.pubs[: top or None]
    yield table(_HEADING, [_row(pub, look) for pub in shown], right=_RIGHT, indent=2, look=look).removesuffix("\n")
    if len(shown) < len(job.pubs):
        yield f"  and {plural(len(job.pubs) - len(shown), 'more PUB')}"
    if job.job.kind == "estimator":
        yield from (f"  {line}" for line in _multiplied(job.job))


def _multiplied(program: Any) -> Iterator[str]:
    """What an estimator's options make of the executions and shots that its PUBs and its precision ask for."""
    factors = noise_factors(program.options)
    if factors > 1:
        yield f"executions: every circuit at {factors} noise factors"
    asked, taken = program.effective_shots, program.shots_per_execution
    if taken != asked:
        yield f"shots: {asked:,} are asked for, rounded up to whole randomizations of twirling"


def _about(job: PlannedJob) -> Iterator[str]:
    yield str(job.job.kind)
    if job.shots is not None:
        yield plural(job.shots, "shot")
    if job.precision is not None:
        yield f"precision {job.precision:g}"


def _row(pub: PlannedPub, look: Look) -> tuple[str, ...]:
    circuit = pub.circuit
    return (
        str(pub.index),
        circuit.source,
        f"{circuit.num_qubits:,}",
        f"{circuit.depth:,}",
        f"{circuit.two_qubit_gates:,}",
        f"{circuit.two_qubit_depth:,}",
        look.draw(" × ".join(map(str, pub.shape))),
        f"{pub.bases:,}" if pub.bases > 1 else "",
        f"{pub.shots:,}",
        f"{pub.executions:,}",
        spoken_seconds(pub.qpu_seconds),
    )


def _sums(plan: Plan) -> str:
    sums = planned_sums(plan.jobs)
    said = f"{plural(int(sums['circuits']), 'circuit execution')}, {plural(int(sums['shots']), 'shot')}"
    return "\n".join(render_estimate(said, plan, plan.jobs))


def render_estimate(said: str, plan: AnyPlan, jobs: Sequence[PlannedJob]) -> Iterator[str]:
    """The last lines of a plan of these jobs: what was `said` of the sums, the estimate of QPU time, and what is left."""
    if plan.qpu_seconds is None:
        yield f"{said}; no estimate of QPU time: the backend's target has no durations"
        return
    time = spoken_seconds(plan.qpu_seconds)
    yield f"{said}; estimate of QPU time: {time}, from the durations in the backend's target"
    if plan.backend.remote:
        yield f"the estimate is {FORMULA}; {_left_out(jobs)} are not in it"
    if plan.remaining is not None:
        yield f"the instance has {spoken_seconds(plan.remaining)} of QPU time left"


def _left_out(jobs: Sequence[PlannedJob]) -> str:
    """What takes time beside the estimate. The learning of a noise learner is what is estimated of it."""
    estimators = any(job.job.kind == "estimator" for job in jobs)
    return "loading, queueing and the noise that estimators learn" if estimators else "loading and queueing"


def spoken_seconds(seconds: float | None) -> str:
    """A time in the unit that suits it; an empty text when it is not known."""
    if seconds is None:
        return ""
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    return f"{seconds:.3g} s" if seconds < 120 else f"{seconds / 60:,.1f} min"
