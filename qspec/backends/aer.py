"""`kind: aer`: Aer's simulator, ideal or with the noise of a fake backend."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from qspec.frozen import frozen
from qspec.simulation.aer import METHODS, aer_source, check_options, ideal_target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qspec.simulation.local import LocalBackend
from qspec.simulation.options import Surroundings


@frozen
class Aer:
    """A simulation with Aer. With `noise_from`, circuits are transpiled for that fake backend and have its noise."""

    kind: ClassVar[str] = "aer"
    SCHEMA: ClassVar[Mapping[str, Any]] = {
        "description": "Aer's simulator on this machine, ideal or with the noise of a fake backend.",
        "properties": {
            "method": {
                "enum": list(METHODS),
                "description": "Simulation method. automatic (default) chooses by the circuit and its noise.",
            },
            "precision": {"enum": ["double", "single"], "description": "Floating-point precision. Default double."},
            "device": {"enum": ["CPU", "GPU"], "description": "Where Aer computes. Default CPU."},
            "noise_from": {
                "type": "string",
                "minLength": 1,
                "description": "A fake backend, such as fake_torino, whose target and noise are simulated.",
            },
            "expectation": {
                "enum": ["sampled", "exact"],
                "description": "How estimator jobs work: from shots, as on a device (sampled, the default), or as the "
                "exact value with Gaussian noise of the job's precision (exact).",
            },
            "options": {
                "type": "object",
                "description": "Further options of AerSimulator by their names, such as "
                "matrix_product_state_max_bond_dimension.",
            },
        },
    }
    EXAMPLE: ClassVar[str] = """\
kind: aer
method: density_matrix
noise_from: fake_manila
options: {fusion_threshold: 10}
"""
    MISUSE: ClassVar[str] = """\
kind: aer
expectation: exactly
"""

    method: str = "automatic"
    precision: Literal["double", "single"] = "double"
    device: str = "CPU"
    noise_from: str | None = None
    expectation: Literal["sampled", "exact"] = "sampled"
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def surroundings(self) -> Surroundings:
        """What decides which options a run can honour, known without opening the backend."""
        device = self.noise_from is not None
        return Surroundings(noisy=device, durations=device, exact=self.expectation == "exact")

    def open(self) -> LocalBackend:
        """The backend. Raises `UsageError` for an unknown fake backend, and for options that Aer does not take."""
        from qspec.simulation.fake_target import load_target
        from qspec.simulation.local import LocalBackend

        check_options(self.options, method=self.method, device=self.device, precision=self.precision)
        name, source = "aer_simulator", aer_source()
        if self.noise_from is None:
            target, noise_target = ideal_target(self.method), None
        else:
            data, target = load_target(self.noise_from)
            noise_target, name = target, f"aer_simulator({data.device.name})"
            source |= {"noise_from": data.device.name, **{f"noise_{key}": value for key, value in data.source.items()}}
        return LocalBackend(
            kind=self.kind,
            name=name,
            target=target,
            noise_target=noise_target,
            method=self.method,
            device=self.device,
            precision=self.precision,
            options=self.options,
            expectation=self.expectation,
            source=source,
        )
