"""Which measurement bases an estimator PUB needs: qubit-wise commuting groups, as the runtime's estimator makes them.

A basis is a Pauli label as wide as the circuit; qubit 0 is its rightmost letter, and the letter I means that the
qubit is not measured.
"""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

from qspec.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray
    from qiskit.primitives.containers.estimator_pub import EstimatorPub


@frozen
class Grouping:
    """What has to be measured for one estimator PUB.

    `observables` are the PUB's observables in flat order, each a mapping from Pauli labels to real coefficients;
    `parameter` and `observable` are the flat indices of the parameter set and the observable of each point of the
    PUB's broadcast shape, as arrays `(points,)`; `bases` lists the measurement bases of each parameter set.
    """

    shape: tuple[int, ...]
    parameter: NDArray[np.intp]
    observable: NDArray[np.intp]
    observables: tuple[Mapping[str, float], ...]
    bases: Mapping[int, tuple[str, ...]]

    @property
    def executions(self) -> int:
        """Circuit executions: pairs of a parameter set and a basis."""
        return sum(len(bases) for bases in self.bases.values())

    @property
    def settings(self) -> Mapping[str, tuple[int, ...]]:
        """The parameter sets that each distinct basis is measured for."""
        wanted: dict[str, list[int]] = defaultdict(list)
        for parameter, bases in self.bases.items():
            for basis in bases:
                wanted[basis].append(parameter)
        return {basis: tuple(parameters) for basis, parameters in wanted.items()}


def group(pub: EstimatorPub) -> Grouping:
    """The grouping of a PUB: for each parameter set, all Pauli terms wanted there in qubit-wise commuting groups."""
    parameter = broadcast_indices(pub.parameter_values.shape, pub.shape)
    observable = broadcast_indices(pub.observables.shape, pub.shape)
    flat = pub.observables.ravel()
    observables = tuple(flat[index] for index in range(flat.size))
    wanted: dict[int, dict[int, None]] = defaultdict(dict)
    for point in range(len(parameter)):
        wanted[int(parameter[point])][int(observable[point])] = None
    known: dict[tuple[int, ...], tuple[str, ...]] = {}
    bases = {}
    for index, chosen in wanted.items():
        key = tuple(chosen)
        if key not in known:
            known[key] = measurement_bases(tuple({term: None for which in key for term in observables[which]}))
        bases[index] = known[key]
    return Grouping(shape=pub.shape, parameter=parameter, observable=observable, observables=observables, bases=bases)


@lru_cache(maxsize=1024)
def measurement_bases(terms: tuple[str, ...]) -> tuple[str, ...]:
    """The bases that measure all of the Pauli labels in `terms`, which must be different.

    The groups depend on the order of the terms. It is the order that the runtime's estimator uses, so that terms
    measured together here are measured together there: that decides how the errors of their values correlate.
    """
    from qiskit.quantum_info import PauliList

    groups = PauliList(list(terms)).group_commuting(qubit_wise=True)
    return tuple(_join(members.to_labels()) for members in groups)


def measures(basis: str, term: str) -> bool:
    """Whether a measurement in `basis` yields the value of the Pauli label `term`."""
    return all(letter in ("I", axis) for letter, axis in zip(term, basis, strict=True))


def _join(labels: list[str]) -> str:
    return "".join(next((letter for letter in letters if letter != "I"), "I") for letters in zip(*labels, strict=True))


def broadcast_indices(shape: tuple[int, ...], broadcast: tuple[int, ...]) -> NDArray[np.intp]:
    """For each point of the shape `broadcast`, in flat order, the flat index into an array of shape `shape`."""
    import math

    import numpy as np

    return np.broadcast_to(np.arange(math.prod(shape)).reshape(shape), broadcast).ravel()
