"""`kind: fake`: a fake backend of the runtime, which is a snapshot of a real device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from qspec.errors import UsageError
from qspec.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qspec.simulation.local import LocalBackend
from qspec.simulation.options import Surroundings


@frozen
class Fake:
    """A fake backend of `qiskit_ibm_runtime.fake_provider`, by either spelling of its name."""

    kind: ClassVar[str] = "fake"
    SCHEMA: ClassVar[Mapping[str, Any]] = {
        "description": "A fake backend of qiskit-ibm-runtime: a snapshot of a real device, simulated on this machine.",
        "properties": {
            "name": {
                "type": "string",
                "minLength": 1,
                "description": "Its name, fake_torino or FakeTorino. 'qspec backends' lists them.",
            },
            "noise": {
                "type": "boolean",
                "description": "Whether the noise of its calibration is simulated (default true), or only its gates, "
                "couplings and durations are used.",
            },
        },
        "required": ["name"],
    }
    EXAMPLE: ClassVar[str] = """\
kind: fake
name: fake_manila
"""
    MISUSE: ClassVar[str] = """\
kind: fake
name: fake_manila
noise: some
"""

    name: str
    noise: bool = True

    @property
    def surroundings(self) -> Surroundings:
        """What decides which options a run can honour, known without opening the backend."""
        return Surroundings(noisy=self.noise, durations=True)

    def open(self) -> LocalBackend:
        """The backend. Raises `UsageError` for an unknown name, or for noise where there is no calibration."""
        from qspec.simulation.fake_target import load_target
        from qspec.simulation.local import LocalBackend

        data, target = load_target(self.name)
        if self.noise and data.properties is None:
            raise UsageError(f"the fake backend '{data.device.name}' has no calibration", advice="set noise: false")
        return LocalBackend(
            kind=self.kind,
            name=data.device.name,
            target=target,
            noise_target=target if self.noise else None,
            source=data.source,
        )
