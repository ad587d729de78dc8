"""Commands of qspec in processes that die, or whose disk or network fails, at the n-th boundary to the outside.

Run as a program, it is a server: it has Qiskit imported, and forks for each case, so that one costs no two seconds of
imports. A case is a line of JSON on stdin, its end a line of JSON on stdout. `Laboratory` is the other side.

Boundaries are counted from 1: files opened for writing, writes (which are torn in the middle), fsyncs, folders made,
names changed and removed, and on sockets connecting, sending and receiving; or those of the disk alone.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import io
import json
import mmap
import os
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).parents[2]
_EVENTS = {"os.mkdir", "os.rename", "os.remove", "os.rmdir"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_ON_SOCKETS = ("connect", "send", "sendall", "recv", "recv_into")


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code (negative: the signal that killed it), what it said, how far it came."""

    code: int
    out: str
    err: str
    boundaries: int


class Boundaries:
    """Counts boundaries in this process, and lets the fault happen at number `at`: with `lasting`, from there on."""

    def __init__(self, at: int, fault: str, *, lasting: bool, disk: bool, count: mmap.mmap) -> None:
        self.at = at
        self.fault = fault
        self.lasting = lasting
        self.disk = disk
        self.count = count
        self.passed = 0

    def cross(self, torn=lambda: None) -> None:
        self.passed += 1
        self.count[:4] = self.passed.to_bytes(4, "big")
        if self.passed == self.at or (self.lasting and 0 < self.at < self.passed):
            torn()
            if self.fault == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            number = getattr(errno, self.fault)
            raise OSError(number, os.strerror(number))

    def install(self) -> None:
        sys.dont_write_bytecode = True
        sys.addaudithook(self._audit)
        for name in ("fsync", "write", "sync"):
            setattr(os, name, self._before(getattr(os, name)))
        for name in () if self.disk else _ON_SOCKETS:
            setattr(socket.socket, name, self._before(getattr(socket.socket, name)))
        io.open = self._open(io.open)

    def _before(self, real):
        def crossing(*arguments):
            self.cross()
            return real(*arguments)

        return crossing

    def _audit(self, event: str, arguments: tuple) -> None:
        if event in _EVENTS or (event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING):
            self.cross()

    def _open(self, real):
        boundaries = self

        class Torn(io.FileIO):
            def write(self, data):
                half = bytes(data)[: len(data) // 2]
                boundaries.cross(lambda: io.FileIO.write(self, half))
                return super().write(data)

        def opened(file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, **more):
            if not set(mode) & set("wax+") or isinstance(file, int):
                return real(file, mode, buffering, encoding, errors, newline, **more)
            raw = Torn(file, mode.replace("b", "").replace("t", ""))
            made = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
            return made if "b" in mode else io.TextIOWrapper(made, encoding, errors, newline)

        return opened


class Laboratory:
    """The server's other side: `run` is one command in a process of its own."""

    def __init__(self, warm_up: list[str]) -> None:
        environment = os.environ | {
            "PYTHONPATH": str(HOME),
            "PYTHONWARNINGS": "ignore",
            "NO_COLOR": "1",
            "QSPEC_NO_CACHE": "1",
        }
        command = [sys.executable, __file__, *warm_up]
        self.server = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        assert self.server.stdout.readline(), "the server of the laboratory did not warm up"

    def run(
        self,
        *arguments: object,
        at: int = 0,
        fault: str = "kill",
        lasting: bool = False,
        disk: bool = False,
        cwd: Path | None = None,
        **env,
    ) -> Ended:
        """`qspec <arguments>` with a fault (`kill`, or the name of an errno) at boundary `at`; 0 is no fault.

        With `disk` only the boundaries of the disk count.
        """
        case = {"arguments": [str(each) for each in arguments], "at": at, "fault": fault}
        case |= {"lasting": lasting, "disk": disk}
        self.server.stdin.write(json.dumps({**case, "cwd": str(cwd or Path.cwd()), "env": env}) + "\n")
        self.server.stdin.flush()
        answer = self.server.stdout.readline()
        assert answer, f"the server of the laboratory has ended with {self.server.wait()}"
        return Ended(**json.loads(answer))

    def close(self) -> None:
        self.server.stdin.close()
        self.server.stdout.close()
        self.server.wait()


def serve(warm_up: list[str]) -> None:
    """Answer cases until stdin ends. `warm_up` is a command whose imports this process then has.

    It only imports: what has planned or simulated has threads, without which a forked process hangs.
    """
    with tempfile.TemporaryDirectory() as folder:
        case = {
            "arguments": warm_up,
            "at": 0,
            "fault": "kill",
            "lasting": False,
            "disk": False,
            "cwd": folder,
            "env": {},
        }
        modules = Path(folder) / "modules"
        forked(case, lambda: modules.write_text("\n".join(sys.modules), "utf-8"))
        for name in modules.read_text("utf-8").splitlines():
            with contextlib.suppress(Exception):
                importlib.import_module(name)
    sys.stdout.write("warm\n")
    sys.stdout.flush()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(forked(json.loads(line))) + "\n")
        sys.stdout.flush()


def forked(case: dict, afterwards=lambda: None) -> dict:
    """Run a case in a forked process, and say how it ended."""
    count = mmap.mmap(-1, 4)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            code = 70
            try:
                for stream, number in ((out, 1), (err, 2)):
                    os.dup2(stream.fileno(), number)
                code = _work(case, count)
                afterwards()
            finally:
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said = [_content(stream) for stream in (out, err)]
    return {"code": code, "out": said[0], "err": said[1], "boundaries": int.from_bytes(count[:4], "big")}


def _content(stream) -> str:
    stream.seek(0)
    return stream.read().decode("utf-8", "replace")


def _work(case: dict, count: mmap.mmap) -> int:
    from qspec.cli.main import main

    os.chdir(case["cwd"])
    os.environ.update(case["env"])
    sys.stdout, sys.stderr = (os.fdopen(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))
    Boundaries(case["at"], case["fault"], lasting=case["lasting"], disk=case["disk"], count=count).install()
    code = main(case["arguments"])
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    serve(sys.argv[1:])
