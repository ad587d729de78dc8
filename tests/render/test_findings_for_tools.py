"""Findings as JSON, as GitHub annotations and as SARIF."""

from __future__ import annotations

import json
from urllib.parse import unquote

import pytest

from qspec.diagnostics import Diagnostic, Related, Span
from qspec.reading.explanations import Explanation
from qspec.render.findings_github import render_github
from qspec.render.findings_json import render_json
from qspec.render.findings_sarif import render_sarif

PLACE = Span(path="specs/bell.yaml", line=9, column=5, end_line=9, end_column=10)
OTHER = Span(path="circuits/b.qasm", line=2, column=1, end_line=2, end_column=4)
FINDING = Diagnostic(
    code="unknown-key",
    message="'shotz' is not a key",
    route=("jobs", "counts", "shotz"),
    span=PLACE,
    label="did you mean 'shots'?",
    notes=("keys here: shots",),
    related=(Related(label="the circuit", span=OTHER),),
)
WARNING = Diagnostic(code="unused-circuit", message="nobody uses 'a'", severity="warning", route=("circuits", "a"))


def test_the_json_document_is_this_one_for_ever():
    assert json.loads(render_json([FINDING, WARNING])) == {
        "version": 1,
        "findings": [
            {
                "code": "unknown-key",
                "severity": "error",
                "message": "'shotz' is not a key",
                "label": "did you mean 'shots'?",
                "route": ["jobs", "counts", "shotz"],
                "path": "specs/bell.yaml",
                "line": 9,
                "column": 5,
                "endLine": 9,
                "endColumn": 10,
                "related": [
                    {
                        "label": "the circuit",
                        "path": "circuits/b.qasm",
                        "line": 2,
                        "column": 1,
                        "endLine": 2,
                        "endColumn": 4,
                    }
                ],
                "notes": ["keys here: shots"],
            },
            {
                "code": "unused-circuit",
                "severity": "warning",
                "message": "nobody uses 'a'",
                "label": "",
                "route": ["circuits", "a"],
                "path": None,
                "line": None,
                "column": None,
                "endLine": None,
                "endColumn": None,
                "related": [],
                "notes": [],
            },
        ],
        "counts": {"errors": 1, "warnings": 1},
    }


def test_json_is_ascii_whatever_the_spec_says():
    finding = Diagnostic(code="c", message="θ \udcff", span=PLACE)
    text = render_json([finding])
    assert text.isascii()
    assert json.loads(text)["findings"][0]["message"] == "θ \udcff"


def test_a_github_annotation_has_every_property():
    assert render_github([FINDING]) == (
        "::error file=specs/bell.yaml,line=9,col=5,endLine=9,endColumn=10,title=error[unknown-key]"
        "::'shotz' is not a key%0Adid you mean 'shots'?%0Acircuits/b.qasm:2:1: the circuit%0Akeys here: shots\n"
    )


def test_a_github_annotation_without_a_place_names_the_route():
    assert render_github([WARNING]) == "::warning title=warning[unused-circuit]::circuits.a: nobody uses 'a'\n"


def test_a_github_annotation_over_several_lines_has_no_columns():
    place = Span(path="a.yaml", line=1, column=3, end_line=4, end_column=1)
    text = render_github([Diagnostic(code="c", message="m", span=place)])
    assert text == "::error file=a.yaml,line=1,endLine=4,title=error[c]::m\n"


@pytest.mark.parametrize(
    ("raw", "in_message", "in_property"),
    [
        ("%", "%25", "%25"),
        ("\r", "%0D", "%0D"),
        ("\n", "%0A", "%0A"),
        (":", ":", "%3A"),
        (",", ",", "%2C"),
        ("%0A", "%250A", "%250A"),
    ],
)
def test_github_escapes_messages_and_properties(raw: str, in_message: str, in_property: str):
    place = Span(path=f"a{raw}b", line=1, column=1, end_line=1, end_column=2)
    text = render_github([Diagnostic(code="c", message=f"x{raw}y", span=place)])
    assert text.startswith(f"::error file=a{in_property}b,line=1,")
    assert text.endswith(f"::x{in_message}y\n")


