"""The fake backends found and read without the runtime: the same as the runtime's own."""

from __future__ import annotations

import json

import pytest
from qiskit.transpiler.passes import WrapAngles

from qspec.errors import UsageError
from qspec.simulation import fake_data
from qspec.simulation.fake_data import FakeData, find_device, list_devices, read_data
from qspec.simulation.fake_target import build_target, load_target

NAMES = [device.name for device in list_devices()]


@pytest.fixture(scope="module")
def runtime_backends():
    """The runtime's own fake backends by name."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fake_nighthawk warns that its errors are made up
        from qiskit_ibm_runtime.fake_provider import FakeProviderForBackendV2

        return {backend.name: backend for backend in FakeProviderForBackendV2().backends()}


def test_every_fake_backend_of_the_runtime_is_found(runtime_backends):
    assert set(NAMES) == set(runtime_backends)


@pytest.mark.parametrize("name", NAMES)
def test_the_target_equals_the_runtimes_own(name, runtime_backends):
    theirs = runtime_backends[name].target
    ours = load_target(name)[1]
    assert facts(ours) == facts(theirs)
    for operation in ours.operation_names:
        assert places(ours, operation) == places(theirs, operation)
        assert same_operation(ours.operation_from_name(operation), theirs.operation_from_name(operation))


def facts(target):
    names = ("num_qubits", "dt", "granularity", "min_length", "pulse_alignment", "acquire_alignment")
    return {
        **{name: getattr(target, name) for name in names},
        "description": target.description,
        "concurrent_measurements": target.concurrent_measurements,
        "operations": set(target.operation_names),
        "qubits": [(qubit.t1, qubit.t2, qubit.frequency) for qubit in target.qubit_properties],
        "bounded": {name for name in target.operation_names if target.gate_has_angle_bounds(name)},
    }


def places(target, operation):
    """(qubits, error, duration) in order."""
    return [
        (qubits, properties and properties.error, properties and properties.duration)
        for qubits, properties in target[operation].items()
    ]


def same_operation(ours, theirs):
    if isinstance(ours, type):
        return ours is theirs
    size = [(op.name, op.num_qubits, op.num_clbits, [str(param) for param in op.params]) for op in (ours, theirs)]
    return type(ours) is type(theirs) and size[0] == size[1]


def test_angle_bounds_are_the_runtimes(runtime_backends):
    ours, theirs = load_target("fake_fractional")[1], runtime_backends["fake_fractional"].target
    for angle in (-0.1, 0.0, 0.7, 1.5707, 1.5709, 3.0):
        assert ours.supported_angle_bound("rzz", [angle]) == theirs.supported_angle_bound("rzz", [angle])


def test_operations_stand_in_the_same_order_in_every_process(run_python):
    code = """
        from qspec.simulation.fake_target import load_target
        print(list(load_target('fake_kingston')[1].operation_names))
    """
    assert run_python(code) == run_python(code)


@pytest.mark.parametrize("name", NAMES)
def test_the_number_of_qubits_is_found_without_decoding(name):
    device = find_device(name)
    assert device.num_qubits == json.loads(device.configuration.read_bytes())["n_qubits"]


@pytest.mark.parametrize("spelling", ["fake_manila", "FakeManilaV2", "FakeManila"])
def test_a_backend_has_the_spellings_of_its_name_and_class(spelling):
    assert find_device(spelling).name == "fake_manila"


def test_every_class_name_finds_its_backend(runtime_backends):
    for name, backend in runtime_backends.items():
        assert find_device(type(backend).__name__).name == name


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("fake_torin", "fake_torino"),
        ("ibm_torino", "fake_torino"),
        ("ibmq_manila", "fake_manila"),
        ("FakeTornio", "FakeTorino"),
        ("torino", "fake_torino"),
    ],
)
def test_an_unknown_name_suggests_the_nearest(wrong, right):
    with pytest.raises(UsageError, match=f"no fake backend '{wrong}'") as error:
        find_device(wrong)
    assert error.value.advice == f"did you mean '{right}'? 'qspec backends' lists the fake backends"


def test_a_name_like_no_other_says_how_to_list_them():
    with pytest.raises(UsageError) as error:
        find_device("qqqqqqqq")
    assert error.value.advice == "'qspec backends' lists the fake backends"


def test_a_missing_runtime_is_said(monkeypatch):
    remembered = (fake_data._package, fake_data._folders, find_device)
    for function in remembered:
        function.cache_clear()
    monkeypatch.setattr(fake_data, "find_spec", lambda _name: None)
    with pytest.raises(UsageError, match="qiskit-ibm-runtime, which is not installed"):
        find_device("fake_torino")
    for function in remembered:
        function.cache_clear()


def test_finding_many_devices_looks_at_their_folders_once(run_python):
    code = """
        import os, sys
        from qspec.simulation.fake_data import find_device
        find_device("fake_manila")
        looks = []
        sys.addaudithook(lambda event, arguments: looks.append(arguments[0]) if event in ("os.scandir", "os.listdir", "open") else None)
        find_device("fake_manila")
        assert not looks, looks
        find_device("fake_hanoi")
        assert {os.path.basename(os.path.dirname(str(look))) for look in looks} <= {"hanoi", "backends"}, looks
        assert len(looks) <= 4, looks
        print("found")
    """
    assert run_python(code).strip() == "found"


def test_the_source_says_which_calibration_it_is():
    from qiskit_ibm_runtime import __version__

    source = read_data(find_device("fake_torino")).source
    assert source["package"] == f"qiskit-ibm-runtime {__version__}"
    assert source["device"] == "ibm_torino"
    assert source["calibrated"].startswith("20")
    assert len(source["properties_sha256"]) == 64
    assert json.loads(json.dumps(source)) == source


def test_reading_and_building_do_not_import_the_runtime(run_python):
    code = """
        import sys
        from qspec.simulation.fake_data import list_devices
        from qspec.simulation.fake_target import load_target
        assert len(list_devices()) > 50 and 'qiskit' not in sys.modules
        load_target('FakeTorino'); load_target('fake_fractional')
        print([name for name in ('qiskit_ibm_runtime', 'qiskit_aer') if name in sys.modules])
    """
    assert run_python(code) == "[]"


def changed(name, change):
    """The target of a device whose data were changed."""
    data = read_data(find_device(name))
    configuration, properties = json.loads(json.dumps([data.configuration, data.properties]))
    change(configuration, properties)
    return build_target(FakeData(device=data.device, configuration=configuration, properties=properties, source={}))


def runtime_target(name, change):
    from qiskit_ibm_runtime.models import BackendConfiguration, BackendProperties
    from qiskit_ibm_runtime.utils.backend_converter import convert_to_target

    data = read_data(find_device(name))
    configuration, properties = json.loads(json.dumps([data.configuration, data.properties]))
    change(configuration, properties)
    return convert_to_target(BackendConfiguration.from_dict(configuration), BackendProperties.from_dict(properties))


def break_qubit(_configuration, properties):
    properties["qubits"][1].append({"name": "operational", "value": 0, "unit": "", "date": ""})


def break_gate(_configuration, properties):
    gate = next(gate for gate in properties["gates"] if gate["gate"] == "cx" and gate["qubits"] == [1, 2])
    gate["parameters"].append({"name": "operational", "value": 0, "unit": "", "date": ""})


def add_unknown_gate(configuration, _properties):
    configuration["basis_gates"].append("mystery")
    configuration["gates"].append(
        {"name": "mystery", "parameters": ["a"], "qasm_def": "", "coupling_map": [[0, 1], [1, 2]]}
    )


@pytest.mark.parametrize("change", [break_qubit, break_gate, add_unknown_gate], ids=lambda change: change.__name__)
def test_faulty_qubits_gates_and_unknown_gates_become_what_the_runtime_makes_of_them(change):
    """A user can refresh the runtime's files from a device; then they hold what the shipped ones do not."""
    ours, theirs = changed("fake_manila", change), runtime_target("fake_manila", change)
    assert facts(ours) == facts(theirs)
    assert all(places(ours, name) == places(theirs, name) for name in ours.operation_names)


def test_a_device_without_calibration_has_places_and_no_errors():
    from qiskit_ibm_runtime.models import BackendConfiguration
    from qiskit_ibm_runtime.utils.backend_converter import convert_to_target

    data = read_data(find_device("fake_manila"))
    target = build_target(FakeData(device=data.device, configuration=data.configuration, properties=None, source={}))
    theirs = convert_to_target(BackendConfiguration.from_dict(json.loads(json.dumps(data.configuration))))
    assert target.qubit_properties is None
    assert {name: places(target, name) for name in target.operation_names} == {
        name: places(theirs, name) for name in theirs.operation_names
    }
    assert set(target["measure"].values()) == {None}


def test_importing_the_runtime_registers_the_wrapper_that_planning_relies_on(runtime_backends):
    assert WrapAngles.DEFAULT_REGISTRY.substitute_angle_bounds("rzz", [2.0], [0, 1]) is not None
