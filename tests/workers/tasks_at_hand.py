"""Work for workers: arithmetic, and items that take long, fail, die, or kill."""

from __future__ import annotations

import os
import pickle
import signal
import time
from pathlib import Path

from qspec.errors import JobError


class Arithmetic:
    """Squares, in groups, with an item in a hundred that does something else."""

    def __init__(self, *, factor=1, group=1, seconds=0.0, special=None, folder=None):
        self.factor = factor
        self.group = group
        self.seconds = seconds
        self.special = special or {}
        self.folder = folder

    def compute(self, first, count):
        for start in range(first, first + count, self.group):
            items = range(start, min(start + self.group, first + count))
            for item in items:
                self._do(self.special.get(item), item)
            time.sleep(self.seconds)
            yield len(items), [self.factor * item * item for item in items]

    def _do(self, what, item):
        if what == "die" or (what == "die once" and first_time(self.folder, item)):
            os.kill(os.getpid(), signal.SIGKILL)
        elif what == "abort":
            os.abort()
        elif what == "exit":
            os._exit(3)
        elif what == "end all":
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(60)
        elif what == "end the Dask worker":
            os.kill(
                int(Path(f"/proc/{os.getppid()}/stat").read_text("utf-8").rpartition(")")[2].split()[1]), signal.SIGKILL
            )
            time.sleep(60)
        elif what == "raise":
            raise JobError("item is odd", advice="make it even")
        elif what == "raise oddly":
            raise Odd(size=item)
        elif what == "sleep":
            time.sleep(600)


class Odd(Exception):
    def __init__(self, *, size):
        super().__init__(f"odd of size {size}")
        self.trouble = lambda: size  # cannot be pickled


def first_time(folder, name):
    try:
        Path(folder, str(name)).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def arithmetic(content):
    return Arithmetic(**pickle.loads(content))


def deadly_to_open(content):
    if content == b"deadly":
        os.kill(os.getpid(), signal.SIGKILL)
    return Arithmetic()


class Where:
    """Says where an item is computed, and how large what it was given is."""

    def __init__(self, content):
        self.size = len(content)
        self.opened = time.monotonic_ns()

    def compute(self, first, count):
        for _ in range(count):
            time.sleep(0.02 if self.size > 100_000 else 0)
            names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")
            yield 1, {"pid": os.getpid(), "size": self.size, "opened": self.opened} | {n: os.environ[n] for n in names}


class Large:
    def compute(self, first, count):
        for item in range(first, first + count):
            yield 1, bytes([item % 251]) * 3_000_000


def large(_content):
    return Large()


class Short:
    def compute(self, first, count):
        yield count - 1, [0] * (count - 1)


def short(_content):
    return Short()


class Sampling:
    """Real simulations: item n is a random circuit of this many qubits, sampled with the seed n."""

    def __init__(self, qubits, depth=10, shots=200):
        self.qubits, self.depth, self.shots = qubits, depth, shots

    def compute(self, first, count):
        from qiskit.circuit.random import random_circuit
        from qiskit_aer.primitives import SamplerV2

        for item in range(first, first + count):
            circuit = random_circuit(self.qubits, self.depth, max_operands=2, measure=True, seed=item)
            data = SamplerV2(seed=item + 1).run([circuit.decompose(reps=3)], shots=self.shots).result()[0].data
            yield 1, data.c.array.tobytes()


def sampling(content):
    return Sampling(**pickle.loads(content))


class Endless:
    """A short simulation for each even item, and minutes of one for each odd item."""

    def compute(self, first, count):
        from qiskit import QuantumCircuit
        from qiskit_aer import AerSimulator

        for item in range(first, first + count):
            circuit = QuantumCircuit(22)
            for _ in range(2000 if item % 2 else 1):
                circuit.h(range(22))
            circuit.measure_all()
            AerSimulator().run(circuit, shots=1).result()
            yield 1, [item]


def endless(_content):
    return Endless()
