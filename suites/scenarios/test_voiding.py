"""Declarations are voided or clawed back, and submitted again."""

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.api.records import Declaration
from lead_provider_conformance.contract.values import UNKNOWN_ID, UNKNOWN_TO_WRITES
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.pytest_plugin.markers import uses_states, verifies
from lead_provider_conformance.testdata.changes import just_before
from lead_provider_conformance.testdata.dates import declaration_of, window_date, window_of
from lead_provider_conformance.testdata.refusals import assert_not_paid_again, require_success

STANDARD = ("ecf-standard-april", "ecf-standard-january", "ecf-standard-september")
KEPT_WHEN_VOIDED = ("participant_id", "course_identifier", "declaration_type", "declaration_date", "created_at")


def declaration_in(api, participant, *states):
    """Return the participant's first declaration in one of the states."""
    found = [each for each in api.declarations_about(participant) if each.state in states]
    assert found, f"The list lacks a declaration about {participant.id} that it showed before."
    return found[0]


@verifies(
    "void/state",
    "void/voided-member",
    "declarations/eligible-for-payment",
    "void/statement",
    "void/persists",
    "void/rest-unchanged",
    "void/once",
    "void/refusal-title",
    "void-2026/refusal-title",
    "void/declare-again",
)
@uses_states("ect.no-declarations")
def test_declaration_is_voided_and_declared_again(api, states, calendar, check):
    api.client.require("void_participant_declaration")
    ect, declared = states.claim_prepared(
        "ect.no-declarations",
        "started",
        lambda each: require_success(api.declare(declaration_of(each, "started", calendar))),
    )
    start = declaration_of(ect, "started", calendar)
    started = Declaration.of(declared.resource)

    response = api.void(started.id)
    with check("void/state"):
        assert response.status == 200
        assert Declaration.of(response.resource).id == started.id
        assert Declaration.of(response.resource).state == "voided"

    voided = api.declaration(started.id)
    with check("void/persists"):
        assert voided.state == "voided"
        listed = {each.id: each.state for each in api.declarations_about(ect)}
        assert listed.get(started.id) == "voided", f"The list shows the declaration as {listed.get(started.id)}."
        live = sorted(each for each, state in listed.items() if state != "voided")
        assert not live, f"The list has the declaration {live[0]}, which was never submitted."

    with check("void/rest-unchanged"):
        for name in KEPT_WHEN_VOIDED:
            now, then = voided.attributes.get(name), started.attributes.get(name)
            assert now == then, f"`{name}` is {now!r} once the declaration is voided; it was {then!r}."

    if check.applies("void/voided-member"):
        with check("void/voided-member"):
            check.needs("void/persists")
            assert started.attributes.get("voided") is False
            assert voided.attributes.get("voided") is True

        with check("declarations/eligible-for-payment"):
            check.needs("void/persists")
            assert voided.attributes.get("eligible_for_payment") is False

    if check.applies("void/statement"):
        with check("void/statement"):
            check.needs("void/persists")
            assert voided.attributes.get("statement_id") is None

    refusal = api.void(started.id)
    with check("void/once"):
        check.needs("void/persists")
        assert refusal.status == 422

    with check("void/refusal-title"):
        check.needs("void/persists")
        check.needs("void/once")
        titles = [title for title, _ in refusal.errors]
        assert titles == ["Invalid action"], f"The errors have the titles {titles}."

    if check.applies("void-2026/refusal-title"):
        with check("void-2026/refusal-title"):
            check.needs("void/persists", "void/once")
            assert refusal.names("participant_declaration_id")

    again = api.declare(start)
    with check("void/declare-again"):
        check.needs("void/persists")
        assert again.status == 200
        assert Declaration.of(again.resource).id != started.id
        assert Declaration.of(again.resource).state != "voided"


@verifies("void/updated-at")
@uses_states("ect.started")
def test_voiding_an_old_declaration_changes_updated_at(api, states):
    ect = states.claim("ect.started")
    started = declaration_in(api, ect, "submitted", "eligible")
    before = states.last_change(started)

    api.void_or_skip(started.id)

    moved = api.declaration(started.id).updated_at
    before.assert_moved_to(moved)
    listed = {
        each["id"]: each["attributes"].get("state") for each in api.paginate(api.declarations, just_before(moved))
    }
    assert started.id in listed, f"filter[updated_since] lacks the voided declaration, whose updated_at is {moved}."
    assert listed[started.id] == "voided", f"The list shows the declaration as {listed[started.id]} after its void."


