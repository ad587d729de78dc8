"""Room for results: in memory, or for large ones in a file without a name that ends with its last use."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

IN_MEMORY = 2**26
"""The most bytes that an array has in memory."""


def room_for(shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """An array of zeros of this shape, uint8.

    A large one is mapped to a file in the folder for temporary files, if there is enough room.
    """
    import numpy as np

    size = math.prod(shape)
    mapped = _mapped(size) if size > IN_MEMORY else None
    return np.zeros(shape, dtype=np.uint8) if mapped is None else np.frombuffer(mapped, dtype=np.uint8).reshape(shape)


def _mapped(size: int) -> Any:
    """A mapped file of so many bytes; None where the disk has no room for it, or cannot say whether it has."""
    import mmap
    import os
    import tempfile

    try:
        with tempfile.TemporaryFile() as file:
            os.posix_fallocate(file.fileno(), 0, size)
            return mmap.mmap(file.fileno(), size)
    except (AttributeError, OSError):
        return None


def rest(array: Any) -> None:
    """Let a mapped array's pages go out of memory until they are used again; other arrays stay where they are."""
    import mmap

    base = array
    while base is not None and not isinstance(base, mmap.mmap):
        base = base.obj if isinstance(base, memoryview) else getattr(base, "base", None)
    if base is not None and hasattr(mmap, "MADV_DONTNEED"):
        base.madvise(mmap.MADV_DONTNEED)
