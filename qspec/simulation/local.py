"""The backend that a local run simulates on, whatever kind of backend opened it, and what a run on it gave."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from qspec.frozen import frozen
from qspec.simulation.compaction import Compaction, narrow, qubits_in_use
from qspec.simulation.description import describe
from qspec.simulation.effort import least_work, threads_for, work_of
from qspec.simulation.noise import NOISE_NAME, build_noise, used_places
from qspec.simulation.remembered import Remembered
from qspec.simulation.targets import take

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qiskit import QuantumCircuit
    from qiskit.primitives import PrimitiveResult
    from qiskit.transpiler import Target
    from qiskit_aer import AerSimulator
    from qiskit_aer.noise import NoiseModel

    from qspec.simulation.effort import Work

# Results are the same for any number of threads. Without this, Aer takes several threads for each circuit however
# small, and is 4 to 6 times slower for many small circuits; with it, it shares the threads out among circuits.
THREADS = {"max_parallel_experiments": 0}


@frozen
class Share:
    """What one of many runs of the same job takes: its PUBs, which hold ISA circuits, and its seeds.

    `seed` is for the whole job, `pub_seeds` for primitives that need a job for each PUB, see a program's `run`.
    """

    pubs: Sequence[Any]
    seed: int
    pub_seeds: Sequence[int]


@frozen
class Outcome:
    """A result, and what the record says of how it came about.

    `implementation` is the primitive that ran, with its module; `seeds` has one mapping for each PUB; `options` are
    those in force; `notes` are sentences for the record.
    """

    result: PrimitiveResult[Any]
    implementation: str
    seeds: tuple[Mapping[str, int], ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@frozen
class LocalBackend:
    """An Aer simulation of a target, with the noise of `noise_target` or without noise where that is None.

    `target` is what circuits are transpiled for. `options` are further options of `AerSimulator`. `expectation` says
    how an estimator works: by sampling shots, or exactly with Gaussian noise. `source` says for the record where
    target and calibration come from.
    """

    remote: ClassVar[bool] = False

    kind: str
    name: str
    target: Target
    noise_target: Target | None = None
    method: str = "automatic"
    device: str = "CPU"
    precision: Literal["single", "double"] = "double"
    options: Mapping[str, Any] = field(default_factory=dict)
    expectation: Literal["sampled", "exact"] = "sampled"
    source: Mapping[str, Any] = field(default_factory=dict)
    _models: Remembered[NoiseModel] = field(default_factory=Remembered, init=False, repr=False, compare=False)
    _simulators: Remembered[AerSimulator] = field(default_factory=Remembered, init=False, repr=False, compare=False)
    _works: Remembered[Work] = field(default_factory=Remembered, init=False, repr=False, compare=False)
    _parts: Remembered[LocalBackend] = field(default_factory=Remembered, init=False, repr=False, compare=False)

    @property
    def aer_options(self) -> dict[str, Any]:
        """The options of `AerSimulator` in force, those of qspec included."""
        chosen = {"method": self.method, "device": self.device, "precision": self.precision}
        return {**chosen, **THREADS, **self.options}

    @property
    def noisy(self) -> bool:
        """Whether noise is simulated."""
        return self.noise_target is not None

    @property
    def noise_name(self) -> str | None:
        """How the record names the noise model; None where there is no noise."""
        return NOISE_NAME if self.noisy else None

    def simulator(
        self, circuits: Sequence[QuantumCircuit], *, added_on: Iterable[int] = (), method: str | None = None
    ) -> AerSimulator:
        """A simulator for these circuits, which are written for `target`; it takes no others.

        Its noise is restricted to the instructions that they use. `added_on` are qubits where the primitive adds
        single-qubit gates, delays or measurements of its own (an estimator: the qubits of the observables; twirling
        and dynamical decoupling: all active ones); there, every single-qubit instruction has its noise. `method` goes
        before the backend's own. The same circuits get the same simulator: nobody changes its options.
        """
        method = method or self.method
        if self.noise_target is None:
            return self._simulators.get(method, lambda: self._simulator(method))
        key = (method, frozenset(added_on))
        return self._simulators.for_same(circuits, key, lambda: self._simulator(method, self._noise(circuits, key[1])))

    def _simulator(self, method: str, noise_model: NoiseModel | None = None) -> AerSimulator:
        from qiskit_aer import AerSimulator

        return AerSimulator(target=self.target, noise_model=noise_model, **{**self.aer_options, "method": method})

    def run_options(self, runs: Sequence[tuple[QuantumCircuit, int]], *, shots: int) -> dict[str, int]:
        """Options for one call of Aer, given its circuits and the number of parameter sets of each."""
        work = least_work(sets=sum(sets for _, sets in runs), shots=shots)
        if threads_for(work, self.options):
            work = sum(self._work(circuit).of(sets=sets, shots=shots) for circuit, sets in runs)
        return threads_for(work, self.options)

    def _work(self, circuit: QuantumCircuit) -> Work:
        return self._works.for_same((circuit,), (), lambda: work_of(circuit, noisy=self.noisy))

    def _noise(self, circuits: Sequence[QuantumCircuit], added_on: frozenset[int]) -> NoiseModel:
        """The noise model, made once for the same instructions: several jobs often run the same circuits."""
        used = used_places(circuits)
        return self._models.get((used, added_on), lambda: build_noise(self.noise_target, used, added_on))

    def compacted(self, circuits: Sequence[QuantumCircuit], *, also: Iterable[int] = ()) -> Compaction:
        """This backend and the circuits cut down to the qubits in use and those in `also`, see `Compaction`.

        The order of the qubits is kept, and one qubit stays if none is in use.
        """
        qubits = tuple(sorted({*also, *qubits_in_use(circuits)})) or (0,)
        small = tuple(narrow(circuit, qubits) for circuit in circuits)
        return Compaction(backend=self._part(qubits), circuits=small, qubits=qubits)

    def _part(self, qubits: tuple[int, ...]) -> LocalBackend:
        """This backend over some of its qubits, made once, so that its noise models are made once too."""
        return self._parts.get(qubits, lambda: self._taken(qubits))

    def _taken(self, qubits: tuple[int, ...]) -> LocalBackend:
        noise_target = None if self.noise_target is None else take(self.noise_target, qubits)
        return replace(self, target=take(self.target, qubits), noise_target=noise_target)

    def description(self) -> dict[str, Any]:
        """What `backend.json` records: JSON data, times in seconds, frequencies in hertz."""
        return {
            "kind": self.kind,
            "name": self.name,
            "source": dict(self.source),
            "simulator": self.aer_options,
            "noise_model": self.noise_name,
            "expectation": self.expectation,
            **describe(self.target),
        }
