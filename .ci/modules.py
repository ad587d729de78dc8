"""Import every module of the installed qspec, and see that it is the one of the environment that is named."""

import importlib
import pkgutil
import sys
from pathlib import Path

import qspec

place = Path(qspec.__file__).resolve()
if not place.is_relative_to(Path(sys.argv[1]).resolve()):
    sys.exit(f"this is another qspec: {place}")
names = [found.name for found in pkgutil.walk_packages(qspec.__path__, "qspec.")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
print(f"{len(names)} modules")
