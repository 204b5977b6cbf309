"""Requests that are wrong as a whole, and records that are not there."""

from lead_provider_conformance.contract.values import UNKNOWN_ID, UNKNOWN_TO_WRITES
from lead_provider_conformance.pytest_plugin.markers import uses_states, verifies
from lead_provider_conformance.testdata.dates import declaration_of
from lead_provider_conformance.testdata.restoration import is_resumed_on_same_day

COURSE = {"ecf": "ecf-induction", "npq": "npq-headship"}
IN_UTF_8 = "application/json; charset=utf-8"
ID_WITH_NUL = f"{UNKNOWN_ID}%00"
NO_DECLARATIONS = {"ecf": "ect.no-declarations", "npq": "npq.no-declarations"}


@verifies("participants/unknown-id")
def test_unknown_participant_is_not_found(api):
    assert api.show_participant(UNKNOWN_ID).status == 404


@verifies("values/ids-in-capitals")
def test_participant_is_found_by_an_id_in_capitals(api, lists):
    listing = lists.at(f"{api.programme}_participants")
    participant = listing.first_record["id"]

    shown = api.show_participant(participant.upper(), deliberate="id in capitals")
    if shown.status != 200:
        listing.require_listed(participant)
    assert shown.status == 200


@verifies("declarations/unknown-id")
def test_unknown_declaration_is_not_found(api):
    assert api.show_declaration(UNKNOWN_ID).status == 404


@verifies("participants/malformed-id")
def test_malformed_participant_id_is_not_found(api):
    assert api.show_participant("not-a-uuid", deliberate="no UUID").status == 404


@verifies("errors/malformed-id")
def test_malformed_declaration_id_is_not_found(api, check):
    assert api.show_declaration("not-a-uuid", deliberate="no UUID").status == 404
    with_nul = api.show_declaration(ID_WITH_NUL, deliberate="NUL in an id")
    assert with_nul.status in (400, 404), "A NUL in the id of a declaration"
    with check.unless_read_only():
        assert api.void("not-a-uuid", deliberate="no UUID").status in UNKNOWN_TO_WRITES


@verifies("errors/unknown-path", "errors/not-found-form")
def test_unknown_path_is_not_found(api, check):
    nowhere = [
        api.send("GET", api.path("no-such-thing"), headers={"Accept": accepted}, deliberate="unknown path")
        for accepted in ("application/json", "*/*")
    ]
    with check("errors/unknown-path"):
        for response in nowhere:
            assert response.status == 404

    with check("errors/not-found-form"):
        for response in (*nowhere, api.show_declaration(UNKNOWN_ID)):
            assert response.members == ("error",)
            error = response.json.get("error")
            assert isinstance(error, str), f"error is {error!r}, which is not a text."


@verifies("errors/missing-data", "errors/bad-request-title", "errors/empty-data")
def test_declaration_without_data_is_refused(api, check):
    responses = {
        str(body): api.send("POST", api.declarations, body=body, deliberate="no data") for body in ({}, {"data": None})
    }
    with check("errors/missing-data"):
        for body, response in responses.items():
            assert response.status == 400, body

    with check("errors/bad-request-title"):
        for body, response in responses.items():
            titles = [title for title, _ in response.errors]
            assert titles == ["Bad request"], f"The errors of the body {body} have the titles {titles}."

    with check("errors/empty-data"):
        assert api.send("POST", api.declarations, body={"data": {}}, deliberate="empty data").status == 400


@verifies("errors/missing-data-of-action")
@uses_states("ect.no-declarations")
def test_action_without_data_is_refused(api, states):
    ect = states.look("ect.no-declarations")
    for action in ("defer", "resume", "withdraw", "change-schedule"):
        response = api.send("PUT", f"{api.participants}/{ect.id}/{action}", body={}, deliberate="no data")
        assert response.status == 400, action


@verifies("errors/malformed-json")
def test_body_that_is_not_json_is_refused(api):
    assert api.send("POST", api.declarations, raw=b'{"data":', deliberate="no JSON").status == 400


@verifies(
    "errors/missing-attributes",
    "errors/value-of-another-type",
    "errors/refusal-form",
    "errors/all-at-once",
    "headers/request-charset",
)
def test_declaration_with_several_errors_reports_all(api, check):
    with check("errors/missing-attributes"):
        body = {"data": {"type": "participant-declaration"}}
        assert api.send("POST", api.declarations, body=body, deliberate="no attributes").status == 422

    with check("errors/value-of-another-type"):
        attributes = {"participant_id": ["a"], "declaration_type": {"b": 1}, "declaration_date": [2023]}
        assert api.declare(attributes, deliberate="no texts").status == 422

    attributes = {
        "participant_id": UNKNOWN_ID,
        "declaration_type": "started",
        "declaration_date": "tomorrow",
        "course_identifier": COURSE[api.programme],
    }
    refusal = api.declare(attributes, deliberate="no RFC 3339 time")
    with check("errors/refusal-form"):
        assert refusal.members == ("errors",)
        assert refusal.errors
        for error in refusal.json.get("errors"):
            assert isinstance(error, dict), f"{error!r} is not an error with a title and a detail."
            assert sorted(error) == ["detail", "title"], f"An error has the fields {sorted(error)}."

    with check("errors/all-at-once"):
        assert refusal.names("participant_id")
        assert refusal.names("declaration_date")

    with check("headers/request-charset"):
        body = {"data": {"type": "participant-declaration", "attributes": attributes}}
        again = api.send("POST", api.declarations, body=body, content_type=IN_UTF_8, deliberate="no RFC 3339 time")
        assert (again.status, again.errors) == (refusal.status, refusal.errors), (
            f"A body with the media type {IN_UTF_8} gets {again.status} {again.errors}; without the charset it gets "
            f"{refusal.status} {refusal.errors}."
        )


@verifies("errors/all-at-once")
@uses_states("ect.no-declarations", "npq.no-declarations")
def test_missing_course_is_reported_with_another_error(api, states, calendar):
    participant = states.look(NO_DECLARATIONS[api.programme])
    attributes = declaration_of(participant, "started", calendar) | {"declaration_date": "tomorrow"}
    del attributes["course_identifier"]

    refusal = api.declare(attributes, deliberate="no course, and no RFC 3339 time")

    assert refusal.names("course_identifier")
    assert refusal.names("declaration_date")


@verifies("errors/unknown-attribute")
@uses_states("ect.no-declarations")
def test_unknown_attribute_is_ignored(api, states, calendar):
    ect = states.claim("ect.no-declarations")
    declaration = declaration_of(ect, "started", calendar)

    declared = api.declare(declaration | {"favourite_colour": "green"}, deliberate="unknown attribute")
    assert declared.status == 200

    if is_resumed_on_same_day(api.programme, calendar):
        action, attributes = "defer", {"reason": "other"}
    else:  # after a change of schedule, other tests can use the participant again
        api.void_or_skip(declared.resource["id"])
        action, attributes = "change-schedule", {"schedule_identifier": "ecf-extended-september"}
    attributes |= {"course_identifier": ect.course, "favourite_colour": "green"}
    assert api.put_action(ect, action, attributes, deliberate="unknown attribute").status == 200
