"""A person's own decoder is found by its name, and what is wrong with it is said in plain words."""

from __future__ import annotations

import re

import pytest

from qspec.errors import RefusedError, UsageError
from qspec.service.decoders import RESULT_DECODER, load_decoder

MODULE = """\
from qiskit_ibm_runtime.decoders.result_decoder import ResultDecoder

class Counts(ResultDecoder):
    pass

class Kept:
    class Inner(ResultDecoder):
        pass

def function():
    pass
"""


@pytest.fixture(autouse=True)
def module(tmp_path, monkeypatch):
    (tmp_path / "my_decoders.py").write_text(MODULE)
    (tmp_path / "broken_decoders.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.parametrize(("name", "found"), [("my_decoders:Counts", "Counts"), ("my_decoders:Kept.Inner", "Inner")])
def test_a_decoder_is_found_by_its_name(name, found):
    assert load_decoder(name, trust=True).__name__ == found


def test_without_trust_nothing_is_imported():
    with pytest.raises(RefusedError) as caught:
        load_decoder("broken_decoders:Counts", trust=False)
    assert "--trust" in caught.value.advice


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no_such_decoders:Counts", "does not load: No module named 'no_such_decoders'"),
        ("broken_decoders:Counts", "does not load: ZeroDivisionError: division by zero"),
        ("my_decoders:Count", "does not load: 'my_decoders' has no 'Count'"),
        ("my_decoders:Kept.Outer", "does not load: 'my_decoders' has no 'Kept.Outer'"),
        ("my_decoders:function", "is not a subclass of the runtime's ResultDecoder"),
        ("my_decoders:Kept", "is not a subclass of the runtime's ResultDecoder"),
    ],
)
def test_what_is_no_decoder_is_refused(name, words):
    with pytest.raises(UsageError, match=words):
        load_decoder(name, trust=True)


@pytest.mark.parametrize("name", ["module:Class", "package.module:Class", "a.b:C.D"])
def test_the_schema_takes_names(name):
    assert re.search(RESULT_DECODER["pattern"], name)


@pytest.mark.parametrize("name", ["module", "module:", ":Class", "../module:Class", "a b:C", "module:Class\n"])
def test_the_schema_takes_no_paths(name):
    assert not re.search(RESULT_DECODER["pattern"], name)
