"""What a noise learner found out: for each layer its qubits, and the largest rates with their errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.records.files import read_bytes
from qspec.records.record import parse_json
from qspec.render.look import plural, shortened
from qspec.render.table import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qspec.records.parts import JobRecord
    from qspec.records.saved import PubData
    from qspec.records.view import FinishedRun
    from qspec.render.look import Look

_FIELDS = {"layer", "generators", "rates", "rates_std"}
_WIDEST = 60


def is_learned_noise(pub: PubData) -> bool:
    """Whether a PUB is a noise learner's."""
    return pub.arrays.keys() >= _FIELDS


def learned_layers(run: FinishedRun, job: JobRecord, index: int) -> Sequence[Mapping[str, Any]]:
    """What the metadata say of the layers of a PUB: their `qubits` and `operations`."""
    entries = parse_json(read_bytes(run.folder / str(job.metadata)))["pubs"]
    whole = [entry for entry in entries for _ in range(entry["number"])]
    layers: Sequence[Mapping[str, Any]] = whole[index]["metadata"].get("layers", [])
    return layers


def render_learned_noise(pub: PubData, layers: Sequence[Mapping[str, Any]], *, top: int, look: Look) -> str:
    """A table for each layer, of the `top` largest rates (all with `top=0`)."""
    numbers = sorted({int(number) for number in pub.arrays["layer"]})
    return "".join(_layer(pub, number, layers[number] if number < len(layers) else {}, top, look) for number in numbers)


def _layer(pub: PubData, number: int, about: Mapping[str, Any], top: int, look: Look) -> str:
    arrays = pub.arrays
    mine = [index for index, layer in enumerate(arrays["layer"]) if int(layer) == number]
    shown = sorted(mine, key=lambda index: -float(arrays["rates"][index]))[: top or None]
    rows = [
        (
            str(arrays["generators"][index]),
            f"{float(arrays['rates'][index]):.3g}",
            f"± {float(arrays['rates_std'][index]):.2g}",
        )
        for index in shown
    ]
    heading = ("generator", "rate", "standard error")
    more = f"      and {plural(len(mine) - len(shown), 'smaller rate')}\n" if len(shown) < len(mine) else ""
    title = look.draw(f"    layer {number}: {', '.join(_about(about))}\n")
    return title + table(heading, rows, right={1}, indent=6, look=look) + more


def _about(layer: Mapping[str, Any]) -> Iterator[str]:
    qubits = " ".join(str(qubit) for qubit in layer.get("qubits", ()))
    yield f"qubits {shortened(qubits, _WIDEST)}" if qubits else "qubits not known"
    operations = ", ".join(" ".join(map(str, operation)) for operation in layer.get("operations", ()))
    yield shortened(operations, _WIDEST) if operations else "no gates"
