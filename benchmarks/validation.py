"""Checking specs, against the schema checker that pipelines use."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.agreement import all_of, equal
from benchmarks.case import HERE, SPECS, Case, qspec
from benchmarks.measure import Command
from benchmarks.peers import CHECK_JSONSCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmarks.agreement import Verdict

_SCHEMA = HERE.parent / "schema" / "qspec-v1.schema.json"
_MISTAKE = "shots: 4k"


def cases(*, quick: bool) -> Iterator[Case]:
    """One spec, and many in one call."""
    for name, number, target, rounds in (("validate-one", 1, 0.45, 15), ("validate-many", 1000, 0.05, 3)):
        count = min(number, 5) if quick else number
        files = [f"spec-{index}.yaml" for index in range(count)]
        ours = qspec("validate", *files)
        theirs = Command((CHECK_JSONSCHEMA.executable, "--schemafile", str(_SCHEMA), *files))
        yield Case(
            name=name,
            about=f"validate {count:,} specs" if number > 1 else "validate a spec",
            against="check-jsonschema with the same schema",
            ours=ours,
            theirs=theirs,
            prepare=partial(prepare, files=files),
            judge=partial(judge, ours=ours.words, theirs=theirs.words, files=files),
            target=target,
            rounds=rounds,
            note="`qspec` also checks what a schema cannot say, such as references and circuit texts",
            peer=CHECK_JSONSCHEMA,
        )


def prepare(folder: Path, *, files: Sequence[str]) -> None:
    """The specs of this repository in turn, each with a name, a seed, and a circuit text of its own.

    Otherwise a program could look like a fast one that only remembers the few texts there are.
    """
    texts = [path.read_text(encoding="utf-8") for path in sorted(SPECS.glob("*.yaml"))]
    texts = [text for text in texts if "\nextends: " not in text]
    for index, file in enumerate(files):
        (folder / file).write_text(_own(texts[index % len(texts)], index), encoding="utf-8")


def _own(text: str, index: int) -> str:
    text = text.replace("\nname: ", f"\nname: n{index}-")
    text = re.sub(r"^seed: \d+", f"seed: {index}", text, flags=re.MULTILINE)
    return re.sub(r"\bq(?=[\[;])", f"q{index}", text)


def judge(
    folder: Path,
    _ours_said: str,
    _theirs_said: str,
    *,
    ours: Sequence[str],
    theirs: Sequence[str],
    files: Sequence[str],
) -> Verdict:
    """Both took the specs; with a mistake in one of them, both must refuse that one and no other."""
    broken = files[len(files) // 2]
    right = folder / "right.yaml"
    shutil.copy(folder / broken, right)
    text = right.read_text(encoding="utf-8").replace(
        "jobs:\n", f"jobs:\n  wrong: {{{_MISTAKE}, program_id: sampler}}\n"
    )
    (folder / broken).write_text(text, encoding="utf-8")
    refused = [_refused(command, folder, files) for command in (ours, theirs)]
    shutil.move(right, folder / broken)
    return all_of(
        equal("what qspec refuses", refused[0], {broken}), equal("what the other refuses", refused[1], {broken})
    )


def _refused(command: Sequence[str], folder: Path, files: Sequence[str]) -> set[str]:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    return {file for file in files if file in said and done.returncode != 0}
