"""What a schema cannot say: rules over the sound part of a spec, each finding at its own place."""

from __future__ import annotations

import pytest

from qspec.diagnostics import Diagnostic
from qspec.facts import CircuitFacts
from qspec.reading.files import InputFiles
from qspec.reading.load import check_content
from qspec.reading.rules.circuits import check_additions, with_additions
from qspec.reading.rules.distributions import check_distributions
from qspec.reading.rules.expectations import check_expectations
from qspec.reading.rules.observables import shape_of_observables
from qspec.reading.rules.pubs import check_facts, shape_of_pub
from qspec.reading.sound import UNSOUND, is_sound, sound
from qspec.spec import Circuit

SPEC = """\
qspec: 1
name: x
backend: {kind: aer}
circuits:
  bell:
    kind: qasm
    source: |
      OPENQASM 3.0;
      include "stdgates.inc";
      qubit[2] q;
      bit[2] meas;
      bit[1] flag;
      h q[0];
      cx q[0], q[1];
      meas = measure q;
  turn:
    kind: qasm
    source: |
      OPENQASM 3.0;
      include "stdgates.inc";
      input float a;
      qubit[1] q;
      rx(a) q[0];
  ansatz: {kind: library, name: efficient_su2, args: {num_qubits: 2, reps: 1}}
jobs:
  counts:
    program_id: sampler
    pubs:
      - circuit: bell
  energy:
    program_id: estimator
    pubs:
      - circuit: ansatz
        parameter_values: {θ: {random: {low: 0, high: 1, shape: [3, 8]}}}
        observables: {ZZ: 1.0}
"""


@pytest.fixture
def marked(repository):
    """The findings about a spec as (code, the text at its place), of the spec with some texts replaced."""

    def marked(*changes, more=""):
        text = SPEC + more
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        checked = check_content(text.encode(), "spec.yaml", "spec.yaml", InputFiles(repository))
        lines = text.split("\n")
        return [
            (found.code, lines[found.span.line - 1][found.span.column - 1 : found.span.end_column - 1])
            for found in checked.findings
        ]

    return marked


def expect(**keys):
    return f"expect:\n  - {{{', '.join(f'{key}: {value}' for key, value in keys.items())}}}\n"


def test_the_spec_is_valid(marked):
    assert marked() == []


CHANGES = [
    (("circuit: bell", "circuit: bel"), ("unknown-circuit", "bel")),
    (("circuit: bell", "{circuit: turn}"), ("missing-parameter", "{circuit: turn}")),
    (("circuit: bell", "circuit: turn"), ("no-measurements", "turn")),
    (("name: x", "name: x\nsinks: [{kind: csv, path: '{job}'}]\nexecution: {mode: session}"), ("no-effect", "session")),
    (("[3, 8]", "[8, 3]"), ("parameter-shape", "{random: {low: 0, high: 1, shape: [8, 3]}}")),
    (("high: 1", "high: 1/0"), ("expression", "1/0")),
    (("θ: {", "φ: {"), ("unknown-parameter", "φ")),
    (("{ZZ: 1.0}", "{ZZ: 1.0, X: 1}"), ("pauli-length", "X")),
    (("{ZZ: 1.0}", "[{ZZ: 1.0}, {ZZZ: 1}, {ZZ: 1}]"), ("observable-width", "ZZZ")),
    (("{ZZ: 1.0}", "{sparse: [[Z, [2], 1]]}"), ("observable-width", "2")),
    (("{ZZ: 1.0}", "{sparse: [[ZZ, [1, 1.0], 1]]}"), ("sparse-term", "[1, 1.0]")),
    (("{ZZ: 1.0}", "{sparse: [[Z, [-1], 1]]}"), ("sparse-term", "[-1]")),
    (("{ZZ: 1.0}", "{sparse: [[Z, [0], true]]}"), ("sparse-term", "true")),
    (("{ZZ: 1.0}", "{file: none.json}"), ("missing-file", "none.json")),
    (("{ZZ: 1.0}", "[{ZZ: 1}, {XX: 1}]"), ("not-broadcastable", "observables")),
    (("{random: {low: 0, high: 1, shape: [3, 8]}}", "{file: none.npy}"), ("missing-file", "none.npy")),
    (("cx q[0], q[1];", "cx q[0], q[1]"), ("qasm-syntax", "]")),
    (("reps: 1}}", "reps: 1}, bind: {'θ[8]': 0}}"), ("unknown-parameter", "'θ[8]'")),
    (("reps: 1}}", "reps: 1}, measure: all, bind: {'θ[0]': 2**}}"), ("expression", "2**")),
    (("kind: aer", "kind: aer, noise_from: fake_x"), ("unknown-backend", "fake_x")),
]


