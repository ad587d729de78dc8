"""The estimator: expectation values of observables, with standard errors."""

from __future__ import annotations

import json
import math
from dataclasses import field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from qspec.frozen import frozen
from qspec.service.decoders import RESULT_DECODER
from qspec.simulation import resilience
from qspec.simulation.chance import dynamic
from qspec.simulation.options import (
    Unhonoured,
    asks_for_runtime,
    given,
    too_many_shots,
    twirled_shots,
    unhonoured_anywhere,
)
from qspec.simulation.refusals import drives, left_out, refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from qiskit import QuantumCircuit
    from qiskit.primitives import PrimitiveResult
    from qiskit.primitives.containers.bindings_array import BindingsArray
    from qiskit.primitives.containers.estimator_pub import EstimatorPub
    from qiskit.primitives.containers.observables_array import ObservablesArray
    from qiskit_ibm_runtime import RuntimeJobV2

    from qspec.service.backend import RemoteBackend
    from qspec.service.primitives import Mode
    from qspec.simulation.local import LocalBackend, Outcome, Share
    from qspec.simulation.options import Surroundings
    from qspec.spec import Pub

DEFAULT_PRECISION = 0.015625
_TINY = 1e-300  # the square of a smaller precision would be 0, and 1/precision² no number
_OPTIONS = json.loads(Path(__file__).with_name("options").joinpath("estimator.json").read_text("utf-8"))["schema"]


