"""What is measured is the whole process tree, and a command that fails is no result."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from benchmarks.measure import Command, CommandFailedError, Continued, Cost, Inside, Repeated, compare

if TYPE_CHECKING:
    from pathlib import Path

BUSY = "import time\nend = time.process_time() + {0}\nwhile time.process_time() < end: pass\n"


def python(code: str) -> Command:
    return Command((sys.executable, "-c", code))


@dataclass(frozen=True)
class Fixed:
    cpu: float

    def run(self, folder: Path) -> Cost:
        return Cost(cpu=self.cpu, wall=2 * self.cpu, peak=self.cpu, output=f"{self.cpu}")


def test_children_count(tmp_path):
    child = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BUSY.format(0.2)!r}])\nprint('done')\n"
    cost = python(child).run(tmp_path)
    assert cost.cpu >= 0.2
    assert cost.output == "done\n"
    assert cost.peak > 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands orphans on")
def test_children_that_outlive_their_parent_count(tmp_path):
    orphan = f"import os\nif os.fork() == 0:\n    exec({BUSY.format(0.2)!r})\n    os._exit(0)\n"
    code = (
        "import sys\nfrom pathlib import Path\nfrom benchmarks.measure import Command, adopt_orphans\n"
        f"adopt_orphans()\nprint(Command((sys.executable, '-c', {orphan!r})).run(Path('.')).cpu)\n"
    )
    assert float(python(code).run(tmp_path.__class__.cwd()).output) >= 0.2


def test_a_failure_is_said_with_its_last_words(tmp_path):
    with pytest.raises(CommandFailedError, match=r"ended with 3:\nso far\nno more"):
        python("import sys; print('so far', flush=True); sys.stderr.write('no more'); sys.exit(3)").run(tmp_path)


def test_every_run_has_an_empty_folder_for_caches(tmp_path):
    code = "import os, pathlib; p = pathlib.Path(os.environ['XDG_CACHE_HOME']); print(list(p.iterdir())); (p / 'a').touch()"
    assert [python(code).run(tmp_path).output for _ in range(2)] == ["[]\n", "[]\n"]


def test_a_part_that_measures_itself(tmp_path):
    cost = Inside(python(f"print('said'); print({json.dumps({'cpu': 0.5, 'wall': 0.7})!r})")).run(tmp_path)
    assert (cost.cpu, cost.wall) == (0.5, 0.7)


def test_a_loop_is_continued_along_a_line(tmp_path):
    long = Continued(shorter=Fixed(10), longer=Fixed(16), lengths=(2, 8), to=200).run(tmp_path)
    assert long == Cost(cpu=10 + 198, wall=20 + 2 * 198, peak=16, output="16")
    assert Repeated(Fixed(1.5), 100).run(tmp_path) == Cost(cpu=150, wall=300, peak=1.5, output="1.5")


def test_ratios_are_of_medians(tmp_path):
    comparison = compare(Fixed(1), Fixed(4), folder=tmp_path, rounds=3)
    assert comparison.ratio("cpu") == 0.25
    assert comparison.spread("cpu") == (0.25, 0.25)