@pytest.mark.parametrize(("change", "expected"), CHANGES, ids=lambda value: str(value[1]).splitlines()[0])
def test_a_mistake_is_marked_where_it_stands(marked, change, expected):
    assert expected in marked(change)


@pytest.mark.parametrize(("change", "expected"), CHANGES, ids=lambda value: str(value[1]).splitlines()[0])
def test_mistakes_in_the_structure_elsewhere_hide_nothing(marked, change, expected):
    structure = [("qspec: 1", "qspec: 1\nshotz: 1"), ("program_id: sampler", "program_id: sampler\n    shots: 4k")]
    found = marked(change, *structure)
    assert {expected, ("unknown-key", "shotz"), ("wrong-type", "4k")} <= set(found)


EXPECTATIONS = [
    ({"job": "count", "values": "{'00': 1}"}, ("unknown-job", "count")),
    ({"job": "energy", "values": "{'00': 1}"}, ("wrong-program", "energy")),
    ({"job": "counts", "pub": 2, "values": "{'00': 1}"}, ("unknown-pub", "2")),
    ({"job": "counts", "register": "mess", "values": "{'00': 1}"}, ("unknown-register", "mess")),
    ({"job": "counts", "register": "meas", "values": "{'0': 1}"}, ("bitstring-width", "'0'")),
    ({"job": "counts", "values": "{'00': 1}"}, ("bitstring-width", "'00'")),
    ({"job": "counts", "values": "{'00 0': 1}"}, ("bitstring-width", "'00 0'")),
    ({"job": "counts", "index": "[0]", "values": "{'0 00': 1}"}, ("unknown-point", "[0]")),
]


@pytest.mark.parametrize(("keys", "expected"), EXPECTATIONS, ids=str)
def test_an_expectation_that_cannot_hold_is_found_before_the_run(marked, keys, expected):
    assert marked(more=expect(kind="probabilities", tolerance=0.1, **keys)) == [expected]


DISTANCE = {"metric": "total_variation_distance", "at_most": 0.5}
DISTRIBUTIONS = [
    ({"job": "count", **DISTANCE, "ideal": "true"}, ("unknown-job", "count")),
    ({"job": "energy", **DISTANCE, "ideal": "true"}, ("wrong-program", "energy")),
    ({"job": "counts", **DISTANCE, "ideal": "true", "pub": 2}, ("unknown-pub", "2")),
    ({"job": "counts", **DISTANCE, "ideal": "true", "register": "mess"}, ("unknown-register", "mess")),
    ({"job": "counts", **DISTANCE, "ideal": "true", "index": "[0]"}, ("unknown-point", "[0]")),
    ({"job": "counts", **DISTANCE, "values": "{'00': 1}"}, ("bitstring-width", "'00'")),
    ({"job": "counts", **DISTANCE, "values": "{'0 00': 1, '1 00': 0.1}"}, ("out-of-range", "values")),
    ({"job": "counts", **DISTANCE, "at_most": 0.001, "ideal": "true"}, ("too-few-shots", "0.001")),
    ({"job": "counts", **DISTANCE, "confidence": "1 ", "ideal": "true"}, ("out-of-range", "1")),
    ({"job": "counts", **DISTANCE, "at_least": 0, "ideal": "true"}, ("one-of", "at_least")),
    ({"job": "counts", **DISTANCE, "ideal": "1"}, ("wrong-choice", "1")),
]


@pytest.mark.parametrize(("keys", "expected"), DISTRIBUTIONS, ids=str)
def test_a_distribution_that_cannot_hold_is_found_before_the_run(marked, keys, expected):
    assert marked(more=expect(kind="distribution", **keys)) == [expected]


