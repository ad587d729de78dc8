"""A lock in use: its ISA circuits instead of transpiled ones, and whether a spec is still the one that was locked."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import PurePath, PurePosixPath
from shlex import quote
from typing import TYPE_CHECKING, Any

from qspec.circuits.qpy import Qpy
from qspec.comparing.causes import Cause, changed_inputs, changed_spec
from qspec.comparing.made import without_effect_removed
from qspec.diagnostics import has_errors
from qspec.errors import DriftError, RecordError, SourceError, SpecError, UsageError
from qspec.planning.circuits import GivenIsa, build_circuits
from qspec.planning.fingerprint import has_fingerprint
from qspec.planning.inputs import read_inputs
from qspec.planning.plan import root_seed
from qspec.planning.references import read_references
from qspec.planning.resolved import resolved, resolved_sweep
from qspec.planning.reuse import Reuse
from qspec.planning.shared import Shared
from qspec.planning.sweeps import SweepPlan, plan_any
from qspec.reading.files import InputFiles
from qspec.reading.load import STDIN, at_point
from qspec.records.circuits import layout_of, with_delays_read
from qspec.records.files import plain, sha256
from qspec.records.locks import file_behind, lock_file, lock_folder, parse_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from qiskit import QuantumCircuit

    from qspec.planning.circuits import Progress
    from qspec.planning.sweeps import AnyPlan
    from qspec.reading.load import Checked, Loaded
    from qspec.records.locks import LockedCircuit, LockRecord


class Lock:
    """The lock of a spec. `path` is where it is; `read` gives the bytes of a circuit's file by its name."""

    def __init__(self, record: LockRecord, path: str, sha256: str, read: Callable[[str], bytes]) -> None:
        self.record = record
        self.path = path
        self.sha256 = sha256
        self.read = read
        self._found: dict[str, GivenIsa] = {}
        self._of: dict[int, dict[str, list[LockedCircuit]]] = {}

    def isa(self, variant: int, name: str) -> GivenIsa | None:
        """The ISA circuit that a circuit of a variant of the spec became; None where the lock has none.

        Raises `RecordError` when its file is missing, damaged or holds another circuit.
        """
        alike = self._alike(variant).get(name, [])
        found = next((circuit for circuit in alike if circuit.id == name), alike[0] if alike else None)
        if found is None:
            return None
        if found.id != name and len({circuit.layout for circuit in alike}) > 1:
            raise RecordError(f"'{self.path}' does not say which qubits the circuit '{name}' is on")
        if found.file not in self._found:
            self._found[found.file] = GivenIsa(read_locked(found, self.read, self.path), found.hash)
        return self._found[found.file]

    def _alike(self, variant: int) -> dict[str, list[LockedCircuit]]:
        """What may be the ISA circuit of each circuit of a variant, by its id: those that have its hash."""
        if variant >= len(self.record.variants):
            return {}
        if variant not in self._of:
            locked = self.record.variants[variant]
            by_hash: dict[str, list[LockedCircuit]] = {}
            for circuit in locked.circuits:
                by_hash.setdefault(circuit.hash, []).append(circuit)
            self._of[variant] = {pub.circuit: by_hash[pub.isa] for job in locked.jobs for pub in job.pubs}
        return self._of[variant]

    def placed(self, spec: Loaded, variant: int) -> Loaded:
        """A spec, or a variant of it, on the device that was locked where it leaves the choice to the service."""
        wanted: Any = spec.spec.backend
        if getattr(wanted, "least_busy", None) is None or variant >= len(self.record.variants):
            return spec
        backend = self.record.variants[variant].backend
        if backend.kind != wanted.kind:
            return spec
        return replace(spec, spec=replace(spec.spec, backend=wanted.chosen(backend.name, wanted.instance)))


class _Folder:
    """What the reader of QPY files asks for files."""

    trust = False

    def __init__(self, read: Callable[[str], bytes]) -> None:
        self.read = read


def read_locked(circuit: LockedCircuit, read: Callable[[str], bytes], path: str) -> QuantumCircuit:
    """The ISA circuit in a file of a lock. Raises `RecordError` when it is not the one that was locked."""
    try:
        found = with_delays_read(Qpy(file=circuit.file).load(_Folder(read)))
    except SourceError as error:
        advice = (
            error.advice or "the folder belongs to the lock: commit both, or make both anew by 'qspec lock --update'"
        )
        raise RecordError(f"a circuit of '{path}' cannot be used: {error}", advice=advice) from error
    if not has_fingerprint(found, circuit.hash) or layout_of(found, len(circuit.layout)) != circuit.layout:
        raise RecordError(f"a circuit of '{path}' cannot be used: '{circuit.file}' does not hold what was locked")
    return found


def open_lock(spec: Checked) -> Lock:
    """The lock beside a spec. Raises `UsageError` when it has none, `RecordError` when it cannot be used."""
    if spec.path == STDIN:
        raise UsageError("a spec from standard input has no lock", advice="name its file")
    name = PurePosixPath(spec.layers[0].name).with_name(file_behind(spec.path).name)
    files = InputFiles(spec.files.root, allow_outside=spec.files.allow_outside)
    path = files.shown(str(lock_file(name)))
    try:
        content = files.read(str(lock_file(name)))
    except SourceError as error:
        if error.code != "missing-file":
            raise RecordError(f"'{path}' cannot be used: {error}", advice=error.advice) from error
        message = f"'{spec.path}' has no lock: there is no '{path}'"
        raise UsageError(message, advice=f"qspec lock {quote(spec.path)} runs it, and writes one") from error
    folder = lock_folder(name)
    try:
        record = parse_lock(content, path)
    except RecordError as error:
        advice = f"take one side of a merge whole, or make it anew: qspec lock --update {quote(spec.path)}"
        raise RecordError(str(error), advice=error.advice or advice) from error
    return Lock(record, path, sha256(content), lambda file: files.read(str(folder / file)))


