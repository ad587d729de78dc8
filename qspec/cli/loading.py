"""The specs that a command works on, all checked before it begins."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qspec.cli.progress import planning
from qspec.cli.selection import select
from qspec.cli.voice import look_of
from qspec.diagnostics import has_errors
from qspec.errors import UsageError, spec_error
from qspec.reading.load import check_file, loaded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from qspec.cli.voice import Voice
    from qspec.errors import SpecError
    from qspec.planning.locked import Lock
    from qspec.planning.sweeps import AnyPlan
    from qspec.reading.load import Checked, Loaded


def plan_all(
    specs: Sequence[str],
    overrides: Sequence[str],
    *,
    allowed: Mapping[str, bool],
    voice: Voice,
    offline: bool,
    cached: bool,
) -> list[AnyPlan]:
    """The plans of all specs that are meant; warnings go to stderr. `allowed` are permissions, as `check_file` takes.

    `offline` forbids to ask a service, `cached` lets circuits be read from the cache.

    Raises `SpecError` with the findings of all specs, or what planning the first refused one raises: then none of
    them is to be run.
    """
    return plan_checked(check_all(specs, overrides, allowed=allowed), voice=voice, offline=offline, cached=cached)


def check_all(specs: Sequence[str], overrides: Sequence[str], *, allowed: Mapping[str, bool]) -> list[Checked]:
    """All specs that are meant, without errors. Raises `SpecError` with the findings of all of them."""
    checked = [check_file(path, overrides=overrides, **allowed) for path in select(specs)]
    wrong = [spec for spec in checked if has_errors(spec.findings)]
    if wrong:
        raise _together(wrong)
    return checked


def plan_checked(
    checked: Sequence[Checked],
    *,
    voice: Voice,
    offline: bool = False,
    cached: bool,
    writes: bool = False,
    locks: Mapping[str, Lock] | None = None,
    prepare: Callable[[Loaded], Loaded] = lambda spec: spec,
) -> list[AnyPlan]:
    """The plans of specs without errors; warnings go to stderr. Raises what planning the first refused one raises.

    With `cached` circuits are read from the cache, and added to it where planning `writes`. Where `locks` has the lock of
    a spec, by its path, its ISA circuits are taken from there; `prepare` makes of a spec what is planned.
    """
    from qspec.planning.reuse import reusing

    reuse = reusing(cached=cached, writes=writes)
    with planning(voice, asks=not all(map(runs_here, checked))) as progress:
        how: dict[str, Any] = {"offline": offline, "progress": progress, "reuse": reuse}
        plans = [_planned(prepare(loaded(spec)), (locks or {}).get(spec.path), how) for spec in checked]
    collect_garbage()
    for each in plans:
        warn(each, voice)
    if reuse.trouble:
        voice.detail(f"planned without the cache: {reuse.trouble}")
    return plans


def collect_garbage() -> None:
    """Collect garbage from now on. A command begins without, while it imports; what is imported by now stays to the end."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def _planned(spec: Loaded, lock: Lock | None, how: dict[str, Any]) -> AnyPlan:
    if lock is None:
        from qspec.planning.sweeps import plan_any

        return plan_any(spec, **how)
    from qspec.planning.locked import plan_locked

    return plan_locked(spec, lock, **how)


def locks_of(checked: Sequence[Checked], *, locked: bool = True) -> dict[str, Lock]:
    """The locks beside specs, by the specs' paths; none unless they are to be run `locked`. Raises as `open_lock` does."""
    if not locked:
        return {}
    from qspec.planning.locked import open_lock

    return {spec.path: open_lock(spec) for spec in checked}


def runs_here(checked: Checked) -> bool:
    """Whether a spec runs on this machine."""
    from qspec.kinds import BACKENDS

    return not getattr(BACKENDS.find(checked.data["backend"]["kind"]), "remote", False) if checked.data else True


def write_plan(plans: Sequence[AnyPlan], path: str) -> None:
    """Write the one plan as JSON. Raises `UsageError` when there are several, `MachineError` when the disk says no."""
    from qspec.records.files import write_named
    from qspec.render.any_plan import plan_json

    if len(plans) != 1:
        raise UsageError(f"-o writes one plan, and there are {len(plans)} specs", advice="plan them one by one")
    if Path(path).is_dir():
        raise UsageError(f"cannot write '{path}': it is a folder", advice="name a file, for example plan.json")
    write_named(Path(path), plan_json(plans[0]).encode())


def _together(specs: Sequence[Checked]) -> SpecError:
    findings = tuple({finding: None for spec in specs for finding in spec.findings})
    sources = {path: text for spec in specs for path, text in spec.sources.items()}
    return spec_error(findings, sources=sources, path=specs[0].path if len(specs) == 1 else f"{len(specs)} specs")


def warn(plan: AnyPlan, voice: Voice) -> None:
    """Say on stderr what there is to know about a plan before it runs."""
    warnings = tuple(dict.fromkeys((*plan.loaded.findings, *plan.findings)))
    if voice.reports is not None:
        voice.reports.found(warnings)
    if warnings and not voice.quiet:
        from qspec.render.findings import render_findings

        sources, path = plan.loaded.sources, plan.loaded.path
        voice.complain(render_findings(warnings, sources, checked=[path], look=look_of(sys.stderr)))
