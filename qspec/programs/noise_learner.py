"""The noise learner: the Pauli-Lindblad noise of the layers that circuits are made of."""

from __future__ import annotations

import json
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from qspec.errors import JobError
from qspec.frozen import frozen
from qspec.service.decoders import RESULT_DECODER
from qspec.simulation.boxing import ProgramPub
from qspec.simulation.options import Unhonoured, given, unhonoured_anywhere

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qiskit import QuantumCircuit
    from qiskit.primitives import PrimitiveResult
    from qiskit.primitives.containers.bindings_array import BindingsArray
    from qiskit_ibm_runtime import RuntimeJobV2

    from qspec.service.backend import RemoteBackend
    from qspec.service.primitives import Mode
    from qspec.simulation.boxing import Layers
    from qspec.simulation.local import LocalBackend, Outcome
    from qspec.simulation.options import Surroundings
    from qspec.spec import Pub

_FOLDER = Path(__file__).with_name("options")
_OPTIONS = json.loads(_FOLDER.joinpath("noise-learner.json").read_text("utf-8"))["schema"]
_BOXING = json.loads(_FOLDER.joinpath("boxing.json").read_text("utf-8"))["schema"]
_ON_DEVICES = "the noise learner runs on devices of IBM Quantum Platform only: choose a backend of kind ibm"
_NOT_SENT = (("execution", "scheduler_timing"), ("execution", "stretch_values"), ("experimental",))
"""Options that the runtime's noise learner has and leaves out of its request (0.51)."""

_BASES = 9
"""Bases in which a layer's Pauli noise is measured, as the runtime documents it."""


