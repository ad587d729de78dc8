"""What an OpenQASM 2 or 3 text says at a glance, without Qiskit: its version, registers, inputs and measurements.

The scan takes linear time and refuses only what is certainly wrong or beyond the limits; all else is left to
Qiskit's own importers, which have the last word. Whatever it cannot tell it calls None.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from qspec.errors import SourceError
from qspec.facts import CircuitFacts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    _Declared = tuple[str, str, int | None, int]

LONGEST = {2: 16 << 20, 3: 1 << 20}  # bytes; reading a mebibyte of OpenQASM 3 takes half a minute, of 2 a second
MOST_OPERATIONS = {2: 2_000_000, 3: 100_000}
MOST_QUBITS = 10_000
MOST_BITS = 100_000
MOST_TURNS = 1_000_000
INCLUDES = {2: "qelib1.inc", 3: "stdgates.inc"}

_NAME = r"[^\W\d]\w*"
_BLANKS = {
    2: re.compile(r"""//[^\n]*|"[^"\n]*\""""),
    3: re.compile(
        r"""//[^\n]*|/\*.*?(?:\*/|\Z)|"[^"\n]*"|'[^'\n]*'|^[ \t]*(?:\#?pragma\b|@[^\W\d])[^\n]*""",
        re.DOTALL | re.MULTILINE,
    ),
}
_NOT_NEWLINE = re.compile(r"[^\n]")
_COMMENTS = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_PREAMBLE = re.compile(r"(?:\s++|//[^\n]*+|/\*.*?\*/)*+", re.DOTALL)
_HEADER = re.compile(r"OPENQASM\s+([0-9]+)(?:\.([0-9]+))?\s*(;?)")
_INCLUDE = re.compile(r"include(?<!\winclude)\s*[\"']([^\"'\n]*)[\"']")
_SINGLE_EQUALS = re.compile(r"=(?<!==)(?!=)")
_BRACKET = re.compile(r"[()\[\]{}]")
_CLOSES = {")": "(", "]": "[", "}": "{"}
_STARTS = {
    2: re.compile(r"(?:OPENQASM|include|qreg|creg|gate|opaque|if)\b"),
    3: re.compile(r"(?:OPENQASM|include|qreg|creg|gate|def|qubit|input|bit)\b"),
}
_ENDS = {2: ";{})", 3: ";{}),("}
_BEFORE_BIT = re.compile(r"(?:[^\w\]]|\b(?:input|output|const|for|return))\Z")
_NAME_AFTER_INDEX = re.compile(r"\](\s*+)(?=[^\W\d])")
_CALIBRATION = re.compile(r"\b(?:def)?cal\b")
_WORDS = re.compile(r"\w+|\S")
_TAKE_INDICES = frozenset(
    ["angle", "array", "bit", "box", "complex", "delay", "float", "in", "int", "qubit", "uint", "duration", "stretch"]
)
_OLD_REGISTER = re.compile(rf"(?P<word>[qc]reg)(?<!\w[qc]reg)\s+(?P<name>{_NAME})\s*(?:\[(?P<size>[^\[\]]*)\])?\s*;")
_REGISTER = re.compile(rf"(?<=[;}}])\s*+(?P<word>qubit|bit)\b\s*(?:\[(?P<size>[^\[\]]*)\])?\s*(?P<name>{_NAME})\s*[;=]")
_CONSTANT = re.compile(rf"\bconst\s+u?int\b\s*(?:\[[^\[\]]*\])?\s*({_NAME})\s*=\s*([0-9_]+)\s*;")
_INPUT = re.compile(rf"(?<=[;}}])\s*+input\s+(?:float|angle)\b\s*(?:\[[^\[\]]*\])?\s*({_NAME})\s*;")
_PHYSICAL = re.compile(r"\$([0-9]+)")
_MEASURE = re.compile(r"measure(?<!\wmeasure)\b")
_SUBROUTINE = re.compile(r"\bdef\b")
_ALIAS = re.compile(r"\blet\b")
_CONDITION = re.compile(r"\b(?:if|while)\s*\(([^()]*+.)", re.DOTALL)
_TURNS = re.compile(r"\bin\s*\[\s*([0-9_]+)\s*:(?:[^\[\]:]*:)?\s*([0-9_]+)\s*\]")
_GATE = re.compile(rf"(?<=[;}}])\s*+gate\s+({_NAME})[^{{}};]*\{{([^{{}}]*)\}}")
_CALLS = re.compile(rf"(?:\A|[;{{}}@)])\s*+({_NAME})")
_WHOLE_REGISTERS = re.compile(r"(?<=[;}])(?!\s*+barrier\b)[^;{}\[]*+;")


