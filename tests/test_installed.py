"""The versions of installed packages."""

from __future__ import annotations

import importlib.metadata

import pytest

from qspec.installed import version_of


@pytest.mark.parametrize("package", ["qspec-runner", "qiskit", "qiskit-aer", "numpy", "PyYAML", "filelock"])
def test_a_version_is_the_one_that_python_reads_from_the_metadata(package):
    assert version_of(package) == importlib.metadata.version(package)


def test_a_package_that_is_not_installed_has_no_version():
    assert version_of("no-such-package-anywhere") is None
