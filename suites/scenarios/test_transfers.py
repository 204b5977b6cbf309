"""Participants move to another school, or to another lead provider."""

from collections import Counter
from datetime import timedelta

import pytest

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.api.records import Declaration, skip_malformed
from lead_provider_conformance.contract.values import UNKNOWN_ID, UNKNOWN_TO_WRITES
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.oracles.lists import MAX_SHOWN_BY_ID
from lead_provider_conformance.pytest_plugin.markers import one_more_situation, uses_states, verifies
from lead_provider_conformance.testdata.dates import declaration_of, window_date
from lead_provider_conformance.testdata.refusals import prepared

STANDING = {"submitted", "eligible", "payable", "paid"}
STATUSES_OF_LEAVERS = {"left", "withdrawn"}


def moves(resource):
    """The transfers that a resource shows, those that are objects."""
    transfers = resource["attributes"].get("transfers")
    return [each for each in transfers if isinstance(each, dict)] if isinstance(transfers, list) else []


def end(transfer, side):
    """Where a transfer comes from, or leads to; empty while that is not known."""
    found = transfer.get(side)
    return found if isinstance(found, dict) else {}


def dates_of(transfer):
    """The dates that a transfer shows."""
    return [str(end(transfer, side)["date"]) for side in ("leaving", "joining") if end(transfer, side).get("date")]


@pytest.fixture
def transfers(lists):
    """Everybody's transfers, as the list shows them."""
    listed = lists.at("ecf_participant_transfers").snapshot
    if not listed:
        raise CouldNotRun("No participant has moved.", "Give the provider one who has moved to another school.")
    return listed


@verifies(
    "transfers/listed",
    "transfers/type",
    "transfers/status",
    "transfers/none",
)
def test_fields_of_transfers(api, lists, transfers, check):
    response = api.show_participant(transfers[0]["id"])
    if response.status != 200:
        lists.at("ecf_participant_transfers").require_listed(transfers[0]["id"])
    with check("transfers/listed"):
        for resource in transfers:
            assert resource.get("type") == "participant-transfer"
            assert moves(resource), f"{resource['id']} is listed without a transfer."
        ids = [each["id"] for each in transfers]
        assert len(set(ids)) == len(ids), "A participant is listed more than once."
        assert response.status == 200

    all_moves = [each for resource in transfers for each in moves(resource)]
    with check("transfers/type"):
        for each in all_moves:
            left, joined = end(each, "leaving").get("provider"), end(each, "joining").get("provider")
            if end(each, "joining") and None in (left, joined):
                assert each.get("transfer_type") != "unknown", f"A transfer to {joined} is of unknown type."
                continue  # either type is possible without a provider: behaviour TRAN-FIP-CIP
            known = "new_school" if joined == left else "new_provider"
            assert each.get("transfer_type") == (known if end(each, "joining") else "unknown"), (
                f"The `transfer_type` from {left} to {joined} is {each.get('transfer_type')}."
            )

    with check("transfers/status"):
        today = response.server_time.date()
        dated = [(each, dates) for each in all_moves if (dates := dates_of(each))]
        if not dated:
            raise CouldNotRun("No transfer shows a date.", "Add a transfer with a date.")
        for each, dates in dated:
            if max(dates) < str(today) and not end(each, "joining"):
                continue  # nothing is promised until the new school is known
            # The server's clock and zone decide about a day next to today.
            expected = {
                "incomplete" if max(dates) > str(day) else "complete"
                for day in (today - timedelta(days=1), today + timedelta(days=1))
            }
            assert each.get("status") in expected, f"A transfer on {dates} is {each.get('status')} on {today}."

    with check("transfers/none"):
        assert api.send("GET", f"{api.participants}/{UNKNOWN_ID}/transfers").status == 404


