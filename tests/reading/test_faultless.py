"""What plain data tells about a spec is what the whole way would say: nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutations import made, with_damage, with_noise

from qspec.reading.axes import read_axes
from qspec.reading.document import DEEPEST, read_document
from qspec.reading.faultless import is_faultless, points_of
from qspec.reading.files import InputFiles
from qspec.reading.load import check_file
from qspec.reading.plain import LONGEST, read_plain
from qspec.reading.reports import report_each
from qspec.reading.schema import compose
from qspec.reading.sweeping import sweep_of
from qspec.reading.walker import Walker

TESTS = Path(__file__).parents[1]
GOLDEN = TESTS / "golden"
SPECS = sorted([*GOLDEN.glob("ok/*.yaml"), *TESTS.parent.glob("specs/*.yaml")])
SCHEMA = compose()
WALKER = Walker(SCHEMA)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A repository with a copy of the specs of a folder, which is the current folder; returns their names."""

    def place(folder):
        shutil.copytree(folder, tmp_path / folder.name)
        (tmp_path / folder.name / ".git").mkdir(exist_ok=True)
        monkeypatch.chdir(tmp_path / folder.name)
        return [path.name for path in sorted(Path().glob("*.yaml"))]

    return place


@pytest.mark.parametrize("folder", [GOLDEN / "ok", GOLDEN / "bad", TESTS.parent / "specs"], ids=lambda path: path.name)
def test_a_report_has_the_findings_of_the_whole_way(place, folder):
    names = place(folder)
    reports = list(report_each(names))
    assert [report.path for report in reports] == names
    for report in reports:
        checked = check_file(report.path)
        assert report.findings == checked.findings
        assert report.sources == (checked.sources if checked.findings else {})


@pytest.mark.parametrize("folder", [GOLDEN / "ok", TESTS.parent / "specs"], ids=lambda path: path.name)
def test_specs_without_a_base_or_a_directive_are_told_by_their_plain_data(place, folder):
    for name in place(folder):
        content = Path(name).read_bytes()
        if check_file(name).findings == () and b"extends: " not in content and not content.startswith(b"%"):
            assert is_faultless(content, "", InputFiles(Path.cwd())), name


def test_an_override_is_no_part_of_the_plain_data(place):
    place(TESTS.parent / "specs")
    (report,) = report_each(["bell.yaml"], overrides=["seed=x"])
    assert [finding.code for finding in report.findings] == ["wrong-type"]


def test_a_secret_in_a_circuit_file_is_seen(repository):
    (repository / "c.qasm").write_text(f"OPENQASM 3.0;\n// ghp_{'a1B2' * 9}\nqubit[1] q;\nbit[1] c;\nc = measure q;\n")
    text = (
        "qspec: 1\nname: x\nbackend: {kind: aer}\ncircuits: {c: {kind: qasm, file: c.qasm}}\n"
        "jobs: {j: {program_id: sampler, pubs: [{circuit: c}]}}\n"
    )
    assert not is_faultless(text.encode(), "", InputFiles(repository))
    (repository / "c.qasm").write_text("OPENQASM 3.0;\nqubit[1] q;\nbit[1] c;\nc = measure q;\n")
    assert is_faultless(text.encode(), "", InputFiles(repository))


@pytest.mark.parametrize("key", ["token", r'"tok\x65n"', "API_KEY", "'my password'"])
def test_a_value_under_a_telling_key_is_seen(repository, key):
    text = (
        "qspec: 1\nname: x\nbackend: {kind: aer}\ncircuits: {c: {kind: library, name: ghz, args: {num_qubits: 2}}}\n"
        "jobs: {j: {program_id: estimator, pubs: [{circuit: c, observables: {ZZ: 1}}]}}\n"
    ).replace("args: {", f"args: {{{key}: correcthorse, ")
    assert not is_faultless(text.encode(), "", InputFiles(repository))


