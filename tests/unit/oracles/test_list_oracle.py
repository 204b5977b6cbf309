"""Expected results of list queries."""

import pytest

from lead_provider_conformance.contract.values import UNKNOWN_ID
from lead_provider_conformance.oracles.list_oracle import compare, contradictions, former_ids, share_records


def records(*attributes):
    return [{"id": str(number), "attributes": each} for number, each in enumerate(attributes)]


def updated_at(*texts):
    return records(*({"updated_at": text} for text in texts))


CONSISTENT = [
    ([("page[per_page]", "2")], records({}, {})),
    ([("page[per_page]", "100000")], records(*[{}] * 3_000)),
    ([("filter[cohort]", "2021,2022")], records({"ecf_enrolments": [{"cohort": "2022"}]}, {"cohort": "2021"})),
    ([("filter[cohort]", "2022")], records({"cohort": ["2021", "2022"]})),
    ([("filter[cohort]", "nonsense")], records({"cohort": "2021"})),
    ([("filter[cohort]", "2022")], records({"cohort": None}, {})),
    ([("filter[urn]", "100001")], records({"urn": "100001"})),
    ([("filter[from_participant_id]", "a")], records({"participant_id_changes": [{"from_participant_id": "a"}]})),
    ([("filter[training_status]", "active")], records({"ecf_enrolments": [{"training_status": "active"}]})),
    ([("filter[participant_id]", "a,b")], records({"participant_id": "b"})),
    ([("filter[updated_since]", "2022-01-01T00:00:00Z")], records({"updated_at": "2022-13-32T25:61:61Z"})),
    ([("filter[updated_since]", "2022-01-01T00:00:00.900Z")], records({"updated_at": "2022-01-01T00:00:00Z"})),
    ([("filter[updated_since]", "0001-01-01T00:00:00+14:00")], records({"updated_at": "2022-01-01T00:00:00Z"})),
    ([("filter[updated_since]", "2022-01-01T00:00:00+01:00")], records({"updated_at": "2021-12-31T23:00:00Z"})),
    ([("sort", "-updated_at")], updated_at("2023-01-01T00:00:00Z", "2022-01-01T00:00:00Z")),
    (
        [("sort", "updated_at")],
        updated_at("2023-01-01T00:00:00Z", "2023-01-01T00:00:00.500Z", "2023-01-01T02:00:00+01:00"),
    ),
    ([("sort", "updated_at")], updated_at("2023", "yesterday", "2022")),
]
CONTRADICTORY = [
    ([("page[per_page]", "1")], records({}, {})),
    ([("page[per_page]", "100000")], records(*[{}] * 3_001)),
    ([("page[page]", "999999")], records({})),
    ([("filter[cohort]", "2021,2022")], records({"ecf_enrolments": [{"cohort": "2023"}]})),
    ([("filter[training_status]", "active")], records({"ecf_enrolments": [{"training_status": "deferred"}]})),
    ([("filter[participant_id]", "a,b")], records({"participant_id": "c"})),
    ([("filter[urn]", "100001")], records({"urn": "100002"})),
    ([("filter[from_participant_id]", "a")], records({"participant_id_changes": []})),
    ([("filter[from_participant_id]", "a")], records({"participant_id_changes": 7})),
    ([("filter[updated_since]", "2022-01-01T00:00:00Z")], records({"updated_at": "2021-12-31T23:59:59Z"})),
    ([("filter[created_since]", "2022-01-01T00:00:00Z")], records({"created_at": "2021-12-31T23:59:59Z"})),
    ([("sort", "updated_at")], updated_at("2023-01-01T00:00:00Z", "2022-01-01T00:00:00Z")),
]


@pytest.mark.parametrize(("query", "resources"), CONSISTENT)
def test_result_that_matches_its_query_has_no_contradiction(query, resources):
    assert list(contradictions(query, resources)) == []


@pytest.mark.parametrize(("query", "resources"), CONTRADICTORY)
def test_result_that_contradicts_its_query_is_reported_once(query, resources):
    assert len(list(contradictions(query, resources))) == 1


def test_pages_of_one_list_must_not_share_records():
    one, two = [("page[page]", "1"), ("page[per_page]", "2")], [("page[page]", "2"), ("page[per_page]", "2")]
    assert share_records(one, ["a", "b"], two, ["b", "c"])
    assert not share_records(one, ["a", "b"], two, ["c"])
    assert not share_records(one, ["a"], one, ["a"])
    assert not share_records(one, ["a"], [*two, ("filter[cohort]", "2021")], ["a"])


PROMISED, DEPLOYED = True, False
A, B, C, D = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abcd")


def record(record_id, **attributes):
    return {"id": record_id, "type": "thing", "attributes": attributes}


