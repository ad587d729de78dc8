"""`kind: ibm`: a backend of IBM Quantum Platform, by the person's own account."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from qspec.errors import UsageError
from qspec.frozen import frozen
from qspec.simulation.options import Surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qspec.service.account import Account, Service
    from qspec.service.backend import RemoteBackend, Wanted


@frozen
class Ibm:
    """A backend of the service. Token and URL come from the environment or the saved account, never from a spec."""

    kind: ClassVar[str] = "ibm"
    remote: ClassVar[bool] = True
    SCHEMA: ClassVar[Mapping[str, Any]] = {
        "description": "A quantum computer of IBM Quantum Platform. The account comes from the environment"
        " (QISKIT_IBM_TOKEN, QISKIT_IBM_INSTANCE) or from QiskitRuntimeService.save_account.",
        "properties": {
            "name": {
                "type": "string",
                "minLength": 1,
                "maxLength": 100,
                "pattern": "^[A-Za-z][A-Za-z0-9_-]*$",
                "description": "Its name, such as ibm_fez.",
            },
            "least_busy": {
                "title": "the filters of least_busy",
                "type": "object",
                "description": "Instead of a name: the backend with the shortest queue among those that fit.",
                "properties": {
                    "min_num_qubits": {"type": "integer", "minimum": 1, "description": "Qubits that it has at least."},
                    "dynamic_circuits": {"type": "boolean", "description": "Whether it runs dynamic circuits."},
                    "names": {
                        "type": "array",
                        "minItems": 1,
                        "items": {"type": "string"},
                        "description": "Choose among these only.",
                    },
                },
                "additionalProperties": False,
            },
            "instance": {
                "type": "string",
                "minLength": 1,
                "description": "The instance that pays, by its name or cloud resource name (CRN).",
            },
            "account": {
                "type": "string",
                "minLength": 1,
                "description": "The name of a saved account. Without it the environment, or the default account.",
            },
            "channel": {
                "enum": ["ibm_quantum_platform", "ibm_cloud"],
                "description": "The channel of the account, where several are saved.",
            },
            "use_fractional_gates": {
                "type": "boolean",
                "description": "Whether the target has the device's fractional gates, rzz and rx (default false).",
            },
            "calibration_id": {
                "type": "string",
                "minLength": 1,
                "description": "Run with this calibration instead of the newest.",
            },
        },
        "required": [],
    }
    EXAMPLE: ClassVar[str] = """\
kind: ibm
least_busy: {min_num_qubits: 100}
instance: research
"""
    MISUSE: ClassVar[str] = """\
kind: ibm
name: ibm_fez
token: mine
"""

    name: str | None = None
    least_busy: Mapping[str, Any] | None = None
    instance: str | None = None
    account: str | None = None
    channel: str | None = None
    use_fractional_gates: bool = False
    calibration_id: str | None = None

    @property
    def surroundings(self) -> Surroundings:
        """What decides which options a run can honour, known without opening the backend."""
        return Surroundings(noisy=True, durations=True, remote=True)

    def chosen(self, name: str, instance: str) -> Self:
        """The same backend by the name and the instance that were chosen, so that neither is chosen again."""
        return replace(self, name=name, least_busy=None, instance=instance)

    @property
    def login(self) -> Account:
        """Which account it is reached by."""
        from qspec.service.account import Account

        return Account(account=self.account, channel=self.channel, instance=self.instance)

    def open(self, service: Service | None = None) -> RemoteBackend:
        """Open the backend, by an open `service` of its `login` or by one that is opened now.

        Raises `UsageError` for an unknown name, `ServiceError` for what stands in the way.
        """
        from qspec.service.backend import open_backend

        if (self.name is None) == (self.least_busy is None):
            raise UsageError("a backend of kind ibm needs 'name' or 'least_busy', one of the two")
        return open_backend(service or self.log_in(), self._wanted(), kind=self.kind)

    def recall(self, service: Service | None = None) -> RemoteBackend:
        """The backend for the sake of jobs that it has already; `service` as in `open`. Raises `ServiceError`.

        The backend itself, whose name is known by then, is opened only when more than its jobs is asked for.
        """
        from qspec.service.backend import RemoteBackend

        service = service or self.log_in()
        return RemoteBackend(kind=self.kind, name=str(self.name), service=service, wanted=self._wanted())

    def log_in(self) -> Service:
        """An open service of the `login`. Raises `ServiceError`."""
        from qspec.service.account import open_service
        from qspec.service.patience import patience

        return open_service(self.login, patience())

    def _wanted(self) -> Wanted:
        from qspec.service.backend import Wanted

        return Wanted(
            name=self.name,
            least_busy=self.least_busy,
            use_fractional_gates=self.use_fractional_gates,
            calibration_id=self.calibration_id,
        )
