"""The sampler: measured bits, shot by shot, of each classical register."""

from __future__ import annotations

import json
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from qspec.frozen import frozen
from qspec.service.decoders import RESULT_DECODER
from qspec.simulation.options import (
    Unhonoured,
    asks_for_runtime,
    given,
    too_many_shots,
    twirled_shots,
    twirls,
    unhonoured_anywhere,
)
from qspec.simulation.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from qiskit import QuantumCircuit
    from qiskit.primitives import PrimitiveResult
    from qiskit.primitives.containers.bindings_array import BindingsArray
    from qiskit.primitives.containers.sampler_pub import SamplerPub
    from qiskit_ibm_runtime import RuntimeJobV2

    from qspec.service.backend import RemoteBackend
    from qspec.service.primitives import Mode
    from qspec.simulation.local import LocalBackend, Outcome, Share
    from qspec.simulation.options import Surroundings
    from qspec.spec import Pub

DEFAULT_SHOTS = 4096
_OPTIONS = json.loads(Path(__file__).with_name("options").joinpath("sampler.json").read_text("utf-8"))["schema"]


@frozen
class Sampler:
    """A sampler job. Results hold one `BitArray` for each register, `(parameter sets…, shots, bits)`."""

    kind: ClassVar[str] = "sampler"
    runtime_program: ClassVar[str] = "executor"
    observables: ClassVar[bool] = False
    broadcasts: ClassVar[bool] = True
    SCHEMA: ClassVar[Mapping[str, Any]] = {
        "description": "Samples the classical registers of each PUB's circuit.",
        "properties": {
            "pubs": {
                "title": "the PUBs",
                "type": "array",
                "minItems": 1,
                "description": "What to run: each PUB is a circuit with the values of its parameters.",
                "items": {
                    "title": "a sampler PUB",
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
                "description": "Shots of each parameter set. Default options.default_shots, which is 4096.",
            },
            "options": _OPTIONS,
            "result_decoder": RESULT_DECODER,
        },
        "required": ["pubs"],
    }
    EXAMPLE: ClassVar[str] = """\
program_id: sampler
shots: 1024
pubs:
  - circuit: bell
options:
  twirling: {enable_measure: true}
"""
    MISUSE: ClassVar[str] = """\
program_id: sampler
shots: 4k
pubs:
  - circuit: bell
"""

    pubs: tuple[Pub, ...]
    shots: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    result_decoder: str | None = None

    @property
    def effective_shots(self) -> int:
        """Shots of each parameter set: the job's, else `options.default_shots`, else the runtime's default."""
        return int(self.shots or given(self.options, "default_shots") or DEFAULT_SHOTS)

    @property
    def shots_per_execution(self) -> int:
        """Shots that one circuit execution takes: under twirling rounded up to whole randomizations."""
        return twirled_shots(self.options, self.effective_shots) if twirls(self.options) else self.effective_shots

    def make_pub(
        self,
        circuit: QuantumCircuit,
        parameter_values: BindingsArray,
        observables: None = None,  # noqa: ARG002  a sampler has none
    ) -> SamplerPub:
        """The PUB that the primitive takes. A sampler has no observables."""
        from qiskit.primitives.containers.sampler_pub import SamplerPub

        return SamplerPub(circuit, parameter_values, self.effective_shots)

    def measurement_bases(self, pub: SamplerPub) -> int:  # noqa: ARG002  the same for all
        """The distinct measurement bases of a PUB: the circuit measures by itself, so that is 1."""
        return 1

    def executions(self, pub: SamplerPub) -> int:
        """Circuit executions of a PUB: one for each parameter set."""
        return int(pub.parameter_values.size)

    def unhonoured(self, surroundings: Surroundings) -> Iterator[Unhonoured]:
        """Options that a run cannot honour, with routes from the job."""
        yield from unhonoured_anywhere(self.options, surroundings, self.result_decoder)
        yield from too_many_shots(
            self.effective_shots, ("options", "default_shots") if self.shots is None else ("shots",)
        )
        if reason := self._unmeasurable(surroundings):
            yield Unhonoured(("options", "execution", "meas_type"), reason, "error")
        if self.shots is None and "default_shots" in self.options and (self.options["default_shots"] or 0) < 1:
            reason = "default_shots must be at least 1 in a job that does not say its shots"
            yield Unhonoured(("options", "default_shots"), reason, "error")

    def _unmeasurable(self, surroundings: Surroundings) -> str:
        """Why the results cannot have the measurement type of the options; empty when they can."""
        meas_type = given(self.options, "execution", "meas_type")
        if meas_type in (None, "classified"):
            return ""
        if not surroundings.remote:
            return f"meas_type {meas_type} needs a quantum computer: a simulation measures bits"
        twirled = given(self.options, "twirling", "enable_measure")
        return f"meas_type {meas_type} cannot be had with twirled measurements" if twirled else ""

    def needs_runtime(self, backend: LocalBackend) -> bool:
        """Whether a run on `backend` needs the runtime's own sampler, for twirling or dynamical decoupling."""
        return asks_for_runtime(self.options, backend)

    def refusals(self, backend: LocalBackend, pubs: Sequence[SamplerPub]) -> Iterator[Unhonoured]:
        """What only the backend and the ISA circuits can tell: why a run on them would fail.

        Imports the runtime, but only where the run will: its own option model has the last word.
        """
        if self.needs_runtime(backend):
            yield from refused("SamplerOptions", self.options, backend, [pub.circuit for pub in pubs])

    def refusals_remote(
        self, backend: RemoteBackend, pubs: Sequence[SamplerPub], *, tags: Sequence[str] = ()
    ) -> Iterator[Unhonoured]:
        """Why the service, or the runtime's client, would not take the job with these ISA circuits and `tags`."""
        from qspec.service.refusals import refused_circuits, refused_options

        yield from refused_options("SamplerOptions", self.options, backend, tags)
        circuits, gates = [pub.circuit for pub in pubs], bool(given(self.options, "twirling", "enable_gates"))
        yield from refused_circuits(self.options, backend, circuits, boxed=twirls(self.options), twirled=gates)

    def run(self, backend: LocalBackend, pubs: Sequence[SamplerPub], *, seed: int, pub_seeds: Sequence[int]) -> Outcome:
        """Sample the PUBs, which hold ISA circuits. Raises `JobError` when the primitive fails.

        `seed` is for the whole job, `pub_seeds` for primitives that need a job for each PUB;
        `options.simulator.seed_simulator` goes before both.
        """
        from qspec.simulation.local import Share

        return next(self.run_each(backend, [Share(pubs=pubs, seed=seed, pub_seeds=pub_seeds)]))

    def run_each(self, backend: LocalBackend, shares: Iterable[Share]) -> Iterator[Outcome]:
        """What `run` gives for each share, one after the other; raises what it raises for the first one that fails.

        Work that shares have in common, those that hold the same circuit objects above all, is done once.
        """
        if self.needs_runtime(backend):
            from qspec.simulation.client_side import run_each_client_side

            return run_each_client_side(self.kind, backend, shares, options=self.options)
        from qspec.simulation.sampling import sample_each

        return sample_each(backend, shares, options=self.options, shots=self.effective_shots)

    def submit(
        self, mode: Mode, pubs: Sequence[SamplerPub], *, tags: Sequence[str], dry_run: bool = False
    ) -> RuntimeJobV2:
        """Submit the PUBs, which hold ISA circuits, as one job with its own tags and `tags`.

        The service runs it as `runtime_program`. Raises what the runtime raises.
        """
        from qspec.service.primitives import submit

        return submit(self.kind, mode, list(pubs), options=self.options, tags=tags, dry_run=dry_run)

    def load_decoder(self, *, trust: bool) -> Any:
        """The class of `result_decoder`, None without one. Runs its module's code. Raises `RefusedError`, `UsageError`."""
        from qspec.service.decoders import load_decoder

        return load_decoder(self.result_decoder, trust=trust) if self.result_decoder else None

    def decode(self, decoded: Any, pubs: Sequence[SamplerPub]) -> PrimitiveResult[Any]:
        """What the decoders gave for these PUBs, as a result with one entry for each. Raises `JobError` when it is none."""
        from qspec.simulation.decoded import primitive_result

        return primitive_result(decoded, [tuple(pub.shape) for pub in pubs], own=self.result_decoder is not None)
