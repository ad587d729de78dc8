"""The registry behind every `kind:` (and `program_id:`): one file on a shelf is one kind.

A kind is a frozen, keyword-only dataclass whose fields are the YAML keys. Beside them it has class variables:

* `kind`: its word in a spec, which is also the name of its file (`noise-learner` lives in `noise_learner.py`);
* `SCHEMA`: its JSON Schema fragment: `description`, `properties`, `required`. Every property has a `description`;
* `EXAMPLE`: a YAML text of its keys that is valid, `MISUSE`: one that is not. The contract test runs both;

and the verb of its shelf, see `SHELVES`. Other packages add kinds through entry points in the shelf's group.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from qspec.diagnostics import nearest
from qspec.errors import UsageError
from qspec.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.metadata import EntryPoint


class Files(Protocol):
    """The input files of a spec, by their path from the repository's root. Each is read once and recorded."""

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises `SourceError` when it is missing, outside the repository or too large."""
        ...


class Kind(Protocol):
    """What every kind has, whatever its shelf."""

    kind: ClassVar[str]
    SCHEMA: ClassVar[Mapping[str, Any]]
    EXAMPLE: ClassVar[str]
    MISUSE: ClassVar[str]


@frozen
class Shelf:
    """A set of kinds that a spec chooses from in one place.

    `name` is the folder and the entry-point group (`qspec.<name>`); `noun` is how messages call one of its
    kinds; `tag` is the key that chooses; `verb` is what the kinds of this shelf do.
    """

    name: str
    noun: str
    tag: str
    verb: str

    @property
    def group(self) -> str:
        """The entry-point group that other packages use."""
        return f"qspec.{self.name}"

    def builtin(self) -> tuple[str, ...]:
        """The words of qspec's own kinds, sorted, without importing them."""
        return _files(self.name)

    def installed(self) -> tuple[str, ...]:
        """The words of the kinds that other installed packages bring, sorted, without importing them."""
        return tuple(sorted(set(_entry_points(self.group)) - set(self.builtin())))

    def words(self) -> tuple[str, ...]:
        """Every word that a spec may use here."""
        return tuple(sorted({*self.builtin(), *self.installed()}))

    def has(self, word: object) -> bool:
        """Whether a spec may use the word here. Looks at installed packages only for a word that is not qspec's."""
        return word in self.builtin() or word in self.installed()

    def origin(self, word: str) -> str:
        """Where a kind comes from: `qspec`, or the installed package and its version."""
        point = None if word in self.builtin() else _entry_points(self.group).get(word)
        if point is None:
            return "qspec"
        return f"{point.dist.name} {point.dist.version}" if point.dist else point.value

    def find(self, word: str) -> Any:
        """The class behind a word. Raises `UsageError` when there is none, or when a plug-in does not load."""
        if word in self.builtin():
            return _builtin_class(self.name, word)
        points = _entry_points(self.group)
        if word not in points:
            near = nearest(word, self.words())
            advice = f"did you mean '{near}'?" if near else f"known: {', '.join(self.words())}"
            raise UsageError(f"'{word}' is not a kind of {self.noun}", advice=advice)
        return _plugin(points[word])


@cache
def _files(name: str) -> tuple[str, ...]:
    package = importlib.import_module(f"qspec.{name}")
    joint = "-" if name == "programs" else "_"  # the runtime's program IDs have hyphens, words of ours do not
    return tuple(sorted(module.name.replace("_", joint) for module in pkgutil.iter_modules(package.__path__)))


@cache
def _entry_points(group: str) -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=group)}


@cache
def _builtin_class(shelf: str, word: str) -> Any:
    module = importlib.import_module(f"qspec.{shelf}.{word.replace('-', '_')}")
    for value in vars(module).values():
        if isinstance(value, type) and getattr(value, "kind", None) == word:
            return value
    raise AssertionError(f"{module.__name__} has no class of kind '{word}'")


def _plugin(point: EntryPoint) -> Any:
    origin = f"the package '{point.dist.name}'" if point.dist else f"'{point.value}'"
    try:
        loaded = point.load()
    except Exception as error:  # a plug-in may fail in any way; its words are all the user has
        raise UsageError(f"{origin} brings the kind '{point.name}', but it does not load: {error}") from error
    missing = [name for name in ("kind", "SCHEMA", "EXAMPLE", "MISUSE") if not hasattr(loaded, name)]
    if missing:
        raise UsageError(f"{origin} brings the kind '{point.name}', but it lacks {', '.join(missing)}")
    return loaded


CIRCUITS = Shelf(name="circuits", noun="circuit", tag="kind", verb="load")
BACKENDS = Shelf(name="backends", noun="backend", tag="kind", verb="open")
PROGRAMS = Shelf(name="programs", noun="job", tag="program_id", verb="run")
SINKS = Shelf(name="sinks", noun="sink", tag="kind", verb="write")
CHECKS = Shelf(name="checks", noun="expectation", tag="kind", verb="check")
SHELVES = (BACKENDS, CIRCUITS, PROGRAMS, SINKS, CHECKS)
