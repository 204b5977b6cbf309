"""The faults of impossible values fail for their value, and for no other."""

from __future__ import annotations

import json
from typing import Any

import pytest

LIST = "ecf-participants-list-breaks-down-with-{}-in-the-query"
BODY = "ecf-participants-defer-breaks-down-with-{}"


@pytest.mark.parametrize(
    ("what", "query"),
    [
        ("invalid-text", b"filter[cohort]=%00"),
        ("invalid-text", b"sort=%ED%A0%80"),
        ("a-huge-number", b"page[page]=1" + b"0" * 400),
        ("a-filter-without-a-name", b"filter=abc"),
        ("a-list-or-an-object", b"sort[]=1"),
        ("a-list-or-an-object", b"filter[cohort][x]=1"),
    ],
)
def test_list_fails_for_an_impossible_parameter_only(api: Any, what: str, query: bytes) -> None:
    broken = api.broken_by(LIST.format(what))

    assert broken.get("participants/ecf", query).status == 500
    assert broken.get("participants/ecf", b"filter[cohort]=2022&sort=updated_at&page[page]=1").status == 200


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("a-number-in-the-body", {"data": {"attributes": {"reason": 0}}}),
        ("a-list-or-an-object-in-the-body", {"data": {"attributes": {"reason": ["x"]}}}),
        ("a-nul-in-the-body", {"data": {"attributes": {"reason": "\0"}}}),
        ("a-huge-number-or-a-lone-surrogate-in-the-body", {"data": {"attributes": {"reason": 10**400}}}),
        ("a-huge-number-or-a-lone-surrogate-in-the-body", {"data": {"attributes": {"reason": "\ud800"}}}),
        ("a-list-as-data", {"data": [{}]}),
        ("a-list-as-body-or-a-text-as-attributes", [{}]),
        ("a-list-as-body-or-a-text-as-attributes", {"data": {"attributes": "abc"}}),
    ],
)
def test_write_fails_for_an_impossible_value_only(api: Any, what: str, body: Any) -> None:
    broken, ect = api.broken_by(BODY.format(what)), api.untouched()
    path = f"/api/v3/participants/ecf/{ect['id']}/defer"

    assert broken.send("PUT", path, raw=json.dumps(body).encode()).status == 500
    assert broken.act(ect["id"], "defer", reason="other", course_identifier="ecf-induction").status == 200


@pytest.mark.parametrize(
    ("fault", "written", "recorded"),
    [
        ("ecf-hours-counted-on-by-declaration-date", "2024-01-15T24:30:00Z", "2024-01-16T00:30:00Z"),
        ("ecf-large-offsets-ignored-by-declaration-date", "2024-01-15T12:00:00+99:00", "2024-01-15T12:00:00Z"),
    ],
)
def test_impossible_time_is_recorded_as_another(api: Any, fault: str, written: str, recorded: str) -> None:
    retained = {"declaration_type": "retained-1", "evidence_held": "other"}
    ect = api.broken_by(fault).untouched()
    assert api.start(ect).status == 200

    declared = api.start(ect, **retained, declaration_date=written)

    assert declared.data["attributes"]["declaration_date"] == recorded
