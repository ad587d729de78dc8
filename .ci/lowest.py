"""Print the lower bound of each core dependency in a pyproject.toml as a pip constraint: `name==bound`."""

import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["project"]
for requirement in project["dependencies"]:
    name, _, bound = requirement.partition(">=")
    print(f"{name}=={bound}")
