"""Every failure becomes a message and an exit code in one place."""

from __future__ import annotations

import errno
import os
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import click
import pytest

from qspec import errors
from qspec.cli import options
from qspec.cli.bug import without_secrets
from qspec.cli.failures import interruption_behind
from qspec.cli.group import LazyGroup
from qspec.diagnostics import Diagnostic, Span
from qspec.running.signals import Stopped


@pytest.fixture
def fails(monkeypatch, qspec):
    """Run a command that raises the given failure."""

    def run(failure: BaseException, *arguments: str):
        @options.command
        @click.argument("rest", nargs=-1)
        def command(voice, *, rest):
            raise failure

        module = ModuleType("qspec.cli.fail")
        module.command = command
        monkeypatch.setitem(sys.modules, "qspec.cli.fail", module)
        monkeypatch.setattr(LazyGroup, "about", {"fail": "fails"})
        return qspec("fail", *arguments)

    return run


FINDING = Diagnostic(
    code="unknown-key", message="'a' is not a key", span=Span(path="x.yaml", line=1, column=1, end_line=1, end_column=2)
)


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (errors.QspecError("no"), 1),
        (errors.JobError("no"), 1),
        (errors.SpecError([FINDING], sources={"x.yaml": "a: 1"}, path="x.yaml"), 2),
        (errors.UsageError("no"), 2),
        (errors.RecordError("no"), 2),
        (errors.SourceError("no", code="missing-file"), 2),
        (click.UsageError("no"), 2),
        (click.FileError("no"), 2),
        (errors.ServiceError("no"), 3),
        (errors.RefusedError("no"), 6),
        (errors.MachineError("no"), 7),
        (OSError(errno.ENOSPC, "No space left on device", "x"), 7),
        (PermissionError(errno.EACCES, "Permission denied", "x"), 7),
        (FileNotFoundError(errno.ENOENT, "No such file", "x"), 70),
        (OSError(errno.ENAMETOOLONG, "File name too long", "x"), 2),
        (OSError(errno.ELOOP, "Too many levels of symbolic links", "x"), 2),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory", "x"), 2),
        (IsADirectoryError(errno.EISDIR, "Is a directory", "x"), 2),
        (KeyError("x"), 70),
        (RecursionError("x"), 70),
        (MemoryError(), 70),
        (KeyboardInterrupt(), 130),
    ],
)
def test_exit_codes_are_frozen(fails, monkeypatch, tmp_path, failure, code):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    said = fails(failure)
    assert (said.code, said.out) == (code, "")
    assert "Traceback" not in said.err


@pytest.mark.parametrize("failure", [ImportError, errors.ServiceError])
@pytest.mark.parametrize(("stop", "code"), [(KeyboardInterrupt(), 130), (Stopped(signal.SIGTERM), 143)])
def test_an_interruption_that_a_library_took_for_a_failure_is_one(fails, failure, stop, code):
    wrapped = failure("initialization failed")
    wrapped.__cause__ = stop
    said = fails(wrapped)
    assert (said.code, said.err.splitlines()) == (code, ["interrupted" if code == 130 else "stopped by SIGTERM"])


def test_a_chain_of_failures_that_leads_back_to_itself_has_an_end():
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    assert interruption_behind(first) is None


def test_a_failure_says_its_message_and_advice(fails):
    said = fails(errors.UsageError("no run 'x' in 'runs'", advice="did you mean 'y'?"))
    assert said.err == "error: no run 'x' in 'runs'\n  = help: did you mean 'y'?\n"


def test_a_failure_without_advice_is_one_line(fails):
    assert fails(errors.MachineError("cannot write 'a': the disk is full")).err == (
        "error: cannot write 'a': the disk is full\n"
    )


def test_a_failure_is_said_even_when_quiet(fails):
    assert fails(errors.UsageError("no"), "-q").err == "error: no\n"


def test_findings_of_a_command_are_rendered_on_stderr(fails):
    said = fails(errors.SpecError([FINDING], sources={"x.yaml": "a: 1"}, path="x.yaml"))
    assert "1 │ a: 1\n  │ ^\n" in said.err
    assert said.err.endswith("1 error in x.yaml\n")


def test_a_failure_cannot_steer_the_terminal(fails):
    assert "\x1b" not in fails(errors.UsageError("no '\x1b[31m'")).err