@verifies("transfers/listed")
def test_participant_who_has_left_is_in_the_list_of_transfers(api, lists, states):
    states.inventory.require_fields("ecf_participants", "participant_status")
    left = [each for each in states.inventory.participants if each.status == "left"]
    # A deferral or a withdrawal can make a participant left too, without a transfer.
    for each in sorted(left, key=lambda each: each.training_status != "active")[:MAX_SHOWN_BY_ID]:
        if api.send("GET", f"{api.participants}/{each.id}/transfers").status == 200:
            listing = lists.at("ecf_participant_transfers")
            # The participant may have moved since the list was read.
            listed = is_in(listing.snapshot, each.id) or is_in(listing.all(), each.id)
            assert listed, f"The transfers of {each.id} are shown on their own, and are not in the list."
            return
    raise CouldNotRun(
        "No participant who has left shows a transfer.", "Give the provider one who has left for another."
    )


def is_in(listed, record_id):
    return record_id in {each["id"] for each in listed}


@verifies("transfers/both-providers")
def test_transfer_is_listed_for_both_providers(other_api, lists, transfers):
    lists.at("ecf_participant_transfers").require_fields("transfers", "transfer_type")
    between = [each for each in transfers if any(move.get("transfer_type") == "new_provider" for move in moves(each))]
    theirs = lists.at("ecf_participant_transfers").as_provider(other_api)
    seen = {each["id"] for each in theirs.snapshot}
    shared = [each["id"] for each in between if each["id"] in seen]
    for participant in [each["id"] for each in between if each["id"] not in seen][:MAX_SHOWN_BY_ID]:
        alone = other_api.send("GET", f"{other_api.participants}/{participant}/transfers")
        assert alone.status == 404 or is_in(theirs.all(), participant), (
            f"The transfers of {participant} are shown on their own, and are not in the list."
        )
    if not shared:
        raise CouldNotRun(
            "No participant has moved between the two lead providers.",
            "Give one a participant who has joined the other.",
        )

    for participant in shared[:MAX_SHOWN_BY_ID]:
        alone = other_api.send("GET", f"{other_api.participants}/{participant}/transfers")
        assert alone.status == 200 or not is_in(theirs.all(), participant), (
            f"The transfers of {participant} are in the list, and are not shown on their own."
        )


@pytest.fixture
def moved_school(states):
    """The ids of participants who moved once, to another school of the same provider, with its URN."""
    states.inventory.require_fields("ecf_participant_transfers", "transfers", "transfer_type", "status")
    return schools_joined(states.inventory)


def schools_joined(inventory):
    """Return the URN of the school that a participant joined, by their id, if they moved once, within the provider."""
    return {
        resource["id"]: end(each, "joining").get("school_urn")
        for resource in inventory.transfers
        if len(moves(resource)) == 1
        for each in moves(resource)
        if each.get("transfer_type") == "new_school" and each.get("status") == "complete" and end(each, "joining")
    }


@verifies("transfers/school")
def test_participant_who_has_moved_is_at_the_new_school(states, moved_school):
    known = [each for each in states.inventory.participants if each.id in moved_school]
    if not known:
        raise CouldNotRun(
            "No participant has moved to another school of the provider.", "Give the provider one who has."
        )

    elsewhere = at_another_school(known, moved_school)
    if elsewhere:  # somebody may have moved between the two lists
        inventory = states.inventory.reread()
        now = at_another_school(inventory.participants, schools_joined(inventory))
        elsewhere = [each for each in elsewhere if each in now]
    for participant, urn, joined in elsewhere:
        assert urn == joined, (
            f"`school_urn` of {participant} is {urn or 'null'}; expected {joined}, the school they joined."
        )


def at_another_school(participants, moved_school):
    """Return the participants who are not at the school that they joined: their id, their school, and that one."""
    known = [(each.id, each.enrolment.get("school_urn")) for each in participants if each.id in moved_school]
    return [(each, urn, moved_school[each]) for each, urn in known if urn != moved_school[each]]


