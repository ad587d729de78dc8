"""One mistake is one finding: nothing is said twice, and nothing that only follows from it."""

from __future__ import annotations

import pytest

from qspec.reading.load import check_file

SPEC = """\
qspec: 1
name: x
backend: {kind: aer}
circuits:
  a: {kind: library, name: efficient_su2, args: {num_qubits: 2, reps: 1}}
jobs:
  e: {program_id: estimator, pubs: &pubs [{circuit: a, parameter_values: {θ: {linspace: [0, 1, 8]}}, observables: {ZZ: 1}}]}
  f: {program_id: estimator, pubs: *pubs}
expect:
  - {kind: expectation_values, job: e, values: 0, tolerance: 3}
"""
MISTAKES = {
    "a misspelt key that was needed": ("name: x", "nam: x", ["unknown-key"]),
    "a misspelt key that chooses the kind": ("{kind: aer}", "{kid: aer}", ["unknown-key"]),
    "a misspelt key that a condition needs": ("tolerance", "tolerancee", ["unknown-key"]),
    "a misspelt key of two conditions": ("values: 0", "valuess: 0", ["unknown-key"]),
    "a mistake behind an alias": ("{circuit: a", "{circuit: b", ["unknown-circuit"]),
    "a value that YAML has already refused": ("name: efficient_su2", "name: .inf", ["not-finite"]),
    "a tag": ("name: efficient_su2", "name: !!str efficient", ["tag"]),
}


@pytest.mark.parametrize(("right", "wrong", "codes"), MISTAKES.values(), ids=MISTAKES)
def test_one_mistake_is_one_finding(tmp_path, right, wrong, codes):
    spec = tmp_path / "spec.yaml"
    spec.write_text(SPEC, encoding="utf-8")
    assert check_file(str(spec)).findings == ()
    spec.write_text(SPEC.replace(right, wrong), encoding="utf-8")
    assert [finding.code for finding in check_file(str(spec)).findings] == codes


def test_the_contents_of_a_folder_outside_are_not_told(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "passwordfile").write_text("x", encoding="utf-8")
    inside = tmp_path / "inside"
    (inside / ".git").mkdir(parents=True)
    (inside / "link").symlink_to(outside)
    for name in ("passwordfil", "passwordfile"):
        text = SPEC.replace(
            "{kind: library, name: efficient_su2, args: {num_qubits: 2, reps: 1}}", f"{{kind: qasm, file: link/{name}}}"
        )
        (inside / "spec.yaml").write_text(text, encoding="utf-8")
        [finding] = [f for f in check_file(str(inside / "spec.yaml")).findings if "link" in f.message]
        assert (finding.code, finding.span.column) == ("outside-repository", text.splitlines()[4].index("link/") + 1)
        assert "passwordfile" not in finding.label


def test_an_override_that_cannot_be_read_is_not_repeated(tmp_path):
    from qspec.errors import UsageError

    spec = tmp_path / "spec.yaml"
    spec.write_text(SPEC, encoding="utf-8")
    for override in ("ghp_secret", "jobs.e.pubs.9.circuit=ghp_secret", "extends=ghp_secret"):
        with pytest.raises(UsageError) as failure:
            check_file(str(spec), overrides=[override])
        assert "ghp_secret" not in str(failure.value)