def version_of(text: str) -> int:
    """2 or 3, by the header; where there is none, by the one file that each version includes.

    Raises `SourceError` (qasm-header, qasm-version) when neither tells.
    """
    start = _PREAMBLE.match(text).end()  # type: ignore[union-attr]  # it matches an empty text, too
    match = _HEADER.match(text, start)
    if match is None:
        return _version_by_include(text, start)
    if match[1] not in ("2", "3") or (match[1] == "2" and int(match[2] or 0) != 0):
        shown = match[1] if match[2] is None else f"{match[1]}.{match[2]}"
        raise _error("qasm-version", f"OpenQASM {shown} is not known here", text, match.start(1), "2.0 and 3.0 are")
    return int(match[1])


def _version_by_include(text: str, start: int) -> int:
    include = _INCLUDE.search(_COMMENTS.sub(" ", text))
    for version, name in INCLUDES.items():
        if include and include[1] == name and "OPENQASM" not in text:
            return version
    raise _no_header(text, start)


def _no_header(text: str, start: int) -> SourceError:
    advice = "write OPENQASM 3.0; or OPENQASM 2.0; first"
    if start == len(text):
        return _error("qasm-header", "there is no circuit in this text", text, 0, advice)
    late = re.search(r"^[ \t]*OPENQASM\b", text[start:], re.MULTILINE)
    if late:
        advice = "only comments may stand before the header"
    return _error("qasm-header", "the text does not begin with an OPENQASM header", text, start, advice)


def scan(text: str) -> CircuitFacts:
    """The facts of the circuit that a text describes. Raises `SourceError`, with line and column, when it is wrong.

    Codes: qasm-header, qasm-version, qasm-include, qasm-syntax, qasm-too-large.
    """
    version = version_of(text)
    if len(text) > LONGEST[version]:
        limit = LONGEST[version] >> 20
        raise _error("qasm-too-large", f"at most {limit} MiB of OpenQASM {version} are read", text, 0)
    clean = _BLANKS[version].sub(_blank, text)
    _check_ends(clean)
    _check_equals(clean, version)
    _check_includes(text, clean, version)
    _check_brackets(clean)
    _check_semicolons(clean, version)
    declared = list(_declarations(clean, version))
    facts = _facts(clean, version, declared)
    _check_operations(clean, version, declared)
    return facts


def names_in(text: str) -> frozenset[str]:
    """Every name and keyword of a text in OpenQASM 3, without what stands in comments and quotes."""
    return frozenset(re.findall(_NAME, _BLANKS[3].sub(" ", text)))


def _error(code: str, message: str, text: str, offset: int, advice: str = "") -> SourceError:
    line = text.count("\n", 0, offset) + 1
    return SourceError(message, code=code, line=line, column=offset - text.rfind("\n", 0, offset), advice=advice)


def _blank(match: re.Match[str]) -> str:
    if match[0].startswith("/*") and not match[0].endswith("*/", 2):
        raise _error("qasm-syntax", "this comment has no end", match.string, match.start(), "*/ ends it")
    return _NOT_NEWLINE.sub(" ", match[0])


