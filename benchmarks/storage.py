"""Results on disk, against what the runtime offers for it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks.agreement import all_of, equal
from benchmarks.case import Case, script
from benchmarks.measure import Inside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.agreement import Verdict


def cases(*, quick: bool) -> Iterator[Case]:
    """A job of many PUBs."""
    number = 50 if quick else 10_000
    yield Case(
        name="results-stored",
        about=f"store {number:,} PUB results of 1024 shots, 5 bits",
        against="JSON by RuntimeEncoder",
        ours=Inside(script("store_record", number)),
        theirs=Inside(script("store_json", number)),
        judge=partial(judge, number=number),
        target=0.03,
        rounds=5,
        note="CPU and wall time of the storing alone, in a process that has made the results; memory of all of it",
    )


def judge(folder: Path, _ours: str, _theirs: str, *, number: int) -> Verdict:
    """Both files give back what was stored, bit for bit."""
    import json

    from qiskit_ibm_runtime import RuntimeDecoder

    from benchmarks.baselines.pub_results import pub_results
    from qspec.records.saved import read_result

    stored = [pub.data.meas for pub in pub_results(number)]
    ours = [pub.data.meas for pub in read_result(folder / "record", number).primitive_result()]
    theirs = [pub.data.meas for pub in json.loads((folder / "result.json").read_text("utf-8"), cls=RuntimeDecoder)]
    return all_of(
        equal("what qspec read back is", ours == stored, True), equal("what JSON gave back is", theirs == stored, True)
    )
