"""Metadata of results as JSON that gives back the same Python values: tuples, NumPy numbers, times, execution spans.

Plain JSON values stand as they are; others are mappings with the key `$type`. What cannot be said at all is kept as
text, and `encode` says where.
"""

from __future__ import annotations

import base64
import math
from datetime import date, datetime
from typing import Any

from qspec.errors import RecordError
from qspec.frozen import frozen

TAG = "$type"
_PLAIN = frozenset({str, int, bool, type(None)})
_SPANS = "qiskit_ibm_runtime.execution_span"
_SPAN_NAMES = ("SliceSpan", "DoubleSliceSpan", "TwirledSliceSpan", "TwirledSliceSpanV2")


@frozen(kw_only=False)
class KeptAsText:
    """A value of metadata that could not be kept itself: the name of its type, and what `repr` said of it."""

    type: str
    text: str


def encode(value: Any, place: str, kept: list[str]) -> Any:
    """The value as JSON data. Places of values that are only kept as text are added to `kept`."""
    kind = type(value)
    if kind in _PLAIN or (kind is float and math.isfinite(value)):
        return value
    if kind is dict:
        return _mapping(value, place, kept)
    if kind is list:
        return [encode(item, f"{place}.{index}", kept) for index, item in enumerate(value)]
    tagged = _tagged(value, place, kept)
    if tagged is None:
        kept.append(place)
        return {TAG: "text", "of": f"{kind.__module__}.{kind.__qualname__}", "text": repr(value)}
    return tagged


def _mapping(value: dict[Any, Any], place: str, kept: list[str]) -> Any:
    if TAG not in value and all(type(key) is str for key in value):
        return {key: encode(item, f"{place}.{key}", kept) for key, item in value.items()}
    items = [[encode(key, place, kept), encode(item, f"{place}.{key}", kept)] for key, item in value.items()]
    return {TAG: "mapping", "items": items}


def _tagged(value: Any, place: str, kept: list[str]) -> dict[str, Any] | None:
    if isinstance(value, float) and type(value) is float:
        return {TAG: "float", "value": str(value)}
    if type(value) in (tuple, set, frozenset):
        items = list(value) if type(value) is tuple else sorted(value, key=repr)
        return {TAG: type(value).__name__, "items": encode(items, place, kept)}
    if type(value) is complex:
        return {TAG: "complex", "parts": [encode(value.real, place, kept), encode(value.imag, place, kept)]}
    if type(value) is bytes:
        return {TAG: "bytes", "base64": base64.b64encode(value).decode()}
    if type(value) in (datetime, date):
        return {TAG: type(value).__name__, "iso": value.isoformat()}
    if type(value) is slice:
        return {TAG: "slice", "parts": encode([value.start, value.stop, value.step], place, kept)}
    if type(value).__module__.startswith(_SPANS):
        return _span(value, place, kept)
    return _array(value) if type(value).__module__ == "numpy" else None


def _array(value: Any) -> dict[str, Any] | None:
    import numpy as np

    if not isinstance(value, (np.ndarray, np.generic)) or value.dtype.hasobject or value.dtype.names:
        return None
    content = {"dtype": value.dtype.str, "base64": base64.b64encode(value.tobytes()).decode()}
    if isinstance(value, np.generic):
        return {TAG: "numpy scalar", "shown": str(value), **content}
    return {TAG: "numpy array", "shape": list(value.shape), **content}


def _span(value: Any, place: str, kept: list[str]) -> dict[str, Any] | None:
    name = type(value).__name__
    if name == "ExecutionSpans":
        return {TAG: "execution spans", "spans": encode(list(value), place, kept)}
    if name not in _SPAN_NAMES:
        return None
    # What a span was made of has no public name; the runtime's own encoder reads it here too (0.51).
    shots = {pub: (number,) for pub, number in getattr(value, "_pub_shots", {}).items()}
    slices = {pub: (*parts, *shots.get(pub, ())) for pub, parts in value._data_slices.items()}  # noqa: SLF001
    times = {"start": value.start.isoformat(), "stop": value.stop.isoformat()}
    return {TAG: "execution span", "of": name, **times, "data_slices": encode(slices, place, kept)}


def decode(data: Any) -> Any:
    """The value that `encode` was given. Raises `RecordError` for what no `encode` wrote."""
    if isinstance(data, list):
        return [decode(item) for item in data]
    if not isinstance(data, dict):
        return data
    if TAG not in data:
        return {key: decode(item) for key, item in data.items()}
    try:
        return _DECODERS[data[TAG]](data)
    except (KeyError, TypeError, ValueError) as error:
        raise RecordError(f"metadata holds a damaged value of type {data[TAG]!r}") from error


def _decode_array(data: dict[str, Any]) -> Any:
    import numpy as np

    flat = np.frombuffer(base64.b64decode(data["base64"]), dtype=np.dtype(data["dtype"])).copy()
    return flat.reshape(data["shape"]) if "shape" in data else flat[0]


def _decode_spans(data: dict[str, Any]) -> Any:
    from qiskit_ibm_runtime.execution_span import ExecutionSpans

    return ExecutionSpans(decode(data["spans"]))


def _decode_span(data: dict[str, Any]) -> Any:
    from qiskit_ibm_runtime import execution_span

    if data["of"] not in _SPAN_NAMES:
        raise KeyError(data["of"])
    times = datetime.fromisoformat(data["start"]), datetime.fromisoformat(data["stop"])
    return getattr(execution_span, data["of"])(*times, decode(data["data_slices"]))


_DECODERS: dict[str, Any] = {
    "float": lambda data: float(data["value"]),
    "tuple": lambda data: tuple(decode(data["items"])),
    "set": lambda data: set(decode(data["items"])),
    "frozenset": lambda data: frozenset(decode(data["items"])),
    "complex": lambda data: complex(*decode(data["parts"])),
    "bytes": lambda data: base64.b64decode(data["base64"]),
    "datetime": lambda data: datetime.fromisoformat(data["iso"]),
    "date": lambda data: date.fromisoformat(data["iso"]),
    "slice": lambda data: slice(*decode(data["parts"])),
    "mapping": lambda data: {decode(key): decode(value) for key, value in data["items"]},
    "numpy scalar": _decode_array,
    "numpy array": _decode_array,
    "execution span": _decode_span,
    "execution spans": _decode_spans,
    "text": lambda data: KeptAsText(data["of"], data["text"]),
}
