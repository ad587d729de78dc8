"""Faults by script: what goes wrong, at which requests and with which jobs."""

from __future__ import annotations

import json
import random
import re
import threading
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Do = Literal["status", "drop", "reset", "truncate", "delay", "hang", "body", "word", "expire"]
Phase = Literal["before", "after"]

GARBAGE = "\x00\x01 <html>bad gateway</html> {"
SETTINGS = ("lag_calls", "lag_seconds", "bare_lists", "page_jobs")
WORDS = ("", "Paused", "In Progress", "transferring", "????", "Läuft", "None", "completed?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """Something that goes wrong with requests.

    `do`: `status` answers with `status` (and `Retry-After: retry_after`, as a number of seconds, or with `retry_date`
    as a date in HTTP's form; without it there is no such header); `drop` closes the connection, `reset` resets
    it; `truncate` sends half of the answer's body under its full length and closes; `delay` waits `seconds`, `hang`
    waits until the emulator stops; `body` replaces the body of the answer by `text`, or cuts or garbles it if that is
    `<half>`, `<empty>` or `<garbage>`, and its content type where one is given; `word` replaces the status word of a
    job by `text`, by a random one for `<random>`, or leaves it out for `<missing>`; `expire` makes all tokens invalid.

    `phase`: `before` means that the request is not carried out, `after` that it is, and goes wrong thereafter.

    Which requests: those of `method` and `path` (`*` stands for one segment, `**` for any number of them); of these,
    the ones numbered in `nth` (from 1), or all; of these, each with the probability `chance`, drawn from `seed`; and
    no more than `times`.
    """

    do: Do
    method: str = "*"
    path: str = "/**"
    nth: tuple[int, ...] | None = None
    times: int | None = None
    chance: float = 1.0
    seed: int = 0
    phase: Phase = "before"
    status: int = 503
    retry_after: float | None = None
    retry_date: bool = False
    seconds: float = 0.0
    text: str = ""
    content_type: str | None = None

    @property
    def name(self) -> str:
        """How the ledger names it."""
        detail = str(self.status) if self.do == "status" else self.text
        return " ".join(word for word in (self.do, detail, self.phase) if word)

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is of the kind that the fault is aimed at."""
        return self.method in ("*", method) and re.fullmatch(_pattern(self.path), path) is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class JobScript:
    """What becomes of jobs. The first script that fits a job is its own, the rest do not count.

    Which jobs: those numbered in `nth` (from 1, in the order of acceptance), of the program `program_id`, with the tag
    `tag`, on the backend `backend`; what is left out does not matter.

    `queue_seconds` and `run_seconds` are how long it waits and runs; with `hold` it stays queued until `release`.
    With `fail_code` it fails with this code and `fail_reason`. `usage_seconds` is what it is charged. `result` says
    what its result is: whole, or `empty`, `truncated`, `garbage`. `stored` says where it is: under its own address, or
    in a storage to which that redirects, on the same host (`path`) or on another one (`host`). With `once` it can be
    read only once.
    """

    nth: tuple[int, ...] | None = None
    program_id: str | None = None
    tag: str | None = None
    backend: str | None = None
    queue_seconds: float | None = None
    run_seconds: float | None = None
    hold: bool = False
    fail_code: int | None = None
    fail_reason: str = "the emulator was told to let this job fail"
    usage_seconds: float | None = None
    result: Literal["whole", "empty", "truncated", "garbage"] = "whole"
    stored: Literal["", "path", "host"] = ""
    once: bool = False

    def fits(self, number: int, program_id: str, backend: str, tags: Iterable[str]) -> bool:
        """Whether the script is for a job, the `number`-th to be accepted."""
        return (
            (self.nth is None or number in self.nth)
            and self.program_id in (None, program_id)
            and self.backend in (None, backend)
            and (self.tag is None or self.tag in tags)
        )


@dataclass(kw_only=True, slots=True)
class FaultScript:
    """All that goes wrong. `faults` of the first matching kinds are all applied, in their order.

    A job appears in lists only after `lag_calls` further lists of jobs and `lag_seconds`. With `bare_lists` they leave
    out the jobs' tags; `page_jobs` is the most that a page of a list has, whatever was asked for.
    """

    faults: list[Fault] = field(default_factory=list)
    jobs: list[JobScript] = field(default_factory=list)
    lag_calls: int = 0
    lag_seconds: float = 0.0
    bare_lists: bool = False
    page_jobs: int | None = None
    fired: list[tuple[int, str]] = field(default_factory=list)
    _seen: dict[int, int] = field(default_factory=dict)
    _hits: dict[int, int] = field(default_factory=dict)
    _draws: dict[int, random.Random] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, do: Do, **details: Any) -> Fault:
        """One fault more, see `Fault`."""
        fault = Fault(do=do, **details)
        with self._lock:
            self.faults.append(fault)
        return fault

    def add_job(self, **details: Any) -> JobScript:
        """One job script more, see `JobScript`; those added first count first."""
        script = JobScript(**details)
        with self._lock:
            self.jobs.append(script)
        return script

    def clear(self) -> None:
        """From now on nothing goes wrong."""
        self.replace(FaultScript())

    def replace(self, other: FaultScript) -> None:
        """Take over another script; counting starts anew."""
        with self._lock:
            self.faults, self.jobs = list(other.faults), list(other.jobs)
            for name in SETTINGS:
                setattr(self, name, getattr(other, name))
            for counts in (self.fired, self._seen, self._hits, self._draws):
                counts.clear()

    def choose(self, number: int, method: str, path: str) -> list[Fault]:
        """The faults that strike a request, the `number`-th of all."""
        with self._lock:
            struck = [fault for index, fault in enumerate(self.faults) if self._strikes(index, fault, method, path)]
            self.fired += [(number, fault.name) for fault in struck]
        return struck

    def _strikes(self, index: int, fault: Fault, method: str, path: str) -> bool:
        if not fault.matches(method, path):
            return False
        self._seen[index] = self._seen.get(index, 0) + 1
        if fault.nth is not None and self._seen[index] not in fault.nth:
            return False
        if fault.times is not None and self._hits.get(index, 0) >= fault.times:
            return False
        if fault.chance < 1 and self._draw(index, fault).random() >= fault.chance:
            return False
        self._hits[index] = self._hits.get(index, 0) + 1
        return True

    def _draw(self, index: int, fault: Fault) -> random.Random:
        return self._draws.setdefault(index, random.Random(fault.seed))

    def script_for(self, number: int, program_id: str, backend: str, tags: Iterable[str]) -> JobScript:
        """The script of a job; an empty one where none fits."""
        with self._lock:
            fitting = (script for script in self.jobs if script.fits(number, program_id, backend, tags))
            return next(fitting, JobScript())

    def data(self) -> dict[str, Any]:
        """The script as JSON data, as `read` takes it, and what has fired so far."""
        return {
            "faults": [asdict(fault) for fault in self.faults],
            "jobs": [asdict(script) for script in self.jobs],
            **{name: getattr(self, name) for name in SETTINGS},
            "fired": self.fired,
        }


def parse(data: Mapping[str, Any]) -> FaultScript:
    """The script that JSON data describe. Raises `TypeError` for an unknown key."""
    known = {"faults", "jobs", "fired", *SETTINGS}
    if unknown := sorted(set(data) - known):
        raise TypeError(f"a fault script has no {unknown[0]!r}; it has {', '.join(sorted(known - {'fired'}))}")
    return FaultScript(
        faults=[Fault(**_counted(entry)) for entry in data.get("faults", [])],
        jobs=[JobScript(**_counted(entry)) for entry in data.get("jobs", [])],
        **{name: data[name] for name in SETTINGS if name in data},
    )


def read(path: Path) -> FaultScript:
    """The script in a JSON file."""
    return parse(json.loads(path.read_text(encoding="utf-8")))


def _counted(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry with `nth` as a tuple; a single number will do in a file."""
    nth = entry.get("nth")
    return {**entry, "nth": (nth,) if isinstance(nth, int) else None if nth is None else tuple(nth)}


def _pattern(path: str) -> str:
    escaped = re.escape(path)
    return escaped.replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
