"""What a person sees while a run goes on: lines in a pipe, bars on a terminal, next to nothing when quiet."""

from __future__ import annotations

import os
import pty
import select
from pathlib import Path

import pytest
from spec_texts import BELL

from qspec.cli.progress import HEARTBEAT, Bar, Bars, Lines, Quiet
from qspec.cli.voice import Voice


class Clock:
    def __init__(self):
        self.time = 0.0

    def __call__(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def lines(clock):
    return Lines(Voice(), clock=clock)


def test_a_log_is_told_where_each_job_stands_and_then_once_a_minute(lines, clock, capsys):
    for _ in range(5):
        lines.waiting("counts", "QUEUED", 7)
        clock.time += HEARTBEAT / 4
    assert capsys.readouterr().err.splitlines() == [
        "job counts: QUEUED, place 7 in the queue",
        "job counts: QUEUED, place 7 in the queue, after 1 min",
    ]


def test_what_is_said_meanwhile_puts_the_next_sign_of_life_off(lines, clock, capsys):
    lines.waiting("counts", "QUEUED", None)
    clock.time = HEARTBEAT - 1
    lines.trouble("the service is busy")
    clock.time = HEARTBEAT + 1
    lines.waiting("counts", "QUEUED", None)
    clock.time = 2 * HEARTBEAT
    lines.waiting("counts", "RUNNING", None)
    assert capsys.readouterr().err.splitlines()[2:] == ["job counts: RUNNING, after 2 min"]


def test_jobs_that_were_cancelled_and_those_that_were_not(lines, capsys):
    lines.cancelling("counts", "d1", "")
    lines.cancelling("energy", "d2", "it has ended")
    assert capsys.readouterr().err.splitlines() == [
        "job counts (d1): cancelled",
        "job energy (d2): could not be cancelled: it has ended",
    ]


def test_quiet_says_only_what_could_not_be_cancelled(capsys):
    quiet = Quiet(Voice(volume=-1))
    quiet.waiting("counts", "QUEUED", 7)
    quiet.cancelling("counts", "d1", "")
    quiet.cancelling("energy", "d2", "it has ended")
    assert capsys.readouterr().err == "job energy (d2): could not be cancelled: it has ended\n"


def test_bars_leave_lines_about_cancelled_jobs(capsys):
    with Bar() as bar:
        Bars(bar).cancelling("counts", "d1", "")
    assert capsys.readouterr().err.strip() == "job counts (d1): cancelled"


def test_resume_in_a_pipe_says_where_each_job_stands(emulator, qspec):
    emulator.faults.add_job(hold=True)
    qspec("submit", "pair.yaml")
    said = qspec("resume", "pair", "--no-wait").err
    assert ("job counts: QUEUED" in said, "job energy: QUEUED" in said) == (True, True)


def on_a_terminal(start, *arguments, **env):
    ours, theirs = pty.openpty()
    process = start(*arguments, stdout=theirs, stderr=theirs, env={"COLUMNS": "60", **env})
    os.close(theirs)
    parts = []
    while select.select([ours], [], [], 60)[0]:
        try:
            parts.append(os.read(ours, 65536))
        except OSError:
            break
    os.close(ours)
    assert process.wait(60) == 0
    return b"".join(parts).decode().replace("\r\n", "\n")


def test_a_terminal_that_cannot_draw_gets_the_lines_of_a_pipe(start, desk):
    said = on_a_terminal(start, "run", "bell.yaml", TERM="dumb")
    assert said.startswith("run runs/bell/")
    assert "\njob counts (1 of 1): DONE in " in said
    assert "\x1b" not in said


def test_a_terminal_keeps_the_run_folder_from_the_start(start, desk):
    (desk / "bell.yaml").write_text(BELL.replace("name: bell", f"name: {'b' * 60}"))
    said = on_a_terminal(start, "run", "bell.yaml", TERM="xterm")
    folder = next(Path("runs").glob("*/*"))
    assert f"run {folder}\n" in said, "in one line, however long"
    assert said.index(f"run {folder}\n") < said.index("job counts")


def test_who_waits_for_the_service_is_told_so(start, emulator):
    said = on_a_terminal(start, "plan", "pair.yaml", TERM="xterm")
    assert said.index("asking the service") < said.index("plan of pair")
    assert start("submit", "pair.yaml").wait(60) == 5
    said = on_a_terminal(start, "resume", "pair", TERM="xterm")
    assert said.index("asking the service") < said.index("run runs/pair/")


def test_no_bar_is_ever_drawn_without_words(start, desk):
    (desk / "bell.yaml").write_text(BELL)
    said = on_a_terminal(start, "run", "bell.yaml", TERM="xterm")
    bars = [line for line in said.replace("\r", "\n").splitlines() if "━" in line or "╺" in line]
    assert bars
    assert all("run bell" in bar or "job counts" in bar for bar in bars)
