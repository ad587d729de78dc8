"""The fake backends of the installed qiskit-ibm-runtime: which there are, and the data of each.

Their data are JSON files that lie in that package, one folder for each device. They are found and read without
importing the package, which would cost most of a second: `find_spec` of a top-level package only locates it, and
the little that the classes add (names and file names) is read from their source text. Checked against
qiskit-ibm-runtime 0.50 and 0.51; `tests/simulation/test_fake_data.py` compares every device with the runtime's own.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qspec.diagnostics import nearest
from qspec.errors import UsageError
from qspec.frozen import frozen
from qspec.installed import version_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LIST_ADVICE = "'qspec backends' lists the fake backends"
_NUM_QUBITS = re.compile(rb'"n_qubits":\s*(\d+)')


@frozen
class FakeDevice:
    """One fake backend: `name` as the runtime calls it (`fake_torino`), the name of its class, its two files.

    `properties` (the calibration) is None for a device that comes without.
    """

    name: str
    class_name: str
    configuration: Path
    properties: Path | None

    @property
    def spellings(self) -> tuple[str, ...]:
        """What a spec may call it: `fake_manila`, `FakeManilaV2` and `FakeManila`."""
        return tuple(dict.fromkeys((self.name, self.class_name, self.class_name.removesuffix("V2"))))

    @property
    def num_qubits(self) -> int:
        """The number of qubits, found without decoding the whole file."""
        match = _NUM_QUBITS.search(self.configuration.read_bytes())
        return int(match[1]) if match else 0


@frozen
class FakeData:
    """The data of a fake backend as they stand in its files, and `source`, which says for the record what they are."""

    device: FakeDevice
    configuration: Mapping[str, Any]
    properties: Mapping[str, Any] | None
    source: Mapping[str, Any]


@cache
def list_devices() -> tuple[FakeDevice, ...]:
    """Every fake backend of the installed runtime, by name. Raises `UsageError` when it is not installed."""
    return tuple(sorted(_scan(""), key=lambda device: device.name))


@lru_cache(maxsize=1000)
def find_device(name: str) -> FakeDevice:
    """The fake backend of a name, in either spelling. Raises `UsageError` with the nearest name."""
    for device in _scan(name):
        if name in device.spellings:
            return device
    raise UsageError(f"no fake backend '{name}'", advice=_advice(name))


def read_data(device: FakeDevice) -> FakeData:
    """The files of a device, decoded, with the fingerprints of their bytes."""
    configuration = device.configuration.read_bytes()
    properties = device.properties.read_bytes() if device.properties else b"null"
    decoded, calibration = json.loads(configuration), json.loads(properties)
    source = {
        "package": f"qiskit-ibm-runtime {version_of('qiskit-ibm-runtime')}",
        "device": decoded["backend_name"],
        "backend_version": decoded["backend_version"],
        "calibrated": calibration["last_update_date"] if calibration else None,
        "configuration_sha256": hashlib.sha256(configuration).hexdigest(),
        "properties_sha256": hashlib.sha256(properties).hexdigest() if device.properties else None,
    }
    return FakeData(device=device, configuration=decoded, properties=calibration, source=source)


def _advice(name: str) -> str:
    spelling = 0 if name == name.lower() else 1
    wanted = re.sub(r"^ibmq?_", "fake_", name)
    near = nearest(wanted, [device.spellings[spelling] for device in list_devices()])
    return f"did you mean '{near}'? {LIST_ADVICE}" if near else LIST_ADVICE


def _scan(name: str) -> Iterator[FakeDevice]:
    """All devices; those whose folder's name is part of `name` first, so that few files are read to find one."""
    wanted = name.lower()
    for folder in sorted(_folders(), key=lambda folder: (folder.name not in wanted, folder.name)):
        for module in sorted(folder.glob("fake_*.py")):
            yield from _devices_in(module)


@cache
def _folders() -> tuple[Path, ...]:
    return tuple(folder for folder in (_package() / "fake_provider" / "backends").iterdir() if folder.is_dir())


def _devices_in(module: Path) -> Iterator[FakeDevice]:
    for node in ast.parse(module.read_bytes()).body:
        if isinstance(node, ast.ClassDef) and {"backend_name", "conf_filename"} <= (texts := _texts(node)).keys():
            properties = texts.get("props_filename")
            yield FakeDevice(
                name=texts["backend_name"],
                class_name=node.name,
                configuration=module.parent / texts["conf_filename"],
                properties=module.parent / properties if properties else None,
            )


def _texts(node: ast.ClassDef) -> dict[str, str]:
    return {
        target.id: statement.value.value
        for statement in node.body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
        for target in statement.targets
        if isinstance(target, ast.Name) and isinstance(statement.value.value, str)
    }


@cache
def _package() -> Path:
    spec = find_spec("qiskit_ibm_runtime")
    if spec is None or not spec.submodule_search_locations:
        raise UsageError(
            "fake backends come with qiskit-ibm-runtime, which is not installed",
            advice="pip install qiskit-ibm-runtime",
        )
    return Path(next(iter(spec.submodule_search_locations)))
