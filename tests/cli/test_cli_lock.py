"""`qspec lock`, `qspec run --locked` and comparing with a lock, from the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from qiskit import QuantumCircuit, qpy

from qspec.records.find import list_runs
from qspec.records.locks import read_lock
from qspec.records.schemas import lock_schema

SPEC = """\
qspec: 1
name: pair
backend: {kind: fake, name: fake_manila}
circuits:
  bell: {kind: qasm, file: bell.qasm}
  ansatz: {kind: library, name: efficient_su2, args: {num_qubits: 3, reps: 1}}
jobs:
  counts:
    program_id: sampler
    shots: 1000
    pubs:
      - {circuit: bell, parameter_values: {phi: {file: phi.csv, column: phi}}}
  energy:
    program_id: estimator
    precision: 0.1
    pubs:
      - {circuit: ansatz, parameter_values: {"θ": [0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3]}, observables: {ZZI: 1.0, IXX: 0.5}}
expect:
  - {kind: circuit, two_qubit_gates: 20}
"""
BELL = """\
OPENQASM 3.0;
include "stdgates.inc";
input float[64] phi;
qubit[2] q;
bit[2] c;
ry(phi) q[0];
cx q[0], q[1];
c = measure q;
"""


@pytest.fixture
def spec(tmp_path, monkeypatch):
    """A spec with two jobs, a circuit's file and a file of values; it has no seed."""
    home = tmp_path / "two words"
    home.mkdir()
    monkeypatch.chdir(home)
    (home / "bell.qasm").write_text(BELL, "utf-8")
    (home / "phi.csv").write_text("phi\n0.3\n1.1\n", "utf-8")
    (home / "pair.yaml").write_text(SPEC, "utf-8")
    return home / "pair.yaml"


@pytest.fixture
def locked(spec, qspec):
    """The same, locked."""
    done = qspec("lock", "pair.yaml")
    assert done.code == 0, done.err
    assert done.out == "pair.lock.json: locked, with 2 ISA circuits in pair.lock\n"
    return spec


def edit(path, old, new):
    text = Path(path).read_text("utf-8")
    assert old in text
    Path(path).write_text(text.replace(old, new), "utf-8")


def test_a_lock_says_what_was_asked_and_what_came_out(locked):
    data = json.loads(Path("pair.lock.json").read_text("utf-8"))
    Draft7Validator(lock_schema()).validate(data)
    run = list_runs(Path("runs"))[0]
    lock = read_lock(Path("pair.lock.json"))
    assert lock.seed == run.record.seed
    assert lock.content_hash == run.record.content_hash
    assert {file.path: file.sha256 for file in lock.inputs} == {
        file.path: file.sha256 for file in run.record.inputs
    }  # fmt: skip
    assert lock.asked["jobs"]["counts"]["shots"] == 1000
    assert not {"name", "seed", "expect", "sinks", "limits"} & lock.asked.keys()
    counts, energy = lock.points[0].results
    for entry in counts.summary["counts"]:
        assert entry["shots"] == 1000
        assert sum(entry["frequent"].values()) == 1000
        assert len(entry["ones"]) == 2
        assert entry["ones"][0] == sum(number for bits, number in entry["frequent"].items() if bits[-1] == "1")
    assert set(energy.summary) == {"evs", "stds"}
    (variant,) = lock.variants
    assert {circuit.id for circuit in variant.circuits} == {"bell", "ansatz"}
    for circuit in variant.circuits:
        with Path("pair.lock", circuit.file).open("rb") as file:
            (found,) = qpy.load(file)
        assert tuple(found.layout.final_index_layout()) == circuit.layout
        assert dict(found.count_ops()) == dict(circuit.operations)


def test_a_locked_run_is_identical_with_the_seed_of_the_lock_and_without_transpiling(locked, qspec, monkeypatch):
    def no(*_arguments, **_keys):
        raise AssertionError("transpiled")

    monkeypatch.setattr("qspec.planning.transpile.Transpiler.run", no)
    done = qspec("run", "--locked", "--exact", "pair.yaml", "--no-cache")
    assert done.code == 0, done.err
    assert "\nagainst pair.lock.json\nPUBs     2 identical\nverdict  identical\n" in done.out
    first, second = (run.record for run in list_runs(Path("runs")))
    assert first.lock is None
    assert second.lock.startswith("sha256:")
    assert first.content_hash == second.content_hash


