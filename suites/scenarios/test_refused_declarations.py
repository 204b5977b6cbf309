"""Declarations that are refused for a wrong or missing attribute, and are not recorded."""

from calendar import monthrange
from datetime import date

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.contract.values import UNKNOWN_ID
from lead_provider_conformance.pytest_plugin.markers import uses_states, verifies
from lead_provider_conformance.testdata.dates import (
    SOON,
    date_after_window,
    date_before_window,
    declaration_of,
    window_date,
    window_of,
)
from lead_provider_conformance.testdata.first_declarations import claim_declared
from lead_provider_conformance.testdata.refusals import prepared

NO_DECLARATIONS = {"ecf": "ect.no-declarations", "npq": "npq.no-declarations"}
MILESTONE = {"ecf": "retained-1", "npq": "started"}
NOT_RFC_3339 = ("2023-01-15", "2023-01-15 08:46:29")


class Attempts:
    """Declarations about one participant, each with some attributes changed. A change to None removes the attribute."""

    def __init__(self, api, valid, recorded):
        self.api = api
        self.valid = valid
        self.recorded = recorded
        self.refusals = []

    def declare(self, changes, *, about, **options):
        attributes = {name: value for name, value in (self.valid | changes).items() if value is not None}
        body = {"data": {"type": "participant-declaration", "attributes": attributes}}
        response = self.api.send("POST", self.api.declarations, body=body, **options)
        if response.status == 200:
            # Void a declaration that was wrongly recorded, so that it does not affect the next one.
            self.recorded.append(response.resource["id"])
            self.api.void(response.resource["id"])
        if response.status == 422:
            self.refusals.append((about, response))
        return response


@verifies(
    "declarations/before-window",
    "npq-declarations/before-window",
    "declarations/after-window",
    "npq-declarations/future-date",
    "declarations/date-format",
    "npq-declarations/date-format",
    "declarations/date-offset",
    "declarations/evidence-required",
    "declarations/evidence-known",
    "npq-declarations/outcome-required",
    "declarations/type-on-schedule",
    "npq-declarations/type-on-schedule",
    "declarations/type-known",
    "declarations/course-known",
    "declarations/course-of-participant",
    "npq-declarations/course-of-participant",
    "declarations/unknown-participant",
    "npq-declarations/unknown-participant",
    "declarations/missing-attributes",
    "declarations/each-attribute-required",
    "headers/server-date",
    "declarations/refusal-names-attribute",
    "npq-declarations/refusal-names-attribute",
    "declarations/refusal-records-nothing",
    "npq-declarations/refusal-records-nothing",
)
@uses_states("ect.no-declarations", "npq.no-declarations")
def test_declaration_with_a_wrong_attribute_is_refused(api, states, calendar, check):
    milestone = MILESTONE[api.programme]
    # Without a defect the declaration is accepted, so each refusal is due to its own defect.
    participant, first = claim_declared(api, states, NO_DECLARATIONS[api.programme], milestone, calendar)
    accepted = prepared(first).resource["id"]
    before = {each.id for each in api.declarations_about(participant)}
    valid = declaration_of(participant, milestone, calendar)
    api.void_or_skip(accepted)
    attempts = Attempts(api, valid, recorded=[accepted])
    impossible = impossible_times(participant, milestone, calendar)

    def refused(attribute, *values, deliberate=None, **more):
        for value in values:
            response = attempts.declare({attribute: value} | more, about=attribute, deliberate=deliberate)
            assert response.status == 422, value or attribute

    with check("declarations/before-window", "npq-declarations/before-window"):
        refused("declaration_date", format_time(date_before_window(participant, milestone, calendar)))
        if api.programme == "npq" and not calendar.has_npq_funding:
            for later in calendar.declaration_types(participant.schedule, participant.cohort_year)[1:]:
                more = {"declaration_type": later} | ({"has_passed": True} if later == "completed" else {})
                refused("declaration_date", format_time(date_before_window(participant, later, calendar)), **more)

    with check("declarations/date-format", "npq-declarations/date-format"):
        refused("declaration_date", *NOT_RFC_3339, *impossible, deliberate="no RFC 3339 time")

    if check.applies("declarations/date-offset"):
        with check("declarations/date-offset"):
            refused("declaration_date", valid["declaration_date"].rstrip("Z"), deliberate="time without an offset")

    if api.programme == "ecf":
        check_ecf_attributes(api, participant, calendar, check, refused)
    else:
        check_npq_attributes(api, participant, calendar, check, refused)

    if check.applies("headers/server-date"):
        with check("headers/server-date"):
            eve = format_time(window_date(participant, milestone, calendar, days_after_start=0))
            response = attempts.declare({}, about="declaration_date", headers={"X-With-Server-Date": eve})
            assert response.status == 422

    with check("declarations/refusal-names-attribute", "npq-declarations/refusal-names-attribute"):
        for about, refusal in attempts.refusals:
            assert refusal.names(about), about

    with check("declarations/refusal-records-nothing", "npq-declarations/refusal-records-nothing"):
        from_refusals = {each.id for each in api.declarations_about(participant)} - {*before, *attempts.recorded}
        assert not from_refusals, f"Declarations were recorded although they were refused: {from_refusals}."
        if api.programme == "npq" and attempts.recorded == [accepted]:
            outcomes = api.outcomes_of(participant)
            assert not outcomes, f"A refused declaration added the outcome {outcomes[0].state}."


