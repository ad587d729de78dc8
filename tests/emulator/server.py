"""HTTP in and out, and the faults that strike there."""

from __future__ import annotations

import contextlib
import http.server
import socket
import socketserver
import struct
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from .control import control
from .exchange import Exchange
from .messages import Answer, Request

if TYPE_CHECKING:
    from .service import Service

API = "/experimental"
QUIET = (BrokenPipeError, ConnectionResetError, ConnectionAbortedError, TimeoutError)


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """A server on 127.0.0.1. `stop` closes every connection and waits for its threads."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, service: Service) -> None:
        self.service = service
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._main: threading.Thread | None = None
        super().__init__(("127.0.0.1", port), Handler)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.server_address[1])

    def start(self) -> None:
        """Serve from a thread of its own."""
        self._main = threading.Thread(target=self.serve_forever, args=(0.01,), name="emulator", daemon=True)
        self._main.start()

    def stop(self) -> None:
        """Stop listening, cut the connections, and wait until every thread has ended."""
        self.stopping.set()
        if self._main is not None:
            self.shutdown()
            self._main.join()
        self.server_close()
        with self._lock:
            connections = dict(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in connections.values():
            thread.join()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection from a thread that `stop` knows of."""
        arguments = (request, client_address)
        thread = threading.Thread(target=self._serve, args=arguments, name="emulator-connection", daemon=True)
        with self._lock:
            self._open[request] = thread
        thread.start()

    def _serve(self, request: socket.socket, client_address: Any) -> None:
        try:
            self.process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._open.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away; an error of our own is shown."""
        import sys

        if not isinstance(sys.exc_info()[1], QUIET):
            super().handle_error(request, client_address)


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
        """The ledger is the log."""

    def _serve(self) -> None:
        request = self._read()
        if request is None:
            self.close_connection = True
        elif request.path.startswith("/emulator/"):
            self._send(control(self.server.service, request))
        else:
            Exchange(self.server.service, request, self.server.stopping, self._send, self._cut).carry_out()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

    def _read(self) -> Request | None:
        """The whole request; None if the client went away in the middle of it."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:
            return None
        url = urlsplit(self.path)
        return Request(
            method=self.command,
            path=unquote(url.path).removeprefix(API),
            query=parse_qs(url.query, keep_blank_values=True),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
        )

    def _send(self, answer: Answer, *, half: bool = False) -> None:
        """Send an answer in one piece; with `half`, its head and half of its body, and close."""
        reason = HTTPStatus(answer.status).phrase if answer.status in set(HTTPStatus) else "Unknown"
        lines = [f"HTTP/1.1 {answer.status} {reason}", "Server: emulator", f"Date: {self.date_time_string()}"]
        if answer.status != 204:
            lines += [f"Content-Type: {answer.content_type}", f"Content-Length: {len(answer.body)}"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        body = b"" if answer.status == 204 else answer.body[: len(answer.body) // 2] if half else answer.body
        try:
            self.connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        except QUIET:
            self.close_connection = True
        if half:
            self._cut(reset=False)

    def _cut(self, *, reset: bool) -> None:
        """Close the connection without a word; with `reset`, so that the client sees it reset."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            if reset:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
            else:
                self.connection.shutdown(socket.SHUT_RDWR)
