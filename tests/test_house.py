"""The house: imports point downwards, each library has one owner, and light commands stay light."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import qspec

PACKAGE = Path(qspec.__file__).parent
SPECS = Path(__file__).parents[1] / "specs"
LEVELS = (
    {"frozen", "installed"},
    {"diagnostics", "seeds"},
    {"errors", "sweep"},
    {"caching"},
    {"confidence", "expressions", "facts", "kinds", "signatures", "spec"},
    {"openqasm", "values"},
    {"bindings"},
    {"simulation"},
    {"service"},
    {"records"},
    {"comparing"},
    {"backends", "checks", "circuits", "programs", "sinks"},
    {"reading"},
    {"planning"},
    {"workers"},
    {"running"},
    {"api"},
    {"render"},
    {"cli"},
    {"__init__", "__main__"},
)
SHELVES = {"backends", "checks", "circuits", "programs", "sinks"}
OWNERS = {
    "distributed": {"workers/cluster.py", "workers/errands.py", "workers/remote.py"},
    "yaml": {"reading/document.py", "reading/plain.py"},
    "jsonschema": {"reading/schema.py", "reading/wording.py"},
    "click": {"cli"},
    "filelock": {"running/lock.py"},
    "platformdirs": {"caching/settings.py"},
    "requests": {"service/answers.py", "service/login.py", "service/transport.py"},
    "rich": {"cli", "render"},
    "scipy": {"comparing"},
}
HEAVY = {"dask", "distributed", "numpy", "qiskit", "qiskit_aer", "qiskit_ibm_runtime", "samplomatic", "scipy"}


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def level(name: str) -> int:
    return next(number for number, rooms in enumerate(LEVELS) if name in rooms)


def imports(tree: ast.AST, *, top_only: bool = False) -> set[str]:
    """The dotted names that a module imports; with `top_only`, those it imports when it is imported."""
    found: set[str] = set()
    skipped = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda) if top_only else ()
    todo = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide where a name comes from"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif top_only and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        todo += [child for child in ast.iter_child_nodes(node) if not isinstance(child, skipped)]
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downwards(path):
    here = room(path)
    for name in imports(ast.parse(path.read_text(encoding="utf-8"))):
        parts = name.split(".")
        if parts[0] != "qspec" or len(parts) < 2 or not any(parts[1] in rooms for rooms in LEVELS):
            continue
        there = parts[1]
        assert there == here or level(there) < level(here), f"{here} imports {name}"
        assert not (here in SHELVES and there in SHELVES and here != there), f"{here} imports {name}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_library_has_one_owner_and_heavy_ones_are_imported_inside_functions(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    where = path.relative_to(PACKAGE).as_posix()
    for library in {name.split(".")[0] for name in imports(tree)} & set(OWNERS):
        assert where in OWNERS[library] or where.split("/")[0] in OWNERS[library], f"{where} imports {library}"
    heavy = {name.split(".")[0] for name in imports(tree, top_only=True)} & HEAVY
    assert not heavy, f"{where} imports {heavy} when it is imported"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_one_kind_does_not_know_another(path):
    here = path.relative_to(PACKAGE).parts
    if here[0] not in SHELVES or here[-1] == "__init__.py":
        return
    siblings = {f"qspec.{here[0]}.{other.stem}" for other in path.parent.glob("*.py")} - {
        f"qspec.{here[0]}.{path.stem}"
    }
    assert not {name for name in imports(ast.parse(path.read_text(encoding="utf-8"))) if name in siblings}


def test_files_and_functions_keep_their_size():
    for path in modules():
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= 300, f"{path} is longer than 300 lines"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                assert (node.end_lineno or 0) - node.lineno < 40, f"{path}: {node.name} is longer than 40 lines"


def modules_after(*words: str, folder: Path) -> set[str]:
    """The top-level modules loaded by the time a command of qspec ends, in its process and in a child of that."""
    code = (
        "import atexit, sys\n"
        "from qspec.__main__ import main\n"
        "atexit.register(lambda: sys.stderr.write('\\nMODULES ' + ' '.join({m.split('.')[0] for m in sys.modules})))\n"
        f"sys.argv = ['qspec', *{list(words)!r}]\n"
        "main()\n"
    )
    environment = os.environ | {"PYTHONPATH": str(PACKAGE.parent)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert "MODULES " in done.stderr, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("MODULES ")]
    return {name for line in lines for name in line.split()[1:]}


@pytest.mark.parametrize(
    "words",
    [("--help",), ("validate", str(SPECS / "bell.yaml")), ("schema",), ("runs",), ("explain", "unknown-key")],
    ids=lambda words: words[0],
)
def test_light_commands_import_nothing_heavy(words, tmp_path):
    assert not modules_after(*words, folder=tmp_path) & HEAVY


def test_a_valid_spec_is_accepted_without_jsonschema(tmp_path):
    assert "jsonschema" not in modules_after("validate", str(SPECS / "bell.yaml"), folder=tmp_path)


def test_only_what_drives_a_run_locks_it(tmp_path):
    assert "filelock" not in modules_after("validate", str(SPECS / "bell.yaml"), folder=tmp_path)
    modules = modules_after("run", str(SPECS / "bell.yaml"), folder=tmp_path)
    assert {"filelock", "qiskit"} <= modules
    for words in (("runs",), ("show",)):
        assert "filelock" not in modules_after(*words, folder=tmp_path)


def test_a_local_run_never_imports_the_runtime_client(tmp_path):
    assert "qiskit_ibm_runtime" not in modules_after("run", str(SPECS / "bell.yaml"), folder=tmp_path)


def test_a_command_ends_without_taking_its_imports_apart_but_after_what_others_want_done(tmp_path):
    code = (
        "import atexit, sys\n"
        "from qspec.__main__ import main\n"
        "class Imported:\n"
        "    def __del__(self):\n"
        "        sys.stderr.write('taken apart\\n')\n"
        "sys.modules['imported'] = Imported()\n"
        "atexit.register(lambda: sys.stderr.write('done at the end\\n'))\n"
        "sys.argv = ['qspec', 'explain', 'no-such-code']\n"
        "main()\n"
    )
    environment = os.environ | {"PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.endswith("done at the end\n")


def test_a_summary_that_nobody_wants_costs_no_import(tmp_path, monkeypatch):
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    code = "import sys\nfrom qspec.cli.main import main\n"
    code += f"main(['validate', {str(SPECS / 'bell.yaml')!r}])\nassert 'qspec.render.summary' not in sys.modules\n"
    environment = os.environ | {"PYTHONPATH": str(PACKAGE.parent)}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True, capture_output=True)
