"""One job at neighbouring points of a variant, as a pack has it: what is kept of each, and the arrays of all."""

from __future__ import annotations

import io
import re
from bisect import bisect_left, bisect_right
from dataclasses import field, replace
from functools import cached_property
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any

from qspec.errors import RecordError
from qspec.frozen import frozen
from qspec.records.archive import key_of, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np

    from qspec.records.archive import Fields
    from qspec.records.packs import Pack

    Array = np.ndarray[Any, Any]

_NAME = re.compile(r"pub(\d+)\.point(\d+)(?:-(\d+))?\.(.+)\.npy", re.DOTALL)


@frozen
class Kept:
    """What is kept of one job at one point. `entries` and `arrays` are by PUB, as in `SavedResult`."""

    error: str | None
    traceback: str = ""
    seconds: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    metadata: Any = None
    hashes: tuple[str, ...] = ()
    entries: tuple[dict[str, Any], ...] = ()
    arrays: tuple[Fields, ...] = ()


@frozen
class Piece:
    """An array of a PUB at some points, as a member of a pack.

    `first` and `last` are their rows: their places among the points at which the job has a result. Of several points
    the array is `stacked`: it has an axis over them in front.
    """

    first: int
    last: int
    stacked: bool
    name: str


class Column:
    """One job at some points: `rows` has the place among those that have a result, None where the job failed."""

    def __init__(self, pack: Pack, prefix: str, data: dict[str, Any], number: int, names: Sequence[str]) -> None:
        self.pack = pack
        self.prefix = prefix
        self.data = data
        self.names = names
        self.failures: dict[str, Any] = data.get("failed", {})
        places = [place for place in range(number) if str(place) not in self.failures]
        self.rows: dict[int, int] = {place: row for row, place in enumerate(places)}
        self._arrays: list[list[Fields]] = []
        self._expanded: dict[str, list[Any]] = {}

    def hashes(self, place: int) -> tuple[str, ...] | None:
        """The hashes of the job's results at a place; None where it failed."""
        row = self.rows.get(place)
        return None if row is None else tuple(pub["hashes"][row] for pub in self.data["pubs"])

    def noted(self, place: int) -> Kept:
        """What is kept of the job at a place, beside its arrays."""
        seconds = self.data["seconds"][place]
        row = self.rows.get(place)
        if row is None:
            error, traceback = self.failures[str(place)]
            return Kept(error=error, traceback=traceback, seconds=seconds)
        return Kept(
            error=None,
            seconds=seconds,
            facts=self._of_runs("facts")[row],
            hashes=tuple(pub["hashes"][row] for pub in self.data["pubs"]),
        )

    def kept(self, place: int) -> Kept:
        """What is kept of the job at a place."""
        noted = self.noted(place)
        if noted.error is not None:
            return noted
        row = self.rows[place]
        return replace(
            noted,
            metadata=self._of_runs("metadata")[row],
            entries=tuple(
                self._expand(f"entries{index}", [[entry["number"], entry] for entry in pub["entries"]])[row]
                for index, pub in enumerate(self.data["pubs"])
            ),
            arrays=tuple(arrays[row] for arrays in self._read()),
        )

    def forms(self, first: int, last: int) -> Iterator[tuple[int, Any]]:
        """Of which form the results from place `first` to `last` are: for each PUB the first place of each run of alike
        ones, with that form.
        """
        places = list(self.rows)
        start, stop = bisect_left(places, first), bisect_right(places, last)
        for index, pub in enumerate(self.data["pubs"]):
            row = 0
            for entry in pub["entries"]:
                begin, row = max(row, start), row + entry["number"]
                if begin < min(row, stop):
                    yield places[begin], (index, tuple(entry["shape"]), tuple(entry["fields"].items()))

    @cached_property
    def pieces(self) -> dict[tuple[int, str], list[Piece]]:
        """The members that hold the job's arrays, by PUB and key, in order of their rows."""
        found: dict[tuple[int, str], list[Piece]] = {}
        for name in self.names:
            match = _NAME.fullmatch(name.removeprefix(self.prefix)) if name.startswith(self.prefix) else None
            if match:
                first, last = int(match[2]), int(match[3] or match[2])
                piece = Piece(first=first, last=last, stacked=bool(match[3]), name=name)
                found.setdefault((int(match[1]), match[4]), []).append(piece)
        return {place: sorted(pieces, key=lambda piece: piece.first) for place, pieces in found.items()}

    def pieces_of(self, pub: int, key: str, first: int, last: int) -> Iterator[Piece]:
        """The members that hold an array at some rows, in order; none where there is no such array."""
        pieces = self.pieces.get((pub, key), [])
        start = bisect_right(pieces, first, key=lambda piece: piece.first) - 1
        yield from takewhile(lambda piece: piece.first <= last, islice(pieces, max(start, 0), None))

    def _of_runs(self, name: str) -> list[Any]:
        return self._expand(name, self.data[name])

    def _expand(self, name: str, runs: list[list[Any]]) -> list[Any]:
        """One entry for each point, of a list that says how many neighbours share one."""
        if name not in self._expanded:
            self._expanded[name] = [value for number, value in runs for _ in range(number)]
        return self._expanded[name]

    def _read(self) -> list[list[Fields]]:
        """The arrays of each PUB at each point that has a result."""
        if not self._arrays and self.rows:
            found: list[Fields] = [{} for _ in self.data["pubs"]]
            for (pub, key), pieces in self.pieces.items():
                for piece in pieces:
                    name = key_of(piece.first, piece.last, key, "point")
                    found[pub][name] = read_array(self.pack, piece.name)
            self._arrays = [unpack(arrays, len(self.rows)) for arrays in found]
        return self._arrays


def read_array(pack: Pack, name: str) -> Array:
    """The array in a member of a pack. Raises `RecordError`."""
    from numpy.lib import format as npy

    try:
        array: Array = npy.read_array(io.BytesIO(pack.read(name)), allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise RecordError("an array in a pack is damaged") from error
    return array