def plan_locked(
    spec: Loaded, lock: Lock, *, offline: bool = False, progress: Progress | None = None, reuse: Reuse | None = None
) -> AnyPlan:
    """The plan of a spec with the ISA circuits and the seed of its lock. Raises what planning raises, and `DriftError`
    where spec or input files are others than those that were locked.
    """
    held, again = replace(spec, lock=lock.sha256), partial(plan_any, offline=offline, progress=progress, reuse=reuse)
    try:
        planned = again(held, lock=lock)
    except SpecError:  # of a spec that was changed it is said what changed, not that circuits do not fit any more
        planned = again(lock.placed(spec, 0) if spec.axes is None else spec)
        _check_drift(spec, planned.resolved, planned.seed, lock)
        raise
    _check_drift(spec, planned.resolved, planned.seed, lock)
    _check_whole(planned, lock)
    return planned


def _check_whole(planned: AnyPlan, lock: Lock) -> None:
    """Raise `RecordError` where a circuit was not in the lock, although the spec is what was locked."""
    plans = planned.plans if isinstance(planned, SweepPlan) else (planned,)
    lost = len(plans) != len(lock.record.variants)
    for number, each in enumerate(() if lost else plans):
        lost = lost or any(lock.isa(number, pub.circuit.source) is None for job in each.jobs for pub in job.pubs)
    if lost:
        advice = "make it anew: qspec lock --update"
        raise RecordError(f"'{lock.path}' cannot be used: it does not have all circuits of the spec", advice=advice)


def hold(
    spec: Loaded, lock: Lock, *, offline: bool = False, progress: Progress | None = None, reuse: Reuse | None = None
) -> None:
    """See that a spec can be run as it was locked. Raises as `plan_locked` does.

    When `offline`, a spec for the service is held without it: whether the device takes the circuits today is not seen.
    """
    points = [spec] if spec.axes is None else [at_point(spec, number) for number in range(len(spec.axes.variants))]
    if not offline or not any(getattr(point.spec.backend, "remote", False) for point in points):
        plan_locked(spec, lock, offline=offline, progress=progress, reuse=reuse)
        return
    seed, shared = root_seed(spec.spec, lock), Shared(reuse or Reuse())
    for point in points:
        _read(point, point.spec.seed if point.spec.seed is not None else seed, shared)
    _check_drift(spec, _asked(spec, seed, lock), seed, lock)
    for variant in lock.record.variants:
        for circuit in variant.circuits:
            read_locked(circuit, lock.read, lock.path)


def _read(point: Loaded, seed: int, shared: Shared) -> None:
    """Read every file that a spec refers to. Raises `SpecError` for those that cannot be used."""
    _, wrong = build_circuits(point, seed=seed, shared=shared)
    _, more = read_inputs(point, seed=seed)
    located = point.locate([*wrong, *more, *read_references(point)])
    if has_errors(located):
        raise SpecError(located, sources=point.sources, path=point.path)


def _asked(spec: Loaded, seed: int, lock: Lock) -> dict[str, Any]:
    """The spec in force, on the device that was locked."""
    if spec.axes is not None:
        return resolved_sweep(spec, seed=seed)
    placed = lock.placed(spec, 0).spec
    return resolved(placed, seed=seed, backend=placed.backend)


def _check_drift(spec: Loaded, asked: Mapping[str, Any], seed: int, lock: Lock) -> None:
    """Raise `DriftError` where a spec that was read, `asked` in force and its root seed, is not what was locked."""
    drifted = list(_drift(spec, asked, seed, lock.record))
    if drifted:
        changes = "; ".join(f"{cause.kind}: {cause.message}" for cause in drifted)
        path = spec.path
        other = lock.record.spec.path
        of = "" if other in (PurePath(path).name, file_behind(path).name) else f", the lock of '{other}',"
        raise DriftError(
            f"'{path}' is not what '{lock.path}'{of} was made from: {changes}",
            advice=_way_out(spec),
        )


def _way_out(spec: Loaded) -> str:
    if spec.overrides:
        return f"a lock is of the spec in its file: leave out --set {' --set '.join(map(quote, spec.overrides))}"
    return f"to run it as it is, leave --locked out; to lock it as it is: qspec lock --update {quote(spec.path)}"


def _drift(spec: Loaded, asked: Mapping[str, Any], seed: int, lock: LockRecord) -> Iterator[Cause]:
    """What the spec and its input files differ in from those that were locked."""
    bases = {layer.name for layer in spec.layers[1:]}
    files = spec.files.used.items()
    used = {name: sha256(content) for name, content in files if name not in bases}
    yield from changed_spec(lock.asked, plain(without_effect_removed(asked)))
    if spec.spec.seed is not None and seed != lock.seed:
        yield Cause(kind="seed", message=f"{lock.seed} became {seed}")
    yield from changed_inputs({file.path: file.sha256 for file in lock.inputs}, used)
