"""`extends` merges bases beneath, `--set` puts values on top, and every value keeps its place."""

from __future__ import annotations

import hashlib

import pytest

from qspec.errors import UsageError
from qspec.reading.document import read_document
from qspec.reading.files import InputFiles
from qspec.reading.layers import MOST_LAYERS, apply_override, path_routes, put, read_stack


@pytest.fixture
def stack(repository):
    """Writes files, and reads the first as a spec with all that it extends."""

    def stack(**texts):
        for name, text in texts.items():
            path = repository / f"{name.replace('__', '/')}.yaml"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        first = f"{next(iter(texts)).replace('__', '/')}.yaml"
        content = (repository / first).read_bytes()
        return read_stack(content, first, first, InputFiles(repository))

    return stack


def told(stack):
    return [(finding.code, str(finding.span)) for finding in stack.findings]


def test_mappings_merge_and_the_rest_replaces(stack):
    read = stack(
        top="extends: base.yaml\na: {x: 1}\nb: [3]\nc: {y: 2}\nd: 4",
        base="a: {x: 0, z: 9}\nb: [1, 2]\nc: text\nd: {deep: 1}\ne: kept",
    )
    assert read.root.plain() == {
        "extends": "base.yaml", "a": {"x": 1, "z": 9}, "b": [3], "c": {"y": 2}, "d": 4, "e": "kept",
    }  # fmt: skip
    assert read.complete
    assert not read.findings


def test_null_removes_at_any_depth(stack):
    read = stack(top="extends: base.yaml\na: null\nb: {c: ~, d: {e: null}}", base="a: 1\nb: {c: 2, f: 3}")
    assert read.root.plain() == {"extends": "base.yaml", "b": {"f": 3, "d": {}}}


def test_null_in_a_list_stays(stack):
    assert stack(top="extends: base.yaml\na: [null, 1]", base="a: [2]").root.plain()["a"] == [None, 1]


def test_without_a_base_null_is_a_value(stack):
    assert stack(top="a: null").root.plain() == {"a": None}


def test_values_keep_the_file_and_place_that_wrote_them(stack):
    read = stack(top="extends: base.yaml\na: {x: 1}", base="a:\n  y: 2\n  x: 0")
    assert str(read.root.span(("a", "y"))) == "base.yaml:2:6"
    assert str(read.root.span(("a", "x"))) == "top.yaml:2:8"
    assert str(read.root.span(("a", "y"), on_key=True)) == "base.yaml:2:3"


def test_bases_may_extend_others(stack):
    read = stack(top="extends: b.yaml\na: 1", b="extends: c.yaml\na: 2\nb: 2", c="a: 3\nb: 3\nc: 3")
    assert read.root.plain() == {"extends": "b.yaml", "a": 1, "b": 2, "c": 3}
    assert [layer.name for layer in read.layers] == ["top.yaml", "b.yaml", "c.yaml"]


def test_layers_hold_the_bytes_and_their_hash(stack):
    read = stack(top="extends: base.yaml\n", base="a: 1\n")
    assert read.layers[1].content == b"a: 1\n"
    assert read.layers[1].sha256 == f"sha256:{hashlib.sha256(b'a: 1' + bytes([10])).hexdigest()}"


def test_a_base_is_found_from_the_file_that_extends_it(stack):
    read = stack(specs__top="extends: ../bases/one.yaml", bases__one="extends: two.yaml\na: 1", bases__two="b: 2")
    assert read.root.plain()["b"] == 2


@pytest.mark.parametrize(
    ("texts", "code", "place"),
    [
        ({"top": "extends: none.yaml"}, "missing-file", "top.yaml:1:10"),
        ({"top": "extends: ../x.yaml"}, "outside-repository", "top.yaml:1:10"),
        ({"top": "extends: /etc/passwd"}, "outside-repository", "top.yaml:1:10"),
        ({"top": "extends: top.yaml"}, "extends-circle", "top.yaml:1:10"),
        ({"top": "a: 1\nextends: b.yaml", "b": "extends: ./top.yaml"}, "extends-circle", "b.yaml:1:10"),
        ({"top": "extends: b.yaml", "b": "a: [1"}, "yaml-syntax", "b.yaml:1:6"),
        ({"top": "extends: b.yaml", "b": ""}, "empty-spec", "b.yaml:1:1"),
        ({"top": "extends: ."}, "missing-file", "top.yaml:1:10"),
    ],
)
def test_a_base_that_cannot_be_read_is_one_finding(stack, texts, code, place):
    read = stack(**texts)
    assert told(read) == [(code, place)]
    assert read.root is not None
    assert not read.complete


def test_a_circle_is_named(stack):
    read = stack(top="extends: b.yaml", b="extends: c.yaml", c="extends: b.yaml")
    assert read.findings[0].message == "'extends' runs in a circle: b.yaml -> c.yaml -> b.yaml"


