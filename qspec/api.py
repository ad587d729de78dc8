"""The Python API: the steps of the command line as functions.

`load` reads, `check` finds what is wrong, `plan` builds and transpiles, `run` runs, `resume` goes on, `rerun` does it again,
`compare` says whether it gave the same, `lock` keeps what it gave, `open_run` looks at what is on disk. Failures are `QspecError`s; a spec with errors is a `SpecError` that holds every finding.
"""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING

from qspec.records.names import RUNS_DIR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qspec.comparing.runs import RunComparison
    from qspec.diagnostics import Diagnostic
    from qspec.planning.sweeps import AnyPlan
    from qspec.reading.load import Loaded
    from qspec.records.view import FinishedRun
    from qspec.running.conduct import Conduct
    from qspec.running.progress import Progress

    SpecPath = str | PathLike[str]


def check(
    path: SpecPath,
    *,
    set: Sequence[str] = (),  # noqa: A002  named like the flag --set
    allow_outside: bool = False,
    trust: bool = False,
) -> tuple[Diagnostic, ...]:
    """Every finding about the spec at `path`, located and sorted; empty when it is fine.

    `set` holds texts like `jobs.counts.shots=1000`; `allow_outside` lets its paths leave the repository;
    `trust` lets code run later that it names. Raises `UsageError` when the file cannot be read at all.
    """
    from qspec.reading.load import check_file

    return check_file(fspath(path), overrides=tuple(set), allow_outside=allow_outside, trust=trust).findings


def load(
    path: SpecPath,
    *,
    set: Sequence[str] = (),  # noqa: A002  named like the flag --set
    allow_outside: bool = False,
    trust: bool = False,
) -> Loaded:
    """The spec at `path`, ready to be planned. Arguments are those of `check`.

    Raises `SpecError` with every finding when it has errors.
    """
    from qspec.reading.load import load_file

    return load_file(fspath(path), overrides=tuple(set), allow_outside=allow_outside, trust=trust)


def plan(spec: Loaded | SpecPath, *, cache: bool = True) -> AnyPlan:
    """The plan of a spec: its circuits transpiled, its PUBs built, its cost estimated. Nothing is run or written.

    A `Plan`; of a spec with a sweep a `SweepPlan`, which has a `Plan` for each variant of the spec. With `cache`,
    circuits that an earlier run has transpiled are taken from the cache. Raises `SpecError` for findings,
    `RefusedError` when a limit of the spec would be passed.
    """
    return _plan(spec, cached=cache)


def _plan(spec: Loaded | SpecPath, *, cached: bool, writes: bool = False, locked: bool = False) -> AnyPlan:
    from qspec.planning.reuse import reusing
    from qspec.planning.sweeps import plan_any

    loaded = load(spec) if isinstance(spec, (str, PathLike)) else spec
    reuse = reusing(cached=cached, writes=writes)
    if not locked:
        return plan_any(loaded, reuse=reuse)
    from qspec.planning.locked import open_lock, plan_locked

    return plan_locked(loaded, open_lock(loaded), reuse=reuse)


def run(
    spec: AnyPlan | Loaded | SpecPath,
    runs_dir: SpecPath = RUNS_DIR,
    *,
    progress: Progress | None = None,
    conduct: Conduct | None = None,
    cache: bool = True,
    locked: bool = False,
) -> FinishedRun:
    """Run a spec, or a plan of one; returns the finished run, which is on disk below `runs_dir`.

    `conduct` says how jobs on a service are driven: whether they are waited for, and how long. With `cache`, circuits
    that were transpiled before are taken from the cache, and others put into it; `locked` runs the ISA circuits of the
    lock beside the spec, with which `compare` compares the results. Whether jobs failed and expectations held is in
    `.record`: nothing is raised for it. Raises what `plan` raises, `DriftError` where the spec is not what was locked, and
    `MachineError` when the disk says no.
    """
    from qspec.errors import UsageError
    from qspec.planning.plan import Plan
    from qspec.planning.sweeps import SweepPlan
    from qspec.records.view import FinishedRun
    from qspec.running.run import run as run_plan

    if locked and isinstance(spec, (Plan, SweepPlan)):
        raise UsageError("a plan has its circuits already: give the spec that is to be run locked")
    planned = spec if isinstance(spec, (Plan, SweepPlan)) else _plan(spec, cached=cache, writes=True, locked=locked)
    record = run_plan(planned, Path(runs_dir), progress, conduct)
    return FinishedRun(record, Path(runs_dir) / record.name / record.run)


