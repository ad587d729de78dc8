"""An emulator for each test, a service of the real client, and a plain HTTP client without retries."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlencode, urlsplit

import pytest

from emulator import Emulator


class Plain:
    """HTTP without retries: a request, and what came back."""

    def __init__(self, emulator):
        self.emulator = emulator
        self.token = None

    def login(self):
        body = urlencode({"grant_type": "urn:ibm:params:oauth:grant-type:apikey", "apikey": "emulated-api-key"})
        status, data = self.raw("POST", "/iam/identity/token", body, {})
        if status == 200:
            self.token = json.loads(data)["access_token"]
        return status

    def raw(self, method, path, body, headers, *, timeout=None):
        connection = http.client.HTTPConnection(urlsplit(self.emulator.url).netloc, timeout=timeout)
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            self.headers = answer.headers
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def ask(self, method, path, data=None, *, timeout=None, **headers):
        """Status and body of a request of the API; the body decoded where it is JSON."""
        if self.token is None:
            self.login()
        headers = {"Authorization": f"Bearer {self.token}", "Service-CRN": self.emulator.instance.crn} | headers
        body = None if data is None else json.dumps(data)
        status, text = self.raw(method, f"/experimental{path}", body, headers, timeout=timeout)
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text


@pytest.fixture
def emulator(monkeypatch):
    with Emulator() as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def plain(emulator):
    return Plain(emulator)


@pytest.fixture
def service(emulator):
    from qiskit_ibm_runtime import QiskitRuntimeService

    return QiskitRuntimeService()


@pytest.fixture(scope="session")
def learner_body():
    """The body of a small noise-learner job: valid, and quick to carry out."""
    from ibm_quantum_schemas.common import QpyModelV13ToV17
    from qiskit import QuantumCircuit

    circuit = QpyModelV13ToV17.from_quantum_circuit(QuantumCircuit(1), qpy_version=17)
    params = {"schema_version": "v0.3", "instructions": circuit.model_dump(mode="json"), "options": {}}
    return {"program_id": "noise-learner", "backend": "ibm_manila", "params": params}
