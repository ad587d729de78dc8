"""Expectation values from counts: on an ideal simulator what the runtime's estimator draws, without the runtime.

Each parameter set is measured in the bases of `qspec.simulation.bases`, every basis with the same number of shots, and
a Pauli term's value is the mean parity of the first basis that measures it. Twirling an ideal circuit and
learning the readout errors of an ideal measurement change nothing, so that this is the distribution of the
runtime's estimator at resilience levels 0 and 1 (a test holds them against each other). On a noisy one it is not:
that estimator measures through two √X of its own on every qubit. There this module serves only devices without √X,
which that estimator cannot drive.

Qiskit's `BackendEstimatorV2` measures the same, but binds and copies a circuit for each point, which costs several
times more, and its `stds` add up the terms' errors as if they all erred the same way.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from qspec.frozen import frozen
from qspec.simulation.bases import group, measures
from qspec.simulation.bits import Register, pack_register, shot_rows
from qspec.simulation.compaction import observed_qubits
from qspec.simulation.failures import simulating
from qspec.simulation.local import Outcome
from qspec.simulation.options import pub_seeds
from qspec.simulation.pubs import unmeasured
from qspec.simulation.remembered import Remembered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit
    from qiskit.circuit import Parameter
    from qiskit.primitives import PubResult
    from qiskit.primitives.containers.estimator_pub import EstimatorPub
    from qiskit.transpiler import Target
    from qiskit_aer import AerSimulator

    from qspec.simulation.bases import Grouping
    from qspec.simulation.local import LocalBackend, Share

    Words = NDArray[np.uint64]
    Counts = tuple[Words, NDArray[np.float64]]
    Part = tuple[str, NDArray[np.float64], Words]

IMPLEMENTATION = f"{__name__}.estimate"
STDS = (
    "stds take into account that terms measured in the same shots are correlated; "
    "ensemble_standard_error takes all terms as independent, as the runtime's estimator does"
)


@frozen
class Settings:
    """What is measured for every PUB of one circuit with the same observables and the same shape of values.

    `circuits` are those of each basis of `grouping.settings`, with the outcomes in the bits from `skip` on.
    """

    grouping: Grouping
    circuits: tuple[QuantumCircuit, ...]
    parameters: tuple[Parameter, ...]
    skip: int
    observed: frozenset[int]


def settings_of(pub: EstimatorPub, target: Target | None = None) -> Settings:
    """What is measured for a PUB. Measurements at the end of its circuit are removed first.

    Qubits are turned into their basis by gates of `target`, so that these have its noise; without it, by ideal ones.
    """
    grouping = group(pub)
    bare = unmeasured(pub.circuit)
    return Settings(
        grouping=grouping,
        circuits=tuple(_measured(bare, basis, target) for basis in grouping.settings),
        parameters=tuple(bare.parameters),
        skip=bare.num_clbits,
        observed=observed_qubits(pub.observables),
    )


def estimate_each(
    backend: LocalBackend,
    shares: Iterable[Share],
    *,
    options: Mapping[str, Any],
    shots: int,
    notes: tuple[str, ...] = (),
) -> Iterator[Outcome]:
    """Estimate every PUB of each share in a job of its own, from its own seed. Raises `JobError` when Aer fails."""
    from qiskit.primitives import PrimitiveResult

    known = Remembered[Settings]()
    for share in shares:
        seeds = pub_seeds(options, share.pub_seeds)
        with simulating():
            settings = [_settings(pub, backend.noise_target, known) for pub in share.pubs]
            observed = frozenset[int]().union(*(entry.observed for entry in settings))
            simulator = backend.simulator([pub.circuit for pub in share.pubs], added_on=observed)
            results = [
                estimate(simulator, pub, measured, shots=shots, seed=seed, **_run_options(backend, measured, shots))
                for pub, measured, seed in zip(share.pubs, settings, seeds, strict=True)
            ]
        yield Outcome(
            result=PrimitiveResult(results, metadata={"version": 2}),
            implementation=IMPLEMENTATION,
            seeds=tuple({"simulator": seed} for seed in seeds),
            options={**options, "default_shots": shots},
            notes=(*notes, STDS),
        )


def _run_options(backend: LocalBackend, settings: Settings, shots: int) -> dict[str, int]:
    chosen = settings.grouping.settings.values()
    sizes = list(zip(settings.circuits, map(len, chosen), strict=True))
    return backend.run_options(sizes, shots=shots)


def _settings(pub: EstimatorPub, target: Target | None, known: Remembered[Settings]) -> Settings:
    return known.for_same((pub.circuit, pub.observables), pub.parameter_values.shape, lambda: settings_of(pub, target))


def estimate(
    simulator: AerSimulator, pub: EstimatorPub, settings: Settings, *, shots: int, seed: int, **run_options: int
) -> PubResult:
    """The expectation values of a PUB, with `shots` shots for each pair of a parameter set and a basis.

    `run_options` are further ones of Aer, which do not change the result.

    The data have the PUB's shape: `evs`; `stds`, the standard error of each value, which counts in that terms
    measured in the same shots are correlated; `ensemble_standard_error`, the same as if all terms were
    independent, as the runtime's estimator defines it.
    """
    import numpy as np
    from qiskit.primitives import PubResult
    from qiskit.primitives.containers import DataBin

    grouping = settings.grouping
    counts = _run(simulator, pub, settings, shots=shots, seed_simulator=seed, **run_options)
    values = np.empty((3, len(grouping.parameter)))
    for point in range(values.shape[1]):
        values[:, point] = _point(grouping, counts, point)
    values[1:] = np.sqrt(values[1:] / shots)
    evs, stds, independent = (row.reshape(grouping.shape) for row in values)
    return PubResult(
        DataBin(evs=evs, stds=stds, ensemble_standard_error=independent, shape=grouping.shape),
        metadata={"shots": shots, "target_precision": pub.precision, "circuit_metadata": pub.circuit.metadata},
    )


def _run(
    simulator: AerSimulator, pub: EstimatorPub, settings: Settings, **run_options: int
) -> Mapping[tuple[str, int], Counts]:
    """The counts of every pair of a basis and a parameter set, all from one job."""
    parameters = settings.parameters
    table = pub.parameter_values.as_array(parameters).reshape(pub.parameter_values.size, len(parameters))
    circuits, binds, keys = [], [], []
    for circuit, (basis, chosen) in zip(settings.circuits, settings.grouping.settings.items(), strict=True):
        # Without parameters, whose values would tell the number of sets, the circuit stands there once for each.
        repeated = 1 if parameters else len(chosen)
        circuits += [circuit] * repeated
        binds += [{parameter: table[list(chosen), column] for column, parameter in enumerate(parameters)}] * repeated
        keys += [(basis, index) for index in chosen]
    result = simulator.run(circuits, parameter_binds=binds if parameters else None, **run_options).result()
    return {
        key: _counts(experiment.data.counts, skip=settings.skip, width=len(_support(key[0])))
        for key, experiment in zip(keys, result.results, strict=True)
    }


def _measured(circuit: QuantumCircuit, basis: str, target: Target | None) -> QuantumCircuit:
    """The circuit with the qubits of a basis rotated and measured; the k-th new bit is the k-th measured qubit."""
    from qiskit import ClassicalRegister

    name = "_meas"
    while any(name == taken.name for taken in circuit.cregs):
        name += "_"
    register = ClassicalRegister(len(_support(basis)), name)
    measured = circuit.compose(_rotations(basis, target))
    measured.add_register(register)
    measured.measure(_support(basis), register)
    return measured


def _rotations(basis: str, target: Target | None) -> QuantumCircuit:
    """The gates that turn X and Y into Z, in the gates of `target` where it is given."""
    from qiskit import QuantumCircuit
    from qiskit.transpiler import PassManager
    from qiskit.transpiler.passes import Optimize1qGatesDecomposition

    rotations = QuantumCircuit(len(basis))
    for qubit, axis in enumerate(reversed(basis)):
        if axis == "Y":
            rotations.sdg(qubit)
        if axis in "XY":
            rotations.h(qubit)
    return PassManager([Optimize1qGatesDecomposition(target=target)]).run(rotations) if target else rotations


@lru_cache(maxsize=1024)
def _support(basis: str) -> tuple[int, ...]:
    """The qubits that a basis measures, ascending; qubit 0 for a basis that is the identity everywhere."""
    return tuple(qubit for qubit, axis in enumerate(reversed(basis)) if axis != "I") or (0,)


def _counts(counts: Mapping[str, int], *, skip: int, width: int) -> Counts:
    """The outcomes of the measured qubits as words `(outcomes, words)`, and how often each came, `(outcomes,)`.

    `skip` is the number of bits of the circuit's own, which are the lower ones in Aer's outcomes.
    """
    import numpy as np

    bits = Register(name="", places=tuple(range(skip, skip + width)))
    packed = np.empty((len(counts), bits.num_bytes), dtype=np.uint8)
    pack_register(shot_rows(list(counts), -(-(skip + width) // 8)), bits, packed)
    outcomes = np.zeros((len(counts), 8 * -(-width // 64)), dtype=np.uint8)
    outcomes[:, : bits.num_bytes] = packed[:, ::-1]
    words = outcomes.view("<u8")
    order = np.lexsort(words.T)
    return words[order], np.fromiter(counts.values(), dtype=float, count=len(counts))[order]


def _words(numbers: Iterable[int], width: int) -> Words:
    """Whole numbers of `width` bits as rows of 64-bit words, `(numbers, words)`, the lowest word first."""
    import numpy as np

    words = -(-width // 64)
    packed = b"".join(number.to_bytes(8 * words, "little") for number in numbers)
    return np.frombuffer(packed, dtype="<u8").reshape(-1, words)


def _point(grouping: Grouping, counts: Mapping[tuple[str, int], Counts], point: int) -> tuple[float, float, float]:
    """The value at a point, and the variance of one shot: with, and without the terms' correlations."""
    import numpy as np

    parameter = int(grouping.parameter[point])
    observable = grouping.observables[int(grouping.observable[point])]
    value = correlated = independent = 0.0
    for basis, coefficients, masks in _shares(tuple(observable.items()), grouping.bases[parameter]):
        outcomes, frequencies = counts[basis, parameter]
        weights = frequencies / frequencies.sum()
        # einsum without BLAS: the order of the sums, and with it the last bit, is the same on every machine.
        signs = 1.0 - 2.0 * (np.bitwise_count(outcomes & masks[:, np.newaxis, :]).sum(axis=-1) & 1)
        means = np.einsum("to,o->t", signs, weights)
        shots = np.einsum("t,to->o", coefficients, signs)
        mean = float(np.sum(coefficients * means))
        value += mean
        correlated += max(float(np.sum(weights * shots**2)) - mean**2, 0.0)
        independent += float(np.sum(np.square(coefficients) * (1 - means**2)))
    return value, correlated, independent


@lru_cache(maxsize=1024)
def _shares(terms: tuple[tuple[str, float], ...], bases: tuple[str, ...]) -> tuple[Part, ...]:
    """What each basis contributes to an observable: its terms' coefficients `(terms,)` and masks `(terms, words)`."""
    import numpy as np

    parts: dict[str, dict[str, float]] = {}
    for term, coefficient in terms:
        basis = next(basis for basis in bases if measures(basis, term))
        parts.setdefault(basis, {})[term] = coefficient
    return tuple(
        (
            basis,
            np.array(list(part.values())),
            _words((_mask(basis, term) for term in part), len(_support(basis))),
        )
        for basis, part in parts.items()
    )


def _mask(basis: str, term: str) -> int:
    """The bits of a basis's outcomes whose parity is the value of a term."""
    return sum(1 << bit for bit, qubit in enumerate(_support(basis)) if term[-1 - qubit] != "I")
