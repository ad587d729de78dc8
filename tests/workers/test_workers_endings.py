"""Whatever ends the process that has the workers, none of them is left, and none of them says a word."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from interruptible import interruptible
from workers_at_hand import ARITHMETIC, content, is_there, processes_in, processes_of, tasks, wait_until

from qspec.workers.pool import Pool

HERE = Path(__file__).parent
LONG = {
    "asleep": (ARITHMETIC, {"special": {1: "sleep", 3: "sleep"}}),
    "in Aer": ("tasks_at_hand:endless", {}),
}
"""Work of which every even item is short, every odd one takes minutes."""
PROGRAM = """
import os, pickle, signal, sys
sys.path.insert(0, {here!r})
from qspec.workers.pool import Pool
from workers_at_hand import tasks
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
{before}
try:
    with Pool({work!r}, 2, preload=()) as team:
        print("begins", flush=True)
        for done in team.run(tasks(4, chunk=2), lambda _: {content!r}):
            print("came", flush=True)
except KeyboardInterrupt:
    sys.exit(130)
"""
SUPERVISED = """
from qspec.cli.supervision import supervise
from qspec.cli.voice import Voice
voice = Voice(own_process=True)
code = supervise(voice)
if code is not None:
    sys.exit(code)
"""


def start(how, before=""):
    work, settings = LONG[how]
    text = PROGRAM.format(here=str(HERE), work=work, content=pickle.dumps(settings), before=before)
    with interruptible():
        return subprocess.Popen(
            [sys.executable, "-c", text],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )


def wait_for_the_middle(process):
    """Until both workers are in the middle of a long item."""
    assert [process.stdout.readline() for _ in range(3)] == ["begins\n", "came\n", "came\n"]
    time.sleep(0.5)  # any moment will do


@pytest.mark.parametrize("how", LONG)
@pytest.mark.parametrize("before", [pytest.param("", id="alone"), pytest.param(SUPERVISED, id="supervised")])
def test_a_kill_leaves_nothing_behind(how, before):
    process = start(how, before)
    wait_for_the_middle(process)
    assert len(processes_in(process.pid)) == (5 if before else 4)
    process.kill()
    killed = time.monotonic()
    wait_until(lambda: not processes_in(process.pid))
    print(f"gone after {time.monotonic() - killed:.3f} s")
    assert process.communicate()[1] == ""


@pytest.mark.parametrize("how", LONG)
def test_workers_are_gone_with_the_process_they_are_forked_from(how):
    work, settings = LONG[how]
    with Pool(work, 2, preload=()) as team:
        came = team.run(tasks(4, chunk=2), content(**settings))
        for _ in range(2):
            next(came)
        below = processes_of(team._staff._nursery.pid)
        os.kill(team._staff._nursery.pid, signal.SIGKILL)
        wait_until(lambda: not any(is_there(each) for each in below))
        came.close()
    assert len(below) == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
@pytest.mark.parametrize("how", LONG)
def test_a_signal_to_all_of_them_ends_them_in_silence(how, number):
    process = start(how)
    wait_for_the_middle(process)
    os.killpg(process.pid, number)
    assert process.wait() == 128 + number
    assert not processes_in(process.pid)
    assert process.communicate()[1] == ""


def test_a_signal_while_they_start_ends_them_in_silence():
    for step in range(8):
        process = start("asleep")
        assert process.stdout.readline() == "begins\n"
        time.sleep(step * 0.02)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait() == 130
        assert process.communicate()[1] == ""
        wait_until(lambda process=process: not processes_in(process.pid))


def test_the_caller_may_stop_at_any_time():
    with Pool(ARITHMETIC, 2, preload=()) as team:
        for _ in range(2):
            came = team.run(tasks(10, chunk=1), content(special={4: "sleep"}))
            assert next(came).count == 1
            below = processes_of(team._staff._nursery.pid)
            came.close()
            wait_until(lambda below=below: not any(is_there(each) for each in below))


def test_an_exception_of_the_caller_ends_the_workers():
    before = processes_of(os.getpid())
    team = Pool(ARITHMETIC, 2, preload=())
    with pytest.raises(OSError, match="disk full"):
        _fail_with(team)
    assert processes_of(os.getpid()) <= before


def _fail_with(team):
    with team:
        for _ in team.run(tasks(10, chunk=1), content(special={4: "sleep", 5: "sleep"})):
            raise OSError("disk full")
