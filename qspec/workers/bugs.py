"""Exceptions that travel from a worker to who gave it the work."""

from __future__ import annotations

import pickle
import traceback


def pack(error: BaseException, worker: str) -> bytes:
    """An exception as bytes, with its traceback as text. Nothing is lost but what cannot be pickled."""
    text = "".join(traceback.format_exception(error)).rstrip()
    note = f"in {worker}:\n{text}"
    try:
        packed = pickle.dumps((type(error), error.args, error.__dict__, note))
        unpack(packed)
    except Exception:  # noqa: BLE001  whatever is wrong with the exception: its words are passed on
        said = f"{type(error).__name__}: {error}"
        packed = pickle.dumps((RuntimeError, (said,), {}, note))
    return packed


def unpack(packed: bytes) -> BaseException:
    """The exception that was packed by one of our own workers; its traceback is a note of it."""
    kind, arguments, state, note = pickle.loads(packed)  # noqa: S301  from a process that we started
    error: BaseException = kind.__new__(kind, *arguments)  # not by calling it: many take other arguments than `args`
    error.__dict__.update(state)
    error.add_note(note)
    return error
