"""What rules need to know of a circuit, whoever found it out: a scan of its text, or Qiskit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qspec.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping


@frozen
class CircuitFacts:
    """Facts of a circuit before transpilation, after `measure` and `bind`. None means: not known yet.

    `parameters` maps each free parameter's name to None for a single parameter, or to the number of elements for
    a parameter vector; `registers` maps classical registers to their bits; `measures` says whether any
    measurement writes into them.
    """

    num_qubits: int | None = None
    registers: Mapping[str, int] | None = None
    parameters: Mapping[str, int | None] | None = None
    measures: bool | None = None
