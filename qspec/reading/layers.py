"""One spec out of several texts: `extends` merged beneath (RFC 7396), `--set KEY=VALUE` on top.

Every value keeps the file and place that wrote it, so that findings point there.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qspec.diagnostics import Diagnostic, Route, Step
from qspec.errors import SourceError, UsageError
from qspec.frozen import frozen
from qspec.reading.decoding import LARGEST_TEXT
from qspec.reading.document import read_document, read_value
from qspec.reading.nodes import Entry, Mark, Node, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from qspec.reading.files import InputFiles

MOST_LAYERS = 16
_OVERRIDE = "--set "


@frozen
class Layer:
    """One file that a spec is made of, from the spec itself down to its last base: root-relative name, and bytes."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        """The hash of the bytes, as in the run record."""
        return f"sha256:{hashlib.sha256(self.content).hexdigest()}"


@frozen(kw_only=False)
class Stack:
    """The merged tree (None when nothing could be read), the layers, and the findings on the way.

    `complete` says whether every base was read, so that what is missing is really missing.
    """

    root: Node | None
    layers: tuple[Layer, ...]
    findings: tuple[Diagnostic, ...]
    sources: tuple[Source, ...]
    complete: bool


def read_stack(content: bytes, name: str, shown: str, files: InputFiles) -> Stack:
    """Read a spec and all that it extends. `name` is root-relative, `shown` is what findings call the file."""
    layers: list[Layer] = []
    findings: list[Diagnostic] = []
    sources: list[Source] = []
    roots: list[Node] = []
    complete = False
    while True:
        document = read_document(content, shown, _folder(name))
        layers.append(Layer(name=name, content=content))
        sources.append(document.source)
        findings += document.findings
        if document.root is None:
            break
        roots.append(document.root)
        base = _base_of(document.root, [layer.name for layer in layers], files, findings)
        if base is None:
            complete = not _extends(document.root)
            break
        name, content = base
        shown = files.shown(name)
    root = roots.pop() if roots else None
    while roots and root is not None:
        root = merge(root, roots.pop())
    return Stack(root, tuple(layers), tuple(findings), tuple(sources), complete)


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _extends(root: Node) -> Node | None:
    node = root.find(("extends",))
    return node if node and isinstance(node.value, str) else None


def _base_of(root: Node, chain: list[str], files: InputFiles, findings: list[Diagnostic]) -> tuple[str, bytes] | None:
    node = _extends(root)
    if node is None:
        return None
    span = node.source.span(node.mark)
    try:
        name = files.name(str(node.value), node.source.folder)
        if name in chain:
            circle = " -> ".join([*chain[chain.index(name) :], name])
            raise SourceError(f"'extends' runs in a circle: {circle}", code="extends-circle")
        if len(chain) >= MOST_LAYERS:
            raise SourceError(f"more than {MOST_LAYERS} specs extend each other", code="extends-circle")
        files.look(name, most=LARGEST_TEXT)
        return name, files.read(name)
    except SourceError as error:
        findings.append(Diagnostic(code=error.code, message=str(error), label=error.advice, span=span))
        return None


def merge(base: Node, patch: Node) -> Node:
    """The patch merged over the base: mappings merge key by key, null removes, all else replaces."""
    if not isinstance(patch.value, dict):
        return patch
    entries = dict(base.value) if isinstance(base.value, dict) else {}
    for key, entry in patch.value.items():
        if entry.node.value is None:
            entries.pop(key, None)
            continue
        under = entries[key].node if key in entries else Node(patch.source, patch.mark, {})
        entries[key] = Entry(entry.source, entry.mark, merge(under, entry.node))
    return replace(patch, value=entries, _plain=None)


def override_path(text: str) -> str:
    """What findings call the text of an override."""
    return f"{_OVERRIDE}{text.partition('=')[0]}"


def is_override(source: Source) -> bool:
    """Whether something stands in an override, and not in a file."""
    return source.path.startswith(_OVERRIDE)


def apply_override(root: Node, text: str, folder: str, findings: list[Diagnostic]) -> Node:
    """The tree with one `--set KEY=VALUE` applied. Raises `UsageError` when the text has no such form."""
    key, equals, _ = text.partition("=")
    if not equals or not key.strip():
        raise UsageError("--set takes KEY=VALUE, for example --set jobs.counts.shots=1000")  # the text may be a secret
    document = read_value(text, len(key) + 1, override_path(text), folder)
    findings += document.findings
    if document.root is None:
        return root
    steps = key.strip().split(".")
    if steps[0] == "extends":
        raise UsageError(f"{override_path(text)}: only a file can say what it extends")
    key_mark = Mark(0, 0, 0, len(key))
    return place(root, steps, document.root, document.source, key_mark)


def place(node: Node, steps: Sequence[str], value: Node, source: Source, mark: Mark) -> Node:
    """The tree with a value at the place that keys lead to; null removes what is there.

    `source` and `mark` are where the keys stand that say so. What is no mapping on the way becomes one. Raises
    `UsageError` for an entry of a list that is not there.
    """
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(node.value, list):
        items = list(node.value)
        if not step.isascii() or not step.isdigit() or len(step) > 6 or int(step) >= len(items):
            numbers = f"0 to {len(items) - 1}" if items else "none"
            raise UsageError(f"{source.path}: '{step}' is not the number of an entry there ({numbers})")
        items[int(step)] = place(items[int(step)], rest, value, source, mark)
        return replace(node, value=items, _plain=None)
    entries = dict(node.value) if isinstance(node.value, dict) else {}
    if not rest and value.value is None:
        entries.pop(step, None)
        return replace(node, value=entries, _plain=None)
    under = entries[step].node if step in entries else Node(source, mark, {})
    if rest and not isinstance(under.value, (dict, list)):
        under = Node(source, mark, {})
    entries[step] = Entry(source, mark, place(under, rest, value, source, mark))
    return replace(node, value=entries, _plain=None)


def rooted(root: Node, files: InputFiles) -> Iterator[tuple[Route, str | SourceError]]:
    """Every path in the spec, by its route: as a root-relative name, or the reason why it cannot be one."""
    for route in path_routes(root.plain()):
        node = root.find(route)
        if node is not None and isinstance(node.value, str):
            try:
                yield route, files.name(node.value, node.source.folder)
            except SourceError as error:
                yield route, error


def path_routes(data: object) -> Iterator[Route]:
    """Where paths stand in a spec: `file` of a circuit, of a parameter value and of an observable, `reference` of an
    expectation.
    """
    for step, circuit in _entries(data, "circuits"):
        yield from _file(circuit, ("circuits", step))
    for name, job in _entries(data, "jobs"):
        for index, pub in _entries(job, "pubs"):
            for step, value in _entries(pub, "parameter_values"):
                yield from _file(value, ("jobs", name, "pubs", index, "parameter_values", step))
            if isinstance(pub, dict):
                yield from _observable_files(pub.get("observables"), ("jobs", name, "pubs", index, "observables"))
    for index, check in _entries(data, "expect"):
        if isinstance(check, dict) and "reference" in check:
            yield ("expect", index, "reference")


def _observable_files(value: object, route: Route) -> Iterator[Route]:
    yield from _file(value, route)
    for index, item in enumerate(value if isinstance(value, list) else ()):
        yield from _observable_files(item, (*route, index))


def _file(value: object, route: Route) -> Iterator[Route]:
    if isinstance(value, dict) and "file" in value:
        yield (*route, "file")


def _entries(data: object, key: str) -> Iterable[tuple[Step, Any]]:
    value = data.get(key) if isinstance(data, dict) else None
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def value_at(data: Any, route: Route) -> Any:
    """The value that the route leads to in plain data, or None."""
    for step in route:
        if not _leads_on(data, step):
            return None
        data = data[step]
    return data


def _leads_on(data: Any, step: Step) -> bool:
    if isinstance(data, dict):
        return step in data
    return isinstance(data, list) and isinstance(step, int) and step < len(data)


def put(data: Any, changes: Mapping[Route, Any]) -> Any:
    """A copy of plain data with the values at some routes replaced; only what leads to them is copied.

    Routes that lead nowhere are passed over; a route that goes on below another one is, too.
    """
    if () in changes:
        return changes[()]
    below: dict[Step, dict[Route, Any]] = {}
    for route, value in changes.items():
        if _leads_on(data, route[0]):
            below.setdefault(route[0], {})[route[1:]] = value
    if not below:
        return data
    copy = data.copy()
    for step, deeper in below.items():
        copy[step] = put(data[step], deeper)
    return copy
