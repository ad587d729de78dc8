"""The way in from a shell: `qspec …`, or `python -m qspec …`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line with the arguments of this process, and end with its exit code."""
    try:
        from qspec.cli.main import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