@verifies("transfers/same-provider-declares")
@uses_states("ect.no-declarations")
def test_participant_who_has_moved_can_be_declared(api, states, moved_school, calendar):
    ect = states.claim("ect.no-declarations", where=lambda each: each.id in moved_school)

    assert api.declare(declaration_of(ect, "started", calendar)).status == 200


@verifies("transfers/left-still-shown")
def test_participant_who_has_left_is_still_shown(api, states):
    states.inventory.require_fields("ecf_participants", "participant_status")
    left = [each for each in states.inventory.participants if each.status == "left"]
    if not left:
        raise CouldNotRun(
            "Version 3 shows no participant whose participant_status is left.",
            "Give the provider one who has left for another, and run version 3 as well.",
        )

    shown = api.show_participant(left[0].id)
    if shown.status != 200 and left[0].id not in states.inventory.reread().participant_ids:
        raise CouldNotRun(f"{left[0].id} is listed no more.", "Run again.")
    assert shown.status == 200


@one_more_situation()
@verifies("transfers/left-still-shown")
@uses_states()
def test_participant_who_has_left_a_school_has_the_status_left(states):
    leavers = those_who_leave(states.inventory)
    if not leavers:
        raise CouldNotRun(
            "No transfer shows the day on which a participant leaves a school with this lead provider.",
            "Give the provider a participant who has left a school.",
        )

    # The server's zone decides about a day next to today.
    yesterday, tomorrow = (str(states.inventory.today + timedelta(days=days)) for days in (-1, 1))

    def is_wrong(each, day):
        return day < yesterday if each.status not in STATUSES_OF_LEAVERS else day > tomorrow

    if any(is_wrong(*each) for each in leavers):  # somebody may have moved between the two lists
        leavers = those_who_leave(states.inventory.reread())
    for each, day in leavers:
        has_left = each.status in STATUSES_OF_LEAVERS
        assert has_left or day >= yesterday, f"{each.id} has left the school on {day}, and is {each.status}."
        assert not has_left or day <= tomorrow, f"{each.id} leaves the school on {day}, and is {each.status}."


def those_who_leave(inventory):
    """Return the participants in training whose transfer shows the day on which they leave their school, with it."""
    leaves_on = {
        (resource["id"], str(move.get("training_record_id")), str(leaving.get("school_urn"))): str(leaving["date"])
        for resource in inventory.transfers
        for move in only_moves(resource)
        if (leaving := end(move, "leaving")).get("date")
        and leaving.get("school_urn") not in {None, end(move, "joining").get("school_urn")}
    }
    return [
        (each, leaves_on[enrolled_at(each)])
        for each in (*inventory.participants, *inventory.with_several_enrolments)
        if each.status
        and each.training_status == "active"
        and not has_completed(each)
        and enrolled_at(each) in leaves_on
    ]


def only_moves(resource):
    """The transfers of training records that have moved once: nobody has come back."""
    records = Counter(str(each.get("training_record_id")) for each in moves(resource))
    return [each for each in moves(resource) if records[str(each.get("training_record_id"))] == 1]


def enrolled_at(participant):
    """The participant, their training record and their school."""
    names = ("training_record_id", "school_urn")
    return (participant.id, *(str(participant.enrolment.get(name)) for name in names))


def has_completed(participant):
    """Return whether induction or training is complete: the service of 2026-08 then shows nobody as having left."""
    return participant.enrolment.get("induction_end_date") or participant.enrolment.get("mentor_funding_end_date")


@verifies("transfers/old-provider-declares")
@uses_states("ect.left")
def test_participant_who_has_left_can_be_declared_by_the_old_provider(api, states, calendar):
    # The declaration must be dated before the participant left.
    left = {
        resource["id"]: max(
            (date for each in moves(resource) if (date := end(each, "leaving").get("date"))), default=""
        )
        for resource in states.inventory.transfers
    }

    def started_here(participant):
        return left.get(participant.id, "") > format_time(window_date(participant, "started", calendar))

    ect = states.claim("ect.left", where=started_here)

    assert api.declare(declaration_of(ect, "started", calendar)).status == 200


