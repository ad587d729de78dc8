"""What looks like a credential is an error, and its text is in no output (promise P12)."""

from __future__ import annotations

import pytest

from qspec.diagnostics import Diagnostic
from qspec.reading.files import InputFiles
from qspec.reading.load import check_content
from qspec.reading.rules.secrets import MOST_SECRETS, find_secrets
from qspec.render.findings import render_findings
from qspec.render.findings_github import render_github
from qspec.render.findings_json import render_json
from qspec.render.findings_sarif import render_sarif

IBM_KEY = "q0Hx7Lr2Vb9sTnZ4kYw8Jc1MfPd5GaUe3XiRo6Es-_AB"
GITHUB = "ghp_0123456789abcdefghijABCDEFGHIJ456789"
TOKENS = {
    "IBM Cloud API key": IBM_KEY,
    "GitHub token": GITHUB,
    "fine-grained GitHub token": "github_pat_11ABCDEFG0aBcDeFgHiJkL_mNoPqRsTuVwXyZ0123456789",
    "GitLab token": "glpat-aB3dE6gH9jK2mN5pQ8sT",
    "AWS access key": "AKIAIOSFODNN7EXAMPLE",
    "Google API key": "AIzaSyA1234567890abcdefghijklmnopqrstuv",
    "Slack token": "xoxb-123456789012-abcdefghijkl",
    "bearer token": "Bearer abcdefghijklmnopqrstuvwxyz012345",
    "JSON web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
    "password in a URL": "https://alice:correct-horse@example.org/data",
}
HEAD = "qspec: 1\nname: x\n"


@pytest.fixture
def check(repository):
    """Checks a text, and returns the codes and everything that is ever shown of it."""

    def check(text, *overrides):
        checked = check_content(text.encode(), "spec.yaml", "spec.yaml", InputFiles(repository), overrides)
        found = checked.findings
        shown = [
            render_findings(found, checked.sources, checked=["spec.yaml"]),
            render_json(found),
            render_github(found),
            render_sarif(found, rules={}, version="1"),
            repr(found),
            repr(dict(checked.sources)),
        ]
        return [finding.code for finding in found], "\n".join(shown)

    return check


PLACES = {
    "a key of its own": "backend: {{kind: aer, token: '{}'}}",
    "an option": "backend: {{kind: aer, options: {{deep: ['{}']}}}}",
    "a text": "description: use {} to log in",
    "a comment": "# {}\nseed: 1",
    "a number's place": "seed: '{}'",
    "a choice's place": "backend: {{kind: '{}'}}",
    "a key": "'{}': 1",
    "a block": "description: |\n  first\n  {}\n",
    "a path": "circuits: {{c: {{kind: qasm, file: '{}'}}}}",
    "an id": "jobs: {{j: {{program_id: sampler, pubs: [{{circuit: '{}'}}]}}}}",
    "an expression": "circuits: {{c: {{kind: qasm, source: '', bind: {{a: '{}'}}}}}}",
    "an anchor's value": "tags: [&a '{}', *a]",
    "broken YAML": "description: '{}",
    "a list": "tags: {}",
}


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_token_is_found_wherever_it_stands_and_never_shown(check, place, token):
    codes, shown = check(HEAD + place.format(token) + "\n")
    assert "secret" in codes
    secret = token.removeprefix("https://").removesuffix("@example.org/data").removeprefix("Bearer ")
    assert secret not in shown
    assert secret[:12] not in shown


def test_a_token_in_an_override_is_not_shown(check):
    codes, shown = check(HEAD, f"backend.token={IBM_KEY}")
    assert "secret" in codes
    assert IBM_KEY not in shown


