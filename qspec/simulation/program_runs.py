"""Quantum programs on this machine: the runtime's own executor in local mode, for circuits as they are or twirled.

In local mode every item of a program would get the same seed, so each PUB is a program of its own, on the qubits that
it uses.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qspec.simulation.boxing import program_of
from qspec.simulation.client_side import in_its_own_words
from qspec.simulation.decoded import program_result
from qspec.simulation.failures import simulating
from qspec.simulation.local import Outcome
from qspec.simulation.options import given, pub_seeds, with_seed
from qspec.simulation.twirlable import TRANSLATED, foreign_gates, twirlable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qiskit.primitives import PrimitiveResult

    from qspec.simulation.boxing import ProgramPub
    from qspec.simulation.local import LocalBackend


def run_programs(
    backend: LocalBackend, pubs: Sequence[ProgramPub], *, options: Mapping[str, Any], seeds: Sequence[int]
) -> Outcome:
    """Run each PUB as a quantum program, from its own seed, which is that of the twirling and of the shots.

    What the runtime warns of becomes the outcome's notes. Raises `JobError` when a circuit cannot be boxed or run.
    """
    from qiskit.primitives import PrimitiveResult
    from qiskit_ibm_runtime import Executor, ExecutorOptions

    seeds = pub_seeds(options, seeds)
    with in_its_own_words("executor"), simulating(), warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        results = [_run_alone(backend, pub, with_seed(options, seed)) for pub, seed in zip(pubs, seeds, strict=True)]
    notes = [str(warning.message) for warning in said]
    if foreign_gates([pub.circuit for pub in pubs if pub.boxing is not None]):
        notes.append(TRANSLATED)
    in_force = with_seed(ExecutorOptions(**options).model_dump(), given(options, "simulator", "seed_simulator"))
    return Outcome(
        result=PrimitiveResult([result[0] for result in results]),
        implementation=f"qiskit_ibm_runtime.{Executor.__name__}",
        seeds=tuple({"simulator": seed} for seed in seeds),
        options=in_force,
        notes=tuple(dict.fromkeys(notes)),
    )


def _run_alone(backend: LocalBackend, pub: ProgramPub, options: Mapping[str, Any]) -> PrimitiveResult[Any]:
    """The program of one PUB. Twirling adds gates to any of its qubits."""
    from qiskit_ibm_runtime import Executor

    compaction = backend.compacted([pub.circuit])
    circuit = compaction.circuits[0]
    if pub.boxing is not None:
        circuit = twirlable(circuit, noisy=backend.noise_target is not None)
    program = program_of([replace(pub, circuit=circuit)])
    template = program.items[0].circuit
    added_on = () if pub.boxing is None else range(template.num_qubits)
    simulator = compaction.backend.simulator([template], added_on=added_on)
    return program_result(Executor(mode=simulator, options=dict(options)).run(program).result(), [pub.shape], own=False)
