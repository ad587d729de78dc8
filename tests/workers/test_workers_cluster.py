"""A Dask cluster computes the same as everybody else, whoever comes, goes and dies."""

from __future__ import annotations

import os
import signal
from collections import Counter

import pytest
from dask_at_hand import Hired
from workers_at_hand import ARITHMETIC, Came, collected, content, is_there, processes_of, tasks, wait_until

from qspec.errors import JobError, MachineError
from qspec.workers.alone import Alone
from qspec.workers.cluster import Cluster
from qspec.workers.errands import AHEAD, SMALL
from qspec.workers.remote import ROOM
from qspec.workers.tasks import Task


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A scheduler and two workers, for tests that leave them as they were."""
    hired = Hired(tmp_path_factory.mktemp("dask"))
    try:
        for _ in range(2):
            hired.worker("--no-nanny")
        with Cluster(ARITHMETIC, hired.address) as team:
            team._client.wait_for_workers(2, timeout=60)
        yield hired
    finally:
        hired.end()


@pytest.fixture
def hired(tmp_path):
    made = Hired(tmp_path)
    yield made
    made.end()


def squares(count, *, without=()):
    return {item: item * item for item in range(count) if item not in without}


def test_every_item_comes_once(shared):
    came = collected(Cluster(ARITHMETIC, shared.address), tasks(43, chunk=2), content(seconds=0.02))
    assert came.numbers() == squares(43)
    assert len(came.workers) == 2
    assert all(worker.startswith("tcp://") for worker in came.workers)


def test_no_tasks_are_no_results(shared):
    assert not collected(Cluster(ARITHMETIC, shared.address), [], content()).results


def test_a_large_context_is_sent_once_to_each_worker_and_all_of_them_use_it(shared):
    asked = Counter()

    def contexts(key):
        asked[key] += 1
        return bytes(int(key))

    given = [Task(context=str(size), first=first, count=1) for size in (5, 40 * SMALL) for first in range(40)]
    with Cluster("tasks_at_hand:Where", shared.address) as team:
        came = list(team.run(given, contexts))
    assert all(done.result["size"] == int(done.context) for done in came)
    assert len({done.result["opened"] for done in came}) <= 4
    assert len({done.worker for done in came if done.context != "5"}) == 2
    assert asked["5"] == 1
    assert asked[str(40 * SMALL)] <= 3  # for its name, and for each worker


def test_contexts_that_had_to_go_are_sent_again(shared):
    given = [Task(context=str(SMALL + size), first=0, count=1) for _ in range(2) for size in range(1, ROOM + 3)]
    with Cluster("tasks_at_hand:Where", shared.address) as team:
        came = [(done.context, done.result["size"]) for done in team.run(given, lambda key: bytes(int(key)))]
    assert sorted(came) == sorted((task.context, int(task.context)) for task in given)


def test_one_key_may_mean_another_context_in_another_run(shared):
    for factor in (1, 2):
        came = collected(Cluster(ARITHMETIC, shared.address), tasks(5), content(factor=factor))
        assert came.numbers() == {item: factor * item * item for item in range(5)}


def test_a_task_has_the_threads_of_its_worker(shared):
    with Cluster("tasks_at_hand:Where", shared.address) as team:
        (done,) = team.run(tasks(1), content())
    assert done.result["OMP_NUM_THREADS"] == os.environ.get("OMP_NUM_THREADS", "1")


def test_few_tasks_are_under_way(shared):
    taken = []

    def given():
        for task in tasks(60, chunk=1):
            taken.append(task)
            yield task

    with Cluster(ARITHMETIC, shared.address) as team:
        for number, _ in enumerate(team.run(given(), content())):
            assert len(taken) <= number + 2 * AHEAD + 1


def test_simulations_give_the_same_bits(shared):
    came = []
    for team in (Alone("tasks_at_hand:sampling"), Cluster("tasks_at_hand:sampling", shared.address)):
        with team:
            came.append({done.first: done.result for done in team.run(tasks(8, chunk=3), content(qubits=5))})
    assert came[0] == came[1]


def test_what_the_work_raises_comes_up_with_its_place(shared):
    with pytest.raises(JobError, match="item is odd") as raised:
        collected(Cluster(ARITHMETIC, shared.address), tasks(9), content(special={4: "raise"}))
    assert raised.value.advice == "make it even"
    assert "tasks_at_hand.py" in "".join(raised.value.__notes__)


def test_work_that_a_worker_cannot_import_is_said(shared):
    with pytest.raises(MachineError, match="cannot start: ModuleNotFoundError"):
        collected(Cluster("no_such_module:work", shared.address), tasks(9), content())


def test_an_item_that_ends_its_process_is_the_only_one_that_fails(shared):
    came = collected(Cluster(ARITHMETIC, shared.address), tasks(20), content(special={13: "die"}))
    assert came.numbers() == squares(20, without=[13])
    words = "the process that computed it was ended by SIGKILL; perhaps there was not enough memory"
    assert came.errors == {("squares", 13): words}


def test_the_caller_may_stop_at_any_time(shared):
    with Cluster(ARITHMETIC, shared.address) as team:
        for _ in range(2):
            came = team.run(tasks(200, chunk=1), content(seconds=0.01))
            next(came)
            came.close()
        assert [done.result for done in team.run(tasks(1), content())] == [[0]]


def test_a_worker_may_be_killed_and_another_come_late(hired):
    first = hired.worker("--no-nanny")
    came, below = Came(), set()
    with Cluster(ARITHMETIC, hired.address) as team:
        for number, done in enumerate(team.run(tasks(600, chunk=2), content(seconds=0.02))):
            came.take(done)
            if number == 10:
                hired.worker("--no-nanny")
            if len(came.workers) == 2 and first.poll() is None:
                below = processes_of(first.pid)
                first.kill()
                first.wait()
    assert first.returncode == -signal.SIGKILL
    assert came.numbers() == squares(600)
    assert not came.errors
    assert below
    wait_until(lambda: not any(is_there(each) for each in below))


def test_an_item_that_ends_every_dask_worker_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "0")
    hired = Hired(tmp_path)
    try:
        hired.worker()
        came = collected(
            Cluster(ARITHMETIC, hired.address), tasks(8, chunk=4), content(special={5: "end the Dask worker"})
        )
    finally:
        hired.end()
    assert came.numbers() == squares(8, without=[5])
    words = "each worker that computed it came to its end; perhaps there was not enough memory"
    assert came.errors == {("squares", 5): words}


def test_a_worker_with_other_versions_is_refused(hired, tmp_path):
    other = tmp_path / "numpy-0.0.1.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 0.0.1\n", encoding="utf-8")
    hired.worker("--no-nanny", first_path=tmp_path)
    with pytest.raises(MachineError, match=r"other versions.*: numpy 0\.0\.1 instead of \d"):
        collected(Cluster(ARITHMETIC, hired.address), tasks(5), content())


def test_a_scheduler_that_dies_in_the_middle_is_said(hired):
    hired.worker("--no-nanny")
    came = Came()
    with pytest.raises(MachineError, match=r"the connection to the scheduler 'tcp://127.*' was lost"):
        _kill_after(20, came, Cluster(ARITHMETIC, hired.address), hired.scheduler)
    assert len(came.results) >= 20


def _kill_after(items, came, team, scheduler):
    with team:
        for done in team.run(tasks(2000, chunk=1), content(seconds=0.01)):
            came.take(done)
            if len(came.results) == items:
                scheduler.kill()


def test_a_cluster_without_workers_is_not_waited_for_for_ever(hired):
    team = Cluster(ARITHMETIC, hired.address, patience=1.0)
    with pytest.raises(MachineError, match="the cluster has had no workers for 1 seconds"):
        collected(team, tasks(5), content())


def test_a_worker_without_qspec_is_named_and_lives_on(hired, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Without:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] == 'qspec':\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Without())\n",
        "utf-8",
    )
    process = hired.worker(first_path=tmp_path)
    with pytest.raises(MachineError, match=r"the worker 'tcp://.*' has no qspec") as raised:
        collected(Cluster(ARITHMETIC, hired.address), tasks(4), content())
    assert "install qspec-runner" in raised.value.advice
    assert process.poll() is None
