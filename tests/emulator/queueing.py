"""The queue: the thread that carries jobs out, one after another."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from .jobs import WorkFailed
from .messages import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from .clock import Clock
    from .jobs import Job, Work


class Queue:
    """Jobs wait here and one thread carries them out, one after another. `stop` ends the thread.

    `errors` are the emulator's own, which nobody asked for.
    """

    def __init__(self, clock: Clock, work: Callable[[Job], Work], charge: Callable[[Job, float], None]) -> None:
        self._clock = clock
        self._work = work
        self._charge = charge
        self._jobs: list[Job] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopped = False
        self._until: float | None = None
        self.errors: list[Exception] = []
        clock.listen(self._notify)

    def put(self, job: Job) -> None:
        """Queue a job."""
        with self._changed:
            job.states.append(("Queued", self._clock.now()))
            self._jobs.append(job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="emulator-queue", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def waiting(self, backend: str) -> list[Job]:
        """The jobs that wait for a backend, the next one first."""
        with self._changed:
            return [job for job in self._jobs if job.backend == backend and job.status == "Queued"]

    def pending(self, backend: str) -> int:
        """How many jobs of a backend have not ended."""
        with self._changed:
            return sum(job.backend == backend for job in self._jobs)

    def wait_for(self, fact: Callable[[], bool], seconds: float) -> bool:
        """Wait until a fact about jobs holds; whether it does within `seconds` of the machine's time."""
        with self._changed:
            return self._changed.wait_for(fact, seconds)

    def has_caught_up(self) -> bool:
        """Whether nothing remains to be done by now: what runs is to run longer, or nothing runs and no job is due."""
        now = self._clock.monotonic()
        if self._stopped or self._until is not None:
            return self._stopped or self._until > now
        return not any(job.status == "Queued" and not job.held and job.due <= now for job in self._jobs)

    def release(self, job: Job) -> None:
        """Let a held job go on."""
        with self._changed:
            job.held = False
            self._changed.notify_all()

    def cancel(self, job: Job, reason: str = "") -> None:
        """Cancel a job. Raises `Refusal` if it has ended."""
        with self._changed:
            if job.ended:
                message = f"Job cannot be cancelled as it is in terminal state {job.status}."
                raise Refusal(409, 1292, message)
            self._end(job, "Cancelled", reason or None)

    def fail(self, job: Job, code: int, reason: str) -> None:
        """Let a job that has not ended fail."""
        with self._changed:
            if not job.ended:
                job.reason_code = code
                self._end(job, "Failed", reason)

    def stop(self) -> None:
        """End the thread; what is queued stays queued."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _serve(self) -> None:
        while (job := self._next()) is not None:
            self._carry_out(job)
            with self._changed:
                self._until = None
                self._changed.notify_all()

    def _next(self) -> Job | None:
        """The next job to run, as soon as one is due; None when the queue stops."""
        with self._changed:
            while not self._stopped:
                now = self._clock.monotonic()
                due = [job for job in self._jobs if job.status == "Queued" and not job.held]
                ready = next((job for job in due if job.due <= now), None)
                if ready is not None:
                    self._until = now + ready.run_seconds
                    ready.states.append(("Running", self._clock.now()))
                    self._changed.notify_all()
                    return ready
                self._changed.wait(min((job.due - now for job in due), default=None))
        return None

    def _carry_out(self, job: Job) -> None:
        until = self._clock.monotonic() + job.run_seconds
        try:
            work: Work | None = self._work(job)
            failure = None
        except WorkFailed as error:
            work, failure = None, error
        except Exception as error:  # noqa: BLE001  a bug here must not leave the client waiting; `errors` shows it
            self.errors.append(error)
            work, failure = None, WorkFailed(9999, f"Internal error: {error}")
        with self._changed:
            while job.status == "Running" and not self._stopped and (left := until - self._clock.monotonic()) > 0:
                self._changed.wait(left)
            if job.status != "Running" or self._stopped:
                return
            job.work = work
            if failure is not None:
                job.reason_code = failure.code
                self._end(job, failure.word, str(failure))
            elif work is not None:
                job.result = work.result
                seconds = work.seconds if job.script.usage_seconds is None else job.script.usage_seconds
                self._charge(job, seconds)
                self._end(job, "Completed", None)

    def _end(self, job: Job, word: str, reason: str | None) -> None:
        job.reason = reason
        job.states.append((word, self._clock.now()))
        if job in self._jobs:
            self._jobs.remove(job)
        self._changed.notify_all()
