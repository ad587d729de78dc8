"""From the bytes of a result to Qiskit's objects, by the runtime's own decoders, without asking the service again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.errors import JobError

if TYPE_CHECKING:
    from collections.abc import Sequence


def decode(content: bytes, program: str, decoder: Any = None) -> Any:
    """What a job of the service's `program` gave: a `PrimitiveResult`, or what else its decoders make of it.

    `decoder` is a class to use instead of the program's own. Raises `JobError` when the bytes are not such a result.
    """
    text = content.decode("utf-8", "replace")
    decoders: Sequence[Any] = [decoder] if decoder is not None else _decoders(program)
    try:
        return _through(decoders, text)
    except Exception as error:  # a damaged result makes decoders raise anything
        words = " ".join(str(error).split())[:300] or type(error).__name__
        raise JobError(f"the result cannot be decoded: {type(error).__name__}: {words}") from error


def _through(decoders: Sequence[Any], result: Any) -> Any:
    """One decoder after the other, each where it says that it applies (runtime 0.50: all of them, it has one each)."""
    for decoder in decoders:
        if getattr(decoder, "is_applicable", _always)(result):
            result = decoder.decode(result)
    return result


def _always(_result: Any) -> bool:
    return True


def _decoders(program: str) -> Sequence[Any]:
    from qiskit_ibm_runtime.decoders.defaults import DEFAULT_DECODERS
    from qiskit_ibm_runtime.decoders.result_decoder import ResultDecoder

    known = DEFAULT_DECODERS.get(program, ResultDecoder)
    return known if isinstance(known, (list, tuple)) else [known]
