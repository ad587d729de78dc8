"""Circuits in the cache on disk: a line of JSON about each, and QPY.

Only a circuit that QPY gives back as it was is kept. QPY loses the unit of a delay that is not scheduled, and the times
at which the instructions of a scheduled circuit begin. Metadata are the user's, and stay out.
"""

from __future__ import annotations

import io
import json
import warnings
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from qspec.frozen import frozen
from qspec.planning.fingerprint import fingerprint
from qspec.planning.identity import beyond_fingerprint, circuit_identity
from qspec.planning.isa import IsaCircuit
from qspec.planning.transpiled import Transpiled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qiskit import QuantumCircuit

    from qspec.caching.store import Store

WORTH = 0.004
"""Seconds that making something takes from which on it is kept; below, reading it takes about as long."""

_NAME = "kept"
_MEASURES = tuple(item.name for item in fields(IsaCircuit) if item.name not in ("source", "circuit", "hash"))


@frozen(kw_only=False)
class Kept:
    """The circuits in `store`; none without one."""

    store: Store | None

    def keeps(self, seconds: float) -> bool:
        """Whether something that took so long to make is to be kept."""
        return self.store is not None and self.store.writes and seconds >= WORTH

    def keep_isa(self, key: str, made: Transpiled) -> None:
        """Keep an ISA circuit, if it can be."""
        measures = {name: getattr(made.isa, name) for name in _MEASURES}
        self._write("isa", key, made.isa.circuit, made.isa.hash, {**measures, "warned": made.warned})

    def keep_parsed(self, key: str, circuit: QuantumCircuit) -> None:
        """Keep a circuit that was read from a text, if it can be."""
        if not circuit.metadata:
            hash_ = fingerprint(circuit)
            about = {"name": circuit.name, "identity": circuit_identity(circuit, hash_)}
            self._write("parsed", key, circuit, hash_, about)

    def isa(self, key: str, circuit: QuantumCircuit) -> Transpiled | None:
        """The ISA circuit of this key, for this circuit; None when there is none."""
        found = self._read("isa", key, {*_MEASURES, "warned"})
        if found is None:
            return None
        isa, about = found
        isa.name, isa.metadata = circuit.name, circuit.metadata
        measures = {name: about[name] for name in _MEASURES}
        measures["physical_qubits"] = tuple(measures["physical_qubits"])
        measured = IsaCircuit(source="", circuit=isa, hash=about["fingerprint"], **measures)
        return Transpiled(measured, tuple(about["warned"]))

    def parsed(self, key: str) -> tuple[QuantumCircuit, str, str] | None:
        """The circuit that was read from the text of this key, its fingerprint and identity; None when there is none."""
        found = self._read("parsed", key, {"name", "identity"})
        if found is None:
            return None
        circuit, about = found
        circuit.name = about["name"]
        return circuit, about["fingerprint"], about["identity"]

    def _write(self, kind: str, key: str, circuit: QuantumCircuit, hash_: str, about: Mapping[str, Any]) -> None:
        entry = pack(circuit, hash_, about)
        if entry is not None and self.store is not None:
            self.store.write(kind, key, entry)

    def _read(self, kind: str, key: str, names: set[str]) -> tuple[QuantumCircuit, dict[str, Any]] | None:
        """The circuit of an entry, and what is said about it under all of the names; dropped if anything is missing."""
        entry = self.store.read(kind, key) if self.store else None
        if entry is None or self.store is None:
            return None
        found = unpack(entry)
        if found is None or not names <= found[1].keys():
            self.store.drop(kind, key)
            return None
        return found


def pack(circuit: QuantumCircuit, hash_: str, about: Mapping[str, Any]) -> bytes | None:
    """An entry of a circuit with its fingerprint `hash_`, and JSON data about it; None when it cannot be kept."""
    from qiskit import qpy

    if getattr(circuit, "op_start_times", None) is not None:
        return None
    plain = circuit.copy(_NAME)
    plain.metadata = {}
    stream = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            qpy.dump(plain, stream)
            (back,) = qpy.load(io.BytesIO(stream.getvalue()))
        same = fingerprint(back) == hash_ and _details(back) == _details(circuit)
    except Exception:  # noqa: BLE001  QPY fails in a dozen ways on what it cannot say, layouts of texts with `$0` are half
        return None
    if not same:
        return None
    return f"{json.dumps({**about, 'fingerprint': hash_}, allow_nan=False)}\n".encode() + stream.getvalue()


def unpack(entry: bytes) -> tuple[QuantumCircuit, dict[str, Any]] | None:
    """The circuit of an entry, and the data about it, its fingerprint among them; None when it is no such entry.

    That the bytes are those that were kept is the store's to say, and that QPY gives this circuit was seen before they
    were: taking the fingerprint again takes longer than all the rest.
    """
    from qiskit import qpy

    line, _, content = entry.partition(b"\n")
    try:
        about: dict[str, Any] = json.loads(line)
        (circuit,) = qpy.load(io.BytesIO(content))
    except Exception:  # noqa: BLE001  as above, on damaged bytes
        return None
    return (circuit, about) if isinstance(about, dict) and "fingerprint" in about else None


def _details(circuit: QuantumCircuit) -> list[Any]:
    """What the fingerprint leaves out: spellings, and where qubits are, at the beginning and at the end."""
    said: list[Any] = list(beyond_fingerprint(circuit))
    layout = circuit.layout
    if layout is None:
        return said
    for found in (layout.initial_index_layout, layout.final_index_layout):
        said += [found(filter_ancillas=only) for only in (False, True)]
    return said