def test_tools_get_paths_from_the_root_of_the_checkout(tmp_path, monkeypatch):
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs/bell.yaml").touch()
    monkeypatch.chdir(tmp_path / "specs")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    finding = Diagnostic(code="c", message="m", span=Span(path="bell.yaml", line=1, column=1, end_line=1, end_column=2))
    assert "file=specs/bell.yaml," in render_github([finding])
    assert (
        sarif([finding])["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        == "specs/bell.yaml"
    )


def sarif(findings: list[Diagnostic]) -> dict:
    explained = Explanation(title="a key that does not exist", why="a `key` is checked", wrong="", right="")
    rules = {"unknown-key": explained}
    log = json.loads(render_sarif(findings, rules=rules, version="1.2.3"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    return run


def test_sarif_names_the_tool_and_explains_its_rules():
    driver = sarif([FINDING, WARNING, FINDING])["tool"]["driver"]
    assert driver == {
        "name": "qspec",
        "version": "1.2.3",
        "rules": [
            {
                "id": "unknown-key",
                "shortDescription": {"text": "a key that does not exist"},
                "fullDescription": {"text": "a 'key' is checked"},
                "help": {"text": "a 'key' is checked", "markdown": "a `key` is checked"},
            },
            {"id": "unused-circuit"},
        ],
    }


def test_sarif_results_point_to_their_rule_and_place():
    run = sarif([WARNING, FINDING])
    warning, error = run["results"]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in (warning, error)] == [warning["ruleId"], error["ruleId"]]
    assert (warning["level"], error["level"]) == ("warning", "error")
    assert warning["locations"] == []
    assert warning["message"]["text"] == "nobody uses 'a'\nat circuits.a"
    assert error["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "specs/bell.yaml", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 9, "startColumn": 5, "endLine": 9, "endColumn": 10},
            }
        }
    ]
    (related,) = error["relatedLocations"]
    assert related["message"] == {"text": "the circuit"}
    assert related["physicalLocation"]["artifactLocation"]["uri"] == "circuits/b.qasm"


def test_sarif_counts_columns_in_code_points():
    assert sarif([FINDING])["columnKind"] == "unicodeCodePoints"


@pytest.mark.parametrize("path", ["a b/ü.yaml", "50%.yaml", "c:d#e?.yaml", "../x.yaml", "[1].yaml"])
def test_sarif_paths_are_relative_references(path: str):
    finding = Diagnostic(code="c", message="m", span=Span(path=path, line=1, column=1, end_line=1, end_column=2))
    artifact = sarif([finding])["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact["uri"].isascii()
    assert not set(artifact["uri"]) & set(' :#?[]"<>\\')
    assert unquote(artifact["uri"]) == path


def test_sarif_paths_outside_are_file_uris():
    finding = Diagnostic(
        code="c", message="m", span=Span(path="/tmp/a b.yaml", line=1, column=1, end_line=1, end_column=2)
    )
    artifact = sarif([finding])["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "file:///tmp/a%20b.yaml"}


@pytest.mark.parametrize(
    ("path", "said"), [("--set seed", "at --set seed"), ("-", "in standard input, line 2, column 3")]
)
def test_what_stands_in_no_file_points_to_none(path, said):
    span = Span(path=path, line=2, column=3, end_line=2, end_column=4)
    related = (Related(label="first here", span=span),)
    finding = Diagnostic(code="bad-value", message="no", label="write a number", span=span, related=related)
    (result,) = sarif([finding])["results"]
    assert result["locations"] == []
    assert "relatedLocations" not in result
    assert result["message"]["text"] == f"no\n{said}\nwrite a number\n{said}: first here"
    assert render_github([finding]) == (
        f"::error title=error[bad-value]::no%0A{said}%0Awrite a number%0A{said}: first here\n"
    )