@pytest.mark.parametrize(
    ("job", "keys", "found"),
    [
        ({}, {"at_most": 0.0238}, False),
        ({}, {"at_most": 0.0237}, True),
        ({"shots": 100_000}, {"at_most": 0.0049}, False),
        ({"options": {"default_shots": 100}}, {"at_most": 0.15}, True),
        ({"shots": 1000}, {"at_most": 0.04, "confidence": 0.9}, False),
        ({"shots": 100}, {"metric": "hellinger_fidelity", "at_least": 0.94}, True),
        ({"shots": 1000}, {"metric": "hellinger_fidelity", "at_least": 0.99}, False),
        ({"shots": "4k"}, {"at_most": 0.001}, False),
        ({"program_id": "odd"}, {"at_most": 0.001}, False),
    ],
    ids=str,
)
def test_too_few_shots_are_told_from_the_bound_at_its_best(job, keys, found):
    entry = {"kind": "distribution", "job": "counts", "ideal": True, "metric": "total_variation_distance", **keys}
    data = {"jobs": {"counts": {"program_id": "sampler", "pubs": [], **job}}, "expect": [entry]}
    assert [each.code for each in check_distributions(data)] == (["too-few-shots"] if found else [])


@pytest.mark.parametrize(
    "keys",
    [
        {"job": "counts", "values": "{'0 00': 1}"},
        {"job": "counts", "register": "flag", "values": "{'0': 1}"},
        {"job": "counts", "pub": 0.0, "register": "meas", "values": "{00: 0.5}"},
    ],
)
def test_an_expectation_that_can_hold_is_silent(marked, keys):
    assert marked(more=expect(kind="probabilities", tolerance=0.1, **keys)) == []


def test_points_of_an_estimator_are_those_of_values_and_observables(marked):
    wide = ("{ZZ: 1.0}", "[[{ZZ: 1}], [{XX: 1}]]")
    near = {"kind": "expectation_values", "job": "energy", "at_most": 2}
    assert marked(wide, more=expect(**near, index="[1, 2]")) == []
    assert marked(wide, more=expect(**near, index="[2, 1]")) == [("unknown-point", "[2, 1]")]
    assert marked(wide, more=expect(**near, index="[1]")) == [("unknown-point", "[1]")]


PUBS = {
    "jobs": {
        "counts": {"program_id": "sampler", "pubs": [{"circuit": "c", "parameter_values": {"a": [1, 2], "b": 3}}]},
        "energy": {"program_id": "estimator", "pubs": [{"circuit": "c", "observables": {"ZZZ": 1}}]},
    },
    "expect": [{"kind": "probabilities", "job": "counts", "index": [7], "values": {"000": 1}}],
}


def test_what_is_not_known_of_a_circuit_is_not_judged():
    assert not list(check_facts(PUBS, {"c": CircuitFacts()}))
    assert not list(check_facts(PUBS, {}))
    assert not list(check_expectations(PUBS, {"c": CircuitFacts()}))


def test_the_same_rules_judge_by_all_facts():
    facts = CircuitFacts(num_qubits=2, registers={"m": 2}, parameters={"a": None, "v": 3}, measures=False)
    codes = {finding.code for finding in check_facts(PUBS, {"c": facts})}
    assert codes == {"unknown-parameter", "missing-parameter", "no-measurements", "observable-width"}
    assert {finding.code for finding in check_expectations(PUBS, {"c": facts})} == {"bitstring-width", "unknown-point"}


def test_shapes_of_files_are_judged_when_they_are_known():
    data = {
        "jobs": {
            "j": {"program_id": "sampler", "pubs": [{"circuit": "c", "parameter_values": {"v": {"file": "v.npy"}}}]}
        }
    }
    facts = {"c": CircuitFacts(parameters={"v": 3}, measures=True)}
    route = ("jobs", "j", "pubs", 0, "parameter_values", "v")
    assert not list(check_facts(data, facts))
    assert not list(check_facts(data, facts, {route: (5, 3)}))
    assert [finding.code for finding in check_facts(data, facts, {route: (3, 5)})] == ["parameter-shape"]
    assert shape_of_pub(data["jobs"]["j"]["pubs"][0], facts["c"], route[:4], {route: (5, 3)}) == (5,)
    assert shape_of_pub(data["jobs"]["j"]["pubs"][0], facts["c"], route[:4], {}) is None