@verifies("transfers/earlier-declarations-shown")
def test_new_provider_gets_the_declarations_of_the_earlier_one(api, other_api, lists, states):
    states.inventory.require_fields("ecf_participant_transfers", "transfers", "transfer_type", "status")
    states.inventory.require_fields("ecf_participants", "participant_status")
    came = {
        resource["id"]
        for resource in states.inventory.transfers
        if {(each.get("transfer_type"), each.get("status")) for each in moves(resource)}
        == {("new_provider", "complete")}
    } & {each.id for each in states.inventory.participants if each.status == "active"}
    listing = lists.at("participant_declarations")
    theirs = skip_malformed(listing.as_provider(other_api).snapshot, Declaration.of)
    about_them = [each for _, each in theirs if each.participant_id in came and each.state in STANDING]
    if not about_them:
        raise CouldNotRun(
            "The second lead provider has no declarations about a participant who has joined the first.",
            "Give the target a participant who joined one lead provider from the other, with declarations by both.",
        )

    listed = {each["id"] for each in listing.snapshot}
    for each in [each for each in about_them if each.id not in listed]:
        if api.show_declaration(each.id).status == 200:
            continue
        # The earlier provider may have voided it since.
        assert other_api.declaration(each.id).state not in STANDING, (
            f"The declaration {each.id} of the lead provider that {each.participant_id} has left is not shown."
        )


@verifies(
    "transfers/earlier-declarations-shown",
    "transfers/earlier-declarations-not-voidable",
    "transfers/declared-once",
    "transfers/later-declarations-hidden",
    "transfers/new-provider-declares",
)
@uses_states("ect.joined")
def test_participant_who_has_joined_keeps_their_declarations(api, other_api, states, calendar, check):
    ect = states.claim("ect.joined")
    about_them = states.inventory.declarations_about(ect)
    milestones = calendar.declaration_types(ect.schedule, ect.cohort_year)
    still_to_come = next((each for each in milestones if each not in {one.type for one in about_them}), None)
    if still_to_come is None:
        raise CouldNotRun(
            f"Nothing is left to declare about {ect.id}.",
            "Give the provider a participant who joined it after the start.",
        )

    declared = api.declare(declaration_of(ect, still_to_come, calendar))
    with check("transfers/new-provider-declares"):
        assert declared.status == 200

    newest = states.discovery_api.declaration(prepared(declared).resource["id"])
    own_name = newest.attributes.get("lead_provider_name")
    earlier, own = (
        [each for each in about_them if (each.attributes.get("lead_provider_name") == own_name) is ours]
        for ours in (False, True)
    )
    again = next((each.type for each in earlier if each.type in milestones), None)
    if again is None:
        raise CouldNotRun(
            f"No declaration about {ect.id} is by an earlier provider.",
            "Give the provider a participant who joined it after the start.",
        )

    with check("transfers/earlier-declarations-shown"):
        for each in earlier:
            assert api.show_declaration(each.id).status == 200
        listed = {each.id for each in api.declarations_about(ect)}
        for each in earlier:
            assert each.id in listed, f"The list lacks the declaration {each.id} of an earlier provider."

    with check("transfers/earlier-declarations-not-voidable"):
        for each in earlier:
            assert api.void(each.id).status in UNKNOWN_TO_WRITES

    with check("transfers/declared-once"):
        another_day = {"declaration_date": format_time(window_date(ect, again, calendar, days_after_start=3))}
        assert api.declare(declaration_of(ect, again, calendar) | another_day).status == 422

    with check("transfers/later-declarations-hidden"):
        for each in own:
            assert other_api.show_declaration(each.id).status == 404
