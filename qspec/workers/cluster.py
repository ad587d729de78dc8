"""The workers of a Dask cluster: one that runs already, or one on this machine for a try."""

from __future__ import annotations

import logging
import os
import re
import signal
import socket
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Self

from qspec.errors import MachineError, ServiceError, UsageError
from qspec.workers.backlog import Backlog
from qspec.workers.errands import ConnectionLost, Errands
from qspec.workers.nursery import SIGNALS

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Iterator

    from qspec.workers.tasks import Done, Task

_ADDRESS = re.compile(r"(?P<protocol>tcp|tls)://(?P<host>[^\s/:]+|\[[0-9a-fA-F:.%]+\]):(?P<port>\d{1,5})")
_LOCAL = re.compile(r"local:(?P<count>[1-9]\d{0,3})")
_LOUD = ("distributed", "distributed.client", "distributed.core", "distributed.comm", "distributed.nanny", "tornado")
_PATIENCE_TO_CONNECT = 10.0
_PATIENCE_TO_CLOSE = 2.0


class Cluster:
    """`tcp://host:port` or `tls://host:port` of a Dask scheduler, or `local:N` for N workers started here.

    `patience` are the seconds for which a cluster may have no workers: those of a batch system have to wait for a
    node. Raises `UsageError` when the address cannot be one, or Dask is not installed.
    """

    def __init__(self, work: str, address: str, *, patience: float = 600.0) -> None:
        check_address(address)
        self._work = work
        self._address = address
        self._patience = patience
        self._closing = ExitStack()
        self._client: Any = None

    def __enter__(self) -> Self:
        """Connect. Raises `MachineError` when there is no scheduler."""
        with ExitStack() as opened:
            opened.enter_context(_quiet())
            local = _LOCAL.fullmatch(self._address)
            if local:
                scheduler = opened.enter_context(_local_cluster(int(local["count"])))
            else:
                scheduler = self._address
                _reach_again(scheduler)
            self._client = opened.enter_context(_client(scheduler))
            self._closing = opened.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._closing.close()

    def run(self, tasks: Iterable[Task], contexts: Callable[[str], bytes]) -> Iterator[Done]:
        """Compute all tasks, see `Team`.

        Raises `MachineError` when the scheduler or all workers are gone, or a worker computes with other versions,
        and what the work raises, with the worker's traceback noted.
        """
        errands = Errands(self._client, self._work, Backlog(tasks), contexts, patience=self._patience)
        try:
            yield from errands.results()
        except ConnectionLost as error:
            message = f"the connection to the scheduler '{self._address}' was lost"
            raise MachineError(message, advice="what was computed is kept; go on when it is there again") from error
        finally:
            errands.cancel()


def check_address(address: str) -> None:
    """Raises `UsageError` when this cannot be the address of a scheduler, or Dask is not installed."""
    parts = _ADDRESS.fullmatch(address)
    if not _LOCAL.fullmatch(address) and not (parts and 0 < int(parts["port"]) < 65536):
        advice = "write tcp://host:port, tls://host:port, or local:N for N workers on this machine"
        raise UsageError(f"'{address}' is not the address of a Dask scheduler", advice=advice)
    from importlib.util import find_spec

    if find_spec("distributed") is None:
        raise UsageError("Dask is not installed", advice="pip install 'qspec-runner[dask]'")


@contextmanager
def _quiet() -> Iterator[None]:
    """Dask's loggers say nothing: what counts is raised."""
    import distributed  # noqa: F401  it sets their levels

    loggers = [logging.getLogger(name) for name in _LOUD]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


@contextmanager
def _local_cluster(count: int) -> Iterator[Any]:
    from multiprocessing.resource_tracker import ensure_running

    from distributed import LocalCluster

    ensure_running()  # beforehand, because it unblocks signals where it is started
    # The thread that starts the workers inherits what is blocked here, and they from it: what a terminal sends to all
    # processes is for this one to answer.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        cluster = LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            dashboard_address="127.0.0.1:0",  # a port that is free, for nobody
            memory_limit=0,
            silence_logs=logging.CRITICAL + 1,
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    try:
        yield cluster
    finally:
        for nanny in cluster.workers.values():  # they would wait for what is being computed
            nanny.auto_restart = False
            if nanny.pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(nanny.pid, signal.SIGKILL)
        with suppress(OSError):
            cluster.close(timeout=_PATIENCE_TO_CLOSE)


@contextmanager
def _client(scheduler: Any) -> Iterator[Any]:
    from distributed import Client

    try:
        client = Client(scheduler, timeout=_PATIENCE_TO_CONNECT, set_as_default=False)
    except (OSError, RuntimeError, ValueError) as error:
        advice = "is it a Dask scheduler, of the same version of distributed?"
        raise ServiceError(f"the scheduler '{scheduler}' does not answer: {error}", advice=advice) from error
    try:
        yield client
    finally:
        with suppress(OSError):
            client.close(timeout=_PATIENCE_TO_CLOSE)


def _reach_again(address: str) -> None:
    try:
        reach(address)
    except ServiceError as error:
        raise MachineError(str(error), advice=error.advice) from error


def reach(address: str) -> None:
    """Hear a word from the scheduler, which speaks first: Dask would wait without end for one that says nothing.

    To be asked before anything is begun: raises `ServiceError` when there is none, `UsageError` for what is no address,
    and when there are no certificates for TLS. One that is to be started here is there.
    """
    check_address(address)
    parts = _ADDRESS.fullmatch(address)
    if parts is None:
        return
    host = parts["host"].strip("[]")
    tls = _tls(address) if parts["protocol"] == "tls" else None
    try:
        with ExitStack() as opened:
            line = opened.enter_context(socket.create_connection((host, int(parts["port"])), _PATIENCE_TO_CONNECT))
            if tls is not None:
                line = opened.enter_context(tls.wrap_socket(line, server_hostname=host))
            if not line.recv(1):
                raise ConnectionResetError("the connection was closed")
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise ServiceError(f"no scheduler answers at '{address}': {said}", advice="start it: dask scheduler") from error


def _tls(address: str) -> ssl.SSLContext:
    from distributed.security import Security

    context: ssl.SSLContext | None = Security().get_connection_args("client").get("ssl_context")
    if context is None:
        advice = "set distributed.comm.tls.ca-file, client.cert and client.key in Dask's configuration"
        raise UsageError(f"there are no certificates to connect to '{address}' with", advice=advice)
    return context
