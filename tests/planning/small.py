"""Small circuits and jobs, as data."""

from __future__ import annotations

from qiskit import qasm2


def job(program_id, *pubs, **keys):
    """The jobs of a spec with one job."""
    return {"jobs": {"job": {"program_id": program_id, "pubs": list(pubs), **keys}}}


def text(*lines):
    """A circuit in OpenQASM 3."""
    return {"kind": "qasm", "source": "\n".join(['OPENQASM 3.0;\ninclude "stdgates.inc";', *lines])}


def legacy(source):
    """A circuit from OpenQASM 2."""
    return qasm2.loads(f'OPENQASM 2.0;\ninclude "qelib1.inc";\n{source}')