def _check_ends(clean: str) -> None:
    if (offset := clean.find('"')) >= 0:
        raise _error("qasm-syntax", "this text in quotes has no end", clean, offset)


def _check_equals(clean: str, version: int) -> None:
    """Of this one mistake, Qiskit does not say where it is."""
    match = _SINGLE_EQUALS.search(clean) if version == 2 else None
    if match:
        raise _error("qasm-syntax", "a single '=' has no meaning in OpenQASM 2", clean, match.start(), "== compares")


def _check_includes(text: str, clean: str, version: int) -> None:
    for match in _INCLUDE.finditer(text):
        if clean.startswith("include", match.start()) and match[1] != INCLUDES[version]:
            message = f"OpenQASM {version} can include '{INCLUDES[version]}' here, not '{match[1]}'"
            advice = "write its gate definitions out" if match[1] not in INCLUDES.values() else ""
            raise _error("qasm-include", message, text, match.start(1) - 1, advice)


def _check_brackets(clean: str) -> None:
    if all(clean.count(closing) == clean.count(opening) for closing, opening in _CLOSES.items()):
        return
    opened: list[tuple[str, int]] = []
    for match in _BRACKET.finditer(clean):
        bracket = match[0]
        if bracket not in _CLOSES:
            opened.append((bracket, match.start()))
        elif not opened or opened.pop()[0] != _CLOSES[bracket]:
            raise _error("qasm-syntax", f"this '{bracket}' closes nothing", clean, match.start())
    for bracket, offset in opened[-1:]:
        raise _error("qasm-syntax", f"this '{bracket}' is not closed", clean, offset)


def _check_semicolons(clean: str, version: int) -> None:
    for match in _STARTS[version].finditer(clean):
        last = _end_of_statement(clean, match.start())
        unsure = match[0] == "bit" and _BEFORE_BIT.search(clean, max(last - 6, 0), last + 1)
        if 0 <= last < match.start() - 1 and clean[last] not in _ENDS[version] and not unsure:
            raise _error("qasm-syntax", "';' is missing at the end of this statement", clean, last)
    _check_operands(clean, version)
    end = len(clean.rstrip())
    if clean[end - 1] not in ";}":
        raise _error("qasm-syntax", "';' is missing at the end of the last statement", clean, end - 1)


def _check_operands(clean: str, version: int) -> None:
    """After `q[0]` no name can follow; after a type such as `bit[2]` it can, and in `for bit b in c[0:2] x q;`."""
    if "cal" in clean and _CALIBRATION.search(clean):
        return  # its body is in another language
    for match in _NAME_AFTER_INDEX.finditer(clean):
        opening = clean.rfind("[", 0, match.start())
        before = _WORDS.findall(clean[max(opening - 80, 0) : max(opening, 0)])
        if version == 3 and (not before or before[-1] in _TAKE_INDICES or before[-2:-1] == ["in"]):
            continue
        line_ends = "\n" in match[1]
        message = "';' is missing at the end of this statement" if line_ends else "',' or ';' is missing after this"
        raise _error("qasm-syntax", message, clean, match.start())


def _end_of_statement(clean: str, start: int) -> int:
    """The offset of the last character before `start` that is not blank, -1 if there is none."""
    last = start - 1
    while last >= 0 and clean[last].isspace():
        last -= 1
    return last


def _facts(clean: str, version: int, declared: Sequence[_Declared]) -> CircuitFacts:
    qubits: list[int | None] = []
    registers: dict[str, int | None] = {}
    for word, name, size, offset in declared:
        if word in ("qreg", "qubit"):
            qubits.append(size)
            _check_size("qubits", sum(filter(None, qubits)), MOST_QUBITS, clean, offset)
        elif name:
            registers[name] = size
            _check_size("classical bits", sum(filter(None, registers.values())), MOST_BITS, clean, offset)
    if version == 2:
        return _facts_of(qubits, registers, {}, measures=_measures(clean))
    _check_turns(clean)
    qubits += _physical_qubits(clean)
    measures = _measures(clean)
    unsure = measures and _SUBROUTINE.search(clean) is not None
    facts = _facts_of(qubits, registers, dict.fromkeys(_INPUT.findall(clean)), measures=None if unsure else measures)
    return replace(facts, registers=None) if _makes_registers(clean) else facts


