"""Two runs held against each other, as text and as JSON: a word for each PUB, and the cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.comparing.runs import WORDS
from qspec.records.files import plain
from qspec.render.look import clipped, plural, visible
from qspec.render.table import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qspec.comparing.found import Compared
    from qspec.comparing.runs import PubComparison, RunComparison
    from qspec.render.look import Look

_TINTS = {"identical": "green", "consistent": "green", "different": "red"}
_LARGE = 100
_HEADING = ("job", "PUB", "circuit", "verdict", "p-value", "effect", "test")


def render_comparison(found: RunComparison, *, top: int, look: Look) -> str:
    """The comparison as text; of what is long, `top` entries are shown, all with `top=0`."""
    lines = [
        *_pubs(found, top, look),
        *(f"  {look.draw(visible(sentence))}" for sentence in found.missing[: top or None]),
    ]
    lines += [""] if lines else []
    lines += [f"PUBs     {spoken_numbers(found)}"]
    lines += [f"{head:<9}{look.draw(visible(cause))}" for head, cause in spoken_causes(found)]
    beyond = "" if found.accepts(found.word) or found.word == "different" else ", and only identical results will do"
    lines += [f"verdict  {look.paint(found.word, _TINTS[found.word])}{beyond}"]
    return "\n".join(lines) + "\n"


def _pubs(found: RunComparison, top: int, look: Look) -> Iterator[str]:
    shown = sorted(found.pubs, key=lambda pub: WORDS.index(pub.word), reverse=True)[: top or None]
    if not shown:
        return
    pointed = any(pub.point is not None for pub in shown)
    heading = ("point", *_HEADING) if pointed else _HEADING
    rows = [((f"{pub.point:,}",) if pointed else ()) + _row(pub, look) for pub in shown]
    yield table(heading, rows, right={0} if pointed else set(), indent=2, look=look).removesuffix("\n")
    if len(shown) < len(found.pubs):
        yield f"  and {plural(len(found.pubs) - len(shown), 'more PUB')} that are not identical"


def _row(pub: PubComparison, look: Look) -> tuple[str, ...]:
    compared = pub.compared
    words = compared.test or compared.message
    return (
        pub.job,
        str(pub.pub),
        look.draw(visible(clipped(pub.circuit, 30))),
        pub.word,
        spoken_p_value(compared),
        spoken_effect(compared),
        look.draw(visible(words)),
    )


def spoken_p_value(compared: Compared) -> str:
    """The p-value in words; empty where there is no test."""
    if compared.p_value is None:
        return ""
    return f"{compared.p_value:.2g}" if compared.p_value else "< 1e-300"


def spoken_effect(compared: Compared) -> str:
    """By how much results differ, and what sampling alone gives; empty where nobody can say."""
    if compared.effect is None:
        return ""
    expected = "" if compared.effect_expected is None else f" (sampling alone: {compared.effect_expected:.2g})"
    effect = f"{compared.effect:.2g}" if compared.effect < _LARGE else f"{compared.effect:,.0f}"
    return f"{compared.effect_name} {effect}{expected}"


def spoken_numbers(found: RunComparison) -> str:
    """How many PUBs have each word, and the level."""
    counts = [f"{found.count(word):,} {word}" for word in WORDS if found.count(word)]
    corrected = f", at level {found.level:g} over all of them" if found.pubs else ""
    return (", ".join(counts) or "none") + corrected


def spoken_causes(found: RunComparison) -> Iterator[tuple[str, str]]:
    """The deepest cause, and what else differs: that may be its consequence. Where all is identical, what made no difference.

    Each behind the word for what it is.
    """
    identical = found.word == "identical"
    causes = [cause for cause in found.causes if not (identical and cause.kind == "sampling only")]
    for number, cause in enumerate(causes):
        head = "differs" if identical else "cause" if number == 0 else "also"
        yield head, f"{cause.kind}: {cause.message}"


def comparison_data(found: RunComparison) -> dict[str, Any]:
    """The comparison for JSON: the word, each PUB that is not identical, and the causes with all their details."""
    document = {
        "version": 1,
        "before": found.before,
        "after": found.after,
        "verdict": found.word,
        "level": found.level,
        "pubs": {word: found.count(word) for word in WORDS},
        "not_identical": [_pub_data(pub) for pub in found.pubs],
        "missing": found.missing,
        "causes": [{"kind": cause.kind, "message": cause.message, "details": cause.details} for cause in found.causes],
    }
    data: dict[str, Any] = plain(document)
    return data


def _pub_data(pub: PubComparison) -> dict[str, Any]:
    compared = pub.compared
    return {
        **({} if pub.point is None else {"point": pub.point}),
        "job": pub.job,
        "pub": pub.pub,
        "circuit": pub.circuit,
        "verdict": pub.word,
        "test": compared.test,
        "tests": compared.tests,
        "p_value": compared.p_value,
        "effect": compared.effect,
        "effect_name": compared.effect_name,
        "effect_expected": compared.effect_expected,
        "place": compared.place,
        "message": compared.message,
    }
