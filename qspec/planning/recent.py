"""What was made in this process, as far as memory is to hold it: what was asked for longest ago goes first."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Value = TypeVar("Value")


@dataclass(slots=True)
class Recent(Generic[Value]):
    """Values by key, whose weights together are `most` at most; one that alone weighs more is not held."""

    most: int
    _held: OrderedDict[str, tuple[Value, int]] = field(default_factory=OrderedDict, init=False)
    _weight: int = field(default=0, init=False)

    def get(self, key: str) -> Value | None:
        """The value of a key, which now was asked for last."""
        if key not in self._held:
            return None
        self._held.move_to_end(key)
        return self._held[key][0]

    def put(self, key: str, value: Value, weight: int) -> None:
        """Hold a value."""
        if weight > self.most:
            return
        self._weight += weight - self._held.pop(key, (value, 0))[1]
        self._held[key] = value, weight
        while self._weight > self.most:
            _, (_, freed) = self._held.popitem(last=False)
            self._weight -= freed
