"""Exact expectation values with Gaussian noise of the asked precision.

The numbers are those of Aer's own estimator, `qiskit_aer.primitives.EstimatorV2`. That one copies a circuit and starts
Aer for each PUB; here PUBs of many runs that differ in their parameter values go together, as far as nothing is drawn
by lot but the noise of the precision, which comes from the seed of each.
"""

from __future__ import annotations

from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from qspec.errors import JobError
from qspec.frozen import frozen
from qspec.simulation.bases import broadcast_indices
from qspec.simulation.chance import dynamic, has_chance, without_chance
from qspec.simulation.effort import threads_for, work_of
from qspec.simulation.failures import simulating
from qspec.simulation.local import Outcome
from qspec.simulation.options import pub_seeds
from qspec.simulation.pubs import narrow
from qspec.simulation.remembered import Remembered

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit
    from qiskit.circuit import Parameter
    from qiskit.primitives import PubResult
    from qiskit.primitives.containers.estimator_pub import EstimatorPub
    from qiskit_aer import AerSimulator

    from qspec.simulation.local import LocalBackend, Share

IMPLEMENTATION = f"{__name__}.evaluate_each"
AVERAGED = (
    "values of circuits with control flow, or with a measurement or reset midway, are averages over {shots} "
    "simulated runs, not exact: the standard errors leave that out"
)
"""What the record says where chance could not be taken out of a simulation."""

_DENSE_QUBITS = 13  # a density matrix of 1 GiB
_SETS_TOGETHER = 256
_WORK_TOGETHER = 2.0**28  # of the order of a second, for which nothing comes
_SERIAL = {"statevector_parallel_threshold": 64}
"""Several threads for one state would add up its probabilities in another order, and change the last bits of values."""

_CERTAIN = ("automatic", "statevector", "density_matrix", "matrix_product_state", "stabilizer")
"""Methods that give one and the same value for a circuit in which nothing is drawn by lot."""


@frozen
class _Prepared:
    """What all PUBs of one circuit with the same observables have in common.

    `circuit` saves the expectation values of `labels`, Pauli labels as wide as it is; `observables` are in flat order;
    `options` are the backend's for Aer.
    `certain` says that nothing in the values is drawn by lot; `work` is that of one parameter set.
    """

    circuit: QuantumCircuit
    parameters: tuple[Parameter, ...]
    labels: tuple[str, ...]
    observables: tuple[Mapping[str, float], ...]
    simulator: AerSimulator
    options: Mapping[str, Any]
    certain: bool
    work: float
    notes: tuple[str, ...]


def evaluate_each(
    backend: LocalBackend, shares: Iterable[Share], *, options: Mapping[str, Any], precision: float
) -> Iterator[Outcome]:
    """Evaluate every PUB of each share, with noise from the PUB's own seed. Raises `JobError` when Aer fails.

    The noise of gates is in the values; readout errors are not, since nothing is measured.
    """
    known = Remembered[_Prepared]()
    for _, group in groupby(shares, key=_circuits_of):
        alike = iter(group)
        first = next(alike)  # lives on while the group lasts, so that no other object takes its circuits' identities
        with simulating():
            prepared = [_prepared(backend, pub, known) for pub in first.pubs]
        evaluation = _Evaluation(prepared, options, precision)
        most = _number_together(prepared, first)
        together = [first, *islice(alike, most - 1)]
        while together:
            yield from evaluation.outcomes(together)
            together = list(islice(alike, most))


def _circuits_of(share: Share) -> Hashable:
    return tuple((id(pub.circuit), id(pub.observables)) for pub in share.pubs)


def _prepared(backend: LocalBackend, pub: EstimatorPub, known: Remembered[_Prepared]) -> _Prepared:
    return known.for_same((pub.circuit, pub.observables), (), lambda: _prepare(backend, pub))


def _prepare(backend: LocalBackend, pub: EstimatorPub) -> _Prepared:
    small = narrow(backend, pub)
    circuit = small.pub.circuit
    # From ten qubits on Aer would choose to average a thousand noisy trajectories, which is not exact.
    dense = _takes_density_matrix(backend, circuit)
    simulator = small.backend.simulator([circuit], method="density_matrix" if dense else None)
    method, shots = simulator.options.method, simulator.options.shots
    notes = ["readout errors have no part in exact expectation values"] if backend.noise_target else []
    certain = method in _CERTAIN and (method == "density_matrix" or backend.noise_target is None)
    if method == "density_matrix" and not dynamic(circuit):
        circuit = without_chance(circuit)
    elif dynamic(circuit) or has_chance(circuit):
        notes.append(AVERAGED.format(shots=shots))
        certain = False
    flat = small.pub.observables.ravel()
    observables = tuple(flat[index] for index in range(flat.size))
    labels = tuple(dict.fromkeys(label for observable in observables for label in observable))
    return _Prepared(
        circuit=_saving(circuit, labels),
        parameters=tuple(circuit.parameters),
        labels=labels,
        observables=observables,
        simulator=simulator,
        options=backend.options,
        certain=certain,
        work=work_of(circuit, noisy=backend.noisy, dense=method == "density_matrix").of(sets=1, shots=shots),
        notes=tuple(notes),
    )


