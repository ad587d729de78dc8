"""Where a spec can run: the kinds of backend, and every fake backend."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from qspec.kinds import BACKENDS
from qspec.render.kinds import kinds_data, render_kinds
from qspec.render.table import table
from qspec.simulation.fake_data import list_devices

if TYPE_CHECKING:
    from qspec.render.look import Look


def backends_data() -> dict[str, Any]:
    """The kinds of backend, and the fake backends with their numbers of qubits, those with the fewest first."""
    devices = sorted(list_devices(), key=lambda device: (device.num_qubits, device.name))
    return {
        "kinds": kinds_data((BACKENDS,)),
        "fake_backends": [
            {"name": device.name, "num_qubits": device.num_qubits, "noise": device.properties is not None}
            for device in devices
        ],
    }


def render_backends(data: dict[str, Any], form: str, look: Look) -> str:
    """The backends as `text` or `json`."""
    if form == "json":
        return json.dumps(data, indent=2) + "\n"
    rows = [(device["name"], str(device["num_qubits"]), _remark(device)) for device in data["fake_backends"]]
    title = look.paint("fake backends (kind: fake, name: …)", "bold")
    devices = table(("name", "qubits", ""), rows, right={1}, indent=2, look=look)
    return f"{render_kinds(data['kinds'], 'text', look)}\n{look.draw(title)}\n{devices}"


def _remark(device: dict[str, Any]) -> str:
    return "" if device["noise"] else "no calibration, so no noise"
