"""`python -m tests.emulator`: serve until Ctrl-C, and say how to point a client at it."""

from __future__ import annotations

import argparse
import shlex
import sys
import threading
from pathlib import Path

from .emulator import Emulator
from .faults import read


def main() -> None:
    """Print the environment on stdout, one `export` a line, and serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.emulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="a free one if it is not given")
    parser.add_argument("--devices", default="manila", help="names of fake backends, such as manila,torino")
    parser.add_argument("--faults", type=Path, help="a JSON file that says what goes wrong")
    parser.add_argument("--queue-seconds", type=float, default=0.0, help="how long each job waits")
    parser.add_argument("--run-seconds", type=float, default=0.0, help="how long each job runs at least")
    chosen = parser.parse_args()
    emulator = Emulator(
        chosen.devices.split(","),
        faults=read(chosen.faults) if chosen.faults else None,
        port=chosen.port,
        queue_seconds=chosen.queue_seconds,
        run_seconds=chosen.run_seconds,
    )
    with emulator:
        for name, value in emulator.environment.items():
            sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
        sys.stdout.flush()
        sys.stderr.write(f"{', '.join(device.name for device in emulator.devices)} at {emulator.url}; Ctrl-C ends it\n")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            sys.stderr.write("\n")


main()
