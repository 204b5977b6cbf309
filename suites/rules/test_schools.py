"""Schools for a cohort, which every request must name."""

from lead_provider_conformance.contract.values import UNKNOWN_COHORT
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.oracles.filters import (
    assert_filtered,
    distinct_values,
    instant_between_updates,
    time_filter,
    value_filter,
)
from lead_provider_conformance.pytest_plugin.markers import verifies

UNKNOWN_URN = "000000"


@verifies("schools/cohort-required", "schools/cohort-required-for-one")
def test_schools_without_a_cohort_are_refused(api, lists, check):
    listing = lists.at("ecf_schools")

    with check("schools/cohort-required"):
        assert api.send("GET", listing.path, deliberate="no cohort").status == 400

    with check("schools/cohort-required-for-one"):
        one = f"{listing.path}/{listing.first_record['id']}"
        assert api.send("GET", one, deliberate="no cohort").status == 400


@verifies("schools/cohort-filter", "schools/unknown-cohort", "schools/unknown-cohort-of-one")
def test_schools_filtered_by_cohort(api, lists, check):
    listing = lists.at("ecf_schools")

    with check("schools/cohort-filter"):
        cohorts = distinct_values(listing.snapshot, "cohort")
        assert cohorts == [lists.cohort], f"{listing} for {lists.cohort} has schools of the cohorts {cohorts}."

    unknown = [("filter[cohort]", UNKNOWN_COHORT)]
    with check("schools/unknown-cohort"):
        assert api.send("GET", listing.path, query=unknown).ids == ()

    with check("schools/unknown-cohort-of-one"):
        one = f"{listing.path}/{listing.first_record['id']}"
        assert api.send("GET", one, query=unknown).status == 404


@verifies("schools/urn-filter", "schools/updated-since")
def test_schools_filtered_by_urn_and_updated_since(lists, check):
    listing = lists.at("ecf_schools")

    with check("schools/urn-filter"):
        assert_filtered(listing, value_filter("urn", distinct_values(listing.snapshot, "urn")[-1]))
        assert listing.get(("filter[urn]", UNKNOWN_URN)).ids == ()

    with check("schools/updated-since"):
        assert_filtered(listing, time_filter(instant_between_updates(listing.snapshot)))


@verifies("schools/in-partnership")
def test_school_in_a_partnership_has_in_partnership_true(lists):
    lists.at("ecf_partnerships").require_fields("status", "cohort", "school_id")
    # In this order, a partnership that another test confirms in between is ignored.
    partners = schools_in_partnership(lists)
    schools = {each["id"]: each["attributes"] for each in lists.at("ecf_schools").all()}
    if not partners:
        raise CouldNotRun(
            f"No school is in a partnership for {lists.cohort}.", "Give the target active partnerships in that cohort."
        )

    if any(school not in schools or schools[school].get("in_partnership") is not True for school in partners):
        partners &= schools_in_partnership(lists)  # a school may have challenged its partnership meanwhile
    for school in sorted(partners):
        assert school in schools, f"The school {school} is in a partnership for {lists.cohort} and is not listed."
        shown = schools[school].get("in_partnership")
        assert shown is True, f"`in_partnership` is {shown} for the school {school}, which is in a partnership."


def schools_in_partnership(lists):
    """Return the ids of the schools in an active partnership for the cohort of the lists."""
    active = [each["attributes"] for each in lists.at("ecf_partnerships").all() if lists.inventory.is_active(each)]
    return {str(each.get("school_id")) for each in active if each.get("cohort") == lists.cohort}


@verifies("schools/same-for-everybody")
def test_schools_are_the_same_for_every_provider(lists, other_api):
    listing = lists.at("ecf_schools")

    ours = {each["id"] for each in listing.snapshot}
    theirs = {each["id"] for each in listing.as_provider(other_api).all()}
    differing = ours ^ theirs
    if differing:  # schools may have come or gone since the first list was read
        differing &= {each["id"] for each in listing.all()} ^ theirs

    assert not differing, f"{len(differing)} schools are listed for one lead provider and not for another."
