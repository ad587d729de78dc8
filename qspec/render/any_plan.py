"""Any plan, of a sweep or not, as text and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from qspec.planning.sweeps import SweepPlan
from qspec.render import plans, sweep_plans

if TYPE_CHECKING:
    from qspec.planning.sweeps import AnyPlan
    from qspec.render.look import Look


def plan_data(plan: AnyPlan) -> dict[str, Any]:
    """The plan as plain data for JSON."""
    return sweep_plans.sweep_plan_data(plan) if isinstance(plan, SweepPlan) else plans.plan_data(plan)


def plan_json(plan: AnyPlan) -> str:
    """The plan as `plan -o` writes it."""
    return json.dumps(plan_data(plan), indent=2, allow_nan=False) + "\n"


def render_plan(plan: AnyPlan, *, top: int, look: Look) -> str:
    """The plan as text; of what is long, `top` entries are shown, all with `top=0`."""
    if isinstance(plan, SweepPlan):
        return sweep_plans.render_sweep_plan(plan, top=top, look=look)
    return plans.render_plan(plan, top=top, look=look)
