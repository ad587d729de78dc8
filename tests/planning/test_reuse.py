"""What need not be made twice, in one process and between processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit.library import PauliEvolutionGate, efficient_su2
from qiskit.quantum_info import SparsePauliOp
from qiskit_aer import AerSimulator
from small import job, text

import qspec
from qspec.caching.files import entries
from qspec.circuits.qasm import Qasm
from qspec.planning import kept
from qspec.planning.fingerprint import fingerprint
from qspec.planning.plan import plan
from qspec.planning.reuse import Reuse, reusing
from qspec.planning.transpile import Transpiler
from qspec.simulation.fake_target import load_target
from qspec.spec import Transpile

MANILA = {"kind": "fake", "name": "fake_manila"}


@pytest.fixture
def calls(monkeypatch):
    """The names of circuits that are transpiled, and "text" for each text that is parsed; everything made is kept."""
    made = []
    run, load = Transpiler.run, Qasm.load

    def watched_run(self, circuit, *, seed):
        made.append(circuit.name)
        return run(self, circuit, seed=seed)

    def watched_load(self, files):
        made.append("text")
        return load(self, files)

    monkeypatch.setattr(Transpiler, "run", watched_run)
    monkeypatch.setattr(Qasm, "load", watched_load)
    monkeypatch.setattr(kept, "WORTH", 0.0)
    return made


def said(planned):
    """All that a plan says, times apart."""
    pubs = [pub for job in planned.jobs for pub in job.pubs]
    arrays = [(pub.pub.parameter_values, getattr(pub.pub, "observables", None)) for pub in pubs]
    layouts = [pub.circuit.circuit.layout for pub in pubs]
    return planned.data(), str(arrays), layouts, [pub.circuit.circuit.name for pub in pubs]


@pytest.mark.parametrize(
    "backend", [{"kind": "aer"}, MANILA, {"kind": "generic", "num_qubits": 4, "coupling_map": "line"}]
)
def test_a_second_process_transpiles_and_parses_nothing_and_plans_the_same(load, calls, backend):
    loaded = load(backend=backend)
    cold = plan(loaded, reuse=reusing(cached=True, writes=True))
    assert len(calls) == 3
    warm = plan(loaded, reuse=reusing(cached=True))
    assert len(calls) == 3
    without = plan(loaded, reuse=reusing(cached=False))
    assert len(calls) == 6
    named = [names for *_, names in map(said, (cold, warm))]
    assert named[0] == named[1]
    assert said(warm)[:3] == said(cold)[:3] == said(without)[:3]


def test_plans_that_share_transpile_and_parse_once_even_without_the_disk(load, calls, cache_dir):
    reuse = reusing(cached=False)
    first = plan(load(backend=MANILA), reuse=reuse)
    before = list(calls)
    second = plan(load(backend=MANILA, name="other", tags=["again"]), reuse=reuse)
    assert calls == before
    assert first.jobs[0].pubs[0].circuit.circuit is second.jobs[0].pubs[0].circuit.circuit
    assert not cache_dir.exists()
    plan(load(backend=MANILA, seed=43), reuse=reuse)
    assert len(calls) == len(before) + 2, "another seed is another transpilation, of the same texts"


def test_plans_that_share_nothing_make_everything(load, calls):
    plan(load())
    plan(load())
    assert len(calls) == 6


def test_what_is_bound_and_measured_is_another_circuit(load, calls):
    ansatz = {"kind": "library", "name": "efficient_su2", "args": {"num_qubits": 2, "reps": 1}, "measure": "all"}
    reuse = reusing(cached=False)
    for angle in (0.1, 0.2, 0.1):
        circuits = {"c": {**ansatz, "bind": {f"θ[{index}]": angle for index in range(8)}}}
        plan(load(circuits=circuits, **job("sampler", {"circuit": "c"}, shots=10)), reuse=reuse)
    assert len(calls) == 2


def test_small_things_are_not_kept(load, cache_dir, monkeypatch):
    monkeypatch.setattr(kept, "WORTH", 1e9)
    plan(load(), reuse=reusing(cached=True, writes=True))
    assert not cache_dir.exists()


def test_a_circuit_of_another_name_gets_its_own(line_target):
    transpiler, reuse = Transpiler(line_target, Transpile()), Reuse()
    found = []
    for name, metadata in (("first", {}), ("second", {"run": 2}), ("first", {})):
        circuit = efficient_su2(3, name=name)
        circuit.metadata = metadata
        found.append(reuse.transpiled(transpiler, circuit, seed=1).isa.circuit)
        assert (found[-1].name, found[-1].metadata) == (name, metadata)
    assert found[0] is found[2]
    assert found[1].layout == found[0].layout


def test_warnings_come_out_of_the_cache_too(load, calls):
    circuits = {"c": text("qubit[1] q;", "bit[1] c;", "delay[1001ns] q[0];", "c[0] = measure q[0];")}
    generic = {"kind": "generic", "num_qubits": 3, "coupling_map": "line"}
    loaded = load(backend=generic, circuits=circuits, **job("sampler", {"circuit": "c"}, shots=10))
    cold = plan(loaded, reuse=reusing(cached=True, writes=True))
    warm = plan(loaded, reuse=reusing(cached=True))
    assert len(calls) == 3, "the text has a delay that QPY does not keep, the ISA circuit has it in dt"
    assert [finding.code for finding in cold.findings] == ["qiskit-warning"]
    assert warm.findings == cold.findings


def test_a_warning_that_names_the_circuit_is_for_that_circuit_alone(line_target):
    class Warner(Transpiler):
        def run(self, circuit, *, seed):
            return super().run(circuit, seed=seed)[0], (f"mind '{circuit.name}'",)

    reuse = Reuse()
    transpiler = Warner(line_target, Transpile())
    for name in ("first", "second"):
        assert reuse.transpiled(transpiler, efficient_su2(2, name=name), seed=1).warned == (f"mind '{name}'",)


def test_a_damaged_entry_is_made_again(load, calls, cache_dir):
    loaded = load(backend=MANILA)
    cold = plan(loaded, reuse=reusing(cached=True, writes=True))
    for entry in entries(cache_dir):
        entry.path.write_bytes(entry.path.read_bytes()[:-1])
    again = plan(loaded, reuse=reusing(cached=True, writes=True))
    assert len(calls) == 6
    plan(loaded, reuse=reusing(cached=True))
    assert len(calls) == 6
    assert said(again)[:3] == said(cold)[:3]


BARE = efficient_su2(2)


@pytest.mark.parametrize(
    "content", [b"{}\nnot QPY", kept.pack(BARE, fingerprint(BARE), {})], ids=["no QPY", "a circuit alone"]
)
def test_a_sealed_entry_that_holds_something_else_is_made_again(load, calls, cache_dir, content):
    loaded = load(backend=MANILA)
    reuse = reusing(cached=True, writes=True)
    cold = plan(loaded, reuse=reuse)
    keys = [(entry.kind, entry.key) for entry in entries(cache_dir)]
    for kind, key in keys:
        reuse.store.write(kind, key, content)
    again = plan(loaded, reuse=reusing(cached=True, writes=True))
    assert len(calls) == 6
    assert said(again)[:3] == said(cold)[:3]


def test_what_the_transpiler_refuses_is_refused_each_time(load, calls):
    circuits = {"c": text("qubit[1] q;", "bit[1] c;", "delay[333dt] q[0];", "c[0] = measure q[0];")}
    torino = {"kind": "fake", "name": "fake_torino"}
    loaded = load(backend=torino, circuits=circuits, **job("sampler", {"circuit": "c"}, shots=10))
    outcomes = []
    for _ in range(2):
        try:
            outcomes.append(len(plan(loaded, reuse=reusing(cached=True, writes=True)).findings))
        except qspec.QspecError as error:
            outcomes.append(str(error))
    assert outcomes[0] == outcomes[1]


def test_physical_qubits_stay_where_they_are_when_warm(load, calls):
    circuits = {"c": text("bit[1] c;", "h $3;", "cx $3, $2;", "c[0] = measure $3;")}
    loaded = load(backend=MANILA, circuits=circuits, **job("sampler", {"circuit": "c"}, shots=10))
    cold, warm = (plan(loaded, reuse=reusing(cached=True, writes=writes)) for writes in (True, False))
    assert calls.count("text") == 2, "the layout of such a text is nothing that QPY keeps"
    assert len(calls) == 3
    assert cold.jobs[0].pubs[0].circuit.physical_qubits == warm.jobs[0].pubs[0].circuit.physical_qubits == (2, 3)


def test_memory_holds_a_bounded_number_of_instructions(line_target):
    from qspec.planning.recent import Recent

    recent = Recent(100)
    for number in range(50):
        recent.put(str(number), number, 10)
        recent.get("0")
    assert [number for number in range(50) if recent.get(str(number)) is not None] == [0, *range(41, 50)]
    recent.put("large", 1, 101)
    assert recent.get("large") is None
    recent.put("0", 1, 100)
    assert recent.get("49") is None


def test_targets_are_made_once_in_a_process_and_again_when_their_files_change(monkeypatch):
    from qspec.simulation import fake_target

    first, second = load_target("fake_manila")[1], load_target("FakeManilaV2")[1]
    assert first is second
    monkeypatch.setattr(fake_target, "_stamp", lambda _path: (0, 0))
    assert load_target("fake_manila")[1] is not first


PLANNER = """
import json, sys
from qspec.planning import kept
from qspec.planning.plan import plan
from qspec.planning.reuse import reusing
from qspec.reading.load import load_file
kept.WORTH = 0.0
reuse = reusing(cached=True, writes=True)
print(json.dumps(plan(load_file("spec.yaml"), reuse=reuse).data()["circuits"]))
assert not reuse.trouble, reuse.trouble
"""


def test_eight_processes_plan_on_one_cache_and_say_the_same(load, repository, cache_dir):
    loaded = load(backend=MANILA)
    expected = plan(loaded).data()["circuits"]
    environment = os.environ | {"PYTHONPATH": str(Path(qspec.__file__).parents[1])}
    command = [sys.executable, "-W", "ignore", "-c", PLANNER]
    planners = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(8)
    ]
    for ended, planner in [(planner.communicate(), planner) for planner in planners]:
        assert planner.returncode == 0, ended[1]
        assert json.loads(ended[0]) == expected
    assert len(list(entries(cache_dir))) == 3


@pytest.mark.parametrize(("gates", "looked_up"), [("plain", False), ("evolution", True), ("loop", True)])
def test_only_what_is_transpiled_in_no_time_is_not_looked_up(calls, gates, looked_up):
    circuit = QuantumCircuit(4, 4)
    if gates == "evolution":
        circuit.append(PauliEvolutionGate(SparsePauliOp(["ZZII", "IXXI", "IIYY"]), time=0.3), range(4))
    elif gates == "loop":
        with circuit.for_loop(range(3)):
            circuit.h(0)
    circuit.h(0)
    circuit.measure(range(4), range(4))
    transpiler, reuse = Transpiler(AerSimulator().target, Transpile(optimization_level=1)), Reuse()
    made = [reuse.transpiled(transpiler, circuit, seed=1).isa for _ in range(2)]
    assert made[0].hash == made[1].hash
    assert len(calls) == (1 if looked_up else 2)
