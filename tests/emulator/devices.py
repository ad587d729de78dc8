"""Devices: the data of the runtime's fake backends, served as the platform serves those of real ones."""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from qspec.simulation.fake_data import FakeData, find_device, read_data

from .messages import Refusal
from .parts import Simulator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qspec.simulation.local import LocalBackend

OLDEST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """The properties of a device, in force `since` a moment; `id` is their calibration ID."""

    id: str
    since: datetime
    properties: Mapping[str, Any]


class Device:
    """A backend of the emulated service.

    `name` is `ibm_manila` or, for a mock device, `mock_manila`. `state` is `active`, `paused`, `internal` or
    `maintenance`; with the last it is offline. `waiting` are pending jobs of others, which the listing counts in.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.mock = name.startswith("mock_")
        self.state = "active"
        self.waiting = 0
        self._calibrations: list[Calibration] = []
        self._simulators: dict[str, Simulator] = {}

    @cached_property
    def fake(self) -> FakeData:
        """The data of the fake backend that the device is made from."""
        return read_data(find_device("fake_" + self.name.partition("_")[2]))

    @property
    def num_qubits(self) -> int:
        """The number of qubits."""
        return int(self.fake.configuration["n_qubits"])

    @property
    def calibrations(self) -> list[Calibration]:
        """All calibrations, oldest first; the first is that of the fake backend."""
        if not self._calibrations:
            properties = dict(self.fake.properties or {})
            since = datetime.fromisoformat(properties["last_update_date"]) if properties else OLDEST
            self._calibrations.append(Calibration(id=_identify(self.name, "0"), since=since, properties=properties))
        return self._calibrations

    def recalibrate(self, since: datetime, change: Callable[[dict[str, Any]], None]) -> Calibration:
        """A new calibration from a moment on: `change` alters a copy of the latest properties in place."""
        properties = copy.deepcopy(dict(self.calibrations[-1].properties))
        change(properties)
        properties["last_update_date"] = since.isoformat()
        number = str(len(self.calibrations))
        self.calibrations.append(Calibration(id=_identify(self.name, number), since=since, properties=properties))
        return self.calibrations[-1]

    def calibration(self, *, before: datetime | None = None, id: str | None = None) -> Calibration | None:  # noqa: A002
        """The calibration of an ID, or the latest one, or the latest one before a moment; None if there is none.

        Raises `Refusal` for an unknown ID.
        """
        if id is not None:
            found = next((entry for entry in self.calibrations if entry.id == id), None)
            if found is None:
                raise Refusal(404, 1009, f"Calibration {id} of backend {self.name} not found.")
            return found
        past = [entry for entry in self.calibrations if before is None or entry.since <= before]
        return past[-1] if past else None

    def configuration(self) -> dict[str, Any]:
        """The configuration in the service's format."""
        return {**self.fake.configuration, "backend_name": self.name}

    def status(self, pending: int) -> dict[str, Any]:
        """The status; `pending` are the emulator's own jobs."""
        return {
            "state": self.state in ("active", "internal"),
            "status": self.state,
            "message": "",
            "length_queue": self.waiting + pending,
            "backend_version": self.fake.configuration["backend_version"],
        }

    def listing(self, pending: int) -> dict[str, Any]:
        """The device's entry in the list of backends."""
        online = self.state in ("active", "internal")
        configuration = self.fake.configuration
        return {
            "name": self.name,
            "qubits": self.num_qubits,
            "status": {"name": "online" if online else "offline", "reason": "available" if online else self.state},
            "queue_length": self.waiting + pending,
            "is_simulator": False,
            "processor_type": configuration.get("processor_type", {}),
            "clops": {"value": configuration.get("clops_h") or configuration.get("clops"), "type": "hardware"},
            "wait_time_seconds": {"average": 0, "p50": 0, "p95": 0},
            **({"class": "mock"} if self.mock else {}),
        }

    def simulator(self, calibration: Calibration) -> Simulator:
        """The device as it is simulated, with the noise of a calibration."""
        if calibration.id not in self._simulators:
            self._simulators[calibration.id] = Simulator(self._backend(calibration))
        return self._simulators[calibration.id]

    def _backend(self, calibration: Calibration) -> LocalBackend:
        from qspec.simulation.fake_target import build_target
        from qspec.simulation.local import LocalBackend

        target = build_target(replace(self.fake, properties=calibration.properties or None))
        noise = target if calibration.properties else None
        return LocalBackend(kind="emulated", name=self.name, target=target, noise_target=noise)


@dataclass(kw_only=True)
class Devices:
    """All devices of the service, by name: for `manila` there are `ibm_manila` and, for dry runs, `mock_manila`."""

    names: tuple[str, ...]
    _all: dict[str, Device] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.names:
            bare = name.removeprefix("ibm_").removeprefix("fake_")
            find_device(f"fake_{bare}")
            for kind in ("ibm", "mock"):
                self._all[f"{kind}_{bare}"] = Device(f"{kind}_{bare}")

    def __iter__(self) -> Any:
        return iter(self._all.values())

    def __getitem__(self, name: str) -> Device:
        """The device of a name, `ibm_manila` or `mock_manila`. Raises `Refusal` when there is none."""
        if name not in self._all:
            raise Refusal(404, 1007, f"Backend not found: {name}.", "Verify that the backend name is correct.")
        return self._all[name]

    def retire(self, name: str) -> None:
        """Take a device away; its jobs stay."""
        del self._all[name]


def _identify(*words: str) -> str:
    digest = hashlib.sha256("/".join(words).encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
