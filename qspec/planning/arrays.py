"""Parameter values as arrays: numbers, expressions, lists, generators and files become float64 arrays."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from qspec.diagnostics import suggestion
from qspec.errors import SourceError
from qspec.values import MOST_VALUES, number

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from qspec.kinds import Files

    Floats = NDArray[np.float64]


def array_of(value: Any, files: Files, *, seed: int) -> Floats:
    """The array of a value in which `check_value` found no mistake; its shape is that of `shape_of`.

    `seed` is for `random`. Raises `SourceError` (values-file, too-many-values, not-finite) for what a file holds.
    """
    import numpy as np

    if not isinstance(value, dict):
        return np.array(_numbers(value), dtype=np.float64)
    if "file" in value:
        return _from_file(value["file"], value.get("column"), files)
    if "random" in value:
        return _random(value["random"], seed)
    ((generator, terms),) = value.items()
    return _GENERATORS[generator](*map(number, terms))


def _numbers(value: Any) -> Any:
    return [_numbers(item) for item in value] if isinstance(value, (list, tuple)) else number(value)


def _random(value: dict[str, Any], seed: int) -> Floats:
    """Uniform values from NumPy's default generator, PCG64, whose stream is the same everywhere."""
    import numpy as np

    shape = tuple(int(length) for length in value.get("shape", ()))
    drawn = np.random.default_rng(seed).uniform(number(value["low"]), number(value["high"]), shape)
    return np.asarray(drawn, dtype=np.float64)


def _linspace(start: float, stop: float, num: float) -> Floats:
    import numpy as np

    return np.linspace(start, stop, int(num))


def _logspace(start: float, stop: float, num: float) -> Floats:
    import numpy as np

    return np.logspace(start, stop, int(num))


def _arange(start: float, stop: float, step: float) -> Floats:
    import numpy as np

    return np.arange(start, stop, step, dtype=np.float64)


_GENERATORS: dict[str, Callable[[float, float, float], Floats]] = {
    "linspace": _linspace,
    "logspace": _logspace,
    "arange": _arange,
}


def _from_file(name: str, column: str | None, files: Files) -> Floats:
    import numpy as np

    content = files.read(name)
    values = _from_npy(content, name) if column is None else _from_csv(content, name, column)
    if not np.isfinite(values).all():
        raise SourceError(f"'{name}' holds values that are not finite numbers", code="not-finite", file=name)
    return values


def _from_npy(content: bytes, name: str) -> Floats:
    import io

    import numpy as np

    try:
        _check_header(content, name)
        values = np.load(io.BytesIO(content), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".") if str(error) else "it ends too early"
        raise SourceError(f"'{name}' is no .npy file of numbers: {reason}", code="values-file", file=name) from error
    return np.asarray(values, dtype=np.float64)


def _check_header(content: bytes, name: str) -> None:
    """Refuse by the header alone what would take too much memory, or is not real numbers."""
    import io

    from numpy.lib import format as npy

    stream = io.BytesIO(content)
    version = npy.read_magic(stream)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read(stream)
    if dtype.kind not in "iuf":
        raise ValueError(f"its entries are of type {dtype}, not real numbers")
    size = math.prod(shape)
    if size == 0:
        raise ValueError("it has no values")
    if size > MOST_VALUES:
        message = f"'{name}' holds {size:,} values, and at most {MOST_VALUES:,} are allowed"
        raise SourceError(message, code="too-many-values", file=name)


def _from_csv(content: bytes, name: str, column: str) -> Floats:
    import csv
    import io

    import numpy as np

    try:
        rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True, skipinitialspace=True)
        headings = [heading.strip() for heading in next(rows, [])]
        place = _place(headings, name, column)
        values = [_cell(row, place, name, column, rows.line_num) for row in rows if row]
    except UnicodeDecodeError as error:
        raise SourceError(f"'{name}' is not UTF-8 text", code="not-utf8", file=name) from error
    except csv.Error as error:
        raise SourceError(f"'{name}' is no .csv file: {error}", code="values-file", file=name) from error
    if not values:
        raise SourceError(f"column '{column}' of '{name}' has no values", code="values-file", file=name)
    return np.array(values, dtype=np.float64)


def _place(headings: list[str], name: str, column: str) -> int:
    if column in headings:
        return headings.index(column)
    advice = suggestion(column, headings) or f"its columns: {', '.join(headings[:20])}"
    message = f"'{name}' has no column '{column}'"
    raise SourceError(message, code="values-file", file=name, keys=("column",), advice=advice)


def _cell(row: list[str], place: int, name: str, column: str, line: int) -> float:
    try:
        return float(row[place])
    except IndexError:
        message = f"this row has no value in column '{column}'"
    except ValueError:
        message = f"'{row[place][:40]}' in column '{column}' is not a number"
    raise SourceError(message, code="values-file", file=name, line=line, column=1)
