"""Paging, filters, order and CSV files of lists."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

LISTS = (
    "participants/ecf",
    "participants/ecf/transfers",
    "participants/npq",
    "participants/npq/outcomes",
    "participant-declarations",
    "npq-applications",
    "partnerships/ecf",
    "schools/ecf",
    "delivery-partners",
    "statements",
    "unfunded-mentors/ecf",
)
BAD_PAGE = {
    "Bad request": "The '#/page[page]' and '#/page[per_page]' parameter values must be a valid number "
    "(equal and more than 1)"
}


def listed(api: Any, path: str, version: str = "v3", **query: Any) -> Any:
    given = {"filter[cohort]": "2024", **query} if path == "schools/ecf" else query
    return api.get(path, given, version=version)


def ids(reply: Any) -> list[str]:
    return [each["id"] for each in reply.data]


@pytest.mark.parametrize("path", LISTS)
def test_pages_contain_every_record_once(api: Any, path: str) -> None:
    whole = ids(listed(api, path, **{"page[per_page]": 3000}))
    size = max(1, len(whole) // 3)

    pages = [ids(listed(api, path, **{"page[per_page]": size, "page[page]": number})) for number in range(1, 6)]

    assert len(set(whole)) == len(whole) > 1
    assert [each for page in pages for each in page] == whole[: 5 * size]
    assert ids(listed(api, path, **{"page[page]": 10**30})) == []


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("written", ["0", "-1", "abc", "1.5", "", "１"])
@pytest.mark.parametrize("name", ["page", "per_page"])
def test_invalid_page_number_returns_400(api: Any, path: str, written: str, name: str) -> None:
    refused = listed(api, path, **{f"page[{name}]": written})

    assert (refused.status, refused.errors) == (400, BAD_PAGE)


@pytest.mark.parametrize("path", LISTS)
def test_malformed_filter_returns_400(api: Any, path: str) -> None:
    assert api.get(path, {"filter": "x"}).errors == {"Bad parameter": "Filter must be a hash"}
    assert listed(api, path, page="2").status == 400
    assert listed(api, path, **{"filter[nonsense]": "x"}).status == 200


UPDATED = [path for path in LISTS if path not in ("delivery-partners", "participants/npq/outcomes")]


@pytest.mark.parametrize("path", UPDATED)
@pytest.mark.parametrize("written", ["23rm21", "2021-05-13", "2021-05-13T11:21Z", "1980-01-01T00:00:00 01:00"])
def test_invalid_updated_since_returns_400(api: Any, path: str, written: str) -> None:
    refused = listed(api, path, **{"filter[updated_since]": written})

    assert (refused.status, refused.errors) == (
        400,
        {"Bad request": "The filter '#/updated_since' must be a valid RCF3339 date"},
    )


@pytest.mark.parametrize("path", UPDATED)
def test_updated_since_returns_later_records_only(api: Any, path: str) -> None:
    everything = listed(api, path, **{"page[per_page]": 3000}).data
    moments = sorted(each["attributes"]["updated_at"] for each in everything)
    middle = moments[len(moments) // 2]

    since = listed(api, path, **{"page[per_page]": 3000, "filter[updated_since]": middle}).data
    # Those of the very second may be on either side, for the store knows microseconds. What a transfer shows is its own
    # change time, while the filter goes by the person's.
    later = {each["id"] for each in everything if each["attributes"]["updated_at"] > middle}
    assert later <= {each["id"] for each in since}
    if path != "participants/ecf/transfers":
        assert all(each["attributes"]["updated_at"] >= middle for each in since)
    assert listed(api, path, **{"filter[updated_since]": "2099-01-01T00:00:00Z"}).data == []
    assert len(listed(api, path, **{"page[per_page]": 3000, "filter[updated_since]": ""}).data) == len(everything)


@pytest.mark.parametrize(
    "written", ["2021-01-01T00%3A00%3A00%2B01%3A00", "2021-01-01T00:00:00+01:00", "2021-01-01T00:00:00.5"]
)
def test_updated_since_accepts_other_date_time_forms(api: Any, written: str) -> None:
    assert api.get("participants/ecf", {"filter[updated_since]": written}).status == 200


@pytest.mark.parametrize(
    "path", ["participants/ecf", "participant-declarations", "npq-applications", "statements", "partnerships/ecf"]
)
def test_cohort_filter_accepts_several_years(api: Any, path: str) -> None:
    def of(cohorts: str) -> set[str]:
        return set(ids(listed(api, path, **{"filter[cohort]": cohorts, "page[per_page]": 3000})))

    assert of("2022")
    assert of("2022,2023") == of("2022") | of("2023")
    assert of("3000") == of("abc") == set()


@pytest.mark.parametrize(
    "path", ["participants/ecf", "participants/npq", "npq-applications", "partnerships/ecf", "unfunded-mentors/ecf"]
)
@pytest.mark.parametrize("key", ["created_at", "updated_at"])
def test_sort_orders_lists_in_both_directions(api: Any, path: str, key: str) -> None:
    up = listed(api, path, sort=key, **{"page[per_page]": 3000}).data
    down = listed(api, path, sort=f"-{key}", **{"page[per_page]": 3000}).data

    def shown(records: list[dict[str, Any]]) -> list[str]:
        return [each["attributes"][key] for each in records if key in each["attributes"]]

    assert shown(up) == sorted(shown(up))
    assert shown(down) == sorted(shown(down), reverse=True)
    assert {each["id"] for each in up} == {each["id"] for each in down}
    assert up != down


def test_unknown_sort_keys_are_ignored(api: Any) -> None:
    known = ids(api.get("participants/ecf", {"sort": "-updated_at"}))

    assert ids(api.get("participants/ecf", {"sort": "nonsense,-updated_at"})) == known
    assert ids(api.get("participants/ecf", {"sort": "nonsense"})) == ids(api.get("participants/ecf"))


def test_statements_are_ordered_by_payment_date(api: Any) -> None:
    paid = [each["attributes"]["payment_date"] for each in api.get("statements", {"page[per_page]": 3000}).data]

    assert paid == sorted(paid)


def test_unknown_training_status_returns_400(api: Any) -> None:
    refused = api.get("participants/ecf", {"filter[training_status]": "invalid"})

    assert refused.errors == {
        "Bad request": 'The filter \'#/training_status\' must be ["active", "deferred", "withdrawn"]'
    }
    deferred = api.get("participants/ecf", {"filter[training_status]": "deferred"}).data
    assert {each["attributes"]["ecf_enrolments"][0]["training_status"] for each in deferred} == {"deferred"}


def test_filters_combine_and_apply_to_one_participant(api: Any) -> None:
    ect = api.untouched(cohort="2022")

    both = {"filter[cohort]": "2022", "filter[training_status]": "deferred"}
    assert ect["id"] not in ids(api.get("participants/ecf", {**both, "page[per_page]": 3000}))
    assert api.get(f"participants/ecf/{ect['id']}", {"filter[cohort]": "2099"}).status == 404
    assert api.get(f"participants/ecf/{ect['id']}", {"filter[cohort]": "2022"}).status == 200


def test_former_id_filter_finds_merged_participant(api: Any) -> None:
    merged = next(each for each in api.participants() if each["attributes"]["participant_id_changes"])
    former = merged["attributes"]["participant_id_changes"][0]["from_participant_id"]

    assert ids(api.get("participants/ecf", {"filter[from_participant_id]": former})) == [merged["id"]]
    assert ids(api.get("participants/ecf", {"filter[from_participant_id]": merged["id"]})) == []


def test_declarations_of_several_participants_and_partners(api: Any) -> None:
    everything = api.declarations()
    chosen = {each["attributes"]["participant_id"] for each in everything[:3]}
    partner = everything[0]["attributes"]["delivery_partner_id"]

    of_people = api.get(
        "participant-declarations", {"filter[participant_id]": ",".join(chosen), "page[per_page]": 3000}
    ).data
    of_partner = api.get(
        "participant-declarations", {"filter[delivery_partner_id]": partner, "page[per_page]": 3000}
    ).data

    assert {each["attributes"]["participant_id"] for each in of_people} == chosen
    assert {each["id"] for each in of_partner} == {
        each["id"] for each in everything if each["attributes"]["delivery_partner_id"] == partner
    }


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("path", ["participants/ecf", "participants", "participant-declarations"])
def test_csv_contains_the_records_of_the_list(api: Any, version: str, path: str) -> None:
    records = listed(api, path, version, **{"page[per_page]": 3000}).data
    file = api.get(f"{path}.csv", {"page[per_page]": 1}, version=version)
    rows = list(csv.DictReader(io.StringIO(file.content.decode())))

    def field(value: Any) -> str:
        return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)

    assert file.headers["content-type"] == "text/csv"
    assert rows == [
        {"id": each["id"], **{name: field(value) for name, value in each["attributes"].items()}} for each in records
    ]


def test_csv_without_records_is_empty(api: Any) -> None:
    assert api.get("participants/ecf.csv", {"filter[cohort]": "3000"}, version="v1").content == b""


def test_two_records_of_a_person_are_one_resource_in_version_3(api: Any) -> None:
    both = next(each for each in api.participants() if len(each["attributes"]["ecf_enrolments"]) == 2)

    old = [
        each
        for each in api.get("participants/ecf", {"page[per_page]": 3000}, version="v1").data
        if each["id"] == both["id"]
    ]

    assert [each["attributes"]["participant_type"] for each in old] == ["ect", "mentor"]
    one = api.get(f"participants/ecf/{both['id']}", version="v1").data
    assert one["attributes"]["participant_type"] == "ect"


def test_hidden_participants_are_not_listed(api: Any) -> None:
    assert api.participants(cohort="2020") == []
    challenged = next(
        each["attributes"]["urn"]
        for each in api.get("partnerships/ecf", {"page[per_page]": 3000}).data
        if each["attributes"]["status"] == "challenged"
    )
    assert api.participants(school_urn=challenged) == []


def test_unfunded_mentors_belong_to_the_providers_ects(api: Any) -> None:
    unfunded = set(ids(api.get("unfunded-mentors/ecf")))
    mentors = {each["attributes"]["ecf_enrolments"][0]["mentor_id"] for each in api.participants()}

    assert unfunded
    assert unfunded <= mentors
    assert all(api.get(f"participants/ecf/{each}").status == 404 for each in unfunded)
    assert {api.get(f"unfunded-mentors/ecf/{each}").status for each in unfunded} == {200}


def test_transfers_show_type_and_status(api: Any) -> None:
    moves = [move for each in api.get("participants/ecf/transfers").data for move in each["attributes"]["transfers"]]

    assert {move["transfer_type"] for move in moves} == {"new_school", "new_provider", "unknown"}
    for move in moves:
        assert (move["joining"] is None) == (move["transfer_type"] == "unknown")
        assert move["status"] == ("incomplete" if move["leaving"]["date"] > "2025-01-15" else "complete")
    both_see = {each["id"] for each in api.get("participants/ecf/transfers").data}
    assert both_see & {each["id"] for each in api.as_other().get("participants/ecf/transfers").data}


def test_service_fee_statements_are_not_listed(api: Any) -> None:
    months = {each["attributes"]["month"] for each in api.get("statements", {"page[per_page]": 3000}).data}

    assert "November" in months
    assert "June" not in months