def test_json_of_a_locked_run_has_the_comparison(locked, qspec):
    done = qspec("run", "--locked", "pair.yaml", "--format", "json")
    data = json.loads(done.out)
    assert data["locked"]["verdict"] == "identical"
    assert data["locked"]["pubs"] == {"identical": 2, "consistent": 0, "different": 0}


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("pair.yaml", "shots: 1000", "shots: 500", "spec: jobs.counts.shots: 1000 became 500"),
        ("pair.yaml", "name: fake_manila", "name: fake_hanoi", 'spec: backend.name: "fake_manila" became "fake_hanoi"'),
        ("pair.yaml", "name: pair", "name: pair\nseed: 7", " became 7"),
        ("bell.qasm", "ry(phi)", "rx(phi)", "input file: bell.qasm: its content is another"),
        ("phi.csv", "0.3", "0.4", "input file: phi.csv: its content is another"),
        ("pair.yaml", "{file: phi.csv, column: phi}", "[0.3, 1.1]", "phi.csv: it is not there any more"),
        ("pair.yaml", "  bell: {", "  other: {kind: qasm, file: bell.qasm}\n  bell: {", "circuits.other: nothing became"),
    ],
)  # fmt: skip
def test_a_spec_or_a_file_that_changed_is_named_and_nothing_runs(locked, qspec, file, old, new, said):
    edit(file, old, new)
    for command in (("run", "--locked", "pair.yaml"), ("lock", "--check")):
        done = qspec(*command)
        assert done.code == 8
        assert "'pair.yaml' is not what 'pair.lock.json' was made from: " in done.err
        assert said in done.err
        assert "qspec lock --update pair.yaml" in done.err
    assert len(list_runs(Path("runs"))) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: pair", "# said otherwise\nname: another\ndescription: d\ntags: [x]"),
        ("two_qubit_gates: 20", "two_qubit_gates: 25"),
        ("expect:", "limits: {shots: 100000}\nsinks: [{kind: json}]\nexpect:"),
        ("shots: 1000", "shots: 1e3"),
    ],
)
def test_what_results_do_not_depend_on_may_change(locked, qspec, old, new):
    if "sinks" in new and "json" not in qspec("schema", "kinds").out.split():
        new = new.replace("\nsinks: [{kind: json}]", "")
    edit("pair.yaml", old, new)
    assert qspec("lock", "--check", "pair.yaml").out == "pair.yaml: as locked in pair.lock.json\n"


def test_json_names_the_specs_that_are_not_as_they_were_locked(locked, qspec):
    shutil.copytree(".", "deep/er", ignore=shutil.ignore_patterns("runs", "deep"))
    edit("deep/er/phi.csv", "0.3", "0.4")
    done = qspec("lock", "--check", "--format", "json")
    found = {each["spec"]: (each["held"], each.get("exit_code")) for each in json.loads(done.out)["locks"]}
    assert found == {"pair.yaml": (True, None), "deep/er/pair.yaml": (False, 8)}


def test_set_counts_as_a_change(locked, qspec):
    done = qspec("run", "--locked", "pair.yaml", "--set", "jobs.counts.shots=10")
    assert done.code == 8
    assert "jobs.counts.shots: 1000 became 10" in done.err
    assert "leave out --set jobs.counts.shots=10" in done.err


def test_results_that_differ_end_with_8(locked, qspec):
    data = json.loads(Path("pair.lock.json").read_text("utf-8"))
    counts, energy = data["points"][0]["results"]
    counts["hash"] = energy["hash"] = f"sha256:{'0' * 64}"
    Path("pair.lock.json").write_text(json.dumps(data), "utf-8")
    done = qspec("run", "--locked", "pair.yaml")
    assert done.code == 0
    assert "PUBs     2 consistent" in done.out
    assert qspec("run", "--locked", "pair.yaml", "--exact").code == 8
    counts["summary"]["counts"][0] = {"shots": 1000, "frequent": {"00": 500, "11": 500}, "ones": [500, 500]}
    Path("pair.lock.json").write_text(json.dumps(data), "utf-8")
    done = qspec("run", "--locked", "pair.yaml")
    assert done.code == 8
    assert "PUBs     1 consistent, 1 different" in done.out
    assert "verdict  different" in done.out
    assert qspec("diff", "pair.lock.json", "latest").code == 8


