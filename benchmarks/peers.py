"""Programs that qspec is compared with, each in an environment of its own, made when it is first needed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

FOLDER = Path(__file__).parent / ".peers"
_LONGEST = 300


class PeerError(Exception):
    """A peer could not be installed; the text says why."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A program by its name on the package index, an extra if it needs one, and which of our versions it is to have."""

    name: str
    extra: str = ""
    alike: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Its environment."""
        return FOLDER / self.name

    @property
    def executable(self) -> str:
        """Its command."""
        return str(self.folder / "bin" / self.name)

    def installed(self) -> str:
        """Install it unless it is there; its version. Raises `PeerError`."""
        if not Path(self.executable).exists():
            shutil.rmtree(self.folder, ignore_errors=True)
            wanted = [f"{package}=={version(package)}" for package in self.alike]
            what = f"{self.name}[{self.extra}]" if self.extra else self.name
            self._call(sys.executable, "-m", "venv", str(self.folder))
            self._pip("install", "-q", what, *wanted)
        return self._pip("show", self.name).partition("Version: ")[2].splitlines()[0]

    def _pip(self, *words: str) -> str:
        command = (str(self.folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", *words)
        return self._call(*command)

    def _call(self, *words: str) -> str:
        try:
            done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=_LONGEST)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise PeerError(str(error)) from error
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise PeerError(said[-1] if said else f"{words[0]} ended with {done.returncode}")
        return done.stdout


CHECK_JSONSCHEMA = Peer("check-jsonschema")
SHOTGATE = Peer("shotgate", "aer", ("qiskit", "qiskit-aer", "numpy"))
