"""Shots of circuits that measure themselves, from Aer: no twirling, no runtime.

The bits are those of Aer's own sampler, `qiskit_aer.primitives.SamplerV2`, as far as that goes: it holds all shots of
a job in memory. That sampler makes a simulator for each job, reads each shot as a number, and takes several times as
long for small circuits as their simulation does.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from qspec.simulation.bits import pack_register, registers_of, shot_rows
from qspec.simulation.calls import calls, part_roots
from qspec.simulation.failures import simulating
from qspec.simulation.local import Outcome
from qspec.simulation.options import given, with_seed
from qspec.simulation.room import rest, room_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit
    from qiskit.circuit import Parameter
    from qiskit.primitives import SamplerPubResult
    from qiskit.primitives.containers.sampler_pub import SamplerPub
    from qiskit_aer import AerSimulator

    from qspec.simulation.calls import Call, Portion
    from qspec.simulation.local import LocalBackend, Share

IMPLEMENTATION = f"{__name__}.sample"
_DECODED_AT_ONCE = 2**16


def sample_each(
    backend: LocalBackend, shares: Iterable[Share], *, options: Mapping[str, Any], shots: int
) -> Iterator[Outcome]:
    """Sample the PUBs of each share in one job. Raises `JobError` when Aer fails.

    Aer seeds the k-th circuit of a job with `seed + 2113 k`, where a PUB counts as many circuits as it has
    parameter sets: equal PUBs are independent.
    """
    said = given(options, "simulator", "seed_simulator")
    for share in shares:
        seed = share.seed if said is None else int(said)
        with simulating():
            results = sample(backend, share.pubs, seed)
        yield _outcome(results, share.pubs, with_seed({**options, "default_shots": shots}, seed), seed)


def _outcome(
    results: list[SamplerPubResult], pubs: Sequence[SamplerPub], options: Mapping[str, Any], seed: int
) -> Outcome:
    from qiskit.primitives import PrimitiveResult

    seeds = []
    before: Counter[int] = Counter()
    for pub in pubs:
        parts = enumerate(part_roots(seed, pub.shots)[1:], start=2)
        seeds.append(
            {"simulator": seed, "circuit": before[pub.shots], **{f"part_{part}": root for part, root in parts}}
        )
        before[pub.shots] += int(pub.parameter_values.size)
    return Outcome(
        result=PrimitiveResult(results, metadata={"version": 2}),
        implementation=IMPLEMENTATION,
        seeds=tuple(seeds),
        options=options,
    )


def sample(backend: LocalBackend, pubs: Sequence[SamplerPub], seed: int) -> list[SamplerPubResult]:
    """The shots of PUBs from one seed. PUBs of different numbers of shots count their circuits apart."""
    simulator = backend.simulator([pub.circuit for pub in pubs])
    sampled = [_Sampled(pub) for pub in pubs]
    for shots in dict.fromkeys(pub.shots for pub in pubs):
        alike = [entry for entry in sampled if entry.pub.shots == shots]
        for call in calls([entry.sets for entry in alike], shots=shots, seed=seed):
            _run(backend, simulator, alike, call)
    return [entry.result() for entry in sampled]


def _run(backend: LocalBackend, simulator: AerSimulator, sampled: Sequence[_Sampled], call: Call) -> None:
    """Make one call of Aer, and put what it gives where it belongs."""
    runs = [run for portion in call.portions for run in sampled[portion.pub].runs(portion)]
    shots = call.last_shot - call.first_shot
    sizes = [(sampled[portion.pub].pub.circuit, portion.last - portion.first) for portion in call.portions]
    result = simulator.run(
        [circuit for circuit, _ in runs],
        shots=shots,
        seed_simulator=call.seed,
        parameter_binds=[values for _, values in runs] if any(values for _, values in runs) else None,
        memory=True,
        **backend.run_options(sizes, shots=shots),
    ).result()
    experiments = iter(result.results)
    for portion in call.portions:
        entry = sampled[portion.pub]
        entry.simulator_metadata = result.metadata
        for index, experiment in zip(range(portion.first, portion.last), experiments, strict=False):
            entry.put(getattr(experiment.data, "memory", ()), index, call.first_shot)


class _Sampled:
    """A PUB and the room for its bits, which call after call fills."""

    def __init__(self, pub: SamplerPub) -> None:
        self.pub = pub
        self.sets = int(pub.parameter_values.size)
        self.simulator_metadata: Mapping[str, Any] = {}
        self._parameters = list(pub.circuit.parameters)
        self._values = pub.parameter_values.as_array(self._parameters).reshape(self.sets, len(self._parameters))
        self._registers = registers_of(pub.circuit)
        self._arrays = [room_for((self.sets, pub.shots, register.num_bytes)) for register in self._registers]

    def runs(self, portion: Portion) -> list[tuple[QuantumCircuit, dict[Parameter, NDArray[np.float64]]]]:
        """What Aer runs for a portion's parameter sets: the circuit with the values of each parameter.

        Without parameters, whose values would tell the number of sets, the circuit stands there once for each.
        """
        if not self._parameters:
            return [(self.pub.circuit, {})] * (portion.last - portion.first)
        chosen = self._values[portion.first : portion.last]
        return [(self.pub.circuit, {parameter: chosen[:, column] for column, parameter in enumerate(self._parameters)})]

    def put(self, memory: Sequence[str], index: int, first_shot: int) -> None:
        """Put the shots of the parameter set `index` in place. A circuit that measures nothing has no memory."""
        num_bytes = -(-self.pub.circuit.num_clbits // 8)
        for start in range(0, len(memory), _DECODED_AT_ONCE):
            rows = shot_rows(memory[start : start + _DECODED_AT_ONCE], num_bytes)
            first = first_shot + start
            for register, array in zip(self._registers, self._arrays, strict=True):
                pack_register(rows, register, array[index, first : first + len(rows)])
        for array in self._arrays:
            rest(array)

    def result(self) -> SamplerPubResult:
        """The PUB's result, once all calls have been made."""
        from qiskit.primitives import BitArray, DataBin, SamplerPubResult

        shape = self.pub.shape
        bits = {
            register.name: BitArray(array.reshape(*shape, *array.shape[1:]), register.num_bits)
            for register, array in zip(self._registers, self._arrays, strict=True)
        }
        metadata = {
            "shots": self.pub.shots,
            "circuit_metadata": self.pub.circuit.metadata,
            "simulator_metadata": self.simulator_metadata,
        }
        return SamplerPubResult(DataBin(**bits, shape=shape), metadata=metadata)
