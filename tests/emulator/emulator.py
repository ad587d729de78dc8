"""The emulator as a whole: put together, started and stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from .accounts import API_KEY, Accounts, Instance
from .clock import Clock
from .devices import Devices
from .faults import FaultScript
from .ledger import Ledger
from .native import load_native
from .server import API, Server
from .service import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from .jobs import Job


class Emulator:
    """An IBM Quantum Platform on 127.0.0.1, as a context manager.

    `devices` names fake backends without prefix: `manila` gives the backends `ibm_manila` and `mock_manila`.
    `faults` is a script of what goes wrong. Jobs wait `queue_seconds` and run at least `run_seconds`; equal jobs
    give equal results unless `fresh_shots`. `instances` are those of the one account; tokens are valid for
    `token_seconds`. `port` 0 is a free one.
    """

    def __init__(
        self,
        devices: Sequence[str] = ("manila",),
        *,
        faults: FaultScript | None = None,
        instances: Sequence[Instance] | None = None,
        api_key: str = API_KEY,
        token_seconds: float = 3600.0,
        port: int = 0,
        **settings: Any,
    ) -> None:
        load_native()
        self.clock = Clock()
        self.ledger = Ledger()
        self.faults = faults or FaultScript()
        self.devices = Devices(names=tuple(devices))
        self.accounts = Accounts(
            clock=self.clock, instances=instances or [Instance()], api_key=api_key, token_seconds=token_seconds
        )
        self.service = Service(
            clock=self.clock,
            accounts=self.accounts,
            devices=self.devices,
            ledger=self.ledger,
            faults=self.faults,
            **settings,
        )
        self._server = Server(port, self.service)

    @property
    def url(self) -> str:
        """Where it is, without a path."""
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def instance(self) -> Instance:
        """The first instance of the account."""
        return self.accounts.instances[0]

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that point the runtime's client at it."""
        return {
            "QISKIT_IBM_CHANNEL": "ibm_quantum_platform",
            "QISKIT_IBM_TOKEN": self.accounts.api_key,
            "QISKIT_IBM_INSTANCE": self.instance.crn,
            "QISKIT_IBM_URL": f"{self.url}{API}",
            "IAM_URL": f"{self.url}/iam",
            "GLOBAL_SEARCH_URL": f"{self.url}/search",
            "GLOBAL_CATALOG_URL": f"{self.url}/catalog",
            "NO_PROXY": "127.0.0.1,localhost",
        }

    def start(self) -> None:
        """Begin to serve."""
        self._server.start()

    def stop(self) -> None:
        """Cut every connection and end every thread. Raises `RuntimeError` if the emulator itself failed meanwhile."""
        self._server.stop()
        self.service.queue.stop()
        if self.service.queue.errors:
            raise RuntimeError("the emulator could not run a job") from self.service.queue.errors[0]

    def release(self, job: Job) -> None:
        """Let a job go on that its script holds in the queue."""
        self.service.queue.release(job)

    def wait_for(self, fact: Callable[[], bool] | None = None, *, seconds: float = 60.0) -> None:
        """Wait until a fact about jobs holds, or without one until every job has ended. Raises `TimeoutError`."""
        if not self.service.queue.wait_for(fact or self._all_ended, seconds):
            raise TimeoutError("the jobs did not get there")

    def _all_ended(self) -> bool:
        return all(job.ended for job in list(self.ledger.jobs))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