def _facts_of(
    qubits: list[int | None], registers: dict[str, int | None], inputs: dict[str, None], *, measures: bool | None
) -> CircuitFacts:
    known = {name: size for name, size in registers.items() if size is not None}
    return CircuitFacts(
        num_qubits=None if None in qubits else sum(filter(None, qubits)),
        registers=known if len(known) == len(registers) else None,
        parameters=inputs,
        measures=measures,
    )


def _measures(clean: str) -> bool:
    return "measure" in clean and _MEASURE.search(clean) is not None


def _makes_registers(clean: str) -> bool:
    """Whether Qiskit may add registers of its own: for aliases, and for slices in conditions."""
    if "let" in clean and _ALIAS.search(clean):
        return True
    conditions = _CONDITION.findall(clean) if "if" in clean or "while" in clean else ()
    return any(set(":{+(") & set(condition) for condition in conditions)


def _declarations(clean: str, version: int) -> Iterator[_Declared]:
    """(word, name, size, offset) of each register; a single bit or qubit of OpenQASM 3 has the name ''."""
    constants = dict(_CONSTANT.findall(clean)) if version == 3 and "const" in clean else {}
    for pattern in (_OLD_REGISTER,) if version == 2 else (_OLD_REGISTER, _REGISTER):
        for match in pattern.finditer(clean):
            size = (match["size"] or "").strip()
            digits = constants.get(size, size).replace("_", "")
            length = 1 if match["size"] is None else int(digits[:12]) if digits.isdecimal() else None
            yield match["word"], match["name"] if match["size"] is not None else "", length, match.start("word")


def _physical_qubits(clean: str) -> list[int | None]:
    indices = [(int(match[1][:12]), match.start()) for match in _PHYSICAL.finditer(clean)]
    for index, offset in indices:
        _check_size("qubits", index + 1, MOST_QUBITS, clean, offset)
    return [max(index for index, _ in indices) + 1] if indices else []


def _check_size(noun: str, size: int, limit: int, clean: str, offset: int) -> None:
    if size > limit:
        raise _error("qasm-too-large", f"these are {size:,} {noun}, and at most {limit:,} are allowed", clean, offset)


def _check_turns(clean: str) -> None:
    for match in _TURNS.finditer(clean) if ":" in clean else ():
        first, last = (int(digits.replace("_", "0")[:12]) for digits in match.groups())
        _check_size("turns of a loop", abs(last - first) + 1, MOST_TURNS, clean, match.start())


def _check_operations(clean: str, version: int, declared: Sequence[_Declared]) -> None:
    """Count the operations with every gate definition written out and every register taken bit by bit."""
    costs: dict[str, int] = {}
    for match in _GATE.finditer(clean):
        costs[match[1]] = _operations(match[2], costs)
    main = _GATE.sub("", clean) if costs else clean
    sizes = [size or 1 for _, _, size, _ in declared]
    whole = len(_WHOLE_REGISTERS.findall(main)) * max(sizes, default=1)
    total = _operations(main, costs) + whole
    if total > MOST_OPERATIONS[version]:
        message = f"written out, these are {total:,} operations, and at most {MOST_OPERATIONS[version]:,} are allowed"
        raise _error("qasm-too-large", message, clean, 0)


def _operations(body: str, costs: dict[str, int]) -> int:
    calls = _CALLS.findall(body) if costs else ()
    return max(body.count(";"), 1) + sum(costs.get(name, 1) - 1 for name in calls)
