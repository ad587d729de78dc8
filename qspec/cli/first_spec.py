"""The spec that `qspec init` writes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from qspec.cli.schemas import schema_text
from qspec.errors import UsageError
from qspec.records.files import machine_errors

SCHEMA_NAME = "qspec-v1.schema.json"
_TEXT = """\
# yaml-language-server: $schema={schema}
#
# A Bell pair, measured 4096 times on this machine.
#
#   qspec validate {path}    says everything that is wrong with this file
#   qspec plan {path}        shows what would run
#   qspec run {path}         runs it, and keeps a record below runs/{name}/

qspec: 1                        # the version of the spec format
name: {name}
seed: 42                        # every random choice comes from it; drawn and recorded when absent

backend:
  kind: aer                     # an ideal simulation; a device with its noise would be
                                # {{kind: fake, name: fake_torino}}; 'qspec backends' lists all

circuits:
  bell:
    kind: qasm                  # OpenQASM 2 or 3: here, or in a file with 'file: bell.qasm' for 'source'
    source: |
      OPENQASM 3.0;
      include "stdgates.inc";
      qubit[2] q;
      bit[2] meas;
      h q[0];
      cx q[0], q[1];
      meas = measure q;

jobs:
  counts:
    program_id: sampler         # measures; 'estimator' gives expectation values of observables
    shots: 4096
    pubs:
      - circuit: bell

expect:                         # what must hold of the results; 'qspec run' ends with 1 if it does not
  - kind: probabilities
    job: counts
    pub: 0
    values: {{"00": 0.5, "11": 0.5}}   # qubit 0 is the rightmost
    tolerance: 0.05
"""


def write_first_spec(place: str) -> tuple[str, str]:
    """Write the spec, and the schema beside it if none is there; returns both paths, the latter empty if not written.

    `place` may be a folder, for a `bell.yaml` in it. Raises `UsageError` when the file is there already.
    """
    spec = Path(place, "bell.yaml") if Path(place).is_dir() else Path(place)
    if not str(spec).isprintable():
        raise UsageError("the name of a spec's file cannot hold control characters")
    if spec.exists():
        raise UsageError(f"'{spec}' is there already", advice="name another file: qspec init first.yaml")
    schema = spec.parent / SCHEMA_NAME
    texts = {} if schema.exists() else {schema: schema_text("spec")}
    texts[spec] = _TEXT.format(schema=SCHEMA_NAME, name=_name_from(spec.stem), path=shlex.quote(str(spec)))
    for path, text in texts.items():
        _write_new(path, text)
    return str(spec), str(schema) if schema in texts else ""


def _write_new(path: Path, text: str) -> None:
    with machine_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            if not isinstance(error, FileExistsError):
                path.unlink(missing_ok=True)  # half a file would stand in the way of the next try
            raise


def _name_from(stem: str) -> str:
    """A name for the spec after its file: small letters, digits, dot, underscore and hyphen."""
    name = re.sub(r"[^a-z0-9._-]+", "-", stem.lower()).lstrip("._-")[:63]
    return name or "bell"
