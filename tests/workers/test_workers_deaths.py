"""A worker that dies loses the item that it was at, and only when that ends a second worker too."""

from __future__ import annotations

import os
import signal
import time

import pytest
from workers_at_hand import ARITHMETIC, Came, collected, content, processes_of, tasks, wait_until

from qspec.errors import MachineError
from qspec.workers.pool import Pool
from qspec.workers.tasks import Task


def pool(workers=2, work=ARITHMETIC):
    return Pool(work, workers, preload=())


def squares(count, *, without=()):
    return {item: item * item for item in range(count) if item not in without}


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("group", [1, 4])
def test_an_item_that_ends_its_worker_is_the_only_one_that_fails(workers, group):
    came = collected(pool(workers), tasks(31, chunk=10), content(special={13: "die"}, group=group))
    assert came.numbers() == squares(31, without=[13])
    words = "the process that computed it was ended by SIGKILL; perhaps there was not enough memory"
    assert came.errors == {("squares", 13): words}


@pytest.mark.parametrize(
    ("what", "words"),
    [("abort", "was ended by SIGABRT; the simulator may have given up"), ("exit", "ended by itself, with exit code 3")],
)
def test_how_a_worker_ended_is_said(what, words, capfd):
    came = collected(pool(), tasks(10), content(special={7: what}))
    assert came.errors == {("squares", 7): f"the process that computed it {words}"}
    assert came.numbers() == squares(10, without=[7])


def test_an_item_is_tried_once_more(tmp_path):
    special = dict.fromkeys((0, 9, 17, 18), "die once")
    came = collected(pool(), tasks(20), content(special=special, folder=str(tmp_path)))
    assert came.numbers() == squares(20)
    assert not came.errors


def test_all_items_may_end_their_workers():
    came = collected(pool(), tasks(6, chunk=3), content(special=dict.fromkeys(range(6), "die")))
    assert {item for _, item in came.errors} == set(range(6))


def test_a_worker_that_is_killed_from_outside_loses_nothing():
    came, killed = Came(), set()
    with pool(3) as team:
        for number, done in enumerate(team.run(tasks(60), content(seconds=0.005))):
            came.take(done)
            if number % 10 == 3 and (worker := int(done.worker.split()[1])) not in killed:
                os.kill(worker, signal.SIGKILL)
                killed.add(worker)
    assert len(killed) > 2
    assert came.numbers() == squares(60)
    assert not came.errors


def test_the_process_that_workers_are_forked_from_may_be_killed_too():
    came = Came()
    with pool() as team:
        for number, done in enumerate(team.run(tasks(60), content(seconds=0.005))):
            came.take(done)
            if number in {10, 30}:
                os.kill(team._staff._nursery.pid, signal.SIGKILL)
    assert came.numbers() == squares(60)


def test_it_is_not_begun_again_for_ever():
    with pytest.raises(MachineError, match="the process that starts the workers was ended from outside"):
        collected(pool(), tasks(10), content(special={0: "end all"}))


def test_a_context_that_ends_every_worker_is_given_up():
    given = [Task(context=key, first=first, count=5) for first in (0, 5, 10) for key in ("deadly", "good")]
    came = collected(pool(work="tasks_at_hand:deadly_to_open"), given, str.encode)
    assert came.numbers("good") == squares(15)
    assert {item for _, item in came.errors} == set(range(15))


def test_workers_that_die_before_they_begin_are_not_started_for_ever(monkeypatch, capfd):
    monkeypatch.setattr("qspec.workers.staff._CODE", _BARREN)
    with pytest.raises(MachineError, match="cannot start: the last one ended by itself, with exit code 9"):
        collected(pool(), tasks(10), content())


_BARREN = """
import os, sys
sys.path[:] = sys.argv[4:]
from qspec.workers import nursery
nursery.serve = lambda *_: os._exit(9)
nursery.main(int(sys.argv[1]), *sys.argv[2:4])
"""


def test_a_suspect_is_tried_on_a_machine_at_rest(tmp_path):
    special = {3: "die once", 4: "die once"}
    with pool(3) as team:
        came = team.run(tasks(30, chunk=3), content(special=special, folder=str(tmp_path)))
        there = {done.first: len(processes_of(team._staff._nursery.pid)) for done in came}
    assert [there[item] for item in special] == [1, 1]


def test_no_time_is_lost_with_workers_that_are_killed_while_they_rest():
    with pool() as team:
        assert len(list(team.run(tasks(20, chunk=1), content(seconds=0.01)))) == 20
        for process in wait_until(lambda: processes_of(team._staff._nursery.pid)):
            os.kill(process, signal.SIGKILL)
        time.sleep(0.05)
        assert len(list(team.run(tasks(20, chunk=1), content()))) == 20