def test_a_lock_is_not_replaced_unawares(locked, qspec):
    before = Path("pair.lock.json").read_bytes()
    done = qspec("lock", "pair.yaml")
    assert done.code == 2
    assert "'pair.yaml' is locked already" in done.err
    assert Path("pair.lock.json").read_bytes() == before


def test_an_update_says_what_changed_before_it_replaces_the_lock(locked, qspec):
    files = {path.name: path.read_bytes() for path in Path("pair.lock").iterdir()}
    edit("pair.yaml", "shots: 1000", "shots: 2000")
    edit("bell.qasm", "cx q[0], q[1];", "cx q[0], q[1];\ncz q[0], q[1];\nx q[0];")
    done = qspec("lock", "--update", "pair.yaml")
    assert done.code == 0, done.err
    assert done.out.startswith("against pair.lock.json\n")
    for said in ("jobs.counts.shots: 1000 became 2000", "bell.qasm: its content is another", "transpilation: "):
        assert said in done.out
    after = {path.name: path.read_bytes() for path in Path("pair.lock").iterdir()}
    assert len(after) == 2
    kept = files.keys() & after.keys()
    assert len(kept) == 1, "the circuit that did not change keeps its file, the other one's is gone"
    assert all(files[name] == after[name] for name in kept)
    assert qspec("run", "--locked", "--exact", "pair.yaml").code == 0


def test_an_update_that_changes_nothing_leaves_the_files_as_they_are(locked, qspec):
    files = {path: path.read_bytes() for path in [*Path("pair.lock").iterdir()]}
    edit("pair.yaml", "name: pair", f"name: pair\nseed: {read_lock(Path('pair.lock.json')).seed}")
    done = qspec("lock", "--update", "pair.yaml", "--format", "json")
    data = json.loads(done.out)
    assert data["changes"]["verdict"] == "identical"
    assert data["lock"] == "pair.lock.json"
    assert {path: path.read_bytes() for path in [*Path("pair.lock").iterdir()]} == files


def test_a_run_is_locked_without_running_again(spec, qspec):
    qspec("run", "pair.yaml")
    done = qspec("lock", "pair.yaml", "--from", "latest")
    assert done.code == 0, done.err
    assert len(list_runs(Path("runs"))) == 1
    assert qspec("run", "--locked", "--exact", "pair.yaml").code == 0


def test_a_run_of_something_else_is_not_locked(spec, qspec):
    qspec("run", "pair.yaml")
    edit("phi.csv", "0.3", "0.4")
    done = qspec("lock", "pair.yaml", "--from", "latest")
    assert done.code == 8
    assert "was made from something else: phi.csv changed since" in done.err
    qspec("run", "pair.yaml", "--set", "jobs.counts.shots=10")
    done = qspec("lock", "pair.yaml", "--from", "latest")
    assert done.code == 2
    assert "--set jobs.counts.shots=10" in done.err
    assert not Path("pair.lock.json").exists()


def test_what_did_not_hold_is_not_locked(spec, qspec):
    edit("pair.yaml", "two_qubit_gates: 20", "two_qubit_gates: 0")
    done = qspec("lock", "pair.yaml")
    assert done.code == 1
    assert "an expectation did not hold" in done.err or "expectation" in done.err
    assert not Path("pair.lock.json").exists()
    assert qspec("lock", "pair.yaml", "--from", "latest").code == 2


def test_a_spec_without_a_lock_is_said_to_have_none(spec, qspec):
    for command in (("run", "--locked", "pair.yaml"), ("lock", "--check", "pair.yaml")):
        done = qspec(*command)
        assert done.code == 2
        assert "'pair.yaml' has no lock: there is no 'pair.lock.json'" in done.err
        assert "qspec lock pair.yaml" in done.err
    assert qspec("lock", "--check").code == 0


