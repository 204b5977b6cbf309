"""Snapshots of lists: grouped by participant, and parsed once per process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.http.resource import exchange_of
from lead_provider_conformance.testdata.inventory import load_snapshot

PATH = "/api/v3/participants/ecf"
LISTED = [{"id": name, "attributes": {"full_name": name, "ecf_enrolments": [{"cohort": "2022"}]}} for name in "ab"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "participants.json"
    path.write_text(json.dumps([(each, "main-00007") for each in LISTED]), encoding="utf-8")
    return path


def test_snapshot_of_an_unchanged_file_is_parsed_once(file: Path) -> None:
    first = load_snapshot(file, 1, Contract.load("v3"), PATH)

    assert {exchange_of(each) for each in first.resources} == {"main-00007"}
    assert load_snapshot(file, 1, Contract.load("v3"), PATH) is first
    assert load_snapshot(file, 2, Contract.load("v3"), PATH) is not first


def test_participants_are_grouped_by_their_number_of_enrolments(file: Path) -> None:
    both = {"id": "c", "attributes": {"ecf_enrolments": [{"cohort": "2022"}, {"cohort": "2023"}]}}
    file.write_text(json.dumps([(each, "main-00007") for each in (*LISTED, both)]), encoding="utf-8")

    snapshot = load_snapshot(file, 3, Contract.load("v3"), PATH)

    assert [each.id for each in snapshot.with_one_enrolment] == ["a", "b"]
    assert [(each.id, each.cohort) for each in snapshot.with_several_enrolments] == [("c", "2022"), ("c", "2023")]
