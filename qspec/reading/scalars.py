"""What a plain YAML scalar means, by the core schema of YAML 1.2.

https://yaml.org/spec/1.2.2/#103-core-schema, with two narrowings of the spec format: a whole number with a
leading zero is refused, since tools disagree about it, and numbers stay finite and below 2^53.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from qspec.diagnostics import clipped

Scalar = str | int | float | bool | None

LARGEST_WHOLE_NUMBER = 2**53

WORDS: dict[str, Scalar] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_WHOLE = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+\Z")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\Z")
STARTS_A_NUMBER = frozenset("+-.0123456789")


class Refusal(NamedTuple):
    """Why a plain scalar is refused: the code of the finding, its headline and the advice."""

    code: str
    message: str
    label: str


def resolve(text: str) -> Scalar | Refusal:
    """Return the value of the plain scalar `text`, or the reason why it has none."""
    if text in WORDS:
        return WORDS[text]
    if text[0] not in STARTS_A_NUMBER:
        return text
    if _WHOLE.match(text):
        return _whole(text)
    if _DECIMAL.match(text):
        return _decimal(text)
    if _OCTAL.match(text):
        return _bounded(int(text, 8) if len(text) < 24 else LARGEST_WHOLE_NUMBER + 1, text)
    if _HEXADECIMAL.match(text):
        return _bounded(int(text, 16) if len(text) < 24 else LARGEST_WHOLE_NUMBER + 1, text)
    if _NOT_FINITE.match(text):
        return Refusal("not-finite", f"'{text}' is not a finite number", "a spec has no infinity and no NaN")
    return text


def _whole(text: str) -> int | Refusal:
    digits = text.lstrip("+-")
    if len(digits) > 1 and digits[0] == "0":
        meant = ("-" if text[0] == "-" else "") + (digits.lstrip("0") or "0")
        label = f"""for a bitstring or other text write "{clipped(text)}", for a number {clipped(meant)}"""
        message = f"{clipped(text)} has a leading zero, and tools disagree about what it means"
        return Refusal("leading-zero", message, label)
    return _bounded(int(text) if len(digits) < 20 else LARGEST_WHOLE_NUMBER + 1, text)


def _bounded(value: int, text: str) -> int | Refusal:
    if abs(value) <= LARGEST_WHOLE_NUMBER:
        return value
    label = "not every tool reads it exactly; write it as text"
    return Refusal("number-too-large", f"{clipped(text)} is beyond 2^53", label)


def _decimal(text: str) -> float | Refusal:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        message = f"'{clipped(text)}' is beyond the range of numbers"
        return Refusal("not-finite", message, "a spec has no infinity and no NaN")
    return value
