"""What every team does: each item once, the same results, contexts sent when they are needed."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from workers_at_hand import ARITHMETIC, collected, content, tasks

from qspec.errors import JobError, MachineError
from qspec.workers.alone import Alone
from qspec.workers.contexts import KEPT, Recent
from qspec.workers.cores import usable_cores
from qspec.workers.pool import Pool
from qspec.workers.tasks import Task


def pool(work, workers=2, **terms):
    return Pool(work, workers, preload=(), **terms)


TEAMS = [pytest.param(Alone, id="alone"), pytest.param(pool, id="pool")]


@pytest.mark.parametrize("team", TEAMS)
@pytest.mark.parametrize("group", [1, 3])
def test_every_item_comes_once(team, group):
    came = collected(team(ARITHMETIC), tasks(23), content(factor=3, group=group))
    assert came.numbers() == {item: 3 * item * item for item in range(23)}


@pytest.mark.parametrize("team", TEAMS)
def test_no_tasks_are_no_results(team):
    with team(ARITHMETIC) as made:
        assert list(made.run([], content())) == []


@pytest.mark.parametrize("team", TEAMS)
def test_a_team_can_be_used_again(team):
    with team(ARITHMETIC) as made:
        for factor in (1, 2):
            given = [Task(context=str(factor), first=0, count=3)]
            (first, *_) = made.run(given, content(factor=factor))
            assert first.result == [0]


@pytest.mark.parametrize("team", TEAMS)
def test_what_the_work_raises_comes_up(team):
    with pytest.raises(JobError, match="item is odd") as raised:
        collected(team(ARITHMETIC), tasks(9), content(special={4: "raise"}))
    assert raised.value.advice == "make it even"


@pytest.mark.parametrize("team", TEAMS)
def test_work_that_forgets_items_is_a_bug(team):
    with pytest.raises(RuntimeError, match="4 of 5 items"):
        collected(team("tasks_at_hand:short"), tasks(5), content())


def test_a_bug_in_a_worker_shows_where_it_is():
    with pytest.raises(JobError) as raised:
        collected(pool(ARITHMETIC), tasks(9), content(special={4: "raise"}))
    (note,) = raised.value.__notes__
    assert "in worker process" in note
    assert "tasks_at_hand.py" in note


def test_an_exception_that_cannot_travel_is_told_in_words():
    with pytest.raises(RuntimeError, match="Odd: odd of size 4"):
        collected(pool(ARITHMETIC), tasks(9), content(special={4: "raise oddly"}))


def test_several_workers_share_the_work():
    came = collected(pool(ARITHMETIC), tasks(20, chunk=1), content(seconds=0.02))
    assert len(came.workers) == 2
    assert all(name.startswith("process ") for name in came.workers)


def test_a_context_is_sent_once_to_a_worker_while_it_is_used():
    asked = Counter()

    def contexts(key):
        asked[key] += 1
        return b"x" * int(key)

    given = [Task(context=str(size), first=first, count=1) for size in (10, 2_000_000) for first in range(20)]
    with pool("tasks_at_hand:Where") as team:
        came = list(team.run(given, contexts))
    assert all(done.result["size"] == int(done.context) for done in came)
    assert len({done.result["opened"] for done in came}) == sum(asked.values()) <= 4


def test_contexts_that_were_not_used_for_long_are_closed():
    given = [Task(context=str(key), first=0, count=1) for _ in range(2) for key in range(KEPT + 1)]
    with pool("tasks_at_hand:Where", 1) as team:
        assert len({done.result["opened"] for done in team.run(given, lambda _: b"")}) == len(given)
    recent = Recent(2)
    for key in "aba":
        recent.use(key, object)
    recent.use("c", object)
    assert [key in recent for key in "abc"] == [True, False, True]


def test_large_results_do_not_pile_up():
    with pool("tasks_at_hand:large") as team:
        for done in team.run(tasks(40, chunk=20), content()):
            assert done.result == bytes([done.first % 251]) * 3_000_000


def test_tasks_are_taken_as_workers_get_free():
    taken = []

    def given():
        for task in tasks(50, chunk=1):
            taken.append(task)
            yield task

    with pool(ARITHMETIC) as team:
        for number, _ in enumerate(team.run(given(), content(seconds=0.001))):
            assert len(taken) <= number + 2 * 2 + 1


def test_workers_have_the_threads_that_the_cores_have_room_for(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    for team, threads in (
        (pool("tasks_at_hand:Where", 1), usable_cores()),
        (pool("tasks_at_hand:Where", 2, threads=3), 3),
    ):
        with team:
            (done,) = team.run(tasks(1), content())
        assert done.result["OMP_NUM_THREADS"] == done.result["RAYON_NUM_THREADS"] == str(threads)
        assert done.result["OPENBLAS_NUM_THREADS"] == "1"
        assert done.result["pid"] != os.getpid()


@pytest.mark.parametrize("work", ["tasks_at_hand:nothing", "no_such_module:work"])
def test_work_that_cannot_be_imported_is_said(work):
    with pytest.raises(MachineError, match=r"cannot start: \w+Error: .*(nothing|no_such_module)"):
        collected(pool(work), tasks(5), content())


def test_simulations_give_the_same_bits_everywhere():
    came = []
    for team in (Alone("tasks_at_hand:sampling"), Pool("tasks_at_hand:sampling", 2, threads=2)):
        with team:
            came.append({done.first: done.result for done in team.run(tasks(8, chunk=3), content(qubits=5))})
    assert came[0] == came[1]
    assert len(set(came[0].values())) == 8
