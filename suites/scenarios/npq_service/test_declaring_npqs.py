"""Declarations in the NPQ service: copies, fields, clawbacks, cohorts without a statement, and transfers."""

from collections import Counter

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.api.records import BILLABLE, Declaration
from lead_provider_conformance.http.resource import exchange_of
from lead_provider_conformance.model import CouldNotRun, ShownFailure
from lead_provider_conformance.pytest_plugin.markers import in_editions, uses_states, verifies
from lead_provider_conformance.testdata.dates import declaration_of, window_date
from lead_provider_conformance.testdata.refusals import require_success

pytestmark = in_editions(since="2026-08")

NO_DECLARATIONS = "npq.no-declarations"
OF_ECF = ("mentor_id", "evidence_held")


def start(api, calendar):
    """Return the preparation that declares a start."""
    return lambda participant: require_success(api.declare(declaration_of(participant, "started", calendar)))


@verifies(
    "npq-declarations/copy-refused",
    "npq-declarations/duplicate-title",
    "npq-declarations/application-id",
    "npq-declarations/no-ecf-fields",
    "npq-declarations/type-known",
    "npq-declarations/void-refusal-title",
)
@uses_states(NO_DECLARATIONS)
def test_copy_of_a_declaration_is_refused(api, states, calendar, check):
    participant, declared = states.claim_prepared(NO_DECLARATIONS, "started", start(api, calendar))
    started = declaration_of(participant, "started", calendar)
    started["delivery_partner_id"] = declared.resource["attributes"].get("delivery_partner_id")
    sent = {name: value for name, value in started.items() if value is not None}

    copy = api.declare(sent)
    listed = [each for each in api.declarations_about(participant) if each.state != "voided"]
    with check("npq-declarations/copy-refused"):
        assert copy.status == 422
        assert [each.id for each in listed] == [declared.resource["id"]], "A copy was refused, and recorded as well."

    with check("npq-declarations/duplicate-title"):
        another_day = format_time(window_date(participant, "started", calendar, days_after_start=2))
        for refusal in (copy, api.declare(sent | {"declaration_date": another_day})):
            assert refusal.names("base"), f"The errors have the titles {[title for title, _ in refusal.errors]}."

    with check("npq-declarations/application-id"):
        application = api.application(str(declared.resource["attributes"].get("application_id")))
        assert (application.participant_id, application.course) == (participant.id, participant.course)
        assert application.status == "accepted"
        assert_declared_for_own_applications(states.inventory)

    with check("npq-declarations/no-ecf-fields"):
        for name in OF_ECF:
            assert name not in declared.resource["attributes"], f"The declaration has {name}."

    with check("npq-declarations/type-known"):
        types = calendar.declaration_types(participant.schedule, participant.cohort_year)
        missing = [each for each in ("retained-2",) if each not in types]
        for wrong in ("half-time", *missing):
            refusal = api.declare(sent | {"declaration_type": wrong}, deliberate="not a type of the schedule")
            assert refusal.status == 422, wrong
            assert refusal.names("declaration_type")

    api.void_or_skip(declared.resource["id"])
    with check("npq-declarations/void-refusal-title"):
        refusal = api.void(declared.resource["id"])
        assert refusal.names("declaration"), f"The errors have the titles {[title for title, _ in refusal.errors]}."


def assert_declared_for_own_applications(inventory):
    """Check that listed declarations name an application of the same participant and course, if it is listed."""
    wrong = declared_for_others(inventory)
    if wrong:  # two records may have been merged between the lists
        wrong = {name: each for name, each in declared_for_others(inventory.reread()).items() if name in wrong}
    for each, named, about, of in wrong.values():
        raise ShownFailure(
            f"The declaration {each.id} is about {about[0]} and {about[1]}; its application {named.id} is by {of[0]} "
            f"for {of[1]}.",
            exchange_of(each.attributes),
        )


def declared_for_others(inventory):
    """Return the declarations, by id, whose application is of another participant or course."""
    applications = {each.id: each for each in inventory.applications}
    present = {
        change.get("from_participant_id"): each.id
        for each in (*inventory.participants, *inventory.with_several_enrolments)
        for change in each.attributes.get("participant_id_changes") or ()
        if isinstance(change, dict)
    }
    found = {}
    for each in inventory.declarations:
        named = applications.get(each.attributes.get("application_id"))
        if named is None:
            continue
        about, of = ((present.get(one.participant_id, one.participant_id), one.course) for one in (each, named))
        if about != of:
            found[each.id] = (each, named, about, of)
    return found