FULL_LIST = (
    record(A, cohort="2021", updated_at="2023-03-01T00:00:00Z", created_at="2021-01-01T00:00:00Z"),
    record(B, cohort="2022", updated_at="2023-02-01T00:00:00Z", created_at="2021-02-01T00:00:00Z"),
    record(C, cohort="2023", updated_at="2023-01-01T00:00:00Z", created_at="2021-03-01T00:00:00Z"),
)
ALL = ("page[per_page]", "3000")
EXPECTED = [
    ([], "ABC"),
    ([("page[page]", "2"), ("page[per_page]", "2")], "C"),
    ([("page[page]", "9"), ("page[per_page]", "2")], ""),
    ([("page[per_page]", "100000")], "ABC"),
    ([("filter[cohort]", "2022"), ALL], "B"),
    ([("filter[cohort]", "2021,2023"), ALL], "CA"),
    ([("filter[cohort]", "1066"), ALL], ""),
    ([("filter[participant_id]", UNKNOWN_ID), ALL], ""),
    ([("filter[urn]", "not shown"), ALL], "A"),
    ([("filter[updated_since]", "2023-02-01T00:00:00Z"), ALL], "AB"),
    ([("filter[updated_since]", "2098-01-01T00:00:00+01:00"), ALL], ""),
    ([("sort", "updated_at"), ALL], "CBA"),
    ([("sort", "-updated_at,updated_at"), ALL], "ABC"),
    ([("sort", "created_at"), ALL], "ABC"),
    ([("sort", "-created_at"), ALL], "CBA"),
]
DIFFERENT = [
    ([], "AB", PROMISED),
    ([], "ACB", DEPLOYED),
    ([("page[page]", "2"), ("page[per_page]", "2")], "", PROMISED),
    ([("page[page]", "2"), ("page[per_page]", "2")], "A", DEPLOYED),
    ([("page[page]", "9"), ("page[per_page]", "2")], "A", PROMISED),
    ([("filter[cohort]", "2022"), ALL], "", PROMISED),
    ([("filter[cohort]", "2022"), ALL], "AB", PROMISED),
    ([("filter[cohort]", "2021,2023"), ALL], "A", DEPLOYED),
    ([("filter[cohort]", "1066"), ALL], "A", DEPLOYED),
    ([("filter[updated_since]", "2023-02-01T00:00:00Z"), ALL], "B", PROMISED),
    ([("filter[updated_since]", "2098-01-01T00:00:00+01:00"), ALL], "A", PROMISED),
    ([("sort", "updated_at"), ALL], "CB", PROMISED),
    ([("sort", "updated_at"), ALL], "CAB", PROMISED),
    ([("sort", "-updated_at,updated_at"), ALL], "CBA", DEPLOYED),
    ([("sort", "-created_at"), ALL], "ABC", PROMISED),
]


def chosen(letters):
    return [FULL_LIST["ABC".index(letter)] for letter in letters]


@pytest.mark.parametrize(("query", "letters"), EXPECTED)
def test_expected_result_has_no_compare(query, letters):
    assert compare(query, chosen(letters), FULL_LIST) is None


@pytest.mark.parametrize(("query", "letters", "is_promised"), DIFFERENT)
def test_wrong_result_breaks_a_promise_or_deployed_behaviour(query, letters, is_promised):
    difference = compare(query, chosen(letters), FULL_LIST)
    assert difference is not None
    assert difference.is_promised is is_promised


@pytest.mark.parametrize(
    ("query", "right", "wrong"),
    [
        ([("page[per_page]", "100000")], "AB", "ABC"),
        ([("page[page]", "2"), ("page[per_page]", "3")], "C", ""),
        ([("filter[updated_since]", "2020-01-01T00:00:00Z"), ALL], "AB", "A"),
        ([("sort", "updated_at"), ALL], "CB", "BC"),
        ([("sort", "updated_at"), ALL], "CB", "B"),
        ([("sort", "created_at"), ALL], "AB", "BC"),
        ([("sort", "-created_at"), ALL], "CB", "BC"),
    ],
)
def test_list_longer_than_the_page_limit_is_compared_page_by_page(monkeypatch, query, right, wrong):
    monkeypatch.setattr("lead_provider_conformance.oracles.list_oracle.PAGE_LIMIT", 2)
    assert compare(query, chosen(right), FULL_LIST) is None
    assert compare(query, chosen(wrong), FULL_LIST) is not None


@pytest.mark.parametrize(("names", "is_expected"), [("abc", True), ("acb", False)])
def test_list_without_a_sort_may_be_in_the_order_of_its_names(names, is_expected):
    days = {A: 2, B: 1, C: 3}
    by_name = [
        record(each, name=name, created_at=f"2022-01-0{days[each]}T00:00:00Z")
        for each, name in zip((A, B, C), names, strict=True)
    ]
    oldest_first = sorted(by_name, key=lambda each: each["attributes"]["created_at"])

    assert (compare([("sort", "created_at"), ALL], oldest_first, by_name) is None) is is_expected


def enrolled(*days):
    return [
        record(each, ecf_enrolments=[{"created_at": f"2022-01-0{day}T00:00:00Z"}])
        for each, day in zip((A, B, C), days, strict=True)
    ]


def test_records_with_the_times_of_their_enrolments_are_compared_by_the_ends_of_the_list():
    different = enrolled(1, 2, 3)
    assert compare([("sort", "-created_at"), ALL], different[::-1], different) is None
    difference = compare([("sort", "-created_at"), ALL], different, different)
    assert difference is not None
    assert difference.is_promised is DEPLOYED


@pytest.mark.parametrize("full", [enrolled(1, 1, 1), enrolled(1, 1, 2), [record(each) for each in (A, B, C)]])
@pytest.mark.parametrize("key", ["created_at", "-created_at"])
def test_order_of_records_with_the_same_time_or_without_one_is_not_compared(full, key):
    assert compare([("sort", key), ALL], full[::-1], full) is None
    assert compare([("sort", key), ALL], full, full) is None


def test_change_of_id_without_the_old_id_has_no_former_id():
    changes = [{}, {"from_participant_id": None}, {"from_participant_id": B}]
    assert former_ids(record(A, participant_id_changes=changes)) == [B]
    assert former_ids(record(A)) == []