def test_a_token_in_a_base_is_not_shown(check, repository):
    (repository / "base.yaml").write_text(f"backend: {{kind: aer, token: {GITHUB}}}")
    codes, shown = check(f"{HEAD}extends: base.yaml\n")
    assert "secret" in codes
    assert GITHUB not in shown


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("token", "correct-horse-battery"),
        ("api_key", "0123456789abcdef"),
        ("password", "hunter22"),
        ("iam_apikey", "x9" * 20),
    ],
)
def test_a_value_under_a_telling_key_is_a_secret(check, key, value):
    codes, shown = check(f"{HEAD}backend: {{kind: aer, options: {{{key}: {value}}}}}\n")
    assert "secret" in codes
    assert value not in shown


def test_a_secret_in_escapes_is_masked_as_it_is_written(check):
    codes, shown = check(f'{HEAD}backend: {{kind: aer, token: "correct\\x2Dhorse"}}\n')
    assert "secret" in codes
    assert "correct" not in shown
    assert "\\x2Dhorse" not in shown


@pytest.mark.parametrize(
    "text",
    [
        "parameter_values: {token: 2*pi/300000}",
        "token: $QISKIT_IBM_TOKEN",
        "token: ${{ secrets.TOKEN }}",
        "token: <your token>",
        "token: xxxxxxxxxxxx",
        "password: short",
        "description: the token is in the environment",
        "description: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "file: data/a_long_name_of_a_file_with_many_words_2024.npy",
        "name: an-identifier-of-exactly-forty-four-letters-",
        "tags: ['https://example.org:8080/path@2x']",
        "crn: crn:v1:bluemix:public:quantum-computing:us-east:a/0123456789abcdef0123456789abcdef::",
        "description: Bearer of good news",
    ],
)
def test_what_only_resembles_a_secret_is_none(read, text):
    document = read(text)
    assert not find_secrets(document.root, {"spec.yaml": text})


def test_a_finding_about_something_else_in_the_line_is_masked(check):
    codes, shown = check(f"{HEAD}backend: {{kind: aer, methd: 1, token: {IBM_KEY}}}\n")
    assert codes.count("secret") == 1
    assert "unknown-key" in codes
    assert IBM_KEY not in shown
    assert "*" * 44 in shown


def test_a_private_key_is_masked_in_all_its_lines(check):
    key = "-----BEGIN PRIVATE KEY-----\n    MIIEvQIBADANBgkqhkiG\n    -----END PRIVATE KEY-----"
    codes, shown = check(f"{HEAD}description: |\n    {key}\nshots: 1\n")
    assert "secret" in codes
    assert "MIIEvQ" not in shown


def test_of_many_secrets_the_first_are_shown_and_nothing_else(check):
    tokens = [f"AKIA{n:016d}" for n in range(500)]
    codes, shown = check(HEAD + "tags: [" + ", ".join(tokens) + "]\nshotz: 1\n")
    assert codes == ["secret"] * MOST_SECRETS
    assert not any(token in shown for token in tokens)


def test_a_finding_of_a_secret_says_what_to_do(read):
    text = f"token: {IBM_KEY}"
    (secret,) = find_secrets(read(text).root, {"spec.yaml": text})
    finding = secret.finding()
    assert isinstance(finding, Diagnostic)
    assert finding.label == "remove it, and revoke it if this file was ever shared"
    assert str(finding.span) == "spec.yaml:1:8"


def test_a_credential_in_a_circuit_file_is_a_finding_and_is_not_shown(tmp_path):
    from qspec.reading.load import check_file
    from qspec.render.findings import render_findings

    token = "ghp_" + "abcdefghijklmnopqrstuvwxyz0123456789"
    (tmp_path / "a.qasm").write_text(f'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2] {token};\n', encoding="utf-8")
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        "qspec: 1\nname: x\nbackend: {kind: aer}\ncircuits: {a: {kind: qasm, file: a.qasm}}\n"
        "jobs: {c: {program_id: sampler, pubs: [{circuit: a}]}}\n",
        encoding="utf-8",
    )
    checked = check_file(str(spec))
    assert "secret" in {finding.code for finding in checked.findings}
    assert token not in render_findings(checked.findings, checked.sources, checked=[str(spec)])
