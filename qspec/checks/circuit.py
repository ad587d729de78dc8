"""Measures of transpiled circuits against the largest that are allowed: a gate against transpilation that got worse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from qspec.errors import UsageError
from qspec.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qspec.records.parts import CircuitRecord, Verdict
    from qspec.records.view import FinishedRun

_MEASURES = {
    "depth": "depth",
    "size": "size",
    "two_qubit_gates": "number of two-qubit gates",
    "two_qubit_depth": "two-qubit depth",
    "width": "number of qubits in use",
}


def _limit(description: str) -> dict[str, Any]:
    return {"type": "integer", "minimum": 0, "description": description}


@frozen
class Circuit:
    """Holds when no ISA circuit, or not the one of this id, is beyond a limit.

    The numbers are those of the record, the ones that `qspec plan` shows. No result is looked at: circuits are judged
    also where a job failed, and in a dry run. The margin is how much the number that is closest to its limit could grow.
    """

    kind: ClassVar[str] = "circuit"
    of_results: ClassVar[bool] = False
    SCHEMA: ClassVar[dict[str, Any]] = {
        "description": "Transpiled circuits are no larger than allowed. Judged without results, in dry runs too.",
        "properties": {
            "circuit": {
                "type": "string",
                "minLength": 1,
                "description": "The id of a circuit. Without it every circuit that a job runs must hold.",
            },
            "depth": _limit("The largest depth; measurements count, barriers do not, control flow counts as one."),
            "size": _limit("The largest number of operations; barriers do not count."),
            "two_qubit_gates": _limit("The largest number of two-qubit gates, those in control flow included."),
            "two_qubit_depth": _limit("The largest depth in two-qubit gates."),
            "width": _limit("The largest number of the backend's qubits in use."),
        },
        "required": [],
        "allOf": [
            {
                "if": {"properties": dict.fromkeys(_MEASURES, False)},
                "then": {"title": "a circuit expectation without another limit", "required": ["two_qubit_gates"]},
            },
        ],
    }
    EXAMPLE: ClassVar[str] = """\
kind: circuit
circuit: bell
two_qubit_gates: 3
depth: 12
"""
    MISUSE: ClassVar[str] = """\
kind: circuit
circuit: bell
"""

    circuit: str | None = None
    depth: int | None = None
    size: int | None = None
    two_qubit_gates: int | None = None
    two_qubit_depth: int | None = None
    width: int | None = None

    def check(self, run: FinishedRun) -> Verdict:
        """The verdict about a run's circuits. Raises `UsageError` when the run has no such circuit."""
        from qspec.records.parts import Verdict

        found = [each for circuit in self._chosen(run) for each in self._measured(circuit)]
        worst = min(found, key=lambda each: int(each["margin"]))
        beyond = sum(each["margin"] < 0 for each in found)
        margin = worst.pop("margin")
        head = "closest to the edge: " if not beyond and len(found) > 1 else ""
        message = (
            f"{head}the {_MEASURES[worst['measure']]} of circuit '{worst['circuit']}' is {worst['value']:,},"
            f" expected at most {worst['limit']:,}"
        )
        if beyond > 1:
            message += f"; {beyond:,} limits are exceeded"
        return Verdict(passed=margin >= 0, message=message, margin=margin, details={**worst, "exceeded": beyond})

    def _chosen(self, run: FinishedRun) -> list[CircuitRecord]:
        from qspec.diagnostics import suggestion

        known = run.record.circuits
        found = [circuit for circuit in known if self.circuit in (None, circuit.id)]
        if not found:
            names = list(dict.fromkeys(circuit.id for circuit in known))
            what = "no circuits" if self.circuit is None else f"no circuit '{self.circuit}'"
            raise UsageError(
                f"this run has {what}",
                advice=suggestion(self.circuit or "", names) or f"its circuits: {', '.join(names)}",
            )
        return found

    def _measured(self, circuit: CircuitRecord) -> Iterator[dict[str, Any]]:
        numbers = {
            "depth": circuit.depth,
            "size": circuit.size,
            "two_qubit_gates": circuit.two_qubit_gates,
            "two_qubit_depth": circuit.two_qubit_depth,
            "width": len(circuit.physical_qubits),
        }
        for measure, value in numbers.items():
            limit = getattr(self, measure)
            if limit is not None:
                about = {"circuit": circuit.id, "measure": measure, "value": value, "limit": limit}
                yield {**about, "margin": limit - value}
