"""What there is to say about specs, and nothing that is only needed to run them."""

from __future__ import annotations

from dataclasses import field
from functools import lru_cache
from typing import TYPE_CHECKING

from qspec.frozen import frozen
from qspec.reading.faultless import is_faultless
from qspec.reading.files import InputFiles
from qspec.reading.load import check_content, content_of, name_of, place_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from qspec.diagnostics import Diagnostic
    from qspec.reading.load import Checked


@frozen
class Report:
    """The findings about one spec, and the texts that they point into, by the path that they call them."""

    path: str
    findings: tuple[Diagnostic, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)


def report_each(
    paths: Iterable[str], *, overrides: Sequence[str] = (), allow_outside: bool = False, trust: bool = False
) -> Iterator[Report]:
    """The findings that `load.check_file` has about each spec, without keeping what was read of those that have none.

    Raises `UsageError` as `check_file` does.
    """
    place = lru_cache(maxsize=1000)(place_of)
    for path in paths:
        content, folder = content_of(path)
        root, within = place(folder)
        files = InputFiles(root, allow_outside=allow_outside, trust=trust)
        if not overrides and is_faultless(content, within, files):
            yield Report(path=path)
        else:
            yield _report(check_content(content, name_of(path, within), path, files, overrides))


def _report(checked: Checked) -> Report:
    sources = checked.sources if checked.findings else {}
    return Report(path=checked.path, findings=checked.findings, sources=sources)
