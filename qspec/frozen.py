"""Frozen dataclasses that are made in a fifth of the time.

`dataclass(frozen=True, slots=True)` compiles seven functions for each class, which takes half a millisecond: with a
hundred classes a tenth of a short run, where half of the classes have no instance and hardly any is
compared. Here the standard library makes the fields and slots, `__init__` is compiled when the first instance is made,
and the other methods are the same functions for all classes. `tests/test_frozen.py` holds the two against each other.
"""

from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from functools import cache, partial
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, dataclass_transform, overload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from dataclasses import Field

T = TypeVar("T")


@overload
def frozen(cls: type[T], /) -> type[T]: ...


@overload
def frozen(*, kw_only: bool = True, eq: bool = True) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def frozen(cls: type[T] | None = None, /, *, kw_only: bool = True, eq: bool = True) -> Any:
    """Make a class what `dataclass(frozen=True, slots=True, …)` makes it, in all but how soon.

    `kw_only=False` takes fields by their places too; with `eq=False` an instance is equal to itself alone.
    """
    if cls is None:
        return partial(_frozen, kw_only=kw_only, eq=eq)
    return _frozen(cls, kw_only=kw_only, eq=eq)


def _frozen(cls: type[T], *, kw_only: bool, eq: bool) -> type[T]:
    made = dataclass(init=False, repr=False, eq=False, kw_only=kw_only, slots=True)(cls)
    for name, method in {**_METHODS, **(_COMPARING if eq else {})}.items():
        if name not in vars(cls):
            setattr(made, name, method)

    def __init__(self: Any, /, *args: Any, **given: Any) -> None:  # noqa: N807  it takes the place of one
        compiled = _init_of(made)
        setattr(made, "__init__", compiled)  # noqa: B010  a type checker holds the assignment for a mistake
        compiled(self, *args, **given)

    setattr(made, "__init__", __init__)  # noqa: B010
    return made


def _init_of(cls: Any) -> Callable[..., None]:
    names: dict[str, Any] = {"set_field": object.__setattr__, "unset": MISSING}
    given = [item for item in fields(cls) if item.init]
    parameters = ["self", *(_parameter(item, names) for item in given if not item.kw_only)]
    by_name = [_parameter(item, names) for item in given if item.kw_only]
    parameters += ["*", *by_name] if by_name else []
    lines = [line for item in fields(cls) for line in _assignment(item, names)]
    lines += ["self.__post_init__()"] if hasattr(cls, "__post_init__") else []
    exec("\n ".join([f"def __init__({', '.join(parameters)}):", *lines, "return"]), names)  # noqa: S102  as dataclass does
    init: Any = names["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init  # type: ignore[no-any-return]


def _parameter(item: Field[Any], names: dict[str, Any]) -> str:
    if item.default_factory is not MISSING:
        return f"{item.name}=unset"
    if item.default is not MISSING:
        names[f"default_{item.name}"] = item.default
        return f"{item.name}=default_{item.name}"
    return item.name


def _assignment(item: Field[Any], names: dict[str, Any]) -> Iterator[str]:
    value = item.name
    if item.default_factory is not MISSING:
        names[f"new_{item.name}"] = item.default_factory
        value = f"new_{item.name}() if {value} is unset else {value}" if item.init else f"new_{value}()"
    elif not item.init:
        if item.default is MISSING:
            return
        names[f"default_{item.name}"] = item.default
        value = f"default_{value}"
    yield f"set_field(self, {item.name!r}, {value})"


@cache
def _compared(cls: Any) -> Callable[[Any], Any]:
    """What gives the values of an instance that another must have to be equal to it."""
    return _getter([item.name for item in fields(cls) if item.compare])


@cache
def _hashed(cls: Any) -> Callable[[Any], Any]:
    """What gives the values of an instance that its hash is of: those that are compared, where a field says no more."""
    return _getter([item.name for item in fields(cls) if (item.compare if item.hash is None else item.hash)])


def _getter(names: Sequence[str]) -> Callable[[Any], Any]:
    return attrgetter(*names) if names else lambda _instance: ()


def _equal(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return (_values(self),) == (_values(other),)


def _hash(self: Any) -> int:
    cls: Any = self.__class__
    return hash(_hashed(cls)(self))


def _values(instance: Any) -> Any:
    cls: Any = instance.__class__
    return _compared(cls)(instance)


@recursive_repr()
def _repr(self: Any) -> str:
    said = ", ".join(f"{item.name}={getattr(self, item.name)!r}" for item in fields(self) if item.repr)
    return f"{self.__class__.__qualname__}({said})"


def _refuse_to_set(_self: Any, name: str, _value: Any) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_self: Any, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, item.name) for item in fields(self)]


def _take_state(self: Any, state: list[Any]) -> None:
    for item, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, item.name, value)


_COMPARING = {"__eq__": _equal, "__hash__": _hash}
_METHODS = {
    "__repr__": _repr,
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
    "__getstate__": _state,
    "__setstate__": _take_state,
}
