"""Where a worker process sits: it takes tasks from its connection, and tells what comes of them as it goes."""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING, Any

from qspec.workers.bugs import pack
from qspec.workers.contexts import Desk

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from qspec.workers.tasks import Task, Work

READY = "ready"  # and its process
BROKEN = "broken"  # and why, in words: the worker cannot begin
OPENED = "opened"
RESULT = "result"  # and how many items it is of, and the result
FINISHED = "finished"
BUG = "bug"  # and the packed exception


def send_task(connection: Connection, task: Task, content: bytes | None) -> None:
    """Give a worker a task, and the bytes of its context unless it has that open. Raises `OSError` when it is gone."""
    connection.send_bytes(pickle.dumps((task, content is not None)))
    if content is not None:
        connection.send_bytes(content)


def receive(connection: Connection) -> tuple[Any, ...]:
    """What a worker says next: a word and what belongs to it. Raises `EOFError` or `OSError` when it is gone."""
    said: tuple[Any, ...] = pickle.loads(connection.recv_bytes())  # noqa: S301  from a process that we started
    return said


def serve(connection: Connection, work: Work) -> None:
    """Compute what comes, until the other side goes away."""
    desk = Desk(work)
    _say(connection, READY, os.getpid())
    while True:
        try:
            task, has_content = pickle.loads(connection.recv_bytes())  # noqa: S301  from the process that started this
            content = connection.recv_bytes() if has_content else b""
        except (EOFError, OSError):
            return
        _compute(connection, desk, task, content)


def _compute(connection: Connection, desk: Desk, task: Task, content: bytes) -> None:
    try:
        desk.open(task.context, lambda: content)
        _say(connection, OPENED)
        for count, result in desk.compute(task):
            _say(connection, RESULT, count, result)
    except BaseException as error:  # noqa: BLE001  it is raised again on the other side
        _say(connection, BUG, pack(error, f"worker process {os.getpid()}"))
    else:
        _say(connection, FINISHED)


def _say(connection: Connection, *words: Any) -> None:
    message = pickle.dumps(words)
    try:
        connection.send_bytes(message)
    except OSError:  # nobody listens any more
        os._exit(0)
