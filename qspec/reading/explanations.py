"""What each code of a finding means: a title, a paragraph, and an example each of the mistake and of its mending.

The texts stand in `explanations.md` beside this file, one section for each code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from qspec.frozen import frozen

_SECTION = re.compile(
    r"^## (?P<code>[a-z0-9-]+): (?P<title>[^\n]+)\n\n(?P<why>.+?)\n\n"
    r"Wrong:\n\n```yaml\n(?P<wrong>.+?)```\n\nRight:\n\n```yaml\n(?P<right>.+?)```$",
    re.MULTILINE | re.DOTALL,
)


@frozen
class Explanation:
    """One code. `why` is a paragraph of Markdown on one line; `wrong` and `right` are YAML, parts of a spec."""

    title: str
    why: str
    wrong: str
    right: str


class _Explanations(Mapping[str, Explanation]):
    """The explanations by their codes, read when the first is asked for."""

    def __getitem__(self, code: str) -> Explanation:
        return _read()[code]

    def __iter__(self) -> Iterator[str]:
        return iter(_read())

    def __len__(self) -> int:
        return len(_read())


@cache
def _read() -> dict[str, Explanation]:
    text = files("qspec.reading").joinpath("explanations.md").read_text(encoding="utf-8")
    return {
        match["code"]: Explanation(
            title=match["title"], why=" ".join(match["why"].split()), wrong=match["wrong"], right=match["right"]
        )
        for match in _SECTION.finditer(text)
    }


EXPLANATIONS: Mapping[str, Explanation] = _Explanations()
