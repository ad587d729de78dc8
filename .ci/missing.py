"""Name what a wheel lacks of the package in the tree: a file below qspec/ or schema/."""

import sys
import zipfile
from pathlib import Path

wheel = set(zipfile.ZipFile(sys.argv[1]).namelist())
there = [path for top in ("qspec", "schema") for path in Path(top).rglob("*") if path.is_file()]
wanted = {
    path.as_posix() if path.parts[0] == "qspec" else f"qspec/{path.as_posix()}"
    for path in there
    if path.suffix != ".pyc"
}
sys.exit(f"the wheel lacks {', '.join(sorted(wanted - wheel))}" if wanted - wheel else 0)