@frozen
class Estimator:
    """An estimator job. Results hold `evs` and `stds` in the PUB's broadcast shape."""

    kind: ClassVar[str] = "estimator"
    runtime_program: ClassVar[str] = "executor"
    observables: ClassVar[bool] = True
    broadcasts: ClassVar[bool] = True
    SCHEMA: ClassVar[Mapping[str, Any]] = {
        "description": "Estimates the expectation values of each PUB's observables.",
        "properties": {
            "pubs": {
                "title": "the PUBs",
                "type": "array",
                "minItems": 1,
                "description": "What to run: each PUB is a circuit with observables and the values of its parameters.",
                "items": {
                    "title": "an estimator PUB",
                    "type": "object",
                    "properties": {
                        "circuit": {
                            "type": "string",
                            "description": "The id of a circuit. Measurements at its end are left out.",
                        },
                        "parameter_values": {
                            "$ref": "#/definitions/parameter_values",
                            "description": "Values by the name of a parameter or parameter vector.",
                        },
                        "combine": {
                            "enum": ["zip", "product"],
                            "description": "How arrays of values go together: broadcast (zip, the default) or product.",
                        },
                        "observables": {
                            "$ref": "#/definitions/observables",
                            "description": "One observable or a nested list, broadcast against the parameter values.",
                        },
                    },
                    "required": ["circuit", "observables"],
                    "additionalProperties": False,
                },
            },
            "precision": {
                "type": "number",
                "exclusiveMinimum": 0,
                "description": "The standard error to aim at: each parameter set and basis is measured with 1/precision² "
                "shots. Default options.default_precision, which is 0.015625 (4096 shots).",
            },
            "options": _OPTIONS,
            "result_decoder": RESULT_DECODER,
        },
        "required": ["pubs"],
    }
    EXAMPLE: ClassVar[str] = """\
program_id: estimator
precision: 0.05
pubs:
  - circuit: ansatz
    parameter_values:
      θ: {random: {low: 0, high: 2*pi, shape: [8]}}
    observables: {ZZ: 1.0, XI: 0.5, IX: 0.5}
options:
  resilience_level: 1
"""
    MISUSE: ClassVar[str] = """\
program_id: estimator
precision: 0.05
pubs:
  - circuit: ansatz
    parameter_values: {θ: 0.5}
"""

    pubs: tuple[Pub, ...]
    precision: float | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    result_decoder: str | None = None

    @property
    def effective_precision(self) -> float:
        """The job's precision, else that of `default_shots` or `default_precision`, else the runtime's default."""
        if self._default_shots is not None:
            return float(self._default_shots**-0.5)
        return float(self.precision or given(self.options, "default_precision") or DEFAULT_PRECISION)

    @property
    def effective_shots(self) -> int:
        """Shots that the precision asks for, for each pair of a parameter set and a basis."""
        return self._default_shots or math.ceil(1.0 / max(self.effective_precision**2, _TINY))

    @property
    def _default_shots(self) -> int | None:
        """`default_shots` where it is in force: it goes before `default_precision`, not before the job's precision."""
        said = given(self.options, "default_shots")
        return int(said) if said and self.precision is None else None

    @property
    def shots_per_execution(self) -> int:
        """Shots that one circuit execution takes: under twirling rounded up to whole randomizations."""
        twirled = resilience.twirls(self.options)
        return twirled_shots(self.options, self.effective_shots) if twirled else self.effective_shots

    def make_pub(
        self, circuit: QuantumCircuit, parameter_values: BindingsArray, observables: ObservablesArray | None
    ) -> EstimatorPub:
        """The PUB that the primitive takes; observables are as wide as the circuit."""
        from qiskit.primitives.containers.estimator_pub import EstimatorPub

        precision = None if self._default_shots else self.effective_precision
        return EstimatorPub(circuit, observables, parameter_values, precision)

    def measurement_bases(self, pub: EstimatorPub) -> int:
        """The distinct measurement bases of a PUB."""
        from qspec.simulation.bases import group

        return len(group(pub).settings)

    def executions(self, pub: EstimatorPub) -> int:
        """Circuit executions of a PUB: parameter sets times the bases of each, at every noise factor.

        Those that learn the readout errors, `shots_per_execution` once for a job, are not counted.
        """
        from qspec.simulation.bases import group

        return group(pub).executions * resilience.noise_factors(self.options)

    def unhonoured(self, surroundings: Surroundings) -> Iterator[Unhonoured]:
        """Options that a run cannot honour, with routes from the job."""
        yield from unhonoured_anywhere(self.options, surroundings, self.result_decoder)
        if given(self.options, "default_shots") == 0 and self.precision is None:
            reason = "default_shots must be at least 1 in a job that does not say its precision"
            yield Unhonoured(("options", "default_shots"), reason, "error")
        if surroundings.exact:
            yield from resilience.foreign_to_exact(self.options, noisy=surroundings.noisy)
        else:
            yield from self._excessive()
            yield from resilience.unmitigable(self.options)

    def _excessive(self) -> Iterator[Unhonoured]:
        """A refusal of more shots than can be run, at the key that asks for them."""
        option = "default_precision" if self._default_shots is None else "default_shots"
        route = ("options", option) if self.precision is None else ("precision",)
        yield from too_many_shots(self._default_shots or 1.0 / max(self.effective_precision**2, _TINY), route)

    def needs_runtime(self, backend: LocalBackend) -> bool:
        """Whether a run on `backend` needs the runtime's own estimator.

        On a noisy backend it does, unless its values are exact: that estimator measures through gates of its own
        (two √X on every qubit), so that without it even unmitigated values come from another distribution. A
        device without √X cannot be driven in that way; what is not asked for is left out there.
        """
        if backend.expectation == "exact":
            return False
        return self._asks_for_runtime(backend) or (backend.noise_target is not None and drives(backend))

    def _asks_for_runtime(self, backend: LocalBackend) -> bool:
        """Whether the options themselves ask for what only the runtime's own estimator does on `backend`."""
        if asks_for_runtime(self.options, backend) or resilience.asks_for_mitigation(self.options):
            return True
        return backend.noise_target is not None and bool(given(self.options, "resilience_level"))

    def _runs_in_runtime(self, backend: LocalBackend, circuits: Sequence[QuantumCircuit]) -> bool:
        """Whether these circuits go to the runtime's own estimator.

        It takes no control flow: where the options ask for nothing that only it does, such jobs go without it.
        """
        if any(map(dynamic, circuits)) and not self._asks_for_runtime(backend):
            return False
        return self.needs_runtime(backend)

    def refusals(self, backend: LocalBackend, pubs: Sequence[EstimatorPub]) -> Iterator[Unhonoured]:
        """What only the backend and the ISA circuits can tell: why a run on them would fail, or not mitigate.

        Imports the runtime, but only where the run will: its own option model has the last word.
        """
        circuits = [pub.circuit for pub in pubs]
        if self._runs_in_runtime(backend, circuits):
            yield from refused("EstimatorOptions", self.options, backend, circuits)
        elif reason := left_out(self.options, backend, circuits):
            yield Unhonoured((), reason, "warning")

    def refusals_remote(
        self, backend: RemoteBackend, pubs: Sequence[EstimatorPub], *, tags: Sequence[str] = ()
    ) -> Iterator[Unhonoured]:
        """Why the service, or the runtime's client, would not take the job with these ISA circuits and `tags`."""
        from qspec.service.refusals import refused_circuits, refused_options

        yield from refused_options("EstimatorOptions", self.options, backend, tags)
        circuits, gates = [pub.circuit for pub in pubs], resilience.in_force(self.options, "twirling", "enable_gates")
        yield from refused_circuits(self.options, backend, circuits, boxed=True, twirled=gates)

    def run(
        self, backend: LocalBackend, pubs: Sequence[EstimatorPub], *, seed: int, pub_seeds: Sequence[int]
    ) -> Outcome:
        """Estimate the PUBs, which hold ISA circuits. Raises `JobError` when the primitive fails.

        Every PUB is a job of its own with a seed from `pub_seeds`; `options.simulator.seed_simulator` goes before them.
        """
        from qspec.simulation.local import Share

        return next(self.run_each(backend, [Share(pubs=pubs, seed=seed, pub_seeds=pub_seeds)]))

    def run_each(self, backend: LocalBackend, shares: Iterable[Share]) -> Iterator[Outcome]:
        """What `run` gives for each share, one after the other; raises what it raises for the first one that fails.

        Work that shares have in common, those that hold the same circuits and observables above all, is done once.
        """
        for (in_runtime, missing), alike in groupby(shares, key=lambda share: self._way(backend, share)):
            if in_runtime:
                from qspec.simulation.client_side import run_each_client_side

                yield from run_each_client_side(self.kind, backend, alike, options=self.options)
            elif backend.expectation == "exact":
                from qspec.simulation.exact import evaluate_each

                yield from evaluate_each(backend, alike, options=self.options, precision=self.effective_precision)
            else:
                from qspec.simulation.sampled import estimate_each

                shots, notes = self.shots_per_execution, tuple(filter(None, [missing]))
                yield from estimate_each(backend, alike, options=self.options, shots=shots, notes=notes)

    def _way(self, backend: LocalBackend, share: Share) -> tuple[bool, str]:
        """Whether a share goes to the runtime's own estimator, and what is left out where it does not."""
        circuits = [pub.circuit for pub in share.pubs]
        in_runtime = self._runs_in_runtime(backend, circuits)
        return in_runtime, "" if in_runtime else left_out(self.options, backend, circuits)

    def submit(
        self, mode: Mode, pubs: Sequence[EstimatorPub], *, tags: Sequence[str], dry_run: bool = False
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

    def decode(self, decoded: Any, pubs: Sequence[EstimatorPub]) -> PrimitiveResult[Any]:
        """What the decoders gave for these PUBs, as a result with one entry for each. Raises `JobError` when it is none."""
        from qspec.simulation.decoded import primitive_result

        return primitive_result(decoded, [tuple(pub.shape) for pub in pubs], own=self.result_decoder is not None)
