"""Code that a spec names is never run by reading it, and not at all without the person's trust."""

from __future__ import annotations

import subprocess
import sys

import pytest

import qspec
from qspec.cli.main import main
from qspec.errors import SpecError, TrustError

SPEC = """\
qspec: 1
name: decoded
backend: {kind: aer}
circuits:
  bell: {kind: library, name: quantum_volume, args: {num_qubits: 2}, measure: all}
jobs:
  counts:
    program_id: sampler
    pubs:
      - circuit: bell
    result_decoder: "trap:Decoder"
"""


@pytest.fixture
def trap(tmp_path, monkeypatch):
    """A spec whose decoder leaves a file when it is imported; the fixture is that file."""
    (tmp_path / "trap.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'w').close()\n")
    (tmp_path / "spec.yaml").write_text(SPEC)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "sprung"


@pytest.mark.parametrize("trust", [True, False])
def test_neither_checking_nor_planning_imports_the_code(trap, trust):
    qspec.check("spec.yaml", trust=trust)
    if trust:
        qspec.plan(qspec.load("spec.yaml", trust=True))
    assert "trap" not in sys.modules
    assert not trap.exists()


def test_without_trust_the_spec_is_refused(trap):
    errors = [finding for finding in qspec.check("spec.yaml") if finding.severity == "error"]
    assert [(finding.code, finding.route) for finding in errors] == [
        ("untrusted", ("jobs", "counts", "result_decoder"))
    ]
    with pytest.raises(TrustError):
        qspec.load("spec.yaml")
    assert not [finding for finding in qspec.check("spec.yaml", trust=True) if finding.severity == "error"]
    assert not trap.exists()


def test_another_mistake_is_a_wrong_spec_and_not_a_lack_of_trust(trap):
    with pytest.raises(SpecError) as caught:
        qspec.load("spec.yaml", set=["jobs.counts.shots=0"])
    assert not isinstance(caught.value, TrustError)
    assert not trap.exists()


@pytest.mark.parametrize(("words", "code"), [(("plan", "spec.yaml"), 6), (("plan", "--trust", "spec.yaml"), 0)])
def test_a_lack_of_trust_has_its_own_exit_code(trap, words, code, capsys):
    assert main(list(words)) == code
    capsys.readouterr()
    assert not trap.exists()


def test_validating_a_decoder_that_is_not_there_is_silent_about_it(tmp_path):
    (tmp_path / "spec.yaml").write_text(SPEC.replace("trap:", "nowhere:"))
    command = [sys.executable, "-m", "qspec", "validate", "--trust", str(tmp_path / "spec.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "valid" in done.stdout