def resume(folder: SpecPath, *, progress: Progress | None = None, conduct: Conduct | None = None) -> FinishedRun:
    """Bring the run in a folder to its end, from its own files alone; one that has ended stays as it is.

    Raises `RecordError` when the record is damaged, `MachineError` when another process drives the run, and what
    stands in the way of jobs on a service: `ServiceError`, `UnsettledError`, `UnfinishedError`.
    """
    from qspec.records.view import FinishedRun
    from qspec.running.resume import resume as resume_run

    return FinishedRun(resume_run(Path(folder), progress, conduct), Path(folder))


def rerun(
    folder: SpecPath,
    runs_dir: SpecPath = RUNS_DIR,
    *,
    fresh: bool = False,
    set: Sequence[str] = (),  # noqa: A002  named like the flag --set
    progress: Progress | None = None,
    conduct: Conduct | None = None,
    cache: bool = True,
) -> FinishedRun:
    """Do the run in a folder again, from its own files alone; returns the new run, which is below `runs_dir`.

    Its circuits are those of the run; with `fresh`, or where `set` changes the spec, they are built and transpiled anew.
    Code that the spec names runs where `conduct` has `trust`. Raises what `run` raises, and `RecordError` when the record
    is damaged.
    """
    from qspec.planning.reuse import reusing
    from qspec.running.conduct import Conduct
    from qspec.running.rerun import conducted_as, plan_repetition

    reuse, how = reusing(cached=cache, writes=True), conducted_as(Path(folder), conduct or Conduct())
    again = plan_repetition(Path(folder), fresh=fresh, overrides=tuple(set), trust=how.trust, reuse=reuse)
    return run(again, runs_dir, progress=progress, conduct=how)


def compare(before: FinishedRun | SpecPath, after: FinishedRun, *, level: float = 0.001) -> RunComparison:
    """Whether two runs have the same results, PUB by PUB: identical, consistent or different; and what they differ in.

    `before` may be the path of a lock. `level` is the probability that sampling alone is called different, over all PUBs
    together. Raises `RecordError` for damage.
    """
    from qspec.comparing.locked import compare_with_lock
    from qspec.comparing.runs import compare_runs
    from qspec.errors import UsageError
    from qspec.records.locks import read_lock

    if isinstance(after, (str, PathLike)):
        raise UsageError("a lock is what a run is compared with: it comes first, and the run is the second")
    if isinstance(before, (str, PathLike)):
        return compare_with_lock(read_lock(Path(before)), after, level=level, name=fspath(before))
    return compare_runs(before, after, level=level)


def lock(path: SpecPath, of: FinishedRun | None = None, *, runs_dir: SpecPath = RUNS_DIR, update: bool = False) -> Path:
    """Write the lock of the spec at `path`: `of` a run of it, or of one that is made now; returns the lock's path.

    With `update` it replaces the one that is there. Raises `UsageError` for a lock that is not to be replaced and for a
    run that did not come to a good end, `DriftError` for a run of something else, and what `run` raises.
    """
    from qspec.comparing.locking import lock_of
    from qspec.records.locks import file_behind
    from qspec.running.lockfiles import check_free, check_same, own_reference, with_kept_seed, write_lock

    loaded = load(path)
    check_free(loaded.path, update=update)
    if of is None:
        of = run(with_kept_seed(loaded), runs_dir)
    else:
        check_same(loaded, of.record)
    place = file_behind(fspath(path))
    return write_lock(place, *lock_of(of, own_reference(place)))


def open_run(folder: SpecPath) -> FinishedRun:
    """A run from its folder: `.record`, `.result("job")`, `.counts("job")`.

    Raises `RecordError` when the folder holds no run, a damaged one, or one of a newer format.
    """
    from qspec.records.view import open_run as open_folder

    return open_folder(fspath(folder))
