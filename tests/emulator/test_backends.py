from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from emulator import Emulator


def test_the_devices_asked_for_are_the_backends(service, plain):
    assert [backend.name for backend in service.backends()] == ["ibm_manila"]
    listed = plain.ask("GET", "/backends?include_mocks=True")[1]["devices"]
    assert [(device["name"], device.get("class")) for device in listed] == [
        ("ibm_manila", None),
        ("mock_manila", "mock"),
    ]


def test_an_unknown_device_is_refused_at_once():
    from qspec.errors import UsageError

    with pytest.raises(UsageError, match="fake_manilla"):
        Emulator(["manilla"])


def test_the_target_is_that_of_the_fake_backend(service):
    from qiskit_ibm_runtime.fake_provider import FakeManilaV2

    ours, theirs = service.backend("ibm_manila").target, FakeManilaV2().target
    assert set(ours.operation_names) == set(theirs.operation_names)
    for name in theirs.operation_names:
        assert {place: repr(found) for place, found in ours[name].items()} == {
            place: repr(found) for place, found in theirs[name].items()
        }
    assert (ours.dt, ours.num_qubits, ours.granularity) == (theirs.dt, theirs.num_qubits, theirs.granularity)
    assert list(map(repr, ours.qubit_properties)) == list(map(repr, theirs.qubit_properties))


def test_fractional_gates_come_when_asked_for(monkeypatch):
    from qiskit_ibm_runtime import QiskitRuntimeService

    with Emulator(["fractional"]) as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        service = QiskitRuntimeService()
        assert "rzz" not in service.backend("ibm_fractional").target.operation_names
        assert "rzz" in service.backend("ibm_fractional", use_fractional_gates=True).target.operation_names


def test_the_least_busy_backend_is_online_and_has_the_shortest_queue(monkeypatch):
    from qiskit_ibm_runtime import QiskitRuntimeService

    with Emulator(["manila", "quito", "lima"]) as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        emulator.devices["ibm_manila"].waiting = 3
        emulator.devices["ibm_quito"].waiting = 1
        emulator.devices["ibm_lima"].state = "maintenance"
        service = QiskitRuntimeService()
        assert service.least_busy().name == "ibm_quito"
        assert service.backend("ibm_quito").status().pending_jobs == 1
        assert not service.backend("ibm_lima").status().operational


def test_properties_are_those_of_their_time(service, emulator):
    def worse(properties):
        for entry in properties["qubits"][0]:
            if entry["name"] == "readout_error":
                entry["value"] = 0.25

    device = emulator.devices["ibm_manila"]
    then = datetime(2026, 1, 1, tzinfo=UTC)
    newest = device.recalibrate(then, worse)
    backend = service.backend("ibm_manila")
    assert backend.properties().readout_error(0) == 0.25
    before = backend.properties(datetime=then - timedelta(days=1))
    assert before.readout_error(0) == pytest.approx(0.0353)
    assert backend.properties(datetime=datetime(2020, 1, 1, tzinfo=UTC)) is None
    first = service.backend("ibm_manila", calibration_id=device.calibrations[0].id)
    assert first.properties().readout_error(0) == pytest.approx(0.0353)
    assert newest.id != device.calibrations[0].id


def test_an_unknown_backend_and_an_unknown_calibration_are_not_found(plain):
    assert plain.ask("GET", "/backends/ibm_mars/configuration")[0] == 404
    status, data = plain.ask("GET", "/backends/ibm_manila/properties?calibration_id=none")
    assert (status, data["errors"][0]["code"]) == (404, 1009)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Properties of fake_nighthawk:UserWarning")
def test_every_target_is_that_of_its_fake_backend(monkeypatch):
    from qiskit_ibm_runtime import QiskitRuntimeService
    from qiskit_ibm_runtime.fake_provider import FakeProviderForBackendV2

    fakes = {fake.name.removeprefix("fake_"): fake for fake in FakeProviderForBackendV2().backends()}
    with Emulator(list(fakes)) as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        service = QiskitRuntimeService()
        for backend in service.backends(use_fractional_gates=None):
            theirs = fakes[backend.name.removeprefix("ibm_")].target
            assert set(backend.target.operation_names) == set(theirs.operation_names)
            for name in theirs.operation_names:
                assert repr(sorted(backend.target[name].items(), key=repr)) == repr(
                    sorted(theirs[name].items(), key=repr)
                )