def test_binding_and_measuring_change_what_is_known():
    bare = CircuitFacts(num_qubits=2, registers={"c": 1}, parameters={"a": None, "v": 3}, measures=False)
    circuit = Circuit(source=None, measure="all", bind={"a": 0, "v[1]": 1})
    assert not list(check_additions(circuit, bare, ("circuits", "c")))
    facts = with_additions(circuit, bare)
    assert facts.parameters == {"v[0]": None, "v[2]": None}
    assert facts.registers == {"c": 1, "meas": 2}
    assert facts.measures is True
    assert with_additions(circuit, CircuitFacts()) == CircuitFacts(measures=True)
    assert with_additions(Circuit(source=None), bare) == bare


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        (CircuitFacts(measures=True), ["already-measured"]),
        (CircuitFacts(measures=False, registers={"meas": 2}), ["already-measured"]),
        (CircuitFacts(measures=False, registers={"c": 2}), []),
        (CircuitFacts(), []),
    ],
)
def test_measure_all_is_for_circuits_that_do_not_measure(facts, codes):
    found = check_additions(Circuit(source=None, measure="all"), facts, ("circuits", "c"))
    assert [finding.code for finding in found] == codes


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ({"Z": 1}, ()),
        ([{"Z": 1}, {"X": 1}], (2,)),
        ([[{"Z": 1}], [{"X": 1}]], (2, 1)),
        ([[{"Z": 1}], {"X": 1}], None),
        ([], None),
        (UNSOUND, None),
        ([UNSOUND], None),
    ],
)
def test_the_shape_of_observables(value, shape):
    assert shape_of_observables(value) == shape


class TestSound:
    """The part of the data that rules can still be asked about."""

    def of(self, data, *mistakes):
        data = {"backend": {"kind": "aer"}, **data} if isinstance(data, dict) else data
        found = sound(
            data, [Diagnostic(code="x", message="", route=route, on_key=on_key) for route, on_key in mistakes]
        )
        found.pop("backend", None)
        return found

    def test_a_value_with_a_mistake_is_taken_out_and_places_stay(self):
        found = self.of({"a": [1, {"b": 2}, 3]}, (("a", 1, "b"), False), (("a", 0), False))
        assert found == {"a": [UNSOUND, {"b": UNSOUND}, 3]}
        assert not is_sound(found)
        assert is_sound({"a": [None, {}]})

    def test_a_mistake_about_a_key_takes_nothing_out(self):
        assert self.of({"a": {"b": 1}}, (("a", "b"), True)) == {"a": {"b": 1}}

    def test_a_mistake_about_a_key_in_a_parameter_value_takes_out_the_value(self):
        pub = {"parameter_values": {"θ": {"random": {"low": 0}}}}
        data = {"jobs": {"j": {"program_id": "sampler", "pubs": [pub]}}}
        route = ("jobs", "j", "pubs", 0, "parameter_values", "θ", "random", "low")
        found = self.of(data, (route, True))
        assert found["jobs"]["j"]["pubs"][0]["parameter_values"] == {"θ": UNSOUND}

    def test_of_an_entry_of_an_unknown_kind_nothing_is_sound(self):
        data = {
            "jobs": {"j": {"program_id": "smapler", "pubs": "x"}, "k": 5},
            "sinks": [{"kind": "csv"}, {}],
            "circuits": 7,
        }
        found = self.of(data)
        assert found["jobs"] == {"j": UNSOUND, "k": UNSOUND}
        assert found["sinks"] == [{"kind": "csv"}, UNSOUND]

    def test_nothing_is_sound_when_not_all_mistakes_were_told(self):
        assert self.of({"a": 1}, *[(("a", n), False) for n in range(500)]) == {}

    def test_nothing_is_left_of_a_document_that_is_no_mapping(self):
        assert self.of([1], ((), False)) == {}
        assert self.of({"a": 1}, ((), False)) == {}
