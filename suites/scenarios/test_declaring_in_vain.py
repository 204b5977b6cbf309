"""Declarations that are refused: by their date, by what they lack, by what they say; and that leave nothing behind."""

import pytest

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.contract.values import UNKNOWN_ID
from lead_provider_conformance.pytest_plugin.markers import uses_states, verifies
from lead_provider_conformance.testdata.dates import date_after_window, declaration_of, window_date


class Attempts:
    """Declares, again and again, what is to be refused about one participant."""

    def __init__(self, api, good):
        self.api = api
        self.good = good
        self.recorded = []
        self.refusals = []

    def declare(self, changes, *, about, **what):
        attributes = {name: value for name, value in (self.good | changes).items() if value is not None}
        body = {"data": {"type": "participant-declaration", "attributes": attributes}}
        response = self.api.send("POST", self.api.declarations, body=body, **what)
        if response.status == 200:
            # One that was wrongly recorded must not stand in the way of the next.
            self.recorded.append(response.resource["id"])
            self.api.void(response.resource["id"])
        if response.status == 422:
            self.refusals.append((about, response))
        return response


@pytest.fixture
@uses_states("ect.no-declarations")
def ect(states):
    return states.claim("ect.no-declarations")


@verifies(
    "declarations/before-window",
    "declarations/after-window",
    "declarations/date-format",
    "declarations/evidence-required",
    "declarations/evidence-known",
    "declarations/type-on-schedule",
    "declarations/type-known",
    "declarations/course-known",
    "declarations/course-of-participant",
    "declarations/unknown-participant",
    "declarations/missing-attributes",
    "declarations/each-attribute-required",
    "headers/server-date",
    "declarations/refusal-names-attribute",
    "declarations/refusal-records-nothing",
)
def test_declarations_that_are_refused(api, ect, calendar, check):
    attempts = Attempts(api, declaration_of(ect, "retained-1", calendar))
    declare = attempts.declare

    with check("declarations/before-window"):
        early = format_time(window_date(ect, "retained-1", calendar, days_after_start=-2))
        assert declare({"declaration_date": early}, about="declaration_date").status == 422

    with check("declarations/after-window"):
        late = format_time(date_after_window(ect, "retained-1", calendar))
        assert declare({"declaration_date": late}, about="declaration_date").status == 422

    with check("declarations/date-format"):
        for text in ("2023-01-15", "2023-01-15 08:46:29", "2023-19-15T08:46:29Z", "tomorrow"):
            response = declare({"declaration_date": text}, about="declaration_date", deliberate="no RFC 3339 time")
            assert response.status == 422, text

    with check("declarations/evidence-required"):
        response = declare({"evidence_held": None}, about="evidence_held", deliberate="no evidence_held")
        assert response.status == 422

    with check("declarations/evidence-known"):
        response = declare({"evidence_held": "hearsay"}, about="evidence_held", deliberate="unknown evidence_held")
        assert response.status == 422

    with check("declarations/type-on-schedule"):
        assert declare({"declaration_type": "extended-1"}, about="declaration_type").status == 422

    with check("declarations/type-known"):
        response = declare({"declaration_type": "begun"}, about="declaration_type", deliberate="unknown type")
        assert response.status == 422

    with check("declarations/course-known"):
        course = {"course_identifier": "ecf-gardening"}
        assert declare(course, about="course_identifier", deliberate="unknown course").status == 422

    with check("declarations/course-of-participant"):
        assert declare({"course_identifier": "ecf-mentor"}, about="course_identifier").status == 422

    with check("declarations/unknown-participant"):
        assert declare({"participant_id": UNKNOWN_ID}, about="participant_id").status == 422

    with check("declarations/missing-attributes"):
        empty = api.declare({}, deliberate="no attributes")
        assert empty.status == 422
        for missing in ("participant_id", "declaration_date", "declaration_type"):
            assert empty.names(missing)

    with check("declarations/each-attribute-required"):
        for missing in ("participant_id", "declaration_type", "declaration_date", "course_identifier"):
            assert declare({missing: None}, about=missing, deliberate=f"no {missing}").status == 422, missing

    with check("headers/server-date"):
        eve = format_time(window_date(ect, "retained-1", calendar, days_after_start=0))
        assert declare({}, about="declaration_date", headers={"X-With-Server-Date": eve}).status == 422

    with check("declarations/refusal-names-attribute"):
        for about, refusal in attempts.refusals:
            assert refusal.names(about), about

    with check("declarations/refusal-records-nothing"):
        from_refusals = {each.id for each in api.declarations_about(ect)} - set(attempts.recorded)
        assert not from_refusals, f"There are declarations that were refused when submitted: {from_refusals}."
