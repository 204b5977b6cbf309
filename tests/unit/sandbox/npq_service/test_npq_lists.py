"""Lists of the NPQ service: fields, filters, pages and errors."""

from __future__ import annotations

from typing import Any

import pytest

from lead_provider_sandbox.http.services import NPQ, service_of

LISTS = ["npq-applications", "participants/npq", "participants/npq/outcomes", "participant-declarations",
         "delivery-partners", "statements"]  # fmt: skip
FILTERED = ["npq-applications", "participants/npq", "participant-declarations", "statements"]


def test_npq_service_has_its_23_operations() -> None:
    assert service_of("2026-08", "npq") is NPQ
    assert len(NPQ.operations) == 23
    assert {each.version for each in NPQ.operations} == {"v3"}


@pytest.mark.parametrize("path", LISTS)
def test_lists_are_json_that_is_not_stored(npq: Any, path: str) -> None:
    reply = npq.get(path)

    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert reply.headers["cache-control"] == "no-store"
    assert reply.data


@pytest.mark.parametrize("path", ["npq-applications/none", "participants/ecf", "schools/ecf", "participants/npq/x"])
def test_unknown_record_and_unknown_path_have_one_error(npq: Any, path: str) -> None:
    reply = npq.get(path)

    assert (reply.status, reply.json) == (404, {"error": "Resource not found"})
    assert reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", LISTS)
def test_filter_that_is_not_a_group_is_refused(npq: Any, path: str) -> None:
    reply = npq.get(path, b"filter=2026")

    assert (reply.status, reply.errors) == (400, {"Bad request": "'#/filter' is not a valid field"})


@pytest.mark.parametrize("query", [b"page=2", b"filter[cohort][]=2021", b"filter[colour]=red", b"filter[type]=ecf"])
def test_unreadable_and_unknown_parameters_are_ignored(npq: Any, query: bytes) -> None:
    assert npq.get("statements", query).json == npq.get("statements").json


@pytest.mark.parametrize("query", [b"page[page]=0", b"page[per_page]=x", b"page[page][]=1"])
def test_malformed_page_is_refused(npq: Any, query: bytes) -> None:
    reply = npq.get("npq-applications", query)

    assert (reply.status, list(reply.errors)) == (400, ["Bad request"])


def test_unknown_training_status_is_unpermitted(npq: Any) -> None:
    reply = npq.get("participants/npq", {"filter[training_status]": "paused"})

    assert (reply.status, list(reply.errors)) == (422, ["Unpermitted parameters"])


def test_participant_with_a_training_status_shows_every_enrolment(npq: Any) -> None:
    deferred = npq.listed("participants/npq", **{"filter[training_status]": "deferred"})

    assert any(len(each["attributes"]["npq_enrolments"]) == 2 for each in deferred)
    for each in deferred:
        assert each == npq.get(f"participants/npq/{each['id']}").data


@pytest.mark.parametrize("path", ["npq-applications", "participant-declarations"])
def test_participant_ids_must_be_uuids(npq: Any, path: str) -> None:
    known = npq.listed(path)[0]["attributes"]["participant_id"]

    assert npq.get(path, {"filter[participant_id]": f"{known},x"}).status == 400
    for each in npq.listed(path, **{"filter[participant_id]": known.upper()}):
        assert each["attributes"]["participant_id"] == known


@pytest.mark.parametrize("path", ["npq-applications", "participant-declarations", "statements"])
def test_year_means_all_its_cohorts(npq: Any, path: str) -> None:
    everything = npq.listed(path)
    of_2026 = npq.listed(path, **{"filter[cohort]": "2026"})

    assert of_2026 == npq.listed(path, **{"filter[cohort]": "2026a"})
    assert npq.listed(path, **{"filter[cohort]": "spring"}) == []
    if path != "participant-declarations":
        assert of_2026 == [each for each in everything if each["attributes"]["cohort"] == "2026"]


def test_applications_of_2026_have_both_suffixes(npq: Any) -> None:
    of_2026 = npq.listed("npq-applications", **{"filter[cohort]": "2026"})

    assert {each["attributes"]["cohort_suffix"] for each in of_2026} == {"a", "b"}


@pytest.mark.parametrize("path", FILTERED)
def test_updated_since_includes_the_instant_itself(npq: Any, path: str) -> None:
    latest = max(each["attributes"]["updated_at"] for each in npq.listed(path))

    found = npq.listed(path, **{"filter[updated_since]": latest})

    assert found
    assert all(each["attributes"]["updated_at"] >= latest for each in found)


def test_created_since_is_ignored_on_applications(npq: Any) -> None:
    filtered = npq.listed("npq-applications", **{"filter[created_since]": "2090-01-01T00:00:00Z"})

    assert filtered == npq.listed("npq-applications")


def test_delivery_partners_are_sorted_by_name_with_years_once(npq: Any) -> None:
    partners = npq.listed("delivery-partners")
    names = [each["attributes"]["name"] for each in partners]
    years = [each["attributes"]["cohort"] for each in partners]

    assert names == sorted(names)
    assert all(each == sorted(set(each)) for each in years)
    assert years[0] == [2021, 2022, 2023, 2024, 2025, 2026]
    assert [each["attributes"]["name"] for each in npq.listed("delivery-partners", sort="-name")] == names[::-1]
    of_2021 = npq.listed("delivery-partners", **{"filter[cohort]": "2021,2026"})
    assert all(2021 in each["attributes"]["cohort"] for each in of_2021)
    assert len(of_2021) < len(partners)


def test_delivery_partners_of_others_are_unknown(npq: Any) -> None:
    other = npq.as_other().partner()

    assert npq.get(f"delivery-partners/{npq.partner()}").status == 200
    assert npq.get(f"delivery-partners/{other}").status == 404


def test_statements_have_no_type_and_are_in_order_of_payment(npq: Any) -> None:
    statements = npq.listed("statements")
    dates = [each["attributes"]["payment_date"] for each in statements]

    assert all("type" not in each["attributes"] for each in statements)
    assert dates == sorted(dates)
    assert npq.get(f"statements/{statements[0]['id']}").data == statements[0]
    assert npq.as_other().get(f"statements/{statements[0]['id']}").status == 404


def test_seed_has_records_of_every_kind(npq: Any) -> None:
    for client in (npq, npq.as_other()):
        applications = [each["attributes"] for each in client.listed("npq-applications")]
        people = [each["attributes"] for each in client.listed("participants/npq")]
        states = {each["attributes"]["state"] for each in client.listed("participant-declarations")}

        assert {each["reason_for_rejection"] for each in applications} == {
            None, "rejected_by_provider", "other_application_in_this_cohort_accepted", "registration_expired"
        }  # fmt: skip
        assert {None, False, True} == {each["funded_place"] for each in applications}
        assert any(each["email"] is None for each in applications)
        assert any(each["teacher_reference_number"] is None for each in applications)
        assert any(each["previous_names"] for each in people)
        assert any(each["participant_id_changes"] for each in people)
        assert states == {
            "submitted", "eligible", "payable", "paid", "voided", "ineligible", "awaiting-clawback", "clawed-back"
        }  # fmt: skip
        assert {each["attributes"]["state"] for each in client.listed("participants/npq/outcomes")} == {
            "passed", "failed"
        }  # fmt: skip


def test_third_provider_has_no_applicants(npq: Any) -> None:
    npq.token = "northern-npq-sandbox-token-3"

    assert npq.listed("npq-applications") == []
    assert npq.listed("delivery-partners")
