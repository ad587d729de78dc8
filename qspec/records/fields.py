"""The fields of the PUBs of a result, gathered name by name: a job may have very many PUBs, most of them alike.

What is done for each PUB is done by comprehensions over all of them, since a function call for each costs more than
storing its bits.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from functools import cache
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import quote

from qspec.records.archive import PIECE, pieces_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    import numpy as np
    from qiskit.primitives import DataBin

    from qspec.records.archive import Stack

    Array = np.ndarray[Any, Any]

_Value = TypeVar("_Value", bound="Hashable")

_KINDS = "biufcUSmM"  # the NumPy kinds of numbers, texts and times: all but objects and records


class Form(NamedTuple):
    """What a field's value is like: `bits`, `array`, `scalar` or `other`, and how it becomes itself again."""

    name: str
    num_bits: int
    dtype: Any
    shape: tuple[int, ...]


class Field(NamedTuple):
    """A field of a DataBin: its name, its key in the archive, and what its value is like."""

    name: str
    key: str
    form: Form


class Likeness(NamedTuple):
    """What a PUB is like: its shape and its fields, in order."""

    shape: tuple[int, ...]
    fields: tuple[Field, ...]


class Gathered:
    """The data of some PUBs. `likenesses` are the different ones, `numbers` says for each PUB which is its own.

    `columns` has for each key in the archive the arrays of all PUBs, None for those that have no such array; `others`
    the fields of a PUB that are no arrays.
    """

    def __init__(self, datas: Sequence[DataBin]) -> None:
        self.likenesses: list[Likeness] = []
        self.numbers = [0] * len(datas)
        self.columns: dict[str, list[Any]] = {}
        self.others: defaultdict[int, dict[str, Any]] = defaultdict(dict)
        numbers, heads = _numbered((data.shape, *data) for data in datas)
        groups: list[list[int]] = [[] for _ in heads]
        for place, number in enumerate(numbers):
            groups[number].append(place)
        for (shape, *names), places in zip(heads, groups, strict=True):
            forms = [self._column(name, [datas[place][name] for place in places], places) for name in names]
            self._add(shape, names, forms, places)

    def of(self, index: int) -> Likeness:
        """What a PUB is like."""
        return self.likenesses[self.numbers[index]]

    def _column(self, name: str, values: list[Any], places: list[int]) -> list[Form]:
        """What the values of a field are like at some PUBs; their arrays go into the columns."""
        arrays, forms = _told(values)
        column = self.columns.setdefault(spelt(name), [None] * len(self.numbers))
        for place, value, array in zip(places, values, arrays, strict=True):
            column[place] = array
            if array is None:
                self.others[place][name] = value
        return forms

    def _add(self, shape: tuple[int, ...], names: list[str], forms: list[list[Form]], places: list[int]) -> None:
        """Note what the PUBs at some places are like, given the forms of each of their fields."""
        numbers, rows = _numbered(zip(*forms, strict=True)) if forms else ([0] * len(places), [()])
        known = len(self.likenesses)
        for place, number in zip(places, numbers, strict=True):
            self.numbers[place] = known + number
        keys = [spelt(name) for name in names]
        self.likenesses += [Likeness(shape, tuple(map(Field, names, keys, row))) for row in rows]


def _numbered(values: Iterable[_Value]) -> tuple[list[int], list[_Value]]:
    """For each value its place among the different ones, and these. Nothing else is kept of very many equal values."""
    known: dict[_Value, int] = {}
    numbers = [known.setdefault(value, len(known)) for value in values]
    return numbers, list(known)


@cache
def _types() -> tuple[Any, Any, Any]:
    """The types of a field's value, imported once for the many PUBs that a job may have."""
    import numpy as np
    from qiskit.primitives import BitArray

    return BitArray, np.ndarray, np.generic


def _told(values: list[Any]) -> tuple[list[Any], list[Form]]:
    """The array of each value, None for what is no array, and what each is like."""
    bit_array, *_ = _types()
    if all(type(value) is bit_array for value in values):
        arrays = [value.array for value in values]
        numbers, forms = _numbered(
            ("bits", value.num_bits, array.dtype, array.shape) for value, array in zip(values, arrays, strict=True)
        )
    else:
        described = [_described(value) for value in values]
        arrays = [array for array, _ in described]
        numbers, forms = _numbered(form for _, form in described)
    different = [Form(*form) for form in forms]
    return arrays, [different[number] for number in numbers]


def _described(value: Any) -> tuple[Any, tuple[Any, ...]]:
    """The array of a value and what the value is like, as the fields of a `Form`."""
    bit_array, ndarray, generic = _types()
    if type(value) is bit_array:
        return value.array, ("bits", value.num_bits, value.array.dtype, value.array.shape)
    if isinstance(value, ndarray) and value.dtype.kind in _KINDS:
        return value, ("array", -1, value.dtype, value.shape)
    if isinstance(value, generic) and value.dtype.kind in _KINDS:
        return value[...], ("scalar", -1, value.dtype, ())
    return None, ("other", -1, None, ())


def spelt(name: str) -> str:
    """A field's name as it stands in the archive: dots, slashes and the like in it are escaped."""
    return name if name.isidentifier() else quote(name, safe=" []()+-").replace(".", "%2E")


def hashes_of(fields: Iterable[Field], together: Mapping[str, Stack], number: int) -> Iterator[str]:
    """The hash of each of `number` PUBs that are alike, whose arrays stand together: over their fields' names, types, shapes
    and bytes, in any byte order the same.
    """
    known = sorted((field for field in fields if field.form.name != "other"), key=lambda field: field.name)
    start = hashlib.sha256("".join(map(_head, known)).encode())
    columns = [together[field.key].rows() for field in known]
    large = any(stack.arrays[0].nbytes > PIECE for stack in together.values())
    for rows in zip(*columns, strict=True) if columns else repeat((), number):
        digest = start.copy()
        for row in chain.from_iterable(map(pieces_of, rows)) if large else rows:
            digest.update(row)
        yield f"sha256:{digest.hexdigest()}"


def _head(field: Field) -> str:
    _, num_bits, dtype, shape = field.form
    return f"{field.name} {dtype.newbyteorder('<').str} {shape} {num_bits}\n"
