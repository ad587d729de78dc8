"""What tests of workers share: tasks, what came of them, and processes that must be gone."""

from __future__ import annotations

import os
import pickle
import time
from pathlib import Path

from qspec.workers.tasks import Task

ARITHMETIC = "tasks_at_hand:arithmetic"
DEADLINE = 10.0


def tasks(count, *, chunk=5, context="squares", cost=0.0):
    return [
        Task(context=context, first=first, count=min(chunk, count - first), cost=cost)
        for first in range(0, count, chunk)
    ]


def content(**settings):
    """What `contexts` is for work of one context."""
    return lambda _key: pickle.dumps(settings)


class Came:
    """What came of each item; an item that comes twice is an error."""

    def __init__(self):
        self.results, self.errors, self.workers = {}, {}, set()

    def take(self, done):
        items = range(done.first, done.first + done.count)
        assert not {(done.context, item) for item in items} & (set(self.results) | set(self.errors))
        self.workers |= {done.worker} if done.error is None else set()
        for place, item in enumerate(items):
            if done.error is None:
                self.results[done.context, item] = done.result[place]
            else:
                self.errors[done.context, item] = done.error
        return self

    def numbers(self, context="squares"):
        return {item: number for (key, item), number in self.results.items() if key == context}


def collected(team, given, contexts):
    came = Came()
    with team:
        for done in team.run(given, contexts):
            came.take(done)
    return came


def _living():
    """What /proc says of each living process: parent, group, session, and so on."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                state, *numbers = (folder / "stat").read_text("utf-8").rpartition(")")[2].split()
            except OSError:
                continue
            if state != "Z":
                found[int(folder.name)] = [int(number) for number in numbers[:3]]
    return found


def processes_of(parent):
    """The living descendants of a process, by number."""
    parents = {process: numbers[0] for process, numbers in _living().items()}
    found, todo = set(), [parent]
    while todo:
        here = todo.pop()
        todo += (below := [child for child, of in parents.items() if of == here])
        found |= set(below)
    return found


def processes_in(session):
    """The living processes of a session, by number, whoever their parents are."""
    return {process for process, numbers in _living().items() if numbers[2] == session}


def is_there(process):
    return process in _living()


def wait_until(holds, seconds=DEADLINE):
    deadline = time.monotonic() + seconds
    while not (said := holds()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)
    return said


def children():
    return Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text("ascii").split()
