"""Lists that hold what their query asked for, and lists that do not."""

import pytest

from lead_provider_conformance.oracles.list_checks import overlapping, unasked


def records(*attributes):
    return [{"id": str(number), "attributes": each} for number, each in enumerate(attributes)]


def moments(*texts):
    return records(*({"updated_at": text} for text in texts))


RIGHT = [
    ([("page[per_page]", "2")], records({}, {})),
    ([("page[per_page]", "100000")], records(*[{}] * 3_000)),
    ([("filter[cohort]", "2021,2022")], records({"ecf_enrolments": [{"cohort": "2022"}]}, {"cohort": "2021"})),
    ([("filter[cohort]", "2022")], records({"cohort": ["2021", "2022"]})),
    ([("filter[cohort]", "nonsense")], records({"cohort": "2021"})),
    ([("filter[training_status]", "active")], records({"ecf_enrolments": [{"training_status": "active"}]})),
    ([("filter[participant_id]", "a,b")], records({"participant_id": "b"})),
    ([("filter[updated_since]", "2022-01-01T00:00:00Z")], records({"updated_at": "2022-13-32T25:61:61Z"})),
    ([("filter[updated_since]", "2022-01-01T00:00:00+01:00")], records({"updated_at": "2021-12-31T23:00:00Z"})),
    ([("sort", "-updated_at")], moments("2023-01-01T00:00:00Z", "2022-01-01T00:00:00Z")),
    (
        [("sort", "updated_at")],
        moments("2023-01-01T00:00:00Z", "2023-01-01T00:00:00.500Z", "2023-01-01T02:00:00+01:00"),
    ),
    ([("sort", "updated_at")], moments("2023", "yesterday", "2022")),
]
WRONG = [
    ([("page[per_page]", "1")], records({}, {})),
    ([("page[per_page]", "100000")], records(*[{}] * 3_001)),
    ([("page[page]", "999999")], records({})),
    ([("filter[cohort]", "2021,2022")], records({"ecf_enrolments": [{"cohort": "2023"}]})),
    ([("filter[training_status]", "active")], records({"ecf_enrolments": [{"training_status": "deferred"}]})),
    ([("filter[participant_id]", "a,b")], records({"participant_id": "c"})),
    ([("filter[updated_since]", "2022-01-01T00:00:00Z")], records({"updated_at": "2021-12-31T23:59:59Z"})),
    ([("filter[created_since]", "2022-01-01T00:00:00Z")], records({"created_at": "2021-12-31T23:59:59Z"})),
    ([("sort", "updated_at")], moments("2023-01-01T00:00:00Z", "2022-01-01T00:00:00Z")),
]


@pytest.mark.parametrize(("query", "resources"), RIGHT)
def test_what_was_asked_for_is_no_failure(query, resources):
    assert list(unasked(query, resources)) == []


@pytest.mark.parametrize(("query", "resources"), WRONG)
def test_what_was_not_asked_for_is_told_once(query, resources):
    assert len(list(unasked(query, resources))) == 1


def test_pages_of_one_list_share_nothing():
    one, two = [("page[page]", "1"), ("page[per_page]", "2")], [("page[page]", "2"), ("page[per_page]", "2")]
    assert overlapping(one, ["a", "b"], two, ["b", "c"])
    assert not overlapping(one, ["a", "b"], two, ["c"])
    assert not overlapping(one, ["a"], one, ["a"])
    assert not overlapping(one, ["a"], [*two, ("filter[cohort]", "2021")], ["a"])
