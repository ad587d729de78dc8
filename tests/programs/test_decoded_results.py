"""What the service's answers become: one result for each PUB, which comes back from disk equal, with numpy alone."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from emulator import Emulator
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.primitives import PrimitiveResult, PubResult
from qiskit.primitives.containers.bindings_array import BindingsArray
from qiskit.primitives.containers.observables_array import ObservablesArray
from qiskit.transpiler import generate_preset_pass_manager
from recorded_runs import alike

from qspec.errors import JobError
from qspec.programs.estimator import Estimator
from qspec.programs.executor import Executor
from qspec.programs.noise_learner import NoiseLearner
from qspec.programs.sampler import Sampler
from qspec.records.results import save_result
from qspec.records.saved import read_result

JOBS = {
    "sampler": lambda: Sampler(pubs=(), shots=50, options={"twirling": {"enable_measure": True}}),
    "estimator": lambda: Estimator(pubs=(), precision=0.1),
    "executor": lambda: Executor(pubs=(), shots=50),
    "executor of boxes": lambda: Executor(pubs=(), shots=10, boxing={}, randomizations=4),
    "noise-learner": lambda: NoiseLearner(pubs=(), options={"layer_pair_depths": [0, 1]}),
}


@pytest.fixture(scope="module")
def backend():
    with pytest.MonkeyPatch.context() as patch, Emulator(devices=["manila"]) as emulator:
        for name, value in emulator.environment.items():
            patch.setenv(name, value)
        from qiskit_ibm_runtime import QiskitRuntimeService

        yield QiskitRuntimeService().backend("ibm_manila")


def circuits():
    bell, rotated = QuantumCircuit(2), QuantumCircuit(2)
    bell.h(0)
    rotated.rx(Parameter("a"), 0)
    for circuit in (bell, rotated):
        circuit.cx(0, 1)
        circuit.measure_all()
    return bell, rotated


@pytest.fixture(scope="module", params=JOBS)
def decoded(request, backend):
    """A job, its PUBs and what came back from the service, through the runtime's own decoders."""
    job = JOBS[request.param]()
    manager = generate_preset_pass_manager(1, target=backend.target, seed_transpiler=1)
    values = [BindingsArray(), BindingsArray({"a": np.linspace(0, 1, 3)})]
    observables = ObservablesArray([{"IIIZZ": 1.0}]) if job.observables else None
    pubs = [
        job.make_pub(manager.run(circuit), value, observables)
        for circuit, value in zip(circuits(), values, strict=True)
    ]
    answer = job.submit(backend, pubs, tags=()).result(timeout=120)
    return job, pubs, job.decode(answer, pubs)


def test_every_pub_has_a_result_of_its_shape(decoded):
    job, pubs, result = decoded
    assert isinstance(result, PrimitiveResult)
    assert all(isinstance(pub, PubResult) for pub in result)
    shapes = [() if job.kind == "noise-learner" else tuple(pub.shape) for pub in pubs]
    assert [pub.data.shape for pub in result] == shapes


def test_a_result_comes_back_from_disk_equal_and_nothing_is_kept_as_text(decoded, tmp_path):
    _, pubs, result = decoded
    assert save_result(tmp_path, result).kept_as_text == ()
    saved = read_result(tmp_path, len(pubs))
    assert alike(saved.primitive_result(), result)
    assert len(saved.pubs()) == len(pubs)


def test_a_saved_result_opens_without_qiskit(decoded, tmp_path):
    save_result(tmp_path, decoded[2])
    code = (
        "import json, sys, numpy as np\n"
        "arrays = np.load(sys.argv[1])\n"
        "print(json.dumps({name: [*array.shape] for name, array in arrays.items()}))\n"
        "assert 'qiskit' not in sys.modules\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "result.npz")]
    shapes = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    expected = {
        "sampler": {"pub0.meas", "pub1.meas"},
        "estimator": {"pub0.evs", "pub1.stds"},
        "executor": {"pub0.meas", "pub1.meas"},
        "noise-learner": {"pub0.layer", "pub0.generators", "pub1.rates", "pub1.rates_std"},
    }
    assert expected[decoded[0].kind] <= set(shapes)
    if getattr(decoded[0], "boxing", None) is not None and decoded[0].kind == "executor":
        assert shapes["pub1.measurement_flips%2Emeas"] == [4, 3, 1, 2]
        assert shapes["pub1.meas"] == [4, 3, 10, 2]


OWN = {
    "text": "anything at all",
    "numbers": {"mean": 0.5, "matrix": np.eye(2), "nested": [(1, 2), {"x": 1 + 2j}]},
    "nothing": None,
}


@pytest.mark.parametrize("value", OWN.values(), ids=OWN)
@pytest.mark.parametrize("make", [JOBS["sampler"], JOBS["noise-learner"]])
def test_what_a_persons_own_decoder_gives_is_kept_in_the_metadata(make, value, tmp_path):
    job, circuit = replace(make(), result_decoder="mine:Decoder"), circuits()[0]
    result = job.decode(value, [job.make_pub(circuit, BindingsArray())])
    assert len(result) == 1
    save_result(tmp_path, result)
    back = read_result(tmp_path, 1).primitive_result()
    assert not back[0].data.keys()
    np.testing.assert_equal(back.metadata["decoded"], value)


@pytest.mark.parametrize("given", [{"anything": 1}, "text", None, "of fewer PUBs"], ids=str)
@pytest.mark.parametrize("name", ["sampler", "executor"])
def test_what_the_runtimes_decoders_give_is_no_result_unless_it_is_the_programs(name, given):
    from samplomatic.quantum_program import QuantumProgramItemResult, QuantumProgramResult

    job, circuit = JOBS[name](), circuits()[0]
    pubs = [job.make_pub(circuit, BindingsArray())] * 2
    if given == "of fewer PUBs":
        given = QuantumProgramResult([QuantumProgramItemResult({"meas": np.zeros((1, 3), bool)})])
    with pytest.raises(JobError, match="the result"):
        job.decode(given, pubs)


def test_a_sampler_does_not_take_the_arrays_of_a_program_for_its_result():
    from samplomatic.quantum_program import QuantumProgramItemResult, QuantumProgramResult

    job = JOBS["sampler"]()
    raw = QuantumProgramResult([QuantumProgramItemResult({"meas": np.zeros((1, 3), bool)})])
    with pytest.raises(JobError, match="none of the program's"):
        job.decode(raw, [job.make_pub(circuits()[0], BindingsArray())])
