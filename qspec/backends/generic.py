"""`kind: generic`: a made-up device of any size, Qiskit's `GenericBackendV2`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from qspec.frozen import frozen
from qspec.installed import version_of
from qspec.simulation.generic import SHAPES, basis_of, coupling_of
from qspec.simulation.options import Surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qspec.simulation.local import LocalBackend


@frozen
class Generic:
    """A device with random but reproducible errors and durations."""

    kind: ClassVar[str] = "generic"
    SCHEMA: ClassVar[Mapping[str, Any]] = {
        "description": "A made-up device, Qiskit's GenericBackendV2: random errors and durations in the range of real "
        "ones, simulated on this machine.",
        "properties": {
            "num_qubits": {"type": "integer", "minimum": 1, "maximum": 2000, "description": "The number of qubits."},
            "basis_gates": {
                "type": "array",
                "items": {"type": "string"},
                "minItems": 1,
                "description": "Names of standard gates on one or two qubits. Default cx, id, rz, sx, x. Of the "
                "two-qubit gates, cx, cz and ecr have errors like a device's; others have very large ones.",
            },
            "coupling_map": {
                "type": ["string", "array"],
                "items": {
                    "type": "array",
                    "items": {"type": "integer", "minimum": 0},
                    "minItems": 2,
                    "maxItems": 2,
                    "description": "[control, target].",
                },
                "allOf": [{"if": {"type": "string"}, "then": {"enum": list(SHAPES)}}],
                "description": "Which qubits are coupled: line, ring, grid, heavy_hex, full (default), all in both "
                "directions, or a list of directed pairs.",
            },
            "noise": {
                "type": "boolean",
                "description": "Whether its errors are simulated. Default true. Circuits are transpiled for the same "
                "device either way.",
            },
            "seed": {"type": "integer", "minimum": 0, "description": "Seed of its errors and durations. Default 0."},
        },
        "required": ["num_qubits"],
    }
    EXAMPLE: ClassVar[str] = """\
kind: generic
num_qubits: 4
basis_gates: [cz, rz, sx]
coupling_map: line
"""
    MISUSE: ClassVar[str] = """\
kind: generic
num_qubits: 4
coupling_map: lien
"""

    num_qubits: int
    basis_gates: tuple[str, ...] = ()
    coupling_map: str | Sequence[Sequence[int]] = "full"
    noise: bool = True
    seed: int = 0

    @property
    def surroundings(self) -> Surroundings:
        """What decides which options a run can honour, known without opening the backend."""
        return Surroundings(noisy=self.noise, durations=True)

    def open(self) -> LocalBackend:
        """The backend. Raises `UsageError` for gates and couplings that cannot be."""
        from qiskit.providers.fake_provider import GenericBackendV2

        from qspec.simulation.local import LocalBackend

        device = GenericBackendV2(
            self.num_qubits,
            basis_of(self.basis_gates, self.num_qubits),
            coupling_map=coupling_of(self.coupling_map, self.num_qubits),
            control_flow=True,
            seed=self.seed,
        )
        return LocalBackend(
            kind=self.kind,
            name=f"generic_{self.num_qubits}q",
            target=device.target,
            noise_target=device.target if self.noise else None,
            source={"package": f"qiskit {version_of('qiskit')}", "seed": self.seed},
        )