def _saving(circuit: QuantumCircuit, labels: Iterable[str]) -> QuantumCircuit:
    """The circuit with the expectation values of Pauli labels saved at its end."""
    import qiskit_aer.library  # noqa: F401  gives circuits their methods that save
    from qiskit.quantum_info import Pauli

    saving = circuit.copy()
    for label in labels:
        saving.save_expectation_value(Pauli(label), qubits=range(saving.num_qubits), label=label)
    return saving


def _takes_density_matrix(backend: LocalBackend, circuit: QuantumCircuit) -> bool:
    if backend.method != "automatic":
        return False
    midway = has_chance(circuit) and not dynamic(circuit) and circuit.num_qubits <= _DENSE_QUBITS
    return backend.noise_target is not None or midway


def _number_together(prepared: Sequence[_Prepared], share: Share) -> int:
    """How many shares like this one are evaluated together."""
    if not all(entry.certain for entry in prepared):
        return 1
    sets = sum(pub.parameter_values.size for pub in share.pubs)
    work = sum(entry.work * pub.parameter_values.size for entry, pub in zip(prepared, share.pubs, strict=True))
    return max(1, int(min(_SETS_TOGETHER / max(sets, 1), _WORK_TOGETHER / max(work, 1))))


class _Evaluation:
    """Evaluates shares that have circuits and observables in common, those of `prepared`, one for each PUB."""

    def __init__(self, prepared: Sequence[_Prepared], options: Mapping[str, Any], precision: float) -> None:
        self._prepared = prepared
        self._options = options
        self._precision = precision

    def outcomes(self, shares: Sequence[Share]) -> Iterator[Outcome]:
        """The outcome of each share, from one call of Aer for each PUB; from single ones if that one fails."""
        try:
            with simulating():
                rows = [self._results(index, shares) for index in range(len(self._prepared))]
        except JobError:
            if len(shares) == 1:
                raise
            for share in shares:
                yield from self.outcomes([share])
            return
        for share, results in zip(shares, zip(*rows, strict=True), strict=True):
            yield self._outcome(share, results)

    def _outcome(self, share: Share, results: Sequence[PubResult]) -> Outcome:
        from qiskit.primitives import PrimitiveResult

        notes = [note for entry in self._prepared for note in entry.notes]
        return Outcome(
            result=PrimitiveResult(results, metadata={"version": 2}),
            implementation=IMPLEMENTATION,
            seeds=tuple({"simulator": seed} for seed in pub_seeds(self._options, share.pub_seeds)),
            options={**self._options, "default_precision": self._precision},
            notes=tuple(dict.fromkeys(notes)),
        )

    def _results(self, index: int, shares: Sequence[Share]) -> list[PubResult]:
        """The results of the shares' PUBs at `index`."""
        entry = self._prepared[index]
        pubs = [share.pubs[index] for share in shares]
        seeds = [pub_seeds(self._options, share.pub_seeds)[index] for share in shares]
        values, metadata = _values(entry, pubs, seeds[0])
        results = []
        first = 0
        for pub, seed in zip(pubs, seeds, strict=True):
            last = first + pub.parameter_values.size
            results.append(self._result(pub, values[first:last], seed, metadata))
            first = last
        return results

    def _result(self, pub: EstimatorPub, values: NDArray[np.float64], seed: int, metadata: Any) -> PubResult:
        """A PUB's result; `values` are exact, `(parameter sets, observables)`."""
        import numpy as np
        from qiskit.primitives import PubResult
        from qiskit.primitives.containers import DataBin

        precision = self._precision if pub.precision is None else pub.precision
        parameter = broadcast_indices(pub.parameter_values.shape, pub.shape)
        observable = broadcast_indices(pub.observables.shape, pub.shape)
        evs = np.random.default_rng(seed).normal(values[parameter, observable].reshape(pub.shape), precision, pub.shape)
        return PubResult(
            DataBin(evs=evs, stds=np.full(pub.shape, precision), shape=pub.shape),
            metadata={
                "target_precision": precision,
                "circuit_metadata": pub.circuit.metadata,
                "simulator_metadata": metadata,
            },
        )


def _values(prepared: _Prepared, pubs: Sequence[EstimatorPub], seed: int) -> tuple[NDArray[np.float64], Any]:
    """The exact values of all PUBs, `(parameter sets, observables)`, and the metadata of the call of Aer."""
    import numpy as np

    width = len(prepared.parameters)
    table = np.concatenate(
        [pub.parameter_values.as_array(prepared.parameters).reshape(pub.parameter_values.size, width) for pub in pubs]
    )
    binds = {parameter: table[:, column] for column, parameter in enumerate(prepared.parameters)}
    run_options = {
        **{key: value for key, value in _SERIAL.items() if key not in prepared.options},
        **threads_for(len(table) * prepared.work, prepared.options),
    }
    result = prepared.simulator.run(
        [prepared.circuit], parameter_binds=[binds] if binds else None, seed_simulator=seed, **run_options
    ).result()
    saved = [experiment.data.to_dict() for experiment in result.results]
    of_label = {label: np.array([data[label] for data in saved]) for label in prepared.labels}
    values = np.zeros((len(saved), len(prepared.observables)))
    for index, observable in enumerate(prepared.observables):
        for label, coefficient in observable.items():
            values[:, index] += of_label[label] * coefficient
    # Without parameters, all parameter sets are the same one.
    return values if binds else np.repeat(values, len(table), axis=0), result.metadata