def agree(text):
    """Both readers take a text alike, or the plain one leaves it to the other; whether it took it."""
    plain = read_plain(text)
    if plain is not None:
        document = read_document(text.encode(), "spec.yaml")
        assert document.findings == []
        assert repr(document.root.plain()) == repr(plain)  # so that 1, 1.0 and true differ
    return plain is not None


def test_both_readers_take_damaged_texts_alike(rng):
    taken = 0
    for _ in range(1500):
        content = with_noise(rng.choice(SPECS).read_bytes(), rng)
        try:
            taken += agree(content.decode("utf-8-sig"))
        except UnicodeDecodeError:
            continue
    assert taken > 100, "some of the texts must be right, or the proof says little"


@settings(max_examples=800, deadline=None)
@given(st.text(alphabet=list("ab:- \n[]{}&*!|>'\"#%@`?,~01.eθ\t\r\ufeff\u2028"), max_size=60))
def test_both_readers_take_any_text_alike(text):
    agree(text)
    agree(f"k: {text}")


@pytest.mark.parametrize(
    "text",
    [
        "a: &x [*x]",
        "a: *x",
        "&x a: *x",
        "a: 1\na: 2",
        "<<: {a: 1}",
        "a: !!int 1",
        "a: 010",
        "a: .inf",
        "a: 1\n---\nb: 1",
        "[a]",
        "? [a]\n: b",
        "%TAG ! x\n---\na: 1",
        "a: " + "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1),
        "a: &x " + "[" * (DEEPEST - 4) + "]" * (DEEPEST - 4) + "\nb: [[[[[*x]]]]]",
        "a: " + "x" * LONGEST,
        "a: &x [" + "x," * (LONGEST // 8) + "]\nb: [*x, *x, *x, *x, *x]",
        "",
        "#",
    ],
)
def test_what_may_be_wrong_or_large_is_left_to_the_other_reader(text):
    assert read_plain(text) is None


def test_aliases_and_quotes_are_plain():
    assert read_plain('a: &x [1, "1", ~]\nb: *x\n? c\n: {d: *x, e: &y 0x1F, f: *y}') == {
        "a": [1, "1", None],
        "b": [1, "1", None],
        "c": {"d": [1, "1", None], "e": 31, "f": 31},
    }


def test_a_value_in_a_valid_document_is_judged_as_the_whole(rng):
    agreed = set()
    for _ in range(400):
        document = made(SCHEMA, SCHEMA["definitions"], rng, wrong=0)
        if not WALKER.accepts(document):
            continue
        for key in document:
            other = with_damage({key: document[key]}, rng)
            if other.keys() == {key}:
                whole = WALKER.accepts({**document, **other})
                assert WALKER.accepts_values(other) == whole, (document, other)
                agreed.add(whole)
    assert agreed == {True, False}


SWEEPS = [
    "{seed: [1, 2], backend.name: [fake_manila, fake_hanoi], transpile.optimization_level: [0, 3]}",
    "{jobs.j.options.twirling.enable_gates: [true, null], jobs.j.pubs.0.circuit: [c, d], backend: [{kind: aer}, null]}",
    "{jobs.j.shots: {linspace: [10, 30, 3]}, circuits.c.args.num_qubits: {arange: [2, 5, 1]}}",
]


@pytest.mark.parametrize("combine", ["product", "zip"])
@pytest.mark.parametrize("axes", SWEEPS)
def test_the_points_of_a_sweep_are_those_of_its_tree(axes, combine):
    text = (
        "qspec: 1\nname: x\nbackend: {kind: fake, name: fake_manila}\n"
        "circuits: {c: {kind: library, name: ghz, args: {num_qubits: 2}}}\n"
        f"jobs: {{j: {{program_id: sampler, pubs: [{{circuit: c}}]}}}}\nsweep: {{combine: {combine}, axes: {axes}}}\n"
    )
    root = read_document(text.encode(), "spec.yaml").root
    read, findings = read_axes(root)
    assert read is not None, findings
    points = [point for _, point in points_of(root.plain(), *sweep_of(root.plain()))]
    assert points == [read.root(variant).plain() for variant in range(len(read.variants))]
    assert len(points) > 1
