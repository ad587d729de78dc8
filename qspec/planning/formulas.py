"""One spelling for formulas that differ in the order of terms and factors, or in where a minus stands.

Qiskit writes `sin(a)*a` and `a*sin(a)`, `-(x - y)` and `y - x` for one expression, before and after QPY.
"""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import Any, NamedTuple


class _Part(NamedTuple):
    """A term of a sum, or a factor of a product: `minus` turns its sign round."""

    text: str
    minus: bool


@lru_cache(maxsize=1024)  # transpiled circuits have the same few, thousands of times
def in_order(formula: str) -> str:
    """The formula with sums and products flattened, sorted, and signs drawn out; not for reading.

    A formula that is too deep, or of an unknown form, is returned as it is.
    """
    try:
        return _spelled(ast.parse(formula, mode="eval").body)
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        return formula


def bracketed(value: Any) -> str:
    """Qiskit's formula, of more than one parameter or number, with all of its brackets.

    It is put together from the steps that QPY writes down, each of a left and a right side; what a step does not name, it
    takes from the steps before.
    """
    stack: list[str] = []
    for step in value._qpy_replay:  # noqa: SLF001 - the text that Qiskit makes of it leaves brackets out
        stack += [_side(side) for side in (step.lhs, step.rhs) if side is not None]
        name = str(step.op).rpartition(".")[2].removeprefix("OpCode.")
        turned = name in _TURNED
        sign = _SIGNS.get(_TURNED.get(name, name))
        last = stack.pop()
        if sign is None:
            stack.append(f"{name.lower()}({last})")
        else:
            left, right = (last, stack.pop()) if turned else (stack.pop(), last)
            stack.append(f"({left} {sign} {right})")
    return stack.pop()


_SIGNS = {"ADD": "+", "SUB": "-", "MUL": "*", "DIV": "/", "POW": "**"}
_TURNED = {"RSUB": "SUB", "RDIV": "DIV", "RPOW": "POW"}


def _side(value: Any) -> str:
    return f"({value!r})" if isinstance(value, (int, float, complex)) else f"({value})"


def _spelled(node: ast.expr) -> str:
    part = _part(node)
    return f"-{part.text}" if part.minus and part.text != "0.0" else part.text


def _part(node: ast.expr) -> _Part:
    terms = sorted(_terms(node, minus=False))
    if len(terms) == 1:
        return terms[0]
    minus = terms[0].minus  # the first term of a sum has no minus: it stands before the sum
    signed = [f"+{term.text}" if term.minus == minus else f"-{term.text}" for term in terms]
    return _Part(f"({' '.join(signed)})", minus)


def _terms(node: ast.expr, *, minus: bool) -> list[_Part]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        turned = isinstance(node.op, ast.Sub)
        return [*_terms(node.left, minus=minus), *_terms(node.right, minus=minus ^ turned)]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        return _terms(node.operand, minus=minus ^ isinstance(node.op, ast.USub))
    text, turned = _product(node)
    return [_Part(text, minus ^ turned)]


def _product(node: ast.expr) -> _Part:
    if not _is_product(node):
        return _Part(_atom(node), minus=False)
    factors = _factors(node, inverse=False)
    words = sorted(f"{'/' if inverse else '*'}{part.text}" for part, inverse in factors)
    return _Part(f"[{' '.join(words)}]", minus=sum(part.minus for part, _ in factors) % 2 == 1)


def _factors(node: ast.expr, *, inverse: bool) -> list[tuple[_Part, bool]]:
    if isinstance(node, ast.BinOp) and _is_product(node):
        turned = isinstance(node.op, ast.Div)
        return [*_factors(node.left, inverse=inverse), *_factors(node.right, inverse=inverse ^ turned)]
    return [(_part(node), inverse)]


def _is_product(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div))


def _atom(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return repr(float(node.value)) if isinstance(node.value, (int, float)) else repr(node.value)
    if isinstance(node, ast.BinOp):
        return f"({_spelled(node.left)} {type(node.op).__name__} {_spelled(node.right)})"
    if isinstance(node, ast.Call):
        return f"{ast.unparse(node.func)}<{' '.join(map(_spelled, node.args))}>"
    return ast.unparse(node)
