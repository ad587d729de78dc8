"""`python -m tests.emulator`: serve until Ctrl-C, and say how to point a client at it."""

from __future__ import annotations

import argparse
import shlex
import sys
import threading
from pathlib import Path

from qspec.errors import QspecError, reason_of

from .emulator import Emulator
from .faults import FaultScript, read


def main() -> int:
    """Print the environment on stdout, one `export` a line, and serve; returns the exit code."""
    chosen = _parser().parse_args()
    try:
        emulator = _built(chosen)
    except _MisusedError as error:
        sys.stderr.write(f"error: {error}\n  = help: {error.advice}\n")
        return 2
    _serve(emulator)
    return 0


class _MisusedError(QspecError):
    """The command line asks for something that cannot be."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.emulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="a free one if it is not given")
    parser.add_argument("--devices", default="manila", help="names of fake backends, such as manila,torino")
    parser.add_argument("--faults", type=Path, help="a JSON file that says what goes wrong")
    parser.add_argument("--queue-seconds", type=float, default=0.0, help="how long each job waits")
    parser.add_argument("--run-seconds", type=float, default=0.0, help="how long each job runs at least")
    return parser


def _built(chosen: argparse.Namespace) -> Emulator:
    faults = _faults(chosen.faults) if chosen.faults else None
    try:
        return Emulator(
            chosen.devices.split(","),
            faults=faults,
            port=chosen.port,
            queue_seconds=chosen.queue_seconds,
            run_seconds=chosen.run_seconds,
        )
    except QspecError as error:
        raise _MisusedError(str(error), advice=error.advice or "'qspec backends' lists the fake backends") from error
    except (OSError, OverflowError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else "there is no such port"
        raise _MisusedError(f"cannot listen at port {chosen.port}: {reason}", advice="leave --port out") from error


def _faults(path: Path) -> FaultScript:
    try:
        return read(path)
    except OSError as error:
        raise _MisusedError(f"cannot read '{path}': {reason_of(error)}", advice="see docs/rehearsal.md") from error
    except (ValueError, TypeError, AttributeError) as error:
        said = " ".join(str(error).split())
        raise _MisusedError(f"'{path}' is no script of faults: {said}", advice="see docs/rehearsal.md") from error


def _serve(emulator: Emulator) -> None:
    with emulator:
        try:
            sys.stderr.write(
                f"{', '.join(device.name for device in emulator.devices)} at {emulator.url}; Ctrl-C ends it\n"
            )
            for name, value in emulator.environment.items():  # last: who has read them may interrupt this at once
                sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
            sys.stdout.flush()
            threading.Event().wait()
        except KeyboardInterrupt:
            sys.stderr.write("\n")


sys.exit(main())
