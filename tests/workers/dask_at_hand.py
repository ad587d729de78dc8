"""A Dask cluster of real processes: a scheduler, and workers that come and go."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.workers.workers_at_hand import processes_of, wait_until

HERE = Path(__file__).parent


class Hired:
    """A scheduler on a free port of this machine, and its workers; all of them are ended at the end."""

    def __init__(self, folder, *words):
        self._file = folder / "scheduler.json"
        self._processes = []
        self.scheduler = self._start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", *words)
        wait_until(lambda: self._file.exists() and self._file.read_text("utf-8").endswith("}"), 30)
        self.address = json.loads(self._file.read_text("utf-8"))["address"]

    def worker(self, *words, first_path=HERE):
        return self._start("dask_worker", "--nthreads", "1", "--no-dashboard", *words, first_path=first_path)

    def _start(self, module, *words, first_path=HERE):
        path = os.pathsep.join([str(first_path), str(HERE), str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")])
        command = [sys.executable, "-m", f"distributed.cli.{module}", *words, "--scheduler-file", str(self._file)]
        process = subprocess.Popen(
            command,
            env=os.environ | {"PYTHONPATH": path},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._processes.append(process)
        return process

    def end(self):
        for process in reversed(self._processes):
            for each in (*processes_of(process.pid), process.pid):
                try:
                    os.kill(each, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            process.wait()
