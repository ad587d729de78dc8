"""Frozen dataclasses to JSON data and back, by their annotations; the published schemas are read off the same ones.

An annotation is `str`, `int`, `float`, `bool`, `Any`, a `Literal` of words, another such dataclass, `X | None`,
`tuple[X, ...]` or `Mapping[str, X]`, with its description in `Annotated[…, "…"]`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from qspec.errors import RecordError

T = TypeVar("T")
_TYPES = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
_SCALARS = frozenset({str, int, float, bool, NoneType})


def data_of(value: Any) -> Any:
    """The JSON data of a record's part. Mappings and lists of plain data are taken as they are."""
    kind: Any = type(value)
    if kind in _SCALARS:
        return value
    if kind is tuple:
        return [data_of(item) for item in value]
    names = _names(kind)
    if names is not None:
        return {name: data_of(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {str(key): data_of(item) for key, item in value.items()}
    return value


@cache
def _names(kind: Any) -> tuple[str, ...] | None:
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else None


def build(cls: type[T], data: Any, place: str = "") -> T:
    """The dataclass that some JSON data stand for. Raises `RecordError` that names the place in them."""
    if not isinstance(data, dict):
        raise RecordError(f"{place or 'the whole'} must be a mapping")
    kind: type = cls
    hints = hints_of(kind)
    unknown = next((key for key in data if key not in hints), None)
    if unknown is not None:
        raise RecordError(f"'{_below(place, unknown)}' is not a key of this format")
    missing = next((name for name in _required(kind) if name not in data), None)
    if missing is not None:
        raise RecordError(f"'{_below(place, missing)}' is missing")
    return cls(**{name: _value(hints[name][0], value, _below(place, name)) for name, value in data.items()})


@cache
def hints_of(cls: type) -> dict[str, tuple[Any, str]]:
    """Each field's annotation and description."""
    hints = get_type_hints(cls, include_extras=True)
    return {field.name: _split(hints[field.name]) for field in fields(cls)}


@cache
def _required(cls: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls) if field.default is MISSING and field.default_factory is MISSING)


def _split(hint: Any) -> tuple[Any, str]:
    if get_origin(hint) is Annotated:
        inner, description = get_args(hint)
        return inner, description
    return hint, ""


def optional_of(hint: Any) -> Any:
    """X of `X | None`, or None when the annotation is no such thing."""
    if get_origin(hint) not in (Union, UnionType):
        return None
    return next(part for part in get_args(hint) if part is not NoneType)


def _value(hint: Any, value: Any, place: str) -> Any:
    if hint is Any:
        return value
    inner = optional_of(hint)
    if inner is not None:
        return None if value is None else _value(inner, value, place)
    origin = get_origin(hint)
    if origin is Literal:
        return _word(get_args(hint), value, place)
    if origin is tuple:
        return _list(get_args(hint)[0], value, place)
    if origin is Mapping:
        return _mapping(get_args(hint)[1], value, place)
    return _scalar(hint, value, place) if hint in _TYPES else build(hint, value, place)


def _scalar(hint: type, value: Any, place: str) -> Any:
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise RecordError(f"'{place}' must be {_TYPES[hint]}")
    return value


def _word(words: tuple[str, ...], value: Any, place: str) -> Any:
    if value not in words:
        raise RecordError(f"'{place}' must be one of {', '.join(map(str, words))}")
    return value


def _list(hint: Any, value: Any, place: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise RecordError(f"'{place}' must be a list")
    return tuple(_value(hint, item, f"{place}.{index}") for index, item in enumerate(value))


def _mapping(hint: Any, value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RecordError(f"'{place}' must be a mapping")
    return {key: _value(hint, item, _below(place, key)) for key, item in value.items()}


def _below(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key
