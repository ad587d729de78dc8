"""`qspec lock`: keep beside a spec what its run was made from and what came out, so that any later run can be held to it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from qspec.cli import options
from qspec.cli.conducting import conducted
from qspec.cli.holding import hold
from qspec.errors import MachineError, RecordError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qspec.cli.voice import Voice
    from qspec.comparing.runs import RunComparison
    from qspec.planning.sweeps import AnyPlan
    from qspec.records.view import FinishedRun


@options.command
@click.argument("specs", nargs=-1, metavar="[SPEC]...")
@click.option("--from", "source", metavar="RUN", help="lock what this run of the spec gave, and run nothing")
@click.option("--update", is_flag=True, help="say what changed since the lock was made, and replace it")
@click.option("--check", is_flag=True, help="say whether specs are as they were locked, and run nothing")
@click.option("--offline", is_flag=True, help="with --check: hold specs for the service against their locks without it")
@options.runs_dir
@options.permissions
@options.cached
@conducted("workers", "scheduler", "deadline", "cancel_on_interrupt")
@options.output_format(*options.FOR_CI)
def command(
    voice: Voice,
    *,
    specs: tuple[str, ...],
    source: str | None,
    update: bool,
    check: bool,
    offline: bool,
    form: str,
    **how: Any,
) -> int:
    """Run specs, and write a lock beside each: what it was made from, with its ISA circuits, and what came out.

    The lock of job.yaml is job.lock.json with the folder job.lock; commit both. 'qspec run --locked' runs what was locked
    and compares the results. --check is about the specs that are named, and all locks below a folder: without a SPEC
    the current one. It ends with 8 when a spec or an input file is not what was locked.
    """
    _check_usage(specs, source, update=update, check=check, offline=offline)
    if check:
        return hold(specs, voice, how["allowed"], cached=how["cached"], offline=offline, form=form)
    if source is not None:
        return _lock_run(specs[0], source, voice, update=update, how=how, form=form)
    return _lock_specs(specs, voice, update=update, how=how, form=form)


def _check_usage(specs: Sequence[str], source: str | None, *, update: bool, check: bool, offline: bool) -> None:
    if check and (update or source is not None):
        raise UsageError("--check writes nothing: it goes with neither --update nor --from")
    if offline and not check:
        raise UsageError("--offline is for --check: to lock a spec is to run it")
    if not check and not specs:
        raise UsageError("name the spec that is to be locked", advice="see 'qspec lock --help'")
    if source is not None and len(specs) != 1:
        raise UsageError(f"--from is about one spec, and there are {len(specs)}")


def _lock_specs(specs: Sequence[str], voice: Voice, *, update: bool, how: Mapping[str, Any], form: str) -> int:
    """Run specs, and lock what came out."""
    from qspec.cli.driving import drive
    from qspec.cli.loading import check_all, plan_checked
    from qspec.cli.selection import locked_among
    from qspec.cli.supervision import supervise
    from qspec.running.lockfiles import check_free, with_kept_seed

    checked = check_all(locked_among(specs) if update else specs, (), allowed=how["allowed"])
    for spec in checked:
        check_free(spec.path, update=update)
    if (ended := supervise(voice, cancelling=how["how"]["cancel_on_interrupt"])) is not None:
        return ended
    plans = plan_checked(checked, voice=voice, cached=how["cached"], writes=True, prepare=with_kept_seed)
    steps = [partial(_run, plan, voice, how["runs_dir"], how["how"]) for plan in plans]
    return drive(steps, partial(_lock, voice=voice, form=form), voice)


def _run(plan: AnyPlan, voice: Voice, runs_dir: str, how: Mapping[str, Any]) -> FinishedRun:
    from qspec import api
    from qspec.cli.driving import driven
    from qspec.running.conduct import Conduct

    with driven(voice) as progress:
        return api.run(plan, runs_dir, progress=progress, conduct=Conduct(**how))


def _lock_run(path: str, source: str, voice: Voice, *, update: bool, how: Mapping[str, Any], form: str) -> int:
    """Lock what an earlier run of a spec gave."""
    from qspec.cli.loading import check_all
    from qspec.records.find import find_run
    from qspec.records.view import open_run
    from qspec.running.lockfiles import check_free, check_same

    (spec,) = check_all([path], (), allowed=how["allowed"])
    check_free(spec.path, update=update)
    run = open_run(find_run(Path(how["runs_dir"]), source))
    check_same(spec, run.record)
    return _lock(run, voice=voice, form=form, spec=spec.path)


def _lock(run: FinishedRun, *, voice: Voice, form: str, spec: str | None = None) -> int:
    """Write the lock of a run beside its spec, after saying what changed; returns the exit code."""
    from qspec.comparing.locking import lock_of, why_not_locked
    from qspec.records.locks import file_behind
    from qspec.records.view import has_ended
    from qspec.running.lockfiles import own_reference, write_lock

    if voice.reports is not None:
        voice.reports.ran(run, top=10)
    path = file_behind(spec or run.record.spec.path)
    own = own_reference(path)
    if spec is None and has_ended(run.record) and (reason := why_not_locked(run.record, own)):
        voice.complain(f"not locked: {reason}; see qspec show {quote(str(run.folder))}\n")
        return run.record.exit_code
    lock, contents = lock_of(run, own)
    changes = _changes(path, run)
    if form == "text" and changes is not None:
        from qspec.render.comparison import render_comparison

        voice.answer(f"against {changes.before}\n{render_comparison(changes, top=10, look=voice.look)}")
    try:
        written = write_lock(path, lock, contents)
    except MachineError as error:
        again = f"qspec lock {'--update ' * (changes is not None)}--from {quote(str(run.folder))} {quote(str(path))}"
        raise MachineError(f"{error}; the results are there, and can be locked: {again}") from error
    _say(written, run, changes, voice, form=form, circuits=len(contents))
    return 0


def _changes(spec: Path, run: FinishedRun) -> RunComparison | None:
    """A run held against the lock that is to be replaced; None where there is none, or it cannot be read."""
    from qspec.comparing.locked import compare_with_lock
    from qspec.records.locks import lock_file, read_lock

    path = lock_file(spec)
    try:
        return compare_with_lock(read_lock(path), run, name=str(path)) if path.exists() else None
    except RecordError:
        return None


def _say(
    path: Path, run: FinishedRun, changes: RunComparison | None, voice: Voice, *, form: str, circuits: int
) -> None:
    from qspec.render.comparison import comparison_data
    from qspec.render.look import plural

    if form == "json":
        compared = None if changes is None else comparison_data(changes)
        voice.put({"version": 1, "lock": str(path), "run": str(run.folder), "changes": compared})
        return
    said = f"{path}: locked, with {plural(circuits, 'ISA circuit')} in {path.with_suffix('')}"
    if form == "text":
        voice.answer(f"{said}\n")
    else:
        voice.talk(said)