def void_own(api, declaration):
    """Void a listed declaration. Raise CouldNotRun for a 404, as an earlier lead provider may have submitted it."""
    response = api.void(declaration.id)
    if response.status == 404:
        raise CouldNotRun(
            f"The declaration {declaration.id} gets 404; it may be one of an earlier lead provider.",
            f"Give the target a {declaration.state} declaration that the provider has submitted.",
        )
    return response


def assert_voidable(api, declaration):
    response = void_own(api, declaration)
    assert response.status == 200
    assert Declaration.of(response.resource).state == "voided"


@verifies("void/payable")
@uses_states("ect.payable")
def test_payable_declaration_is_voided(api, states):
    assert_voidable(api, declaration_in(api, states.claim("ect.payable"), "payable"))


@verifies("void/ineligible")
@uses_states("ect.ineligible")
def test_ineligible_declaration_is_voided(api, states):
    assert_voidable(api, declaration_in(api, states.claim("ect.ineligible"), "ineligible"))


@verifies(
    "declarations/once-per-milestone",
    "clawback/state",
    "clawback/statement",
    "clawback/once",
    "schedule/after-clawback",
    "clawback/declare-again",
)
@uses_states("ect.paid")
def test_paid_declaration_is_clawed_back_and_declared_again(api, states, calendar, check):
    ect = states.claim("ect.paid")
    paid = declaration_in(api, ect, "paid")
    if window_of(ect, paid.type, calendar) is None:
        raise CouldNotRun(
            f"{paid.type} is no milestone of {ect.schedule} {ect.cohort}.",
            "Give the target paid ones that are.",
        )
    again = declaration_of(ect, paid.type, calendar)
    again["declaration_date"] = format_time(window_date(ect, paid.type, calendar, days_after_start=3))

    with check("declarations/once-per-milestone"):
        assert_not_paid_again(api.declare(again))

    with check("clawback/state"):
        response = void_own(api, paid)
        assert response.status == 200
        assert Declaration.of(response.resource).state == "awaiting-clawback"
        assert api.declaration(paid.id).state == "awaiting-clawback"

    if check.applies("clawback/statement"):
        with check("clawback/statement"):
            check.needs("clawback/state")
            statement = paid.attributes.get("statement_id")
            assert response.resource["attributes"].get("statement_id") == statement
            clawback = response.resource["attributes"].get("clawback_statement_id")
            assert clawback not in (None, statement)
            statements = {each["id"] for each in states.inventory.resources(api.list_path("statements"))}
            # A provider may have statements that it cannot see, and get new ones.
            if clawback not in statements and statement in statements:
                statements = {each["id"] for each in api.paginate(api.list_path("statements"))}
            assert clawback in statements or statement not in statements, (
                f"The clawback_statement_id {clawback} is not in the list of statements."
            )

    with check("clawback/once"):
        check.needs("clawback/state")
        assert api.void(paid.id).status == 422

    if check.applies("schedule/after-clawback"):
        with check("schedule/after-clawback"):
            check.needs("clawback/state")
            excluding = schedule_that_excludes(paid, ect, calendar)
            others = [each for each in states.inventory.declarations_about(ect) if each.id != paid.id]
            # Without version 3, another provider may have declarations about a participant who has moved.
            if excluding is None or others or states.inventory.moved is None:
                raise CouldNotRun(
                    "No schedule would exclude the only declaration of a participant whose declarations are paid.",
                    "Give the target an early career teacher with one paid declaration, on a standard schedule.",
                )
            assert api.change_schedule(ect, excluding).status == 200
            require_success(api.change_schedule(ect, ect.schedule))

    with check("clawback/declare-again"):
        check.needs("clawback/state")
        new = api.declare(again)
        assert new.status == 200
        assert Declaration.of(new.resource).id != paid.id
        assert api.declaration(paid.id).state == "awaiting-clawback"


def schedule_that_excludes(declaration, participant, calendar):
    """Return a standard schedule whose window for the declaration does not contain it, or None."""
    for schedule in STANDARD:
        window = calendar.window(schedule, participant.cohort_year, declaration.type)
        if window and not window.contains(declaration.date.date()):
            return schedule
    return None


@verifies("void/unknown-id")
def test_unknown_declaration_cannot_be_voided(api):
    assert api.void(UNKNOWN_ID).status in UNKNOWN_TO_WRITES
