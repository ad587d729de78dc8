"""What was made for the last few of the things that work is done on again and again."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

_Made = TypeVar("_Made")


class Remembered(Generic[_Made]):
    """Remembers what was made for the last `size` keys. Sent to another process, it has forgotten everything."""

    def __init__(self, size: int = 32) -> None:
        self._size = size
        self._made: OrderedDict[Hashable, tuple[Sequence[object], _Made]] = OrderedDict()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._size,)

    def get(self, key: Hashable, make: Callable[[], _Made]) -> _Made:
        """What `make()` gave for this key."""
        return self._get(key, (), make)

    def for_same(self, objects: Sequence[object], key: Hashable, make: Callable[[], _Made]) -> _Made:
        """What `make()` gave for this key and these very objects, which nobody changes meanwhile.

        Objects that are equal but not the same count as others.
        """
        return self._get((tuple(map(id, objects)), key), objects, make)  # kept, so that no other object has the id

    def _get(self, key: Hashable, kept: Sequence[object], make: Callable[[], _Made]) -> _Made:
        if key in self._made:
            self._made.move_to_end(key)
        else:
            self._made[key] = (kept, make())
            if len(self._made) > self._size:
                self._made.popitem(last=False)
        return self._made[key][1]
