"""Where a spec can run: the kinds of backend, and every fake backend."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from qspec.kinds import BACKENDS
from qspec.render.kinds import kinds_data, render_kinds
from qspec.render.table import table
from qspec.simulation.fake_data import list_devices

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qspec.render.look import Look


def backends_data(*, kinds: bool = True) -> dict[str, Any]:
    """The kinds of backend, and the fake backends with their numbers of qubits, those with the fewest first.

    Without `kinds` the fake backends alone.
    """
    devices = sorted(list_devices(), key=lambda device: (device.num_qubits, device.name))
    return ({"kinds": kinds_data((BACKENDS,))} if kinds else {}) | {
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
    kinds = f"{render_kinds(data['kinds'], 'text', look)}\n" if "kinds" in data else ""
    account = "those of your account (kind: ibm): qspec backends --kind ibm\n"
    return f"{kinds}{look.draw(title)}\n{devices}\n{account}"


def render_account(backends: Sequence[Mapping[str, Any]], form: str, look: Look) -> str:
    """The backends of an account as `text` or `json`."""
    if form == "json":
        return json.dumps({"version": 1, "account_backends": list(backends)}, indent=2) + "\n"
    if not backends:
        return "the account has no backend: is it the right instance?\n"
    title = look.draw(look.paint("backends of the account (kind: ibm, name: …)", "bold"))
    rows = [(each["name"], str(each["num_qubits"]), str(each["pending_jobs"]), _state(each)) for each in backends]
    return f"{title}\n{table(('name', 'qubits', 'queue', 'status'), rows, right={1, 2}, indent=2, look=look)}"


def _state(backend: Mapping[str, Any]) -> str:
    return str(backend["status"]) if backend["operational"] else f"{backend['status']}, takes no jobs"


def _remark(device: dict[str, Any]) -> str:
    return "" if device["noise"] else "no calibration, so no noise"
