"""Observables in a few words, beside the values that were estimated of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np

    Array = np.ndarray[Any, Any]


def observable_labels(observables: Any, shape: tuple[int, ...]) -> Array | None:
    """The observable at each point of a PUB of `shape`, in words; None where that cannot be said.

    `observables` is what the spec says: one observable, or a nested list that is broadcast to `shape`.
    """
    import numpy as np

    if not isinstance(observables, (list, dict)):
        return None
    labels = np.empty(_shape(observables), dtype=object)
    for index in np.ndindex(labels.shape):
        labels[index] = spoken_observable(_at(observables, index))
    try:
        return np.broadcast_to(labels, shape)
    except ValueError:
        return None


def _shape(observables: Any) -> tuple[int, ...]:
    if isinstance(observables, list) and observables:
        return (len(observables), *_shape(observables[0]))
    return ()


def _at(observables: Any, index: tuple[int, ...]) -> Any:
    for step in index:
        observables = observables[step]
    return observables


def spoken_observable(observable: Mapping[str, Any]) -> str:
    """`ZZ + 0.5 XI`, `ZX[0,5]` for a sparse one, or the file that holds it."""
    if "file" in observable:
        return str(observable["file"])
    text = " ".join(_terms(observable))
    return f"-{text[2:]}" if text.startswith("- ") else text.removeprefix("+ ")


def _terms(observable: Mapping[str, Any]) -> Iterator[str]:
    sparse = observable.get("sparse")
    pairs = observable.items() if sparse is None else ((_sparse(*term[:2]), term[2]) for term in sparse)
    for letters, coefficient in pairs:
        size = abs(coefficient)
        yield f"{'-' if coefficient < 0 else '+'} {'' if size == 1 else f'{size:g} '}{letters}"


def _sparse(letters: str, qubits: list[int]) -> str:
    return f"{letters}[{','.join(map(str, qubits))}]"
