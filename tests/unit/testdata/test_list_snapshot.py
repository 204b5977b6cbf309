"""What a process keeps of a list it makes only once, and no sooner than somebody asks for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.http import Readings
from lead_provider_conformance.testdata.list_snapshot import Kept, Remembered, kept

PATH = "/api/v3/participants/ecf"
LISTED = [{"id": name, "attributes": {"full_name": name, "ecf_enrolments": [{"cohort": "2022"}]}} for name in "ab"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "participants.json"
    path.write_text(json.dumps(LISTED), encoding="utf-8")
    return path


def test_what_is_remembered_is_asked_for_one_at_a_time_and_once() -> None:
    asked: list[int] = []

    def source() -> Iterator[int]:
        for each in range(3):
            asked.append(each)
            yield each

    remembered = Remembered(source())
    assert next(iter(remembered)) == 0
    assert asked == [0]

    assert list(remembered) == [0, 1, 2] == list(remembered)
    assert asked == [0, 1, 2]


def test_two_who_go_through_it_at_once_get_all_of_it() -> None:
    remembered = Remembered(iter("abc"))
    one, other = iter(remembered), iter(remembered)

    assert [next(one), next(other), next(other), next(one), *one] == ["a", "a", "b", "b", "c"]
    assert list(other) == ["c"]


def test_a_list_is_read_once_for_all_who_read_the_same(file: Path) -> None:
    readings = Readings()
    first = kept(file, 1, Contract.load("v3"), PATH, readings)

    assert kept(file, 1, Contract.load("v3"), PATH, readings) is first
    assert kept(file, 2, Contract.load("v3"), PATH, readings) is not first
    assert kept(file, 1, Contract.load("v3"), PATH, Readings()) is not first


def test_what_is_read_of_it_is_noted(file: Path) -> None:
    readings = Readings()
    participants = kept(file, 1, Contract.load("v3"), PATH, readings).enrolments

    assert [each.cohort for (each,) in participants] == ["2022", "2022"]
    assert readings.hold("2022")
    assert not readings.hold("2023")


def test_a_state_is_recognised_once() -> None:
    kept_list = Kept(())

    assert list(kept_list.recognised("deferred", lambda: ["a"])) == ["a"]
    assert list(kept_list.recognised("deferred", lambda: pytest.fail("it is known already"))) == ["a"]
    assert list(kept_list.recognised("withdrawn", lambda: ["b"])) == ["b"]
