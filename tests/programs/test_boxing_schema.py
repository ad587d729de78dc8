"""The schema of `boxing` is what the installed samplomatic says, and accepts what its pass manager takes."""

from __future__ import annotations

import json
from importlib.metadata import version

import pytest
from samplomatic.transpiler import generate_boxing_pass_manager

from qspec.reading import boxing_model
from qspec.reading.walker import KEYWORDS, accepts

WRITTEN = json.loads(boxing_model.PATH.read_text("utf-8"))
ARGUMENTS = WRITTEN["schema"]["properties"]


def test_the_file_is_what_the_installed_samplomatic_generates():
    if WRITTEN["samplomatic"] != version("samplomatic"):
        pytest.skip(f"the file is of samplomatic {WRITTEN['samplomatic']}")
    assert boxing_model.generate() == WRITTEN


def test_every_argument_has_a_description_in_words_and_a_valid_default():
    for name, option in ARGUMENTS.items():
        assert option["description"].strip(), name
        assert not any(mark in option["description"] for mark in ("`", ":class:", "~", "None", "  ")), name
        assert accepts(option["default"], option), name
        assert set(option) <= KEYWORDS


@pytest.mark.parametrize("name", ARGUMENTS)
def test_the_pass_manager_takes_every_value(name):
    for value in ARGUMENTS[name].get("enum", [True, False]):
        generate_boxing_pass_manager(**{name: value})


def test_values_that_samplomatic_has_deprecated_are_left_out():
    assert not accepts({"remove_barriers": True}, WRITTEN["schema"])
