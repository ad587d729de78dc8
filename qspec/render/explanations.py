"""The explanation of a finding's code, and the list of all codes."""

from __future__ import annotations

import json
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING

from qspec.render.table import table, wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qspec.reading.explanations import Explanation
    from qspec.render.look import Look

_WIDEST = 88


def render_explanation(code: str, explanation: Explanation, form: str, look: Look) -> str:
    """One explanation as `text`, with both examples, or as `json`."""
    if form == "json":
        return json.dumps({"code": code, **asdict(explanation)}, indent=2) + "\n"
    said = textwrap.fill(plain_words(explanation.why), min(look.width, _WIDEST))
    title = look.paint(code, "bold")
    wrong, right = (textwrap.indent(example, "  ") for example in (explanation.wrong, explanation.right))
    examples = f"{look.paint('wrong', 'red')}\n{wrong}\n{look.paint('right', 'green')}\n{right}"
    return look.draw(f"{title}: {explanation.title}\n\n{said}\n\n{examples}")


def render_codes(explanations: Mapping[str, Explanation], form: str, look: Look) -> str:
    """Every code with its title, as `text` or `json`."""
    titles = {code: explanations[code].title for code in sorted(explanations)}
    if form == "json":
        return json.dumps(titles, indent=2) + "\n"
    room = max(look.width - max(map(len, titles)) - 2, 30)
    return table((), [row for each in titles.items() for row in wrapped(each, 1, room)], look=look)


def plain_words(markdown: str) -> str:
    """A paragraph of Markdown without its marks: what stands between backquotes gets quotes."""
    return markdown.replace("`", "'")
