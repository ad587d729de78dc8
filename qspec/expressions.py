"""Numbers as people write them: expressions of numbers, `pi` and `+ - * / **` with parentheses.

Read without `eval`, in one pass, within limits. Powers bind as in mathematics and Python: `-2**2` is -4, and
`2**-1` is a half.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from qspec.errors import QspecError

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = 200
DEEPEST = 50

_TOKEN = re.compile(
    r"\s*(?:((?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)|([^\W\d][\w.]*)|(\*\*|[-+*/()])|(\S))",
)
_ADVICE = {"^": "write ** for powers", "×": "write *", "·": "write *", "÷": "write /", "−": "write -", ",": "write ."}
_PI = {"π": "write pi", "Pi": "write pi", "PI": "write pi", "np.pi": "write pi", "math.pi": "write pi"}
_SIGN, _POWER = 4, 6
_STRENGTH = {"+": 2, "-": 2, "*": 3, "/": 3, "**": _POWER}


class ExpressionError(QspecError):
    """A text that is no expression, or has no finite real value. `column` counts from 1 in the text."""

    exit_code = 2

    def __init__(self, message: str, column: int, *, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.column = column


class _Token(NamedTuple):
    kind: str
    text: str
    column: int


@lru_cache(maxsize=1000)
def evaluate(text: str) -> float:
    """The value of an expression such as `2*pi/3`. Raises `ExpressionError` when it has none.

    At most 200 characters, nested at most 50 deep; the value and every step on the way are finite and real.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"an expression has at most {LONGEST} characters, not {len(text)}", LONGEST + 1)
    reader = _Reader(_tokens(text))
    value = reader.value(0)
    rest = reader.next()
    if rest.kind != "end":
        raise _surplus(rest)
    return value


def _tokens(text: str) -> list[_Token]:
    tokens = []
    for match in _TOKEN.finditer(text):
        kind = ("number", "name", "sign", "other")[(match.lastindex or 1) - 1]
        tokens.append(_Token(kind, match[match.lastindex or 0], match.start(match.lastindex or 0) + 1))
    return [*tokens, _Token("end", "", len(text) + 1)]


class _Reader:
    """Reads tokens by the strength of their operators (Pratt's method)."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    def peek(self) -> _Token:
        return self.tokens[self.at]

    def next(self) -> _Token:
        token = self.tokens[self.at]
        self.at += token.kind != "end"
        return token

    def value(self, strength: int) -> float:
        """The value of what follows, up to an operator that binds no stronger than `strength`."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise ExpressionError(f"an expression is nested at most {DEEPEST} deep", self.peek().column)
        left = self.operand()
        while _STRENGTH.get(self.peek().text, 0) > strength:
            operator = self.next()
            # powers group from the right, all else from the left
            right = self.value(_POWER - 1 if operator.text == "**" else _STRENGTH[operator.text])
            left = _applied(operator, left, right)
        self.depth -= 1
        return left

    def operand(self) -> float:
        token = self.next()
        if token.kind == "number":
            return _finite(float(token.text), token)
        if token.text == "pi":
            return math.pi
        if token.text == "(":
            return self.group(token)
        if token.text in ("+", "-"):
            value = self.value(_SIGN)
            return -value if token.text == "-" else value
        raise _unexpected(token)

    def group(self, opening: _Token) -> float:
        value = self.value(0)
        closing = self.next()
        if closing.text == ")":
            return value
        if closing.kind == "end":
            raise ExpressionError("this parenthesis is not closed", opening.column)
        raise _surplus(closing)


_OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "**": math.pow,
}


def _applied(operator: _Token, left: float, right: float) -> float:
    try:
        return _finite(_OPERATORS[operator.text](left, right), operator)
    except ZeroDivisionError:
        raise ExpressionError("division by zero", operator.column) from None
    except OverflowError:
        raise ExpressionError("the value is beyond the range of numbers", operator.column) from None
    except ValueError:  # math.pow has no real value: a root of a negative number, or zero to a negative power
        reason = "division by zero" if left == 0 else "a root of a negative number is not a real number"
        raise ExpressionError(reason, operator.column) from None


def _finite(value: float, token: _Token) -> float:
    if math.isfinite(value):
        return value
    raise ExpressionError("the value is beyond the range of numbers", token.column)


def _surplus(token: _Token) -> ExpressionError:
    if token.kind in ("number", "name") or token.text == "(":
        return ExpressionError(f"an operator is missing before '{token.text}'", token.column, advice="write *")
    return _unexpected(token)


def _unexpected(token: _Token) -> ExpressionError:
    advice = _ADVICE.get(token.text, "") or _PI.get(token.text, "")
    if token.kind == "end":
        return ExpressionError("the expression ends too early", token.column)
    if token.kind == "name":
        return ExpressionError(f"'{token.text}' is not known in an expression", token.column, advice=advice or _KNOWN)
    return ExpressionError(f"'{token.text}' cannot stand here", token.column, advice=advice)


_KNOWN = "numbers, pi, + - * / ** and parentheses"
