"""From a file to findings, and from a file without errors to a spec: the whole way of reading."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qspec.diagnostics import clipped, has_errors
from qspec.errors import UsageError, reason_of, spec_error
from qspec.frozen import frozen
from qspec.reading.axes import has_sweep
from qspec.reading.build import build
from qspec.reading.decoding import LARGEST_TEXT
from qspec.reading.examining import Examined, data_of, examine, located
from qspec.reading.files import InputFiles, repository_of
from qspec.reading.layers import Layer, apply_override, override_path, read_stack
from qspec.reading.rules.secrets import conceal, find_secrets
from qspec.reading.variants import examine_points

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qspec.diagnostics import Diagnostic
    from qspec.reading.axes import Axes
    from qspec.reading.nodes import Node
    from qspec.spec import Spec

STDIN = "-"
_USUAL_SIZE = 1 << 14


@frozen(kw_only=False)
class Checked:
    """A spec that was read and checked, valid or not.

    `data` is the spec in force (bases and overrides merged, paths root-relative), None when it could not be read;
    `findings` are located and sorted; `sources` are the texts that findings point into, by path. Of a spec with a sweep,
    `axes` has its points, and `data` are those of the first one.
    """

    path: str
    data: Mapping[str, Any] | None
    findings: tuple[Diagnostic, ...]
    root: Node | None
    axes: Axes | None
    files: InputFiles
    layers: tuple[Layer, ...]
    overrides: tuple[str, ...]
    texts: Mapping[str, str]

    @property
    def sources(self) -> Mapping[str, str]:
        """The texts that findings may point into, by the path that findings call them."""
        read = {self.files.shown(name): content for name, content in self.files.used.items()}
        return {path: content.decode("utf-8", "replace") for path, content in read.items()} | dict(self.texts)

    def locate(self, findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        """The findings with their places filled in, each once, in the order of the files and lines."""
        return located(findings, self.root, self.path)


@frozen(kw_only=False)
class Loaded(Checked):
    """A spec without errors: everything of `Checked`, and the `Spec` itself.

    `repeats` is the run that it is from, and `lock` the hash of the lock file whose ISA circuits it is run with, if any.
    """

    spec: Spec
    data: Mapping[str, Any]
    repeats: str | None = None
    lock: str | None = None


def check_file(
    path: str, *, overrides: Sequence[str] = (), allow_outside: bool = False, trust: bool = False
) -> Checked:
    """Read and check the spec at `path` (`-` is standard input). Findings are values; nothing is raised for them.

    `trust` lets code run later that the spec names; nothing of it is run here.

    Raises `UsageError` when the file cannot be read at all, or an override has not the form KEY=VALUE.
    """
    content, folder = content_of(path)
    root, within = place_of(folder)
    files = InputFiles(root, allow_outside=allow_outside, trust=trust)
    return check_content(content, name_of(path, within), path, files, overrides)


def content_of(path: str) -> tuple[bytes, str]:
    """The bytes of a spec, as many as are needed to see that it is too large, and the folder that it is really in.

    Raises `UsageError` when it cannot be read at all.
    """
    if path == STDIN:
        import sys

        return sys.stdin.buffer.read(LARGEST_TEXT + 1), str(Path.cwd().resolve())
    try:
        with open(path, "rb") as file:  # noqa: PTH123  a path object costs as much as reading a small file
            content = file.read(_USUAL_SIZE)
            if len(content) == _USUAL_SIZE:
                content += file.read(LARGEST_TEXT + 1 - _USUAL_SIZE)
        return content, os.path.dirname(os.path.realpath(path))  # noqa: PTH120  the same here
    except OSError as error:
        raise UsageError(f"cannot read '{clipped(path, 200)}': {reason_of(error)}", advice=_beside(path)) from error


def place_of(folder: str) -> tuple[Path, str]:
    """The root of the repository that a folder is in, and the folder from there, with forward slashes."""
    root = repository_of(Path(folder))
    return root, "/".join(Path(folder).resolve().relative_to(root).parts)


def _beside(path: str) -> str:
    from qspec.diagnostics import suggestion

    folder = Path(path).parent
    try:
        names = [str(folder / entry.name) for entry in os.scandir(folder) if entry.name != Path(path).name][:1000]
    except OSError:
        return ""
    return suggestion(path, names)


def name_of(path: str, folder: str) -> str:
    """The root-relative name of the spec at `path`, whose folder from the root is `folder`."""
    name = "stdin" if path == STDIN else Path(path).name
    return f"{folder}/{name}" if folder else name


def check_content(content: bytes, name: str, shown: str, files: InputFiles, overrides: Sequence[str] = ()) -> Checked:
    """Check the bytes of a spec whose root-relative name is `name`; `shown` is its name in findings."""
    files.spec = name
    stack = read_stack(content, name, shown, files)
    findings = list(stack.findings)
    root = stack.root
    if root is not None:
        for override in overrides:
            root = apply_override(root, override, name.rpartition("/")[0], findings)
    axes, examined = _examined(root, files, findings, shown, complete=stack.complete)
    texts = {source.path: source.text for source in stack.sources}
    texts |= {override_path(override): override for override in overrides}
    texts |= {files.shown(name): text for name, text in files.texts()}
    secrets = find_secrets(root, texts)
    findings, texts = conceal(located(examined.findings, root, shown), texts, secrets, root)
    return Checked(
        path=shown,
        data=examined.data,
        findings=located(findings, root, shown),
        root=root,
        axes=axes,
        files=files,
        layers=stack.layers,
        overrides=tuple(overrides),
        texts=texts,
    )


def _examined(
    root: Node | None, files: InputFiles, findings: list[Diagnostic], path: str, *, complete: bool
) -> tuple[Axes | None, Examined]:
    if root is None:
        return None, Examined(None, findings)
    if has_sweep(root):
        return examine_points(root, files, findings, path, complete=complete)
    return None, examine(root, files, findings, complete=complete)


def load_file(path: str, *, overrides: Sequence[str] = (), allow_outside: bool = False, trust: bool = False) -> Loaded:
    """The spec at `path`, ready to be planned. Raises `SpecError` with every finding when it has errors."""
    return loaded(check_file(path, overrides=overrides, allow_outside=allow_outside, trust=trust))


def loaded(checked: Checked) -> Loaded:
    """The checked spec, built. Raises `SpecError` with every finding when it has errors."""
    if has_errors(checked.findings) or checked.data is None:
        raise spec_error(checked.findings, sources=checked.sources, path=checked.path)
    return Loaded(
        path=checked.path,
        data=checked.data,
        findings=checked.findings,
        root=checked.root,
        axes=checked.axes,
        files=checked.files,
        layers=checked.layers,
        overrides=checked.overrides,
        texts=checked.texts,
        spec=replace(build(checked.data), sweep=checked.axes.sweep if checked.axes else None),
    )


def at_point(loaded: Loaded, variant: int, index: int = 0) -> Loaded:
    """The spec at one point of its sweep, as a spec that stands alone."""
    assert loaded.axes is not None  # noqa: S101 - it has a sweep
    root = loaded.axes.root(variant, index)
    data = data_of(root, loaded.files)
    return replace(loaded, data=data, root=root, axes=None, spec=build(data), findings=())
