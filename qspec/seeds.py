"""How every seed comes from the one seed of a spec.

`derive(root, purpose…)` takes the first 64 bits of SHA-256 over `qspec-1/<root>/<purpose>/…`, modulo 2^31 - 1, plus
one: never zero, since a zero means "no seed" in places beneath us. A purpose names what is seeded, so that adding a job or a circuit
leaves the seeds of the others alone.
"""

from __future__ import annotations

import hashlib
import secrets

LARGEST = 2**31 - 1


def derive(root: int, *purpose: str) -> int:
    """The seed for a purpose: a whole number from 1 to 2^31 - 1.

    Purposes in use: `circuits/<circuit id>` (sources that draw at random), `transpiler/<circuit id>`, `simulator/<job id>`, `simulator/<job id>/<pub>`,
    `values/<job id>/<pub>/<parameter name>`; from a job's simulator seed, `shots/<part>/<attempt>` (parts of very many
    shots of a circuit).
    """
    text = "/".join(("qspec-1", str(root), *purpose))
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return number % LARGEST + 1


def draw() -> int:
    """A root seed for a spec that names none; it is recorded, so that the run can be done again."""
    return secrets.randbelow(2**32)
