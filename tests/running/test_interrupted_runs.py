"""A run that is stopped leaves its state on disk, and nothing half."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import qspec
from qspec.records.find import list_runs
from qspec.records.folder import RunFolder
from qspec.records.saved import read_result
from qspec.records.status import read_events
from qspec.running.signals import Stopped, stopping_on_signals


def interrupting():
    raise KeyboardInterrupt


def test_ctrl_c_is_recorded_and_goes_on_upwards(plan, tmp_path, wrap):
    plan, _ = wrap(plan, "energy", interrupting)
    with pytest.raises(KeyboardInterrupt):
        qspec.run(plan, tmp_path / "runs")
    (found,) = list_runs(tmp_path / "runs")
    record = found.record
    assert (record.outcome, record.error, record.exit_code) == ("interrupted", "interrupted from the keyboard", 130)
    assert [job.status for job in record.jobs] == ["DONE", "CANCELLED"]
    assert qspec.open_run(found.folder).counts("counts")
    assert read_events(found.folder).events[-1].event == "run-interrupted"


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_is_recorded_and_ends_with_its_code(plan, tmp_path, wrap, name, code):
    number = getattr(signal, name)
    plan, _ = wrap(plan, "counts", lambda: os.kill(os.getpid(), number))
    with pytest.raises(Stopped) as caught:
        qspec.run(plan, tmp_path / "runs")
    assert caught.value.code == code
    assert list_runs(tmp_path / "runs")[0].record.error == f"stopped by {name}"
    assert signal.getsignal(number) is signal.SIG_DFL


def test_who_handles_signals_already_goes_on_doing_so():
    def mine(_number, _frame):
        """Somebody's own handler."""

    before = signal.signal(signal.SIGTERM, mine)
    try:
        with stopping_on_signals():
            assert signal.getsignal(signal.SIGTERM) is mine
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_run_may_be_made_in_another_thread(plan, tmp_path):
    outcomes: list[str] = []
    thread = threading.Thread(target=lambda: outcomes.append(qspec.run(plan, tmp_path / "runs").record.outcome))
    thread.start()
    thread.join()
    assert outcomes == ["done"]


CHILD = '''
import os, sys
from pathlib import Path
import qspec

spec, runs_dir, steps = sys.argv[1], Path(sys.argv[2]), [int(step) for step in sys.argv[3].split(",")]
plan = qspec.plan(spec)
real = {"fsync": os.fsync, "replace": Path.replace}


def kill_at(step):
    """In a child process: run, and die without a word at the given fsync or rename."""
    left = iter(range(step - 1))

    def boundary(name):
        def act(*arguments):
            if next(left, None) is None:
                os._exit(9)
            return real[name](*arguments)
        return act

    os.fsync, Path.replace = boundary("fsync"), boundary("replace")
    qspec.run(plan, runs_dir / str(step))
    os._exit(0)


for step in steps:
    child = os.fork()
    if child == 0:
        kill_at(step)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
'''


def survivors_of(repository: Path, runs_dir: Path, steps: range) -> list[int]:
    """Run the spec once for each step, killed at that step; the exit codes of the runs."""
    environment = os.environ | {"PYTHONPATH": str(Path(qspec.__file__).parents[1])}
    command = [sys.executable, "-W", "ignore", "-c", CHILD, str(repository / "specs" / "pair.yaml"), str(runs_dir)]
    done = subprocess.run(
        [*command, ",".join(map(str, steps))], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [int(code) for code in done.stdout.split()]


def assert_readable(runs_dir: Path) -> None:
    """Whatever is there is whole: the record, each event, and each result that the log says is saved."""
    for found in list_runs(runs_dir):
        assert found.record or "cannot read" in found.problem
        if found.record is None:
            continue
        assert found.record.outcome == "unfinished" or RunFolder(found.folder).hash_files() == found.record.files
        log = found.folder / "status.jsonl"
        events = read_events(found.folder).events if log.exists() else ()
        for event in events:
            if event.event == "result-saved":
                number = event.detail["pubs"]
                assert len(read_result(found.folder / "jobs" / event.job, number).pubs()) == number
        for path in found.folder.rglob("*.json"):
            json.loads(path.read_text("utf-8"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize(
    "steps", [range(3, 80, 13), pytest.param(range(1, 80), marks=pytest.mark.slow)], ids=["a sample", "all"]
)
def test_a_run_that_is_killed_at_any_moment_leaves_whole_files(repository, tmp_path, steps):
    codes = survivors_of(repository, tmp_path / "runs", steps)
    assert codes[0] == 9
    assert codes[-1] == 0, "more steps are needed to reach the end of the run"
    for step, code in zip(steps, codes, strict=True):
        if code == 9:
            assert_readable(tmp_path / "runs" / str(step))
