"""The executor: quantum programs, circuits as they are or boxed and twirled, with every array as it comes."""

from __future__ import annotations

import json
from dataclasses import field
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from qspec.frozen import frozen
from qspec.service.decoders import RESULT_DECODER
from qspec.simulation.boxing import ProgramPub
from qspec.simulation.options import Unhonoured, given, too_many_shots, unhonoured_anywhere
from qspec.simulation.refusals import refused_program

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qiskit import QuantumCircuit
    from qiskit.primitives import PrimitiveResult
    from qiskit.primitives.containers.bindings_array import BindingsArray
    from qiskit_ibm_runtime import RuntimeJobV2

    from qspec.service.backend import RemoteBackend
    from qspec.service.primitives import Mode
    from qspec.simulation.local import LocalBackend, Outcome
    from qspec.simulation.options import Surroundings
    from qspec.spec import Pub

_FOLDER = Path(__file__).with_name("options")
_OPTIONS = json.loads(_FOLDER.joinpath("executor.json").read_text("utf-8"))["schema"]
_BOXING = json.loads(_FOLDER.joinpath("boxing.json").read_text("utf-8"))["schema"]
RANDOMIZATIONS = 32
"""How often a boxed circuit is randomized where the spec does not say: as often as the runtime twirls by default."""

_NEEDS = {
    "inject_noise_targets": ("none", "needs the noise of each layer, which a spec cannot hold"),
    "measure_annotations": ("twirl", "needs a basis for each measurement, which a spec cannot hold"),
}
"""Boxing settings whose boxes ask for arguments: what asks for none, and what the others ask for."""


