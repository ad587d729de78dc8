"""The packages that numbers come from must be of one version wherever items are computed."""

from __future__ import annotations

from qspec.installed import version_of

PACKAGES = (
    "qspec-runner",
    "qiskit",
    "qiskit-aer",
    "qiskit-ibm-runtime",
    "qiskit-mitigation",
    "samplomatic",
    "numpy",
    "scipy",
)


def versions() -> dict[str, str]:
    """The versions here; empty for what is not installed."""
    return {name: version_of(name) or "" for name in PACKAGES}


def differences(there: dict[str, str]) -> str:
    """What is another version there than here, in words; empty when nothing is."""
    return ", ".join(
        f"{name} {there.get(name) or '(not installed)'} instead of {ours or '(not installed)'}"
        for name, ours in versions().items()
        if there.get(name, "") != ours
    )