@verifies(
    "npq-declarations/clawed-back",
    "npq-declarations/clawback-statement",
    "npq-declarations/updated-at",
    "npq-declarations/void-refusal-title",
)
@uses_states("npq.paid")
def test_paid_npq_declaration_awaits_clawback(api, states, check):
    participant = states.claim("npq.paid")
    paid = next((each for each in api.declarations_about(participant) if each.state == "paid"), None)
    assert paid, f"The list lacks the paid declaration about {participant.id}."

    before = states.last_change(paid)
    response = api.void(paid.id)
    shown = api.declaration(paid.id)
    with check("npq-declarations/clawed-back"):
        assert response.status == 200
        assert state_word(Declaration.of(response.resource)) == "awaiting-clawback"
        assert state_word(shown) == "awaiting-clawback"

    with check("npq-declarations/clawback-statement"):
        check.needs("npq-declarations/clawed-back")
        assert shown.attributes.get("clawback_statement_id"), "The declaration names no statement for the clawback."

    with check("npq-declarations/updated-at"):
        check.needs("npq-declarations/clawed-back")
        before.assert_moved_to(shown.updated_at)

    with check("npq-declarations/void-refusal-title"):
        check.needs("npq-declarations/clawed-back")
        refusal = api.void(paid.id)
        assert refusal.status == 422
        assert refusal.names("declaration"), f"The errors have the titles {[title for title, _ in refusal.errors]}."


def state_word(declaration):
    """Return the state with hyphens: the published document has underscores."""
    return str(declaration.state).replace("_", "-")


@verifies("npq-declarations/ineligible-voided")
@uses_states("npq.ineligible")
def test_ineligible_npq_declaration_is_voided(api, states):
    participant = states.claim("npq.ineligible")
    ineligible = next((each for each in api.declarations_about(participant) if each.state == "ineligible"), None)
    assert ineligible, f"The list lacks the ineligible declaration about {participant.id}."

    response = api.void(ineligible.id)

    assert response.status == 200
    assert Declaration.of(response.resource).state == "voided"


@verifies("npq-declarations/statement-to-come")
@uses_states("npq.without-statement")
def test_declaration_of_a_cohort_without_a_statement_to_come_is_refused(api, states, calendar):
    participant = states.look("npq.without-statement")

    refusal = api.declare(declaration_of(participant, "started", calendar))

    assert refusal.status == 422
    assert refusal.names("cohort")


@verifies("npq-declarations/transferred", "npq-declarations/transferred-not-changed", "npq-outcomes/transferred")
@uses_states("npq.transferred", NO_DECLARATIONS)
def test_declaration_of_a_transferred_application_is_shown_and_not_changed(api, states, calendar, check):
    participant = states.claim_preferring(
        "npq.transferred",
        lambda each: "completed" in {about.type for about in states.inventory.declarations_about(each)},
    )
    name = own_name(api, states, calendar)
    theirs = [each for each in api.declarations_about(participant) if each.attributes.get("lead_provider_name") != name]

    with check("npq-declarations/transferred"):
        assert theirs, f"The list lacks the declarations that another lead provider made about {participant.id}."
        for each in theirs:
            shown = api.show_declaration(each.id)
            assert shown.status == 200, each.id
            assert shown.resource["attributes"] == each.attributes

    assert theirs, f"No declaration about {participant.id} is by another lead provider."
    live = next((each for each in theirs if each.state in BILLABLE), theirs[0])
    with check("npq-declarations/transferred-not-changed"):
        partner = {"delivery_partner_id": live.attributes.get("delivery_partner_id") or live.id}
        for response in (api.void(live.id), api.change_delivery_partner(live.id, partner)):
            assert response.status == 403
        assert api.declaration(live.id).attributes == live.attributes

    with check("npq-outcomes/transferred"):
        completed = next((each for each in theirs if each.type == "completed" and each.state != "voided"), None)
        if completed is None:
            raise CouldNotRun(
                f"No completed declaration about {participant.id} is by another lead provider.",
                "Give the target a participant who was transferred after they had completed the course.",
            )
        outcome = {
            "state": "failed",
            "course_identifier": completed.course,
            "completion_date": str(completed.date.date()),
        }
        assert api.report_outcome(participant, outcome).status == 200


def own_name(api, states, calendar):
    """Return the name of the lead provider, as a declaration that it makes shows it."""
    names = Counter(each.attributes.get("lead_provider_name") for each in states.inventory.declarations)
    if len(names) == 1:
        return names.popitem()[0]
    _, declared = states.claim_prepared(NO_DECLARATIONS, "started", start(api, calendar))
    return declared.resource["attributes"].get("lead_provider_name")