def impossible_times(participant, milestone, calendar):
    """Return times that a server may read as times of the window.

    They are on a day such as 31 February, if a server counts on from the month's last day; in hour 24 of a day of the
    window; and with an offset of 99 hours.
    """
    window = window_of(participant, milestone, calendar)
    day = str(window_date(participant, milestone, calendar, days_after_start=1).date())
    return (day_after_the_last(window), f"{day}T24:30:00Z", f"{day}T12:00:00+99:00")


def day_after_the_last(window):
    """Return noon of a day such as 31 February; counted on from the month's last day, it is a day of the window."""
    days = [
        (f"{year}-{month:02}-31T12:00:00Z", date(year, month + 1, 31 - monthrange(year, month)[1]))
        for year in (window.start.year, window.start.year + 1)
        for month in (2, 4, 6, 9, 11)
    ]
    return next((written for written, read_as in days if window.contains(read_as)), days[0][0])


def check_ecf_attributes(api, participant, calendar, check, refused):
    with check("declarations/after-window"):
        refused("declaration_date", format_time(date_after_window(participant, "retained-1", calendar)))

    with check("declarations/evidence-required"):
        refused("evidence_held", None, deliberate="no evidence_held")

    with check("declarations/evidence-known"):
        refused("evidence_held", "hearsay", deliberate="unknown evidence_held")

    with check("declarations/type-on-schedule"):
        refused("declaration_type", "extended-1")

    with check("declarations/type-known"):
        refused("declaration_type", "begun", deliberate="unknown type")

    with check("declarations/course-known"):
        refused("course_identifier", "ecf-gardening", deliberate="unknown course")

    with check("declarations/course-of-participant"):
        refused("course_identifier", "ecf-mentor")

    with check("declarations/unknown-participant"):
        refused("participant_id", UNKNOWN_ID)

    with check("declarations/missing-attributes"):
        empty = api.declare({}, deliberate="no attributes")
        assert empty.status == 422
        for missing in ("participant_id", "declaration_date", "declaration_type"):
            assert empty.names(missing)

    with check("declarations/each-attribute-required"):
        for missing in ("participant_id", "declaration_type", "declaration_date", "course_identifier"):
            refused(missing, None, deliberate=f"no {missing}")


def check_npq_attributes(api, participant, calendar, check, refused):
    with check("npq-declarations/date-format"):
        refused("declaration_date", None, deliberate="no declaration_date")

    with check("npq-declarations/future-date"):
        now = api.client.server_time
        refused("declaration_date", format_time(now + SOON))

    with check("npq-declarations/type-on-schedule"):
        on_schedule = calendar.declaration_types(participant.schedule, participant.cohort_year)
        wrong = [each for each in ("retained-2", "retained-3", "begun") if each not in on_schedule]
        refused("declaration_type", wrong[0], "begun", None, deliberate="not a type of the schedule")

    with check("npq-declarations/course-of-participant"):
        another = "npq-headship" if participant.course != "npq-headship" else "npq-senco"
        refused("course_identifier", another, "ecf-induction", None, deliberate="not the participant's course")

    with check("npq-declarations/unknown-participant"):
        refused("participant_id", UNKNOWN_ID, None, deliberate="unknown participant")

    with check("npq-declarations/outcome-required"):
        values = (None, "perhaps")
        refused("has_passed", *values, declaration_type="completed", deliberate="neither true nor false")
