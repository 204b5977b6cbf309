"""Filters and sort keys of edition 2026-08."""

from dataclasses import replace
from functools import partial
from itertools import pairwise
from operator import itemgetter

from lead_provider_conformance.contract.values import UNKNOWN_ID
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.oracles.filters import (
    any_of,
    assert_filtered,
    assert_sorted,
    distinct_values,
    field_values,
    is_sorted_by_name,
    lost_by_both,
    several_cohorts,
    value_filter,
)
from lead_provider_conformance.pytest_plugin.markers import each_list, verifies

WHOLE = ("page[per_page]", "3000")
WORD = "next-year"


@verifies("filtering/training-status-refused", "filtering/training-status-of-nobody")
def test_unknown_training_status(api, lists, check):
    unknown = ("filter[training_status]", "asleep")
    response = lists.at(f"{api.programme}_participants").get(unknown, deliberate="unknown training status")

    with check("filtering/training-status-refused"):
        assert response.status == 422
        titles = [title for title, _ in response.errors]
        assert titles == ["Unpermitted parameters"], f"The errors have the titles {titles}."

    with check("filtering/training-status-of-nobody"):
        assert response.status == 200
        assert response.ids == ()


@verifies("filtering/participant-ids")
def test_participant_ids_that_are_no_uuids_are_refused(lists):
    for name, ids in (("npq_applications", "nobody"), ("participant_declarations", f"{UNKNOWN_ID},nobody")):
        refusal = lists.at(name).get(("filter[participant_id]", ids), deliberate="no UUID")
        assert refusal.status == 400, f"{name}: {ids}"


@each_list(lambda listed: "cohort" in listed.filters - listed.required_filters)
@verifies("filtering/any-of-cohorts", "filtering/cohort-words")
def test_several_cohorts_and_words_in_place_of_one(listing, check):
    cohorts = sorted({cohort for each in listing.snapshot for cohort in field_values(each, "cohort")} - {"None"})

    with check("filtering/any-of-cohorts"):
        if case := several_cohorts(listing.snapshot):  # declarations have a test of their own
            assert_filtered(listing, case)

    with check("filtering/cohort-words"):
        assert listing.get(("filter[cohort]", WORD), deliberate="a word").ids == ()
        if cohorts:
            beside_a_word = replace(value_filter("cohort", cohorts[0]), value=f"{WORD},{cohorts[0]}")
            assert_filtered(listing, beside_a_word)
        if listing.snapshot:
            assert listing.get(("filter[cohort]", ""), deliberate="empty").resources, (
                f"{listing} with an empty filter[cohort] lists nothing."
            )


@each_list(lambda listed: listed.name == "participant_declarations")
@verifies("declarations/any-of-cohorts", "declarations/any-of-participants")
def test_declarations_of_several_cohorts_or_participants(listing, lists, api, check):
    with check("declarations/any-of-participants"):
        participants = distinct_values(listing.snapshot, "participant_id")
        assert_filtered(listing, any_of("participant_id", participants))

    with check("declarations/any-of-cohorts"):
        declared = {each["attributes"].get("participant_id") for each in listing.snapshot}
        trained = [each for each in lists.at(f"{api.programme}_participants").snapshot if each["id"] in declared]
        cohorts = distinct_values(trained, "cohort")
        for first, second in pairwise([cohorts[0], cohorts[-1]]):
            lost = lost_by_both(partial(ids_of_cohort, listing), first, second)
            assert not lost, f"filter[cohort]={first},{second} lacks {min(lost)}, which is listed for one of them."


def ids_of_cohort(listing, cohort):
    return {each["id"] for each in listing.all(("filter[cohort]", cohort))}


@each_list(lambda listed: listed.has_detail and "updated_since" in listed.filters and not listed.required_filters)
@verifies("filtering/one-record")
def test_filter_of_one_record_is_ignored(listing, api):
    record = listing.first_record["id"]
    path = f"{listing.path}/{record}"
    if listing.path.endswith("/transfers"):
        path = listing.path.replace("/transfers", f"/{record}/transfers")

    filtered = api.send(
        "GET", path, query=[("filter[updated_since]", "2999-01-01T00:00:00Z")], deliberate="filter of one record"
    )

    if filtered.status != 200:
        listing.require_listed(record)
    assert filtered.status == 200
    assert filtered.resource["id"] == record


@verifies("sorting/plus")
def test_plus_before_a_sort_key_means_ascending(lists, api):
    response = lists.at(f"{api.programme}_participants").get(("sort", "+updated_at"), WHOLE, deliberate="plus")

    assert_sorted(response, "updated_at")


@verifies("delivery-partners/cohorts", "delivery-partners/by-name")
def test_delivery_partners_are_listed_by_name_with_their_years(lists, check):
    listing = lists.at("delivery_partners")
    if not listing.snapshot:
        raise CouldNotRun(f"{listing} lists nothing.", "Give the provider a delivery partner.")

    with check("delivery-partners/cohorts"):
        for partner in listing.snapshot:
            years = [str(each) for each in partner["attributes"].get("cohort")]
            assert all(len(year) == 4 and year.isdigit() for year in years), f"{partner['id']} has the cohorts {years}."
            assert years == sorted(set(years)), f"{partner['id']} has the cohorts {years}."

    with check("delivery-partners/by-name"):
        names = [str(each["attributes"].get("name")) for each in listing.get(WHOLE).resources]
        assert is_sorted_by_name(names), f"{listing} without sort gives the names in the order {names}."


@verifies("npq-applications/catchment")
def test_catchment_of_an_application_is_true_or_false(lists):
    listing = lists.at("npq_applications")
    if not listing.snapshot:
        raise CouldNotRun(f"{listing} lists nothing.", "Give the provider an application.")

    for application_id, attributes in map(itemgetter("id", "attributes"), listing.snapshot):
        catchment = attributes.get("teacher_catchment")
        assert isinstance(catchment, bool), f"The application {application_id} has the teacher_catchment {catchment!r}."
