"""What one lead provider has, another one neither sees nor changes."""

import pytest

from lead_provider_conformance.api.records import Declaration, shows_former_participant
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.pytest_plugin.markers import each_list, uses_states, verifies
from lead_provider_conformance.testdata.dates import declaration_of

CANDIDATES = 5
EXTENDED = "ecf-extended-september"


@pytest.fixture
@uses_states("ect.no-declarations")
def ours(other_api, states):
    """A participant of the provider under test whom the other one does not know from earlier training, and the answer
    that the other one gets when asking for them."""
    for _ in range(CANDIDATES):
        ect = states.claim("ect.no-declarations")
        seen = other_api.show_participant(ect.id)
        if not shows_former_participant(seen):
            break
    return ect, seen


def refused_at_old_path(other_api, participant, action, **attributes):
    """Version 1 has the actions at a second path each, which must not be a way round."""
    if other_api.version != "v1":
        return True
    named = {"course_identifier": participant.course} | attributes
    body = {"data": {"type": f"participant-{action}", "attributes": named}}
    return other_api.send("PUT", other_api.path("participants", participant.id, action), body=body).status == 422


@verifies(
    "isolation/participant-not-shown",
    "isolation/participant-not-listed",
    "isolation/participant-not-declarable",
    "isolation/participant-not-actionable",
    "isolation/declaration-not-shown",
    "isolation/declaration-not-voidable",
)
def test_another_providers_participant_is_neither_seen_nor_changed(api, other_api, ours, calendar, check):
    ect, seen = ours
    before = api.show_participant(ect.id).resource
    start = declaration_of(ect, "started", calendar)

    with check("isolation/participant-not-shown"):
        assert seen.status == 404

    with check("isolation/participant-not-listed"):
        listed = other_api.paginate(other_api.participants)
        assert ect.id not in {each["id"] for each in listed}, f"Another provider's list holds {ect.id}."

    with check("isolation/participant-not-declarable"):
        assert other_api.declare(start).status == 422
        assert api.declarations_about(ect) == ()

    # Each of these is asked for when it would be done for the participant's own provider.
    with check("isolation/participant-not-actionable"):
        assert other_api.defer(ect).status == 422
        assert refused_at_old_path(other_api, ect, "defer", reason="other")
        assert other_api.change_schedule(ect, EXTENDED).status == 422
        assert refused_at_old_path(other_api, ect, "change-schedule", schedule_identifier=EXTENDED)
        assert api.show_participant(ect.id).resource == before

    started = Declaration.of(api.declare(start).resource)
    with check("isolation/participant-not-actionable"):
        assert other_api.withdraw(ect).status == 422
        assert refused_at_old_path(other_api, ect, "withdraw", reason="other")
        assert api.participant(ect).training_status == "active"
        if api.defer(ect).status == 200:
            assert other_api.resume(ect).status == 422
            assert refused_at_old_path(other_api, ect, "resume")
            assert api.participant(ect).training_status == "deferred"

    with check("isolation/declaration-not-shown"):
        assert other_api.show_declaration(started.id).status == 404
        listed = {each.id for each in other_api.declarations_about(ect)}
        assert started.id not in listed, f"Another provider's list holds the declaration {started.id}."

    with check("isolation/declaration-not-voidable"):
        assert other_api.void(started.id).status == 404
        assert api.declaration(started.id).state == started.state


@verifies("isolation/partnership-not-shown", "isolation/partnership-not-changed")
def test_another_providers_partnership_is_neither_seen_nor_changed(api, other_api, lists, check):
    listing = lists.at("partnerships/ecf")
    theirs = listing.as_provider(other_api)
    ours = listing.first_record
    listed = theirs.snapshot
    if not listed:
        raise CouldNotRun("The second lead provider has no partnership.", "Give it one.")
    new_partner = listed[0]["attributes"].get("delivery_partner_id")

    with check("isolation/partnership-not-shown"):
        assert theirs.get_one(ours["id"]).status == 404
        assert_nothing_of_ours(listing, listed)

    with check("isolation/partnership-not-changed"):
        assert other_api.change_partnership(ours["id"], {"delivery_partner_id": new_partner}).status == 404
        now = api.show_partnership(ours["id"]).resource
        assert now["attributes"].get("delivery_partner_id") == ours["attributes"].get("delivery_partner_id")


@each_list(lambda listed: listed.name == "statements")
@verifies("isolation/statement-not-shown")
def test_another_providers_statement_is_not_seen(listing, other_api):
    theirs = listing.as_provider(other_api)

    assert theirs.get_one(listing.first_record["id"]).status == 404
    assert_nothing_of_ours(listing, theirs.snapshot)


def assert_nothing_of_ours(listing, theirs):
    both = {each["id"] for each in listing.snapshot} & {each["id"] for each in theirs}
    assert not both, f"{listing} lists {min(both)} for two lead providers."


def theirs_only(listing, other_api):
    """The id of a record that the other provider's list holds and the provider's own does not."""
    ours = {each["id"] for each in listing.snapshot}
    only = sorted(each["id"] for each in listing.as_provider(other_api).snapshot if each["id"] not in ours)
    if not only:
        raise CouldNotRun(
            f"Everything that {listing} lists for the second lead provider is the first one's as well.",
            "Give the second lead provider one of its own.",
        )
    return only[0]


def assert_not_found(listing, record):
    status = listing.get_one(record).status
    if status == 200 and record in {each["id"] for each in listing.all()}:
        raise CouldNotRun(f"{record} has come to be listed for both lead providers.", "Run again.")
    assert status == 404


@verifies("isolation/delivery-partner-not-shown")
def test_a_delivery_partner_of_others_is_not_found(lists, other_api):
    listing = lists.at("delivery-partners")

    assert_not_found(listing, theirs_only(listing, other_api))


@verifies("isolation/unfunded-mentor-not-shown")
def test_an_unfunded_mentor_of_others_is_not_found(lists, other_api):
    listing = lists.at("unfunded-mentors/ecf")

    assert_not_found(listing, theirs_only(listing, other_api))


@verifies("isolation/transfers-not-shown")
def test_transfers_between_others_are_not_found(lists, other_api):
    listing = lists.at("participants/ecf/transfers")

    assert_not_found(listing, theirs_only(listing, other_api))
