"""What the service or the runtime's client would refuse is told from options, backend and ISA circuits."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from emulator import Emulator
from qiskit import QuantumCircuit
from qiskit.primitives.containers.bindings_array import BindingsArray
from qiskit.primitives.containers.observables_array import ObservablesArray
from qiskit.transpiler import generate_preset_pass_manager

from qspec.programs.estimator import Estimator
from qspec.programs.executor import Executor
from qspec.programs.noise_learner import NoiseLearner
from qspec.programs.sampler import Sampler
from qspec.simulation.options import Surroundings

REMOTE = Surroundings(noisy=True, durations=True, remote=True)
PROGRAMS = [Sampler, Estimator, Executor, NoiseLearner]


@pytest.fixture(scope="module")
def backend():
    """A backend of the service, as far as the checks look at it."""
    with pytest.MonkeyPatch.context() as patch, Emulator(devices=["manila"]) as emulator:
        for name, value in emulator.environment.items():
            patch.setenv(name, value)
        from qiskit_ibm_runtime import QiskitRuntimeService

        runtime = QiskitRuntimeService().backend("ibm_manila")
        yield SimpleNamespace(name=runtime.name, target=runtime.target, runtime=runtime)


def bell():
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure_all()
    return circuit


def dynamic():
    circuit = QuantumCircuit(2, 1)
    circuit.measure(0, 0)
    with circuit.if_test((0, 1)):
        circuit.x(1)
    circuit.measure(1, 0)
    return circuit


def boxed():
    circuit = QuantumCircuit(2, 1)
    with circuit.box():
        circuit.cx(0, 1)
    circuit.measure(1, 0)
    return circuit


def refused(program, backend, circuit, *, tags=(), transpile=True, **keys):
    job = program(pubs=(), **({"shots": 5, **keys} if program is Executor else keys))
    if transpile:
        circuit = generate_preset_pass_manager(1, target=backend.target, seed_transpiler=1).run(circuit)
    observables = ObservablesArray([{"Z" * circuit.num_qubits: 1.0}]) if job.observables else None
    return list(job.refusals_remote(backend, [job.make_pub(circuit, BindingsArray(), observables)], tags=tags))


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_job_that_fits_is_not_refused(program, backend):
    assert refused(program, backend, bell(), tags=["a"] * 8) == []


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_models_last_word_is_asked_for(program, backend):
    (found,) = refused(program, backend, bell(), options={"environment": {"image": "no tag"}})
    assert (found.route, found.severity) == (("options", "environment", "image"), "error")


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_job_has_eight_tags_at_most(program, backend):
    options = {"environment": {"job_tags": ["own", "other"]}}
    assert refused(program, backend, bell(), options=options, tags=list("abcdef")) == []
    (found,) = refused(program, backend, bell(), options=options, tags=list("abcdefg"))
    assert found.route == ("options", "environment", "job_tags")
    assert "these are 9 tags" in found.reason


def test_a_tag_has_86_characters_at_most(backend):
    options = {"environment": {"job_tags": ["x" * 86, "y" * 87]}}
    (found,) = refused(Sampler, backend, bell(), options=options)
    assert found.route == ("options", "environment", "job_tags", 1)


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_delay_between_shots_keeps_to_the_range_of_the_backend(program, backend):
    low, high = backend.runtime.configuration().rep_delay_range
    assert refused(program, backend, bell(), options={"execution": {"rep_delay": (low + high) / 2}}) == []
    (found,) = refused(program, backend, bell(), options={"execution": {"rep_delay": high * 2}})
    assert found.route == ("options", "execution", "rep_delay")
    assert "must be between" in found.reason


@pytest.mark.parametrize(
    ("program", "options", "refuses"),
    [
        (Sampler, {}, False),
        (Sampler, {"twirling": {"enable_gates": True}}, True),
        (Sampler, {"dynamical_decoupling": {"enable": True}}, True),
        (Estimator, {}, True),
    ],
)
def test_control_flow_is_refused_where_the_runtime_takes_none(program, options, refuses, backend):
    found = refused(program, backend, dynamic(), options=options, transpile=False)
    assert bool([option for option in found if "control flow" in option.reason]) == refuses


@pytest.mark.parametrize("program", [Sampler, Estimator])
def test_boxes_of_a_persons_own_are_refused_by_sampler_and_estimator(program, backend):
    found = refused(program, backend, boxed(), transpile=False)
    assert "boxes" in found[0].reason


@pytest.mark.parametrize("program", PROGRAMS)
def test_options_of_a_local_run_have_no_effect_on_the_service(program):
    keys = {"shots": 5} if program is Executor else {}
    job = program(pubs=(), options={"simulator": {"seed_simulator": 3}}, **keys)
    (found,) = job.unhonoured(REMOTE)
    assert (found.route, found.severity) == (("options", "simulator"), "warning")


def test_unclassified_results_are_had_from_a_device_without_twirling():
    options = {"execution": {"meas_type": "kerneled"}}
    assert list(Sampler(pubs=(), options=options).unhonoured(REMOTE)) == []
    (found,) = Sampler(pubs=(), options={**options, "twirling": {"enable_measure": True}}).unhonoured(REMOTE)
    assert found.route == ("options", "execution", "meas_type")


@pytest.mark.parametrize(
    "options",
    [{"environment": {"private": True}, "max_execution_time": 5}, {"execution": {"init_qubits": False}}],
    ids=str,
)
@pytest.mark.parametrize("program", PROGRAMS)
def test_options_that_only_a_service_honours_are_silent_there(program, options):
    keys = {"shots": 5} if program is Executor else {}
    assert list(program(pubs=(), options=options, **keys).unhonoured(REMOTE)) == []


def test_mitigation_that_needs_a_noise_model_is_refused_on_the_service_too():
    (found,) = Estimator(pubs=(), options={"resilience": {"pec_mitigation": True}}).unhonoured(REMOTE)
    assert found.route == ("options", "resilience", "pec_mitigation")