def test_a_bug_is_one_line_and_a_report_without_secrets(fails, monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("QISKIT_IBM_TOKEN", "canary-1234567890")
    said = fails(KeyError("canary-1234567890"), "token=canary-2", "https://me:canary-3@host/")
    assert said.err.count("\n") == 1
    match = re.fullmatch(
        r"error: this is a bug in qspec: KeyError: '\[removed\]'; the report to send is (.*)\n", said.err
    )
    path = Path(match[1])
    report = path.read_text()
    assert path.parent == tmp_path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "canary" not in said.err + report
    assert "in command\n    raise failure\n" in report
    assert "qiskit: 2" in report
    assert "'token=[removed]" in report


def test_a_bug_is_reported_where_no_file_can_be_written(fails, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/nowhere/at/all")
    said = fails(KeyError("x"))
    assert said.code == 70
    assert "Traceback" in said.err
    assert said.err.endswith("the report to send is above\n")


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("token=abc", "token=[removed]"),
        ('{"api_key": "abc"}', '{"api_key": "[removed]"}'),
        ("https://a:b@c.d/e", "https://[removed]@c.d/e"),
        ("password: abc", "password: [removed]"),
        ("seed=42", "seed=42"),
        ("the value s3cr3t! is gone", "the value [removed] is gone"),
        ("short", "short"),
    ],
)
def test_secrets_are_removed_from_reports(text, cleaned):
    environment = {"MY_SECRET": "s3cr3t!", "A_TOKEN": "sho", "HOME": "value"}
    assert without_secrets(text, environment) == cleaned


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rn"], "error: 'rn' is not a command, did you mean 'run'?\n  = help: see 'qspec --help'\n"),
        (["nix"], "error: 'nix' is not a command\n  = help: see 'qspec --help'\n"),
        (["validate"], "error: missing argument 'SPEC...'\n  = help: see 'qspec validate --help'\n"),
        (
            ["validate", "--formt", "json", "x"],
            "error: no such option '--formt', did you mean '--format'?\n  = help: see 'qspec validate --help'\n",
        ),
    ],
)
def test_a_misused_command_line_is_explained(qspec, arguments, message):
    said = qspec(*arguments)
    assert (said.code, said.out, said.err) == (2, "", message)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_quietly_with_their_codes(start, number, code):
    process = start("validate", "-", stdin=subprocess.PIPE)
    wait_until_reading(process.pid)
    process.send_signal(number)
    out, err = process.communicate(timeout=10)
    assert process.returncode == code
    assert out == b""
    assert err.decode().strip() in ("interrupted", "stopped by SIGTERM")


def wait_until_reading(pid: int) -> None:
    """Until the process waits for its standard input (Linux says so)."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if "pipe_read" in Path(f"/proc/{pid}/wchan").read_text() or syscall_of(pid) == "0 0x0":
            return
    raise AssertionError("the process never read")


def syscall_of(pid: int) -> str:
    try:
        return " ".join(Path(f"/proc/{pid}/syscall").read_text().split()[:2])
    except OSError:
        return ""


def test_a_closed_pipe_is_quiet(start):
    reader, writer = os.pipe()
    os.close(reader)
    process = start("backends", stdout=writer)
    os.close(writer)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, b"")


def test_a_closed_pipe_does_not_change_the_verdict(start, tmp_path):
    (tmp_path / "bad.yaml").write_text("qspec: 1\n")
    reader, writer = os.pipe()
    os.close(reader)
    process = start("validate", tmp_path / "bad.yaml", stdout=writer)
    os.close(writer)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (2, b"")


def test_a_full_disk_under_stdout_is_the_machine_s_fault(start):
    with Path("/dev/full").open("w") as full:
        process = start("backends", stdout=full, text=True)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (7, "error: no space left on device\n")


@pytest.mark.parametrize("place", ["/dev/full", None])
def test_what_stderr_cannot_take_changes_nothing(start, desk, place):
    stderr = Path(place).open("w") if place else None  # noqa: SIM115  closed below
    options = {"stderr": stderr} if stderr else {"preexec_fn": lambda: os.close(2)}
    process = start("runs", text=True, **options)
    process.communicate(timeout=30)
    assert process.returncode == 0
    if stderr:
        stderr.close()


def test_a_closed_stdout_changes_nothing(start):
    process = start("backends", preexec_fn=lambda: os.close(1), text=True)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")


@pytest.mark.parametrize("command", ["validate", "plan", "run", "show"])
def test_names_that_cannot_be_are_misuse(qspec, desk, command):
    (desk / "loop").symlink_to("loop")
    for name in ("a" * 5000, "loop", "bell.yaml/x"):
        assert qspec(command, name).code == 2


def test_what_the_system_says_is_a_part_of_a_sentence():
    assert errors.reason_of(OSError(errno.ENOENT, "No such file or directory")) == "no such file or directory"
    assert errors.reason_of(OSError("Odd")) == "odd"
    assert errors.reason_of(OSError()) == "no reason given"
