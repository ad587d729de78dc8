"""Help, version, and what they do not import."""

from __future__ import annotations

import importlib
import inspect
import json

import pytest

import qspec as package
from qspec.cli.group import LazyGroup

COMMANDS = list(LazyGroup.about)
HEAVY = ["qiskit", "qiskit_aer", "qiskit_ibm_runtime", "numpy", "rich", "yaml", "jsonschema"]


@pytest.fixture
def imported_by(python, desk):
    """The heavy packages that a command imports; it must end with 0."""

    def call(*arguments: str) -> set[str]:
        done = python(
            "import json, sys\n"
            "from qspec.cli.main import main\n"
            f"code = main({list(arguments)!r})\n"
            f"print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]), file=sys.stderr)\n"
            "sys.exit(code)\n"
        )
        assert done.returncode == 0, done.stderr
        return set(json.loads(done.stderr.splitlines()[-1]))

    return call


def test_help_lists_every_command_and_imports_nothing_heavy(qspec, imported_by):
    said = qspec("--help")
    assert (said.code, said.err) == (0, "")
    for name, about in LazyGroup.about.items():
        assert f"  {name} " in said.out
        assert about[:50] in said.out
    assert imported_by("--help") == set()


def test_no_command_at_all_shows_the_help(qspec):
    assert qspec().out == qspec("--help").out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_in_the_same_manner(qspec, imported_by, name):
    said = qspec(name, "-h")
    assert said.code == 0
    assert f"Usage: qspec {name} " in said.out
    for option in ("-q, --quiet", "-v, --verbose", "-h, --help"):
        assert option in said.out
    assert imported_by(name, "--help") == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_and_command_says_what_it_is_for(name):
    command = importlib.import_module(f"qspec.cli.{name}").command
    assert command.help
    assert all(option.help for option in command.params if option.param_type_name == "option")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_same_option_means_the_same_everywhere(name):
    command = importlib.import_module(f"qspec.cli.{name}").command
    shared = importlib.import_module("qspec.cli.run").command
    known = {tuple(option.opts): option.help for option in shared.params if option.param_type_name == "option"}
    for option in command.params:
        if tuple(option.opts) in known:
            assert option.help == known[tuple(option.opts)]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_body_of_a_command_is_at_most_ten_lines(name):
    source = inspect.getsource(importlib.import_module(f"qspec.cli.{name}").command.callback.__wrapped__)
    body = source.rpartition('"""\n')[2]
    assert len(body.splitlines()) <= 10


def test_the_version_is_the_package_s(qspec):
    assert qspec("--version").out == f"qspec {package.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (["validate", "bell.yaml"], {"yaml"}),
        (["schema"], set()),
        (["schema", "run"], set()),
        (["schema", "kinds"], set()),
        (["explain"], set()),
        (["explain", "unknown-key"], set()),
        (["runs"], set()),
        (["backends"], set()),
        (["init", "first.yaml"], set()),
    ],
)
def test_light_commands_import_nothing_heavy(imported_by, arguments, allowed):
    assert imported_by(*arguments) <= allowed