@frozen
class NoiseLearner:
    """A noise learner job: each distinct layer of all its circuits is learned once.

    The results of a PUB are those of its layers, one after the other, in arrays of shape `(generators,)`: `layer`
    (which of the `layers` in the metadata, from 0), `generators` (texts: `X0Z5 Y1` are X on physical qubit 0 times Z
    on 5, and Y on 1, which share a rate), `rates` and `rates_std`. The metadata say of each layer which `qubits` it
    is on, and its `operations`.
    """

    kind: ClassVar[str] = "noise-learner"
    runtime_program: ClassVar[str] = "noise-learner"
    indivisible: ClassVar[bool] = True
    observables: ClassVar[bool] = False
    counts: ClassVar[bool] = False
    runs_circuits: ClassVar[bool] = False
    SCHEMA: ClassVar[Mapping[str, Any]] = {
        "description": "Learns the noise of the distinct layers of circuits: groups their operations into boxes, and "
        "learns a Pauli-Lindblad model for each box that is unlike the others.",
        "properties": {
            "pubs": {
                "title": "the PUBs",
                "type": "array",
                "minItems": 1,
                "description": "The circuits whose layers are learned.",
                "items": {
                    "title": "a noise learner PUB",
                    "type": "object",
                    "properties": {"circuit": {"type": "string", "description": "The id of a circuit."}},
                    "required": ["circuit"],
                    "additionalProperties": False,
                },
            },
            "boxing": _BOXING,
            "options": _OPTIONS,
            "result_decoder": RESULT_DECODER,
        },
        "required": ["pubs"],
    }
    EXAMPLE: ClassVar[str] = """\
program_id: noise-learner
pubs:
  - circuit: ansatz
boxing: {enable_measures: false}
options:
  layer_pair_depths: [0, 2, 4, 12]
"""
    MISUSE: ClassVar[str] = """\
program_id: noise-learner
pubs:
  - {circuit: ansatz, parameter_values: {θ: 0.5}}
"""

    pubs: tuple[Pub, ...]
    boxing: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    result_decoder: str | None = None

    @property
    def effective_shots(self) -> int:
        """Shots of each learning circuit."""
        return int(given(self.options, "shots_per_randomization") or 128)

    @property
    def shots_per_execution(self) -> int:
        """Shots of each learning circuit."""
        return self.effective_shots

    def make_pub(
        self,
        circuit: QuantumCircuit,
        parameter_values: BindingsArray,
        observables: None = None,  # noqa: ARG002  a noise learner has none
    ) -> ProgramPub:
        """The PUB of an ISA circuit."""
        shots = self.effective_shots
        return ProgramPub(circuit=circuit, parameter_values=parameter_values, shots=shots, boxing=None)

    def measurement_bases(self, pub: ProgramPub) -> int:  # noqa: ARG002  the same for all
        """The bases in which a layer is measured."""
        return _BASES

    def executions(self, pub: ProgramPub) -> int:
        """Learning circuits of a PUB's layers: randomizations times bases times depths, measured layers without depths.

        A layer that several PUBs share is counted in each.
        """
        try:
            return sum(map(self._circuits, self._layers([pub]).instructions))
        except JobError:  # a finding says so
            return 0

    def _circuits(self, layer: Any) -> int:
        depths = given(self.options, "layer_pair_depths")
        randomizations = int(given(self.options, "num_randomizations") or 32)
        measured = any(instruction.name == "measure" for instruction in layer.operation.body)
        return randomizations * (1 if measured else _BASES * len(depths if depths is not None else range(6)))

    def _layers(self, pubs: Sequence[ProgramPub]) -> Layers:
        from qspec.simulation.boxing import layers_of

        return layers_of([pub.circuit for pub in pubs], self.boxing)

    def unhonoured(self, surroundings: Surroundings) -> Iterator[Unhonoured]:
        """Options that a run cannot honour, with routes from the job; and a backend that cannot learn noise."""
        if not surroundings.remote:
            yield Unhonoured(("program_id",), _ON_DEVICES, "error")
            return
        yield from unhonoured_anywhere(self.options, surroundings, self.result_decoder)
        for keys in _NOT_SENT:
            if given(self.options, *keys):
                reason = f"{keys[-1]} has no effect: the runtime's noise learner does not send it"
                yield Unhonoured(("options", *keys), reason, "warning")
        if self.boxing.get("measure_annotations") == "change_basis":
            reason = "measure_annotations: change_basis does not twirl the measurements, so their noise is not learned"
            yield Unhonoured(("boxing", "measure_annotations"), reason, "error")

    def needs_runtime(self, backend: LocalBackend) -> bool:  # noqa: ARG002  wherever it runs
        """Whether a run needs the runtime: always."""
        return True

    def refusals_remote(
        self, backend: RemoteBackend, pubs: Sequence[ProgramPub], *, tags: Sequence[str] = ()
    ) -> Iterator[Unhonoured]:
        """Why the service, or the runtime's client, would not take the job with these ISA circuits and `tags`."""
        from qspec.service.refusals import refused_layers, refused_options

        yield from refused_options("NoiseLearnerV3Options", self.options, backend, tags)
        try:
            layers = self._layers(pubs)
        except JobError as error:
            yield Unhonoured(("boxing",), str(error), "error")
            return
        yield from refused_layers(layers.instructions, backend)

    def run(self, *_: Any, **__: Any) -> Outcome:
        """Raises `JobError`: a simulation has no noise that its model does not say."""
        raise JobError(_ON_DEVICES)

    def submit(
        self, mode: Mode, pubs: Sequence[ProgramPub], *, tags: Sequence[str], dry_run: bool = False
    ) -> RuntimeJobV2:
        """Submit the distinct layers of the PUBs, which hold ISA circuits, as one job with its own tags and `tags`.

        Raises `JobError` when a circuit cannot be boxed, and what the runtime raises.
        """
        from qspec.service.primitives import submit

        layers = list(self._layers(pubs).instructions)
        return submit(self.kind, mode, layers, options=self.options, tags=tags, dry_run=dry_run)

    def load_decoder(self, *, trust: bool) -> Any:
        """The class of `result_decoder`, None without one. Runs its module's code. Raises `RefusedError`, `UsageError`."""
        from qspec.service.decoders import load_decoder

        return load_decoder(self.result_decoder, trust=trust) if self.result_decoder else None

    def decode(self, decoded: Any, pubs: Sequence[ProgramPub]) -> PrimitiveResult[Any]:
        """What the decoders gave for these PUBs, as a result with one entry for each.

        Raises `JobError` when it is not of the layers of these PUBs.
        """
        from qspec.simulation.decoded import noise_result

        return noise_result(decoded, self._layers(pubs), own=self.result_decoder is not None)
