"""What holds of every list, and of the records in it."""

from lead_provider_conformance.lists import each_list
from lead_provider_conformance.plugin import verifies
from lead_provider_conformance.records import NOBODYS_ID, identity

WITHOUT_ANOTHER_TEST = {
    "delivery-partners",
    "partnerships/ecf",
    "schools/ecf",
    "statements",
    "unfunded-mentors/ecf",
}


@verifies("participants/listed")
def test_a_participant_is_listed_once(api, lists):
    participant = lists.at(f"participants/{api.programme}").some_record

    assert [identity(each) for each in api.every_page(api.participants)].count(identity(participant)) == 1


@each_list(lambda each: each.shows_one)
@verifies("lists/shown-as-listed")
def test_a_record_is_shown_on_its_own_as_it_is_listed(listing):
    listed = listing.some_record

    shown = listing.show(listed["id"]).resource

    if shown != listed:  # somebody may have changed it since the list was read
        assert shown in listing.all(), f"{listed['id']} is shown on its own otherwise than in {listing}."


# Of participants, declarations, applications and transfers other requirements say so.
@each_list(lambda each: each.name in WITHOUT_ANOTHER_TEST)
@verifies("lists/unknown-id")
def test_a_record_that_nobody_has_is_not_found(listing):
    assert listing.show(NOBODYS_ID).status == 404
