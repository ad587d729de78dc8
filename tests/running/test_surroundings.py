"""What numbers depend on beside the spec."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

import qspec
from qspec.running.surroundings import PACKAGES, blas_kernels, machine, versions


def test_versions_are_those_that_are_installed():
    found = versions()
    assert found["python"] == platform.python_version()
    assert found["qspec-runner"] == qspec.__version__
    for name in PACKAGES:
        assert found[name] == importlib.metadata.version(name)


def test_a_package_that_is_not_installed_has_no_version():
    assert "no-such-package-anywhere" not in versions(["no-such-package-anywhere"])


def test_versions_are_found_without_importing_the_packages():
    code = (
        "import sys; from qspec.running.surroundings import versions; assert versions()['qiskit']\n"
        "assert not {'qiskit', 'numpy', 'qiskit_ibm_runtime'} & set(sys.modules)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(qspec.__file__).parents[1])}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)


def test_the_machine_is_described_without_its_name():
    found = machine()
    assert found.system == platform.system()
    assert 1 <= found.usable_cpus <= found.cpus
    assert platform.node() not in repr(found)


@pytest.mark.skipif(sys.platform != "linux", reason="kernels are only found on Linux")
def test_each_openblas_names_its_kernel():
    import numpy as np

    np.linalg.inv(np.eye(2))
    kernels = blas_kernels()
    assert all(name and kernel for name, kernel in kernels.items())
    if "openblas" in str(np.show_config(mode="dicts")).lower():
        assert kernels
