"""Values that look like credentials: found before anything else is said about a spec, and never shown."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any

from qspec.diagnostics import Diagnostic, clipped
from qspec.expressions import ExpressionError, evaluate
from qspec.frozen import frozen
from qspec.reading.decoding import LINE_BREAK, mark_at
from qspec.reading.nodes import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qspec.diagnostics import Span
    from qspec.reading.nodes import Node

# What it looks like, texts of which each of its kind holds one, and its pattern. Where there are no such texts, it is a
# word of at least `_SHORTEST_RUN` characters. Patterns begin where a word begins and have a
# bounded length, so that searching takes linear time.
_SHAPES: list[tuple[str, tuple[str, ...], str]] = [
    ("a GitHub token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"(?<!\w)gh[pousr]_[A-Za-z0-9]{36,255}"),
    ("a GitHub token", ("github_pat_",), r"(?<!\w)github_pat_\w{22,255}"),
    ("a GitLab token", ("glpat-",), r"(?<![\w-])glpat-[\w-]{20,255}"),
    ("an AWS access key", ("AKIA",), r"(?<!\w)AKIA[0-9A-Z]{16}(?!\w)"),
    ("an AWS access key", ("ASIA",), r"(?<!\w)ASIA[0-9A-Z]{16}(?!\w)"),
    ("a Google API key", ("AIza",), r"(?<![\w-])AIza[\w-]{35}(?![\w-])"),
    ("a Slack token", ("xox",), r"(?<![\w-])xox[abeoprs]-[\w-]{10,255}"),
    ("a bearer token", ("earer",), r"(?<!\w)[Bb]earer\s{1,9}[\w.~+/-]{16,4000}=*"),
    ("a JSON web token", ("eyJ",), r"(?<![\w-])eyJ[\w-]{10,4000}\.[\w-]{10,4000}\.[\w-]{10,4000}"),
    (
        "a private key",
        ("PRIVATE KEY-----",),
        r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}-----|\Z)",
    ),
    ("an IBM Quantum token", (), r"(?<![0-9A-Za-z])[0-9a-f]{128}(?![0-9A-Za-z])"),
    ("a password in a URL", ("://",), r"(?<=://)[^\s/:@]{1,255}:[^\s/@]{1,255}(?=@)"),
]
_SIGNS = tuple(sign for _, signs, _ in _SHAPES for sign in signs)
_RUN = re.compile(r"[\w+/=-]{44,}")
_SHORTEST_RUN = 44
_IBM_KEY = re.compile(r"[A-Za-z0-9_-]{44}\Z")
_KEYS = re.compile(
    r"(?:token|api[_-]?key|password|passwd|passphrase|secret|private[_-]?key|authorization|credentials?)\Z"
)
_IN_KEYS = ("token", "key", "passw", "passphrase", "secret", "authorization", "credential")
"""What a key that `_KEYS` finds has in it, in small letters."""
_PLACEHOLDER = re.compile(r"[$<{%]|\*+\Z|x+\Z", re.IGNORECASE)
_SHORTEST = 8
MOST_SECRETS = 50


@frozen
class Secret:
    """What looks like a credential: its text, where it stands, and what it looks like."""

    text: str
    span: Span
    noun: str

    def finding(self) -> Diagnostic:
        """The finding, which does not repeat the text."""
        return Diagnostic(
            code="secret",
            message=f"this looks like {self.noun}",
            label="remove it, and revoke it if this file was ever shared",
            notes=("credentials come from the environment or from a saved account, never from a spec",),
            span=self.span,
        )


def find_secrets(root: Node | None, texts: Mapping[str, str]) -> list[Secret]:
    """Whatever looks like a credential in the texts of a spec, comments included, or stands under a telling key."""
    by_shape = (secret for path, text in texts.items() for secret in _by_shape(Source(path, text)))
    found = list(islice(by_shape, MOST_SECRETS + 1))
    for key, node in _scalars(root) if root else ():
        value = str(node.value)
        if len(found) <= MOST_SECRETS and _is_credential(key, value) and not any(s.text in value for s in found):
            found.append(Secret(text=value, span=node.source.span(node.mark), noun=f"the value of a {clipped(key)}"))
    return found


def looks_secret(text: str) -> bool:
    """Whether anything in a text looks like a credential."""
    return next(_matches(text), None) is not None


def has_secrets(data: Any, text: str) -> bool:
    """Whether anything in the text of a spec looks like a credential, or stands under a telling key of its data."""
    lowered = text.lower()
    named = "\\" in text or any(word in lowered for word in _IN_KEYS)  # with \ a key may be written in other letters
    return looks_secret(text) or (named and any(_is_credential(*each) for each in _texts(data)))


def _texts(data: Any, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(data, dict):
        for name, value in data.items():
            yield from _texts(value, name)
    elif isinstance(data, list):
        for item in data:
            yield from _texts(item, key)
    elif isinstance(data, str):
        yield key, data


def _by_shape(source: Source) -> Iterator[Secret]:
    seen: list[re.Match[str]] = []
    for noun, match in _matches(source.text):
        if not any(match.start() < other.end() and other.start() < match.end() for other in seen[:MOST_SECRETS]):
            yield _secret(source, match, noun)
        seen.append(match)


def _matches(text: str) -> Iterator[tuple[str, re.Match[str]]]:
    has_runs = max(map(len, text.split()), default=0) >= _SHORTEST_RUN
    held = {sign for sign in _SIGNS if sign in text}
    for noun, signs, pattern in _SHAPES:
        if not held.isdisjoint(signs) if signs else has_runs:
            yield from ((noun, match) for match in re.finditer(pattern, text))
    for match in _RUN.finditer(text) if has_runs else ():
        if _IBM_KEY.match(match[0]) and _looks_random(match[0]):
            yield "an IBM Cloud API key", match


def _secret(source: Source, match: re.Match[str], noun: str) -> Secret:
    first = match[0].partition("\n")[0]
    return Secret(text=match[0], span=source.span(mark_at(source.text, match.start(), len(first))), noun=noun)


def _looks_random(word: str) -> bool:
    """Whether capitals, small letters and digits change places too often for a name made of words."""
    kinds = [(char.isupper(), char.islower(), char.isdigit()) for char in word]
    changes = sum(left != right for left, right in pairwise(kinds))
    return changes * 3 >= len(word)


def _scalars(node: Node, key: str = "") -> Iterator[tuple[str, Node]]:
    if isinstance(node.value, dict):
        for name, entry in node.value.items():
            yield from _scalars(entry.node, name)
    elif isinstance(node.value, list):
        for child in node.value:
            yield from _scalars(child, key)
    elif isinstance(node.value, str):
        yield key, node


def _is_credential(key: str, value: str) -> bool:
    if not _KEYS.search(key.lower()) or len(value) < _SHORTEST or any(char.isspace() for char in value):
        return False
    return not _PLACEHOLDER.match(value) and not _is_expression(value)


def _is_expression(value: str) -> bool:
    """Whether the value is one that a parameter called `token` could have."""
    try:
        evaluate(value)
    except ExpressionError:
        return False
    return True


def conceal(
    findings: Sequence[Diagnostic], texts: Mapping[str, str], secrets: Sequence[Secret], root: Node | None
) -> tuple[list[Diagnostic], dict[str, str]]:
    """The located findings, with those about secrets, and the texts that they point into, both without the secrets.

    In the texts a secret's characters are `*`, so that lines and columns stay where they are. A finding about a
    secret's value or its key gives way to that about the secret. Of many secrets only the first are shown, and nothing else.
    """
    if len(secrets) > MOST_SECRETS:
        return [secret.finding() for secret in secrets[:MOST_SECRETS]], {path: _stars(texts[path]) for path in texts}
    kept = [finding for finding in findings if not any(_is_about(finding, secret.span, root) for secret in secrets)]
    shown = dict(texts)
    for secret in secrets:
        kept = [_without(finding, secret.text) for finding in kept]
        shown[secret.span.path] = _masked(shown[secret.span.path], secret)
    return [*kept, *(secret.finding() for secret in secrets)], shown


def _is_about(finding: Diagnostic, secret: Span, root: Node | None) -> bool:
    """Whether a finding is about a value that holds a secret, or about its key."""
    value = root.span(finding.route) if finding.on_key and root else None
    return any(span is not None and _overlap(span, secret) for span in (finding.span, value))


def _overlap(one: Span, other: Span) -> bool:
    if one.path != other.path:
        return False
    starts = ((one.line, one.column), (other.line, other.column))
    ends = ((one.end_line, one.end_column), (other.end_line, other.end_column))
    return starts[0] < ends[1] and starts[1] < ends[0]


def _masked(text: str, secret: Secret) -> str:
    if secret.text in text:
        return text.replace(secret.text, _stars(secret.text))
    # a value that is written otherwise than it reads: escaped, folded or indented
    starts = [0, *(found.end() for found in LINE_BREAK.finditer(text)), len(text)]
    span = secret.span
    start = starts[span.line - 1] + span.column - 1
    end = starts[min(span.end_line, len(starts)) - 1] + span.end_column - 1
    return text[:start] + _stars(text[start:end]) + text[end:]


def _stars(text: str) -> str:
    return re.sub(r"[^\n\r\x85\u2028\u2029]", "*", text)


def _without(finding: Diagnostic, secret: str) -> Diagnostic:
    def clean(text: str) -> str:
        return text.replace(secret, "***").replace(clipped(secret), "***")

    related = tuple(replace(place, label=clean(place.label)) for place in finding.related)
    notes = tuple(map(clean, finding.notes))
    route = tuple(clean(step) if isinstance(step, str) else step for step in finding.route)
    message, label = clean(finding.message), clean(finding.label)
    return replace(finding, message=message, label=label, related=related, notes=notes, route=route)
