"""What need not be made twice: ISA circuits, and circuits that were read from a text.

One `Reuse` is given to every plan that is to share with the others. It remembers what was made in this process, and has
the cache on disk beneath it where there is one. What it gives is what would be made anew, in everything that a record
says: keys hold all that a circuit depends on, and nothing is kept that would come back different.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from qspec.caching.entry import key_of
from qspec.caching.settings import open_store
from qspec.planning.fingerprint import fingerprint
from qspec.planning.identity import circuit_identity, isa_identity, target_identity, text_identity
from qspec.planning.kept import Kept
from qspec.planning.recent import Recent
from qspec.planning.transpiled import Transpiled, transpile

if TYPE_CHECKING:
    from collections.abc import Callable

    from qiskit import QuantumCircuit
    from qiskit.transpiler import Target

    from qspec.caching.store import Store
    from qspec.planning.transpile import Transpiler

_MOST = 2_000_000
"""Instructions that are held in memory."""
_EACH = 100
"""What a circuit weighs beside its instructions."""


class _Known(NamedTuple):
    circuit: QuantumCircuit
    hash: str
    identity: str = ""


@dataclass(slots=True)
class Reuse:
    """`store` is the cache on disk; None: nothing is read or written there, and only this process remembers."""

    store: Store | None = None
    _isa: Recent[Transpiled] = field(default_factory=lambda: Recent(_MOST), init=False)
    _parsed: Recent[QuantumCircuit] = field(default_factory=lambda: Recent(_MOST), init=False)
    _circuits: Recent[_Known] = field(default_factory=lambda: Recent(_MOST), init=False)
    _targets: Recent[tuple[Target, str | None]] = field(default_factory=lambda: Recent(8), init=False)

    @property
    def trouble(self) -> str:
        """What keeps the cache on disk from being used, in words; empty when nothing does."""
        return self.store.trouble if self.store else ""

    def transpiled(self, transpiler: Transpiler, circuit: QuantumCircuit, *, seed: int) -> Transpiled:
        """What comes of a circuit. Raises `TranspileError`."""
        key = None if transpiler.is_quick(circuit) else self._key(transpiler, circuit, seed)
        if key is None:
            return transpile(transpiler, circuit, seed=seed)
        found = self._isa.get(key)
        if found is None:
            found = Kept(self.store).isa(key, circuit) or self._transpile(key, transpiler, circuit, seed)
            if found.suits(circuit):
                self._isa.put(key, found, found.isa.size + _EACH)
        return found.named_like(circuit)

    def parsed(self, kind: str, text: str, parse: Callable[[], QuantumCircuit]) -> QuantumCircuit:
        """What `parse` makes of a text of a kind of source, which is all that it reads. Raises what `parse` raises."""
        key = key_of(text_identity(kind, text))
        found = self._parsed.get(key)
        if found is None:
            found = self._read_parsed(key) or self._parse(key, parse)
            self._parsed.put(key, found, _weight(found))
        return found

    def _key(self, transpiler: Transpiler, circuit: QuantumCircuit, seed: int) -> str | None:
        """The key of an ISA circuit; None where it cannot be said what it depends on."""
        target = self._of_target(transpiler.target)
        if target is None:
            return None
        identity = isa_identity(
            self._of_circuit(circuit),
            target,
            transpiler.settings,
            transpiler.effective(seed),
            bounded=transpiler.target.has_angle_bounds(),
            named=transpiler.named,
        )
        return key_of(identity)

    def _of_target(self, target: Target) -> str | None:
        """The identity of a target, which is held with it, so that no other comes to its place in memory."""
        held = self._targets.get(str(id(target)))
        if held is None:
            held = target, target_identity(target)
            self._targets.put(str(id(target)), held, 1)
        return held[1]

    def canonical(self, circuit: QuantumCircuit) -> str:
        """The canonical hash of a circuit, taken once."""
        return self._known(circuit).hash

    def _known(self, circuit: QuantumCircuit) -> _Known:
        """What is known of a circuit, held with it likewise."""
        held = self._circuits.get(str(id(circuit)))
        return held or self._hold(_Known(circuit, fingerprint(circuit)))

    def _hold(self, known: _Known) -> _Known:
        self._circuits.put(str(id(known.circuit)), known, _weight(known.circuit))
        return known

    def _of_circuit(self, circuit: QuantumCircuit) -> str:
        """The identity of a circuit."""
        known = self._known(circuit)
        identity = known.identity or circuit_identity(circuit, known.hash)
        if identity is not known.identity:
            self._hold(known._replace(identity=identity))
        return identity

    def _transpile(self, key: str, transpiler: Transpiler, circuit: QuantumCircuit, seed: int) -> Transpiled:
        start, kept = time.perf_counter(), Kept(self.store)
        made = transpile(transpiler, circuit, seed=seed)
        if made.suits(circuit) and kept.keeps(time.perf_counter() - start):
            kept.keep_isa(key, made)
        return made

    def _parse(self, key: str, parse: Callable[[], QuantumCircuit]) -> QuantumCircuit:
        start, kept = time.perf_counter(), Kept(self.store)
        circuit = parse()
        if kept.keeps(time.perf_counter() - start):
            kept.keep_parsed(key, circuit)
        return circuit

    def _read_parsed(self, key: str) -> QuantumCircuit | None:
        found = Kept(self.store).parsed(key)
        if found is None:
            return None
        return self._hold(_Known(*found)).circuit


def _weight(circuit: QuantumCircuit) -> int:
    return len(circuit.data) + _EACH


def reusing(*, cached: bool, writes: bool = False) -> Reuse:
    """What plans of one command share: with `cached` the cache on disk too, which is added to where it `writes`.

    Raises `UsageError` when the environment names a size for the cache that is none.
    """
    return Reuse(open_store(writes=writes) if cached else None)
