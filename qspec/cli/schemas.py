"""The schemas that `qspec schema` prints and writes: of a spec, of run.json, of a line of status.jsonl, of a lock."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qspec import kinds
from qspec.errors import UsageError
from qspec.records.files import write_all

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = {
    "spec": "qspec-v1.schema.json",
    "run": "run-v1.schema.json",
    "status": "status-v1.schema.json",
    "lock": "lock-v1.schema.json",
}


def schema_of(what: str) -> dict[str, Any]:
    """The schema of a `spec` (over every kind that is installed and loads), of a `run`, a `status` line or a `lock`."""
    if what == "spec":
        from qspec.reading.schema import compose

        return compose({shelf.name: list(_usable(shelf)) for shelf in kinds.SHELVES})
    from qspec.records import schemas

    make = {"run": schemas.run_schema, "status": schemas.status_schema, "lock": schemas.lock_schema}
    return make[what]()


def _usable(shelf: kinds.Shelf) -> Iterator[str]:
    for word in shelf.words():
        try:
            shelf.find(word)
        except UsageError:  # 'qspec schema kinds' says what is wrong with it
            continue
        yield word


def schema_text(what: str) -> str:
    """The schema as it is printed, and as it stands in a file."""
    return json.dumps(schema_of(what), indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: str) -> list[str]:
    """Write all schemas into a folder, over those that are there; returns their paths. Raises `MachineError`."""
    write_all(Path(folder), {name: schema_text(what).encode() for what, name in FILES.items()})
    return [str(Path(folder, name)) for name in FILES.values()]
