"""Circuits become ISA circuits, deterministically: the same in every process of one Qiskit version."""

from __future__ import annotations

import warnings
from dataclasses import field, fields
from typing import TYPE_CHECKING, Any

from qspec.diagnostics import Diagnostic, suggestion
from qspec.frozen import frozen
from qspec.planning.stages import STAGES, methods, own_stages
from qspec.planning.ties import without_ties
from qspec.simulation.angles import with_angle_wrappers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qiskit import QuantumCircuit
    from qiskit.transpiler import StagedPassManager, Target

    from qspec.spec import Transpile


_SHORT = 50
_PLAIN = frozenset({"measure", "barrier"})


class TranspileError(Exception):
    """A circuit cannot be transpiled for this target; the text is Qiskit's reason, in one line."""


@frozen(kw_only=False)
class Transpiler:
    """Transpiles circuits for one target by the settings of a spec."""

    target: Target
    settings: Transpile
    _managers: dict[Any, StagedPassManager] = field(default_factory=dict, init=False, repr=False)

    def run(self, circuit: QuantumCircuit, *, seed: int) -> tuple[QuantumCircuit, tuple[str, ...]]:
        """The ISA circuit, and what Qiskit warned of. Raises `TranspileError`.

        A circuit that names physical qubits (`$0`), or comes with a layout, keeps its qubits where they are.
        """
        from qiskit.exceptions import QiskitError

        physical = circuit.layout is not None
        bare = _without_layout(circuit) if physical else circuit
        try:
            with own_stages(self.named), warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", UserWarning)
                manager = self._manager(seed, range(circuit.num_qubits) if physical else None)
                isa = with_angle_wrappers(self.target, lambda: manager.run(bare))
        except (QiskitError, ValueError, KeyError, TypeError, NotImplementedError, RecursionError) as error:
            raise TranspileError(_reason(error)) from error
        return isa, tuple(_said(caught))

    @property
    def named(self) -> frozenset[str]:
        """The stage methods that the settings name."""
        return frozenset(name for name in (getattr(self.settings, f"{stage}_method") for stage in STAGES) if name)

    def effective(self, seed: int) -> int | None:
        """The seed; None where there is no layout to choose, and so nothing that it has an effect on."""
        return None if self.target.build_coupling_map() is None else seed

    def is_quick(self, circuit: QuantumCircuit) -> bool:
        """Whether a circuit is transpiled in less time than it takes to look up what came of it before: it is short and of
        plain gates, there is no layout to choose, and little is to be optimized.
        """
        if self.settings.optimization_level > 1 or self.named or len(circuit.data) > _SHORT:
            return False
        plain = _PLAIN | {"unitary"} & set(self.target.operation_names)
        known = all(each.is_standard_gate() or each.name in plain for each in circuit.data)
        return known and self.effective(1) is None

    def _manager(self, seed: int, layout: range | None) -> StagedPassManager:
        """A pass manager; where the seed has no effect, one serves all circuits."""
        from qiskit.transpiler import generate_preset_pass_manager

        effective = self.effective(seed)
        key = (effective, layout)
        if key not in self._managers:
            options = _options(self.settings)
            chosen = self.settings.initial_layout or layout
            options["initial_layout"] = list(chosen) if chosen and effective is not None else None
            self._managers.clear()  # those of other seeds are not asked for again
            target = without_ties(self.target, self.settings.optimization_level)
            self._managers[key] = generate_preset_pass_manager(target=target, seed_transpiler=seed, **options)
        return self._managers[key]


def _without_layout(circuit: QuantumCircuit) -> QuantumCircuit:
    """A copy whose old layout is not taken for a part of the new one."""
    copy = circuit.copy()
    copy._layout = None  # noqa: SLF001 - there is no other way to take it off
    return copy


def _options(settings: Transpile) -> dict[str, Any]:
    return {item.name: getattr(settings, item.name) for item in fields(settings) if item.name != "enabled"}


def _reason(error: Exception) -> str:
    lines = str(getattr(error, "message", "") or error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def _said(caught: list[warnings.WarningMessage]) -> Iterator[str]:
    """The texts of Qiskit's warnings to its users; those to its callers (deprecations) go where they went before."""
    for warning in caught:
        if issubclass(warning.category, UserWarning):
            yield " ".join(str(warning.message).split())
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)


def check_methods(settings: Transpile) -> Iterator[Diagnostic]:
    """Stage methods, and a synthesis method, that no installed package brings. Code: unknown-method."""
    named = {f"{stage}_method": getattr(settings, f"{stage}_method") for stage in STAGES}
    named["unitary_synthesis_method"] = settings.unitary_synthesis_method
    for key, name in named.items():
        known = methods(key.removesuffix("_method")) if name else ()
        if name and name not in known:
            yield Diagnostic(
                code="unknown-method",
                message=f"there is no {key} '{name}'",
                route=("transpile", key),
                label=suggestion(name, known),
                notes=(f"installed: {', '.join(known)}",),
            )


def check_layout(settings: Transpile, target: Target, widths: Mapping[str, int]) -> Iterator[Diagnostic]:
    """An initial layout that does not fit the target or the circuits (`widths` by id). Code: initial-layout."""
    layout = settings.initial_layout
    if layout is None:
        return
    route = ("transpile", "initial_layout")
    if target.build_coupling_map() is None:
        message = "initial_layout has no effect: every qubit of this backend is connected to every other"
        yield Diagnostic(code="no-effect", message=message, route=route, severity="warning")
        return
    for index, qubit in enumerate(layout):
        if target.num_qubits is not None and qubit >= target.num_qubits:
            message = f"the backend has no qubit {qubit}: it has {target.num_qubits}, numbered from 0"
            yield Diagnostic(code="initial-layout", message=message, route=(*route, index))
        if qubit in layout[:index]:
            yield Diagnostic(code="initial-layout", message=f"qubit {qubit} is taken twice", route=(*route, index))
    for name, width in widths.items():
        if width != len(layout):
            message = f"the layout places {len(layout)} qubits, and circuit '{name}' has {width}"
            yield Diagnostic(code="initial-layout", message=message, route=route)