def test_a_chain_has_an_end(stack):
    texts = {f"s{n}": f"extends: s{n + 1}.yaml" for n in range(MOST_LAYERS + 1)}
    assert told(stack(**texts)) == [("extends-circle", f"s{MOST_LAYERS - 1}.yaml:1:10")]


def test_a_base_larger_than_a_spec_may_be_is_not_read(stack):
    read = stack(top="extends: base.yaml", base="# " + "x" * (1 << 20))
    assert told(read) == [("file-too-large", "top.yaml:1:10")]


def test_a_base_that_is_not_a_mapping_is_replaced(stack):
    assert stack(top="extends: base.yaml\na: 1", base="[1, 2]").root.plain() == {"extends": "base.yaml", "a": 1}


def test_extends_that_is_no_text_extends_nothing(stack):
    assert stack(top="extends: 5").complete


def test_bases_do_not_change_what_they_share(stack):
    read = stack(top="extends: base.yaml\na: {x: 2}", base="a: &a {x: 1}\nb: *a")
    assert read.root.plain() == {"extends": "base.yaml", "a": {"x": 2}, "b": {"x": 1}}


def overridden(text, *overrides):
    root, findings = read_document(text.encode(), "spec.yaml").root, []
    for override in overrides:
        root = apply_override(root, override, "", findings)
    assert not findings
    return root


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("a=2", {"a": 2, "b": {"c": [1, {"d": 2}]}}),
        ("b.e=x", {"a": 1, "b": {"c": [1, {"d": 2}], "e": "x"}}),
        ("b.c.0=7", {"a": 1, "b": {"c": [7, {"d": 2}]}}),
        ("b.c.1.d=[1, 2]", {"a": 1, "b": {"c": [1, {"d": [1, 2]}]}}),
        ("b={x: 1}", {"a": 1, "b": {"x": 1}}),
        ("b=", {"a": 1}),
        ("b.c=null", {"a": 1, "b": {}}),
        ("new.deep.key=1e-3", {"a": 1, "b": {"c": [1, {"d": 2}]}, "new": {"deep": {"key": 1e-3}}}),
        ("a.b=1", {"a": {"b": 1}, "b": {"c": [1, {"d": 2}]}}),
        ("a='='", {"a": "=", "b": {"c": [1, {"d": 2}]}}),
        ("θ=π", {"a": 1, "b": {"c": [1, {"d": 2}]}, "θ": "π"}),
    ],
)
def test_an_override_puts_a_value_at_its_place(override, expected):
    assert overridden("a: 1\nb: {c: [1, {d: 2}]}", override).plain() == expected


def test_a_later_override_wins():
    assert overridden("a: 1", "a=2", "a=3").plain() == {"a": 3}


def test_a_finding_about_an_override_points_into_its_text():
    root = overridden("a: {b: 1}", "a.c=hello")
    assert str(root.span(("a", "c"))) == "--set a.c:1:5"
    assert str(root.span(("a", "c"), on_key=True)) == "--set a.c:1:1"
    assert str(root.span(("a", "b"))) == "spec.yaml:1:8"


@pytest.mark.parametrize(
    "override", ["seed", "", "=5", " =5", "a.7=1", "a.x=1", "a.-1=1", "a.²=1", "a." + "9" * 5000 + "=1"]
)
def test_an_override_of_another_form_is_refused(override):
    with pytest.raises(UsageError):
        overridden("a: [1]", override)


def test_a_base_cannot_be_named_by_an_override():
    with pytest.raises(UsageError, match="only a file can say what it extends"):
        overridden("a: 1", "extends=base.yaml")


def test_paths_stand_in_circuits_values_and_observables():
    data = {
        "circuits": {"a": {"file": "a.qasm"}, "b": {"args": {"file": "not a path"}}, "c": 5},
        "jobs": {
            "j": {
                "pubs": [
                    {"parameter_values": {"θ": {"file": "t.npy"}, "file": 3}, "observables": {"file": "h.json"}},
                    {"observables": [[{"file": "h.json"}, {"ZZ": 1}], {"file": "g.json"}]},
                    "no pub",
                ]
            }
        },
    }
    pubs = ("jobs", "j", "pubs")
    assert list(path_routes(data)) == [
        ("circuits", "a", "file"),
        (*pubs, 0, "parameter_values", "θ", "file"),
        (*pubs, 0, "observables", "file"),
        (*pubs, 1, "observables", 0, 0, "file"),
        (*pubs, 1, "observables", 1, "file"),
    ]


def test_put_copies_only_what_leads_to_a_change():
    data = {"a": [1, {"b": 2}], "c": {"d": 3}}
    changed = put(data, {("a", 1, "b"): 5, ("a", 0): 4, ("x", "y"): 6, ("a", 9): 7})
    assert changed == {"a": [4, {"b": 5}], "c": {"d": 3}}
    assert changed["c"] is data["c"]
    assert data == {"a": [1, {"b": 2}], "c": {"d": 3}}
    assert put(data, {(): 1, ("a",): 2}) == 1