def another_circuit(path):
    with path.open("wb") as file:
        qpy.dump(QuantumCircuit(5, 2), file)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda path: path.unlink(), "there is no file"),
        (lambda path: path.write_bytes(path.read_bytes()[:-9]), "damaged"),
        (lambda path: path.write_bytes(b"<<<<<<< HEAD"), "is not a QPY file"),
        (another_circuit, "does not hold what was locked"),
    ],
)
def test_a_circuit_that_is_gone_or_damaged_is_named(locked, qspec, damage, said):
    victim = min(Path("pair.lock").iterdir())
    damage(victim)
    for command in (("run", "--locked", "pair.yaml"), ("lock", "--check")):
        done = qspec(*command)
        assert done.code == 2
        assert said in done.err
        assert victim.name in done.err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data.update(qspec_lock=2), "its format version is 2"),
        (lambda data: data.pop("seed"), "'seed' is missing"),
        (lambda data: data["variants"].clear(), "it has no variants"),
        (lambda data: data["variants"][0]["circuits"][0].update(file="../../secret.qpy"), "not the name of a circuit"),
        (lambda data: data["variants"][0]["circuits"].clear(), "it has lost the ISA circuit"),
    ],
)
def test_a_lock_that_makes_no_sense_is_said_to(locked, qspec, change, said):
    data = json.loads(Path("pair.lock.json").read_text("utf-8"))
    change(data)
    Path("pair.lock.json").write_text(json.dumps(data), "utf-8")
    done = qspec("run", "--locked", "pair.yaml")
    assert done.code == 2
    assert "'pair.lock.json' cannot be used" in done.err
    assert said in done.err


def test_a_lock_that_leads_out_of_the_repository_is_not_read(locked, qspec, tmp_path):
    shutil.move("pair.lock", tmp_path / "elsewhere")
    Path("pair.lock").symlink_to(tmp_path / "elsewhere")
    done = qspec("run", "--locked", "pair.yaml")
    assert done.code == 2
    assert "leads out of the repository" in done.err


def test_all_locks_below_a_folder_are_checked_and_one_without_a_spec_is_said(locked, qspec, tmp_path):
    shutil.copytree(".", "deep/er", dirs_exist_ok=False, ignore=shutil.ignore_patterns("runs", "deep"))
    done = qspec("lock", "--check")
    assert (
        done.out == "deep/er/pair.yaml: as locked in deep/er/pair.lock.json\npair.yaml: as locked in pair.lock.json\n"
    )
    done = qspec("lock", "--check", "--format", "json")
    assert [each["held"] for each in json.loads(done.out)["locks"]] == [True, True]
    Path("deep/er/pair.yaml").unlink()
    Path("deep/package-lock.json").write_text("{}")
    done = qspec("lock", "--check")
    assert done.code == 2
    assert "'deep/er/pair.lock.json' is the lock of a spec that is gone: there is no 'deep/er/pair.yaml'" in done.err
    assert done.out == "pair.yaml: as locked in pair.lock.json\n"


SWEEP = """
sweep:
  axes:
    backend.name: [fake_manila, fake_hanoi]
    jobs.counts.shots: [100, 200]
"""


def test_a_sweep_is_locked_point_by_point(spec, qspec):
    spec.write_text(SPEC + SWEEP, "utf-8")
    assert qspec("lock", "pair.yaml").code == 0
    lock = read_lock(Path("pair.lock.json"))
    assert len(lock.points) == 4
    assert [variant.backend.name for variant in lock.variants] == ["fake_manila", "fake_hanoi"]
    done = qspec("run", "--locked", "--exact", "pair.yaml")
    assert done.code == 0, done.err
    assert "PUBs     8 identical" in done.out
    edit("pair.yaml", "[100, 200]", "[100, 200, 300]")
    assert qspec("run", "--locked", "pair.yaml").code == 8


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("lock",), "name the spec that is to be locked"),
        (("lock", "--check", "--update"), "--check writes nothing"),
        (("lock", "--check", "--from", "latest"), "--check writes nothing"),
        (("lock", "pair.yaml", "pair.yaml", "--from", "latest"), "--from is about one spec"),
        (("lock", "-"), "standard input cannot be locked"),
    ],
)
def test_what_makes_no_sense_is_said(spec, qspec, monkeypatch, arguments, said):
    import io
    import sys
    from types import SimpleNamespace

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(SPEC.encode())))
    done = qspec(*arguments)
    assert done.code == 2
    assert said in done.err


