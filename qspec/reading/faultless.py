"""Whether there is nothing at all to say about a spec: told from its plain data, without noting where anything stands.

Most specs that are checked are right, and of those nobody asks for places. The same schema and rules are asked as in
`examining`; at the first sign of anything to say the answer is no, and the whole way, from `load`, is gone to say it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.errors import SourceError
from qspec.reading.layers import path_routes, put, value_at
from qspec.reading.plain import read_plain
from qspec.reading.rules import Rules
from qspec.reading.rules.secrets import has_secrets, looks_secret
from qspec.reading.schema import walker_for, words_of
from qspec.reading.sweeping import MOST_VARIANTS, check_sweep, placed, sweep_of
from qspec.reading.variants import Backends, apart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qspec.diagnostics import Route
    from qspec.reading.files import InputFiles
    from qspec.reading.walker import Walker
    from qspec.sweep import Sweep, Variants


_WITH_KINDS = frozenset({"backend", "circuits", "jobs", "sinks", "expect"})
_WITH_PATHS = frozenset({"circuits", "jobs"})


def is_faultless(content: bytes, folder: str, files: InputFiles) -> bool:
    """Whether a spec has no findings; False also where that takes more to tell than plain data.

    `folder` is where paths in the spec start from, as a path from the repository's root.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    data = read_plain(text)
    if data is None or "extends" in data:
        return False
    judge = _judge_sweep if "sweep" in data else _judge
    return not has_secrets(data, text) and judge(data, folder, files) and not _read_secrets(files)


def _read_secrets(files: InputFiles) -> bool:
    return any(looks_secret(text) for _, text in files.texts())


def _judge(data: dict[str, Any], folder: str, files: InputFiles) -> bool:
    return _Judge(folder, files, Rules(files)).accepts(data)


def _judge_sweep(data: dict[str, Any], folder: str, files: InputFiles) -> bool:
    if check_sweep(data):
        return False
    sweep, variants = sweep_of(data)
    if len(variants) > MOST_VARIANTS:
        return False
    first = None
    judge, backends = _Judge(folder, files, Rules(files, sweep.size)), Backends()
    for indices, point in points_of(data, sweep, variants):
        first = first or point
        if not judge.accepts(point) or any(apart(sweep, indices, point, first)):
            return False
        backends.add(point)
    return not any(backends.mixed())


def points_of(data: dict[str, Any], sweep: Sweep, variants: Variants) -> Iterator[tuple[tuple[int, ...], Any]]:
    """The first point of each variant: which value each axis has, and its data.

    What the data of two points in a row have in common is the same object in both.
    """
    base = {key: value for key, value in data.items() if key != "sweep"}
    places = [axis.place.split(".") for axis in sweep.axes]
    made: list[Any] = [base]
    before: tuple[int, ...] = ()
    for variant in range(len(variants)):
        indices = variants.indices(variant, 0)
        same = next((axis for axis, pair in enumerate(zip(indices, before, strict=False)) if pair[0] != pair[1]), 0)
        del made[same + 1 :]
        for axis in range(same, len(places)):
            made.append(placed(made[axis], places[axis], sweep.axes[axis].values[indices[axis]]))
        before = indices
        yield indices, made[-1]


class _Judge:
    """Accepts the data of specs. Of the points of a sweep it looks only at what is another object than at the last."""

    def __init__(self, folder: str, files: InputFiles, rules: Rules) -> None:
        self.folder = folder
        self.files = files
        self.rules = rules
        self.walker: Walker | None = None
        self.before: dict[str, Any] = {}
        self.rooted: dict[str, Any] = {}

    def accepts(self, data: dict[str, Any]) -> bool:
        changed = {key: value for key, value in data.items() if value is not self.before.get(key, self)}
        try:
            return self.fits(data, changed) and not self.rules.findings(self.with_paths(data, changed), None)
        except SourceError:
            return False
        finally:
            self.before = data

    def fits(self, data: dict[str, Any], changed: dict[str, Any]) -> bool:
        """Whether the schema accepts the data."""
        walker = self.walker
        if walker is None or not _WITH_KINDS.isdisjoint(changed):
            walker = walker_for(words_of(data))
        known = walker is self.walker and data.keys() == self.before.keys()
        self.walker = walker
        return walker.accepts_values(changed) if known else walker.accepts(data)

    def with_paths(self, data: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
        """The data with paths from the repository's root. Raises `SourceError`."""
        for key in _WITH_PATHS & changed.keys():
            part = {key: changed[key]}
            self.rooted |= put(part, dict(self.paths(part)))
        return data | self.rooted

    def paths(self, part: dict[str, Any]) -> Iterator[tuple[Route, str]]:
        for route in path_routes(part):
            path = value_at(part, route)
            if isinstance(path, str):
                yield route, self.files.name(path, self.folder)
