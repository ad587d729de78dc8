"""The process that worker processes are forked from.

It has imported what is heavy, computes nothing, has one thread, and waits: for an order to fork another worker, for
the end of a worker, and for the end of whoever started it. Then it ends all workers, whatever they are at and whatever
ended that process; a worker in a long simulation could not notice by itself. A worker never outlives it.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import struct
import sys
import traceback
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

from qspec.workers.bench import BROKEN, serve
from qspec.workers.tasks import load_work

SIGNALS = {getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)}
"""What the process that started this one answers. A terminal sends it to all of them."""
ORDER = struct.Struct("<i")
"""The number of the worker that is to be forked, beside its end of a connection."""
NEWS = struct.Struct("<ii")
"""The number of a worker that has ended, and its status as `waitpid` gives it."""
_DEATH_SIGNAL = 1  # prctl's PR_SET_PDEATHSIG


def main(channel: int, work: str, preload: str) -> NoReturn:
    """Import the modules (names with commas between them), and serve the other end of the socket `channel`."""
    gc.disable()
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    with socket.socket(fileno=channel) as master:
        trouble = _import(work, [name for name in preload.split(",") if name], master)
        gc.freeze()
        _Nursery(master, work, trouble).serve()
    os._exit(0)


def _import(work: str, preload: list[str], master: socket.socket) -> str:
    """What hinders the workers, in words; empty when all could be imported."""
    try:
        for name in preload:
            import_module(name)
            if select.select([master], [], [], 0)[0] and not master.recv(1, socket.MSG_PEEK):
                os._exit(0)  # nobody waits for it any more
        load_work(work)
    except Exception:  # noqa: BLE001  each worker passes it on
        return traceback.format_exc().rstrip()
    return ""


class _Nursery:
    def __init__(self, master: socket.socket, work: str, trouble: str) -> None:
        self._master = master
        self._work = work
        self._trouble = trouble
        self._workers: dict[int, int] = {}
        self._ended, self._end = socket.socketpair()
        self._end.setblocking(False)
        signal.set_wakeup_fd(self._end.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only so that the wakeup descriptor hears of it

    def serve(self) -> None:
        """Until the master is gone; then no worker is left."""
        with suppress(ConnectionError):
            while True:
                ready, _, _ = select.select([self._master, self._ended], [], [])
                if self._ended in ready:
                    self._ended.recv(4096)
                    self._tell_of_ended()
                if self._master in ready and not self._obey():
                    break
        for process in self._workers:
            os.kill(process, signal.SIGKILL)
        for process in self._workers:
            os.waitpid(process, 0)

    def _tell_of_ended(self) -> None:
        while self._workers:
            process, status = os.waitpid(-1, os.WNOHANG)
            if not process:
                return
            self._master.sendall(NEWS.pack(self._workers.pop(process), status))

    def _obey(self) -> bool:
        """Fork the worker that is asked for; whether there is still somebody who asks."""
        order, descriptors, _, _ = socket.recv_fds(self._master, ORDER.size, 1)
        if not order:
            return False
        nursery = os.getpid()
        process = os.fork()
        if process == 0:
            self._become_worker(descriptors[0], nursery)
        os.close(descriptors[0])
        (self._workers[process],) = ORDER.unpack(order)
        return True

    def _become_worker(self, descriptor: int, nursery: int) -> NoReturn:
        try:
            _die_with(nursery)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for other in (self._master, self._ended, self._end):
                other.close()
            _be_the_first_to_go()
            if "numpy" in sys.modules:  # or all workers would draw the same numbers where nobody gives a seed
                sys.modules["numpy"].random.seed()
            gc.enable()
            with Connection(descriptor) as connection:
                if self._trouble:
                    connection.send((BROKEN, self._trouble))
                else:
                    serve(connection, load_work(self._work))
        except BaseException:  # noqa: BLE001  a fork must not go on where its parent would
            traceback.print_exc()
            os._exit(1)
        os._exit(0)


def _die_with(nursery: int) -> None:
    """End this process when its parent is gone. Without Linux it ends between two items, when it finds nobody."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != nursery:
        os._exit(0)


def _be_the_first_to_go() -> None:
    """Where memory runs out, the system is to take it from a worker: another one can go on, without its parents none."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", "ascii")
