"""Bytes become results by the runtime's decoders, or a `JobError` that says why not."""

from __future__ import annotations

from contextlib import suppress

import pytest

from qspec.errors import JobError
from qspec.service.decoding import decode


class Counting:
    @classmethod
    def decode(cls, data):
        return len(data)


class Failing:
    @classmethod
    def decode(cls, data):
        raise KeyError("results")


def test_a_decoder_of_the_persons_own_gets_the_text_as_it_came():
    assert decode('{"a": "é"}'.encode(), "executor", Counting) == 10


def test_a_failing_decoder_is_said_to_have_failed():
    with pytest.raises(JobError, match="the result cannot be decoded: KeyError: 'results'"):
        decode(b"{}", "executor", Failing)


def test_a_decoder_that_does_not_apply_is_passed_over():
    class Never(Failing):
        @classmethod
        def is_applicable(cls, _data):
            return False

    assert decode(b"{}", "executor", Never) == "{}"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"7", b"null", b'"text"', b"{}", b"[]"])
@pytest.mark.parametrize("program", ["executor", "noise-learner"])
def test_what_is_no_result_is_not_taken_for_one(program, content):
    found = None
    with suppress(JobError):
        found = decode(content, program)
    assert not hasattr(found, "metadata")


def test_a_program_that_nobody_knows_is_decoded_as_json():
    assert decode(b'{"a": [1]}', "another-program") == {"a": [1]}