def test_the_lock_of_a_link_stands_beside_what_it_leads_to(locked, qspec, tmp_path, monkeypatch):
    other = tmp_path / "other"
    other.mkdir()
    (other / "link.yaml").symlink_to(locked)
    monkeypatch.chdir(other)
    assert qspec("run", "--locked", "--exact", "link.yaml").code == 0
    assert qspec("lock", "link.yaml").code == 2
    assert qspec("lock", "--update", "link.yaml").code == 0
    assert qspec("lock", "--check", "link.yaml").code == 0
    assert sorted(path.name for path in other.iterdir()) == ["link.yaml", "runs"]


def test_a_spec_is_locked_from_another_folder(spec, qspec, tmp_path, monkeypatch):
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.chdir(other)
    path = "../two words/pair.yaml"
    done = qspec("lock", path)
    assert done.out == "../two words/pair.lock.json: locked, with 2 ISA circuits in ../two words/pair.lock\n"
    assert qspec("run", "--locked", "--exact", path).code == 0
    edit(path, "shots: 1000", "shots: 999")
    assert "qspec lock --update '../two words/pair.yaml'" in qspec("run", "--locked", path).err


def two_layouts(text):
    """Three circuits that become one ISA circuit, on which their qubits are laid out differently."""
    head = 'OPENQASM 3.0; include "stdgates.inc"; qubit[2] q; x q[0];'
    circuits = {"c": f"{head} swap q[0], q[1];", "a": head, "b": f"{head} x q[1]; x q[1];"}
    pubs = [{"circuit": name, "observables": {"IZ": 1.0}} for name in circuits]
    return {
        "qspec": 1,
        "name": "layouts",
        "seed": 1,
        "backend": {"kind": "fake", "name": "fake_manila", "noise": False},
        "transpile": {"initial_layout": [0, 1], "optimization_level": 3},
        "circuits": {name: {"kind": "qasm", "source": source} for name, source in circuits.items()},
        "jobs": {"energy": {"program_id": "estimator", "precision": 0.05, "pubs": pubs}},
        **text,
    }


def test_circuits_that_became_one_keep_their_layouts(tmp_path, monkeypatch, qspec):
    monkeypatch.chdir(tmp_path)
    Path("lay.yaml").write_text(json.dumps(two_layouts({})), "utf-8")
    assert qspec("lock", "lay.yaml").code == 0
    lock = read_lock(Path("lay.lock.json"))
    layouts = {circuit.id: circuit.layout for circuit in lock.variants[0].circuits}
    isa = {pub.circuit: pub.isa for pub in lock.variants[0].jobs[0].pubs}
    done = qspec("run", "--locked", "--exact", "lay.yaml")
    assert done.code == 0, (layouts, isa, done.out)
    evs = [float(result.summary["evs"]) for result in lock.points[0].results]
    for name, value in zip("cab", evs, strict=True):  # q[0] is 1, unless it was swapped
        assert (value > 0) == (name == "c"), (name, value)


def test_a_lock_that_lacks_a_circuit_transpiles_nothing_in_its_place(locked, qspec):
    data = json.loads(Path("pair.lock.json").read_text("utf-8"))
    data["variants"][0]["jobs"].pop()
    Path("pair.lock.json").write_text(json.dumps(data), "utf-8")
    for command in (("run", "--locked", "pair.yaml"), ("lock", "--check")):
        done = qspec(*command)
        assert done.code == 2
        assert "does not have all circuits of the spec" in done.err


