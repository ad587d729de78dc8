"""How text may look where it is shown: its width, colour, and whether more than ASCII can be written."""

from __future__ import annotations

import unicodedata

from qspec.frozen import frozen

_COLOURS = {"red": "1;31", "yellow": "1;33", "green": "1;32", "blue": "1;34", "bold": "1", "dim": "2"}
_ASCII = str.maketrans({"┌": "-", "─": "->", "│": "|", "…": "...", "·": ":", "±": "+-", "×": "x", "→": "->"})
_BLOCKS = " ▏▎▍▌▋▊▉"


@frozen
class Look:
    """What a place to write to can show. The defaults are those of a file or a pipe in UTF-8."""

    colour: bool = False
    unicode: bool = True
    width: int = 100

    def paint(self, text: str, colour: str) -> str:
        """The text in a colour: red, yellow, green, blue, bold or dim."""
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self.colour and text else text

    def draw(self, text: str) -> str:
        """The text in the characters that can be written; each of the others becomes one or two of ASCII."""
        return text if self.unicode else text.translate(_ASCII).encode("ascii", "replace").decode()

    def bar(self, part: float, width: int) -> str:
        """A horizontal bar that fills `part` (0 to 1) of `width` columns."""
        if not self.unicode:
            return "#" * round(part * width)
        eighths = round(part * width * 8)
        return ("█" * (eighths // 8) + _BLOCKS[eighths % 8]).rstrip()


def visible(text: str) -> str:
    """The text with every character that a terminal would obey or hide replaced by one that is seen."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _picture(char) for char in text)


def _picture(char: str) -> str:
    if char < " ":
        return chr(0x2400 + ord(char))
    return "␡" if char == "\x7f" else "�"


def columns(text: str) -> int:
    """How many columns of a terminal the (visible) text takes."""
    return len(text) if text.isascii() else sum(map(_columns_of, text))


def _columns_of(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def padded(text: str, width: int, *, right: bool = False) -> str:
    """The text filled up with spaces to a width in columns; to the right edge with `right`."""
    space = " " * (width - columns(text))
    return space + text if right else text + space


def shortened(text: str, width: int) -> str:
    """The text, with its middle replaced by `…` where it takes more than `width` columns."""
    if columns(text) <= width:
        return text
    room = max(width - 1, 0)
    return f"{_start(text, (room + 1) // 2)}…{_start(text[::-1], room // 2)[::-1]}"


def clipped(text: str, width: int) -> str:
    """The text, with its end replaced by `…` where it takes more than `width` columns."""
    return text if columns(text) <= width else f"{_start(text, width - 1).rstrip()}…"


def _start(text: str, width: int) -> str:
    text = text[: max(width, 0)]
    while columns(text) > width:
        text = text[:-1]
    return text


def plural(count: int, noun: str) -> str:
    """`1 error`, `2 errors`, `1,024 shots`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
