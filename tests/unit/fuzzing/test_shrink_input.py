"""Shrinking of any failing input."""

import pytest

from lead_provider_conformance.fuzzing.shrink import shrink


def without_one_letter(text):
    return [text[:index] + text[index + 1 :] for index in range(len(text))]


def test_result_is_the_smallest_failing_input():
    assert shrink("abcb", without_one_letter, lambda text: text if "b" in text else None, attempts=50) == "b"


def test_result_may_be_smaller_than_the_candidate():
    assert shrink("abcd", lambda _: ["abc"], lambda _: "a", attempts=50) == "a"


def test_input_is_never_tried_twice():
    tried = []
    shrink("aaaa", without_one_letter, tried.append, attempts=50)
    assert tried == ["aaa"]


@pytest.mark.parametrize("attempts", [0, 2])
def test_attempts_are_limited(attempts):
    tried = []
    shrink("abcdef", without_one_letter, tried.append, attempts=attempts)
    assert len(tried) == attempts
