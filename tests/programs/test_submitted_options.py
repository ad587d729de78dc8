"""Every option that a spec can say reaches the service: what the emulator received, over real HTTP, says so."""

from __future__ import annotations

import json

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
from qspec.reading import option_models
from qspec.simulation.options import Surroundings, given
from qspec.simulation.refusals import model_errors

REMOTE = Surroundings(noisy=True, durations=True, remote=True)
JOBS = {
    "sampler": lambda options: Sampler(pubs=(), shots=64, options=options),
    "estimator": lambda options: Estimator(pubs=(), options=options),
    "executor": lambda options: Executor(pubs=(), shots=64, options=options),
    "noise-learner": lambda options: NoiseLearner(pubs=(), options=options),
}
ENVIRONMENT = {"log_level": "log_level", "private": "private", "image": "runtime", "max_execution_time": "cost"}
"""Under which key of the request the options of the environment travel."""
BY_HAND = {
    ("environment", "image"): "runtime-image:1.2",
    ("experimental",): {"some": {"thing": 1}},
    ("environment", "job_tags"): ["own", "of the job"],
    ("resilience", "zne", "noise_factors"): [1, 1.5, 2],
    ("resilience", "zne", "extrapolated_noise_factors"): [0, 0.5],
    ("resilience", "zne", "extrapolator"): "linear",
    ("resilience", "zne", "amplifier"): "gate_folding_front",
    ("execution", "rep_delay"): 0.0003,
    ("layer_pair_depths",): [0, 3],
}


def leaves(schema, route=()):
    for name, part in schema["properties"].items():
        if "properties" in part:
            yield from leaves(part, (*route, name))
        else:
            yield (*route, name), part


def another(option):
    """A valid value that is not the default."""
    if "enum" in option:
        return next(word for word in option["enum"] if word != option["default"] and word is not None)
    types = option["type"] if isinstance(option["type"], list) else [option["type"]]
    kind = next(kind for kind in types if kind != "null")
    if kind == "boolean":
        return not option["default"]
    default = option["default"] if isinstance(option["default"], (int, float)) else 3
    return {"integer": default + 4, "number": default * 1.5}[kind]


def spoken():
    """Every option of every program, but those that are refused and those of local runs."""
    for program in option_models.PROGRAMS:
        tree = json.loads((option_models.FOLDER / f"{program}.json").read_text("utf-8"))["schema"]
        for route, option in leaves(tree):
            value = BY_HAND[route] if route in BY_HAND else another(option)
            yield pytest.param(program, route, value, id=f"{program}-{'.'.join(route)}")


@pytest.fixture(scope="module")
def place():
    """The emulator, whose jobs all wait, and a backend of the runtime's client that talks to it."""
    with pytest.MonkeyPatch.context() as patch, Emulator(devices=["manila"], queue_seconds=1e9) as emulator:
        for name, value in emulator.environment.items():
            patch.setenv(name, value)
        from qiskit_ibm_runtime import QiskitRuntimeService

        yield emulator, QiskitRuntimeService().backend("ibm_manila")


@pytest.fixture(scope="module")
def isa(place):
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure_all()
    return generate_preset_pass_manager(1, target=place[1].target, seed_transpiler=1).run(circuit)


def pub_of(job, isa):
    observables = ObservablesArray([{"I" * (isa.num_qubits - 1) + "Z": 1.0}]) if job.observables else None
    return job.make_pub(isa, BindingsArray(), observables)


def nested(route, value):
    for key in reversed(route):
        value = {key: value}
    return value


def received(body, route):
    """Where the service would look for an option of this route."""
    params = body["params"]
    if route[0] == "environment" and route[1] in ENVIRONMENT:
        return body.get(ENVIRONMENT[route[1]])
    if route == ("max_execution_time",):
        return body.get("cost")
    inner = given(params, "quantum_program", "passthrough_data", "post_processor", "options")
    if route[-1] == "meas_type":
        return params["quantum_program"]["meas_level"]
    if route[0] == "execution":
        return params["options"].get(route[-1])
    if route[0] == "experimental" or inner is None:
        return given(params["options"], *route)
    return given(inner, *route)


@pytest.mark.parametrize(("program", "route", "value"), list(spoken()))
def test_an_option_of_the_spec_reaches_the_service(program, route, value, place, isa):
    emulator, backend = place
    options = nested(route, value)
    job = JOBS[program](options)
    if list(job.unhonoured(REMOTE)):
        return  # a finding has said that it will not
    if model_errors(option_models.PROGRAMS[program], options):
        pytest.skip("the installed runtime has no such option")
    before = emulator.ledger.count("POST", "/jobs")
    submitted = job.submit(backend, [pub_of(job, isa)], tags=("spec", "unique"))
    body = emulator.ledger.jobs[-1].body
    assert emulator.ledger.count("POST", "/jobs") == before + 1
    assert submitted.job_id() == emulator.ledger.jobs[-1].id
    assert body["program_id"] == job.runtime_program
    own = value if route == ("environment", "job_tags") else []
    assert body["tags"] == [*own, "spec", "unique"]
    if not own:
        assert received(body, route) == value


def test_of_what_does_not_reach_the_service_a_finding_says_so():
    silent = set()
    for program, route, value in (case.values for case in spoken()):
        found = list(JOBS[program](nested(route, value)).unhonoured(REMOTE))
        if found and route[0] != "simulator":
            silent.add((program, ".".join(route)))
        if route[0] == "simulator":
            assert [option.severity for option in found] == ["warning"]
    assert silent == {
        ("estimator", "resilience.pec_mitigation"),
        ("noise-learner", "execution.scheduler_timing"),
        ("noise-learner", "execution.stretch_values"),
        ("noise-learner", "experimental"),
    }


def test_a_job_is_submitted_to_the_mock_device_for_a_dry_run(place, isa):
    emulator, backend = place
    for make in JOBS.values():
        job = make({})
        job.submit(backend, [pub_of(job, isa)], tags=(), dry_run=True)
        assert emulator.ledger.jobs[-1].backend == "mock_manila"


def test_jobs_of_a_batch_say_so(place, isa):
    from qiskit_ibm_runtime import Batch

    emulator, backend = place
    batch = Batch(backend)
    for make in JOBS.values():
        job = make({})
        job.submit(batch, [pub_of(job, isa)], tags=("t",))
        assert emulator.ledger.jobs[-1].session_id == batch.session_id


@pytest.mark.parametrize("name", ["shots", "precision"])
def test_shots_and_precision_of_the_job_travel_with_its_pubs(name, place, isa):
    emulator, backend = place
    job = Sampler(pubs=(), shots=77) if name == "shots" else Estimator(pubs=(), precision=0.25)
    job.submit(backend, [pub_of(job, isa)], tags=())
    program = emulator.ledger.jobs[-1].body["params"]["quantum_program"]
    if name == "shots":
        assert program["shots"] == 77
    else:
        assert program["passthrough_data"]["post_processor"]["precision"] == 0.25