@frozen
class Executor:
    """An executor job. Results hold the arrays of each PUB as the runtime gives them.

    Every classical register is an array of true and false, `(randomizations, parameter sets…, shots, bits)`, without
    the first axis where circuits are not boxed; bit k of the register, which is qubit k in a register `meas`, stands
    at index k. Boxed circuits whose measurements are twirled also have `measurement_flips.<register>`, of the same shape with
    one shot: the bits that were flipped. `register ^ measurement_flips` undoes it.
    """

    kind: ClassVar[str] = "executor"
    runtime_program: ClassVar[str] = "executor"
    observables: ClassVar[bool] = False
    counts: ClassVar[bool] = False
    SCHEMA: ClassVar[Mapping[str, Any]] = {
        "description": "Runs circuits as a quantum program and keeps every array of the result. With 'boxing' they are "
        "grouped into boxes and twirled, and the results say which bits the twirling flipped.",
        "properties": {
            "pubs": {
                "title": "the PUBs",
                "type": "array",
                "minItems": 1,
                "description": "What to run: each PUB is a circuit with the values of its parameters.",
                "items": {
                    "title": "an executor PUB",
                    "type": "object",
                    "properties": {
                        "circuit": {"type": "string", "description": "The id of a circuit that measures its qubits."},
                        "parameter_values": {
                            "$ref": "#/definitions/parameter_values",
                            "description": "Values by the name of a parameter or parameter vector.",
                        },
                        "combine": {
                            "enum": ["zip", "product"],
                            "description": "How arrays of values go together: broadcast (zip, the default) or product.",
                        },
                    },
                    "required": ["circuit"],
                    "additionalProperties": False,
                },
            },
            "shots": {
                "type": "integer",
                "minimum": 1,
                "description": "Shots of each execution: of each randomization of each parameter set.",
            },
            "boxing": _BOXING,
            "randomizations": {
                "type": "integer",
                "minimum": 1,
                "description": "How often each boxed circuit is randomized for each parameter set. Default 32. Needs "
                "'boxing'.",
            },
            "options": _OPTIONS,
            "result_decoder": RESULT_DECODER,
        },
        "required": ["pubs", "shots"],
    }
    EXAMPLE: ClassVar[str] = """\
program_id: executor
shots: 128
randomizations: 8
boxing: {twirling_strategy: active}
pubs:
  - circuit: bell
"""
    MISUSE: ClassVar[str] = """\
program_id: executor
shots: 128
boxing: {twirling_strategy: sometimes}
pubs:
  - circuit: bell
"""

    pubs: tuple[Pub, ...]
    shots: int
    boxing: Mapping[str, Any] | None = None
    randomizations: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    result_decoder: str | None = None

    @property
    def effective_shots(self) -> int:
        """Shots of each execution."""
        return self.shots

    @property
    def shots_per_execution(self) -> int:
        """Shots of each execution."""
        return self.shots

    def make_pub(
        self,
        circuit: QuantumCircuit,
        parameter_values: BindingsArray,
        observables: None = None,  # noqa: ARG002  an executor has none
    ) -> ProgramPub:
        """The PUB of an ISA circuit. An executor has no observables."""
        return ProgramPub(
            circuit=circuit,
            parameter_values=parameter_values,
            shots=self.shots,
            boxing=self.boxing,
            randomizations=self.randomizations or RANDOMIZATIONS,
        )

    def measurement_bases(self, pub: ProgramPub) -> int:  # noqa: ARG002  the same for all
        """The distinct measurement bases of a PUB: the circuit measures by itself, so that is 1."""
        return 1

    def executions(self, pub: ProgramPub) -> int:
        """Circuit executions of a PUB: parameter sets times randomizations."""
        return prod(pub.shape)

    def unhonoured(self, surroundings: Surroundings) -> Iterator[Unhonoured]:
        """Options that a run cannot honour, with routes from the job."""
        yield from unhonoured_anywhere(self.options, surroundings, self.result_decoder)
        yield from too_many_shots(self.shots, ("shots",))
        if self.randomizations is not None and self.boxing is None:
            reason = "randomizations has no effect without 'boxing': the circuits run as they are"
            yield Unhonoured(("randomizations",), reason, "warning")
        for name, (harmless, needs) in _NEEDS.items():
            if (said := given(dict(self.boxing or {}), name)) not in (None, harmless):
                yield Unhonoured(("boxing", name), f"{name}: {said} {needs}", "error")

    def needs_runtime(self, backend: LocalBackend) -> bool:  # noqa: ARG002  wherever it runs
        """Whether a run needs the runtime's own executor: always."""
        return True

    def refusals(self, backend: LocalBackend, pubs: Sequence[ProgramPub]) -> Iterator[Unhonoured]:
        """Why a run on the backend would fail: what the runtime's option model says, and circuits that cannot be boxed."""
        yield from refused_program("ExecutorOptions", self.options, pubs, noisy=backend.noise_target is not None)

    def refusals_remote(
        self, backend: RemoteBackend, pubs: Sequence[ProgramPub], *, tags: Sequence[str] = ()
    ) -> Iterator[Unhonoured]:
        """Why the service, or the runtime's client, would not take the job with these ISA circuits and `tags`."""
        from qspec.service.refusals import refused_settings

        yield from refused_program("ExecutorOptions", self.options, pubs, noisy=True)
        yield from refused_settings(self.options, backend, tags)

    def run(
        self,
        backend: LocalBackend,
        pubs: Sequence[ProgramPub],
        *,
        seed: int,  # noqa: ARG002  every PUB is a program of its own here
        pub_seeds: Sequence[int],
    ) -> Outcome:
        """Run the PUBs, which hold ISA circuits. Raises `JobError` when one cannot be boxed or run.

        Every PUB has its own seed from `pub_seeds`; `options.simulator.seed_simulator` goes before them.
        """
        from qspec.simulation.program_runs import run_programs

        return run_programs(backend, pubs, options=self.options, seeds=pub_seeds)

    def submit(
        self, mode: Mode, pubs: Sequence[ProgramPub], *, tags: Sequence[str], dry_run: bool = False
    ) -> RuntimeJobV2:
        """Submit the PUBs, which hold ISA circuits, as one quantum program with its own tags and `tags`.

        Raises `JobError` when a circuit cannot be boxed, and what the runtime raises.
        """
        from qspec.service.primitives import submit
        from qspec.simulation.boxing import program_of

        return submit(self.kind, mode, program_of(pubs), options=self.options, tags=tags, dry_run=dry_run)

    def load_decoder(self, *, trust: bool) -> Any:
        """The class of `result_decoder`, None without one. Runs its module's code. Raises `RefusedError`, `UsageError`."""
        from qspec.service.decoders import load_decoder

        return load_decoder(self.result_decoder, trust=trust) if self.result_decoder else None

    def decode(self, decoded: Any, pubs: Sequence[ProgramPub]) -> PrimitiveResult[Any]:
        """What the decoders gave for these PUBs, as a result with one entry for each. Raises `JobError` when it is none."""
        from qspec.simulation.decoded import program_result

        return program_result(decoded, [tuple(pub.shape) for pub in pubs], own=self.result_decoder is not None)
