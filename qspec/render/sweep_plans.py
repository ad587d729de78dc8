"""The plan of a sweep as a person reads it: its axes, what each variant of the spec is like, and the sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.reading.speech import flow
from qspec.records.files import plain
from qspec.render.look import clipped, plural, visible
from qspec.render.plans import render_estimate, render_jobs
from qspec.render.table import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qspec.planning.sweeps import SweepPlan
    from qspec.render.look import Look
    from qspec.sweep import Sweep

_SHOWN_VALUES = 4
_WIDEST = 40


def sweep_plan_data(plan: SweepPlan) -> dict[str, Any]:
    """The plan as plain data for JSON; `variants` are the plans of their first points."""
    variants = [
        {"point": plan.variants.point(number, 0), "points": plan.variants.size(number), **planned.data()}
        for number, planned in enumerate(plan.plans)
    ]
    data: dict[str, Any] = plain(
        {
            "name": plan.spec.name,
            "spec": dict(plan.resolved),
            "seed": plan.seed,
            "points": plan.sweep.size,
            "jobs": plan.jobs,
            "pubs": plan.pubs,
            **_service_data(plan),
            "sums": plan.sums(),
            "limits": dict(plan.resolved.get("limits", {})),
            "warnings": [
                {"code": found.code, "message": found.message, "place": found.place} for found in plan.findings
            ],
            "variants": variants,
        }
    )
    return data


def _service_data(plan: SweepPlan) -> dict[str, Any]:
    """How the jobs go to the service: for each the points and the PUBs of every job there; nothing for this machine."""
    if not plan.shares:
        return {}
    submissions = {
        job: [{"points": len(shares.lineup.places(part)), "pubs": load.pubs} for part, load in shares.sent]
        for job, shares in plan.shares.items()
    }
    return {"submissions": submissions, "remaining_seconds_of_the_instance": plan.remaining}


def render_sweep_plan(plan: SweepPlan, *, top: int, look: Look) -> str:
    """The plan as text: the axes, of variants and PUBs the first `top` (all with `top=0`), and the sums."""
    several = f" in {plural(len(plan.variants), 'variant')} of the spec" if len(plan.variants) > 1 else ""
    points = f"{plural(plan.sweep.size, 'point')}{several}"
    seed = "" if "seed" in {axis.place for axis in plan.sweep.axes} else f", seed {plan.seed}"
    lines = [f"{look.paint(f'plan of {plan.spec.name}', 'bold')}: {points}{seed}", ""]
    lines += [*render_axes(plan.sweep, look), ""]
    shown = len(plan.plans) if top == 0 else min(top, len(plan.plans))
    for number in range(shown):
        lines += [*_variant(plan, number, top, look), ""]
    if shown < len(plan.plans):
        lines += [f"and {plural(len(plan.plans) - shown, 'more variant')}", ""]
    return "\n".join([*lines, _sums(plan)]) + "\n"


def render_axes(sweep: Sweep, look: Look) -> Iterator[str]:
    """The axes with their values, and how they go together."""
    together = "every combination" if sweep.combine == "product" else "side by side"
    yield look.paint("sweep", "bold") + (f": {together}" if len(sweep.axes) > 1 else "")
    rows = [(axis.place, f"{len(axis.values):,}", _values(axis.values, look)) for axis in sweep.axes]
    yield table(("axis", "values", ""), rows, right=frozenset({1}), indent=2, look=look).removesuffix("\n")


def _values(values: Sequence[Any], look: Look) -> str:
    shown = [spoken_value(value) for value in values[:_SHOWN_VALUES]]
    if len(values) > _SHOWN_VALUES:
        shown = [*shown[:-1], look.draw("…"), spoken_value(values[-1])]
    return ", ".join(shown)


def spoken_value(value: Any) -> str:
    """A value of an axis, in short, as one would write it in a spec."""
    if isinstance(value, float):
        return f"{value:.6g}"
    return clipped(visible(flow(plain(value))), _WIDEST)


def _variant(plan: SweepPlan, number: int, top: int, look: Look) -> Iterator[str]:
    planned = plan.plans[number]
    values = plan.sweep.values(plan.variants.point(number, 0))
    chosen = [plan.sweep.axes[axis].place for axis in plan.variants.structural]
    said = ", ".join(f"{visible(place)} {spoken_value(values[place])}" for place in chosen)
    points = plural(plan.variants.size(number), "point")
    if said:
        yield look.paint(f"variant {number}", "bold") + f": {said}; {points}"
    if plan.variants.size(number) > 1:
        yield f"the first of {points}:"
    yield from render_jobs(planned, top, look)


def _sums(plan: SweepPlan) -> str:
    sums = plan.sums()
    counted = [plural(plan.sweep.size, "point"), plural(plan.jobs, "job"), *_submissions(plan)]
    counted += [plural(int(sums["circuits"]), "circuit execution"), plural(int(sums["shots"]), "shot")]
    return "\n".join(render_estimate(", ".join(counted), plan, plan.plans[0].jobs))


def _submissions(plan: SweepPlan) -> Iterator[str]:
    """In how many jobs of the service, with how many PUBs, all points are."""
    loads = [load for shares in plan.shares.values() for load in shares.loads]
    if loads:
        yield f"sent as {plural(len(loads), 'job')} with {plural(sum(load.pubs for load in loads), 'PUB')}"