def test_files_of_others_beside_a_spec_are_left_alone(spec, qspec, tmp_path):
    Path("pair.lock").mkdir()
    Path("pair.lock/mine.qpy").write_bytes(b"mine")
    assert qspec("lock", "pair.yaml").code == 0
    edit("bell.qasm", "cx q[0], q[1];", "cx q[0], q[1];\nx q[0];")
    assert qspec("lock", "--update", "pair.yaml").code == 0
    assert Path("pair.lock/mine.qpy").read_bytes() == b"mine"
    assert len(list(Path("pair.lock").iterdir())) == 3


@pytest.mark.parametrize("obstacle", ["a link out", "a file", "a folder"])
def test_what_stands_in_the_way_of_a_lock_is_said_before_anything_runs(spec, qspec, tmp_path, obstacle):
    (tmp_path / "outside").mkdir()
    if obstacle == "a link out":
        Path("pair.lock").symlink_to(tmp_path / "outside")
    elif obstacle == "a file":
        Path("pair.lock").write_text("mine")
    else:
        Path("pair.lock.json").mkdir()
    done = qspec("lock", "--update", "pair.yaml")
    assert done.code == 2
    assert "needs 'pair.lock" in done.err
    assert not Path("runs").exists()
    assert not list((tmp_path / "outside").iterdir())


def test_coefficients_of_many_digits_are_kept_as_they_are(tmp_path, monkeypatch, qspec):
    monkeypatch.chdir(tmp_path)
    spec = {
        "qspec": 1,
        "name": "digits",
        "seed": 1,
        "backend": {"kind": "aer"},
        "circuits": {"plus": {"kind": "qasm", "source": 'OPENQASM 3.0; include "stdgates.inc"; qubit[2] q; h q[0];'}},
        "jobs": {
            "energy": {
                "program_id": "estimator",
                "pubs": [{"circuit": "plus", "observables": [{"ZI": 0.12345678901234567}, {"IZ": 1.0}]}],
            }
        },
    }
    Path("digits.yaml").write_text(json.dumps(spec), "utf-8")
    assert qspec("lock", "digits.yaml").code == 0
    assert qspec("run", "digits.yaml", "--set", "seed=2").code == 0
    assert qspec("diff", "digits.lock.json", "latest").code == 0


def test_a_lock_is_named_first(locked, qspec):
    done = qspec("diff", "latest", "pair.lock.json")
    assert done.code == 2
    assert "name it first" in done.err


def test_a_spec_is_found_by_the_name_in_its_lock(locked, qspec):
    Path("pair.yaml").rename("pair.json.txt")
    Path("pair.json.txt").rename("pair.spec")
    assert qspec("lock", "--update", "pair.spec").code == 0
    assert qspec("lock", "--check").out == "pair.spec: as locked in pair.lock.json\n"


def test_a_lock_that_is_no_json_any_more_is_not_passed_by(locked, qspec):
    for content in (b"", b"<<<<<<< HEAD\n{}\n", b"{"):
        Path("pair.lock.json").write_bytes(content)
        done = qspec("lock", "--check")
        assert done.code == 2
        assert "'pair.lock.json' cannot be used" in done.err
        assert "qspec lock --update pair.yaml" in done.err


def test_what_is_locked_anew_keeps_the_seed_of_its_lock(locked, qspec):
    before = read_lock(Path("pair.lock.json"))
    edit("pair.yaml", "shots: 1000", "shots: 1100")
    assert qspec("lock", "--update", ".").code == 0
    after = read_lock(Path("pair.lock.json"))
    assert (before.seed, before.points[0].results[1]) == (after.seed, after.points[0].results[1])


def test_an_update_of_a_folder_leaves_specs_without_a_lock_alone(locked, qspec):
    shutil.copy("pair.yaml", "other.yaml")
    assert qspec("lock", "--update", ".").code == 0
    assert not Path("other.lock.json").exists()


def test_how_results_are_compared_is_said_with_locked_alone(locked, qspec):
    for said in (("--exact",), ("--level", "0.1")):
        done = qspec("run", "pair.yaml", *said)
        assert done.code == 2
        assert "they go with --locked" in done.err


def test_a_lock_is_no_spec(locked, qspec):
    for command in (("run", "pair.lock.json"), ("lock", "--check", "pair.lock.json")):
        done = qspec(*command)
        assert done.code == 2
        assert "'pair.lock.json' is a lock, and no spec" in done.err
