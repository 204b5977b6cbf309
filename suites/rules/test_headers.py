"""Media types, equivalent paths, and the form of values."""

import re

from lead_provider_conformance.api.operations import page_query
from lead_provider_conformance.contract.values import UNKNOWN_ID, UUID_PATTERN
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.pytest_plugin.markers import uses_states, verifies

ATTEMPTS = 3
"""How often a list that changes is read again."""
EXTENDED = "ecf-extended-september"
JSON_API = "application/vnd.api+json"
MEDIA_TYPE = {"headers/json": ("application/json",), "headers/json-in-utf-8": ("application/json", "charset=utf-8")}
OF_REFUSALS = ("headers/media-type", *MEDIA_TYPE, "headers/no-store")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
TIMES = ("updated_at", "created_at", "declaration_date")


@verifies("headers/request-media-type")
def test_body_may_have_the_json_api_media_type(api):
    body = {"data": {"type": "participant-declaration", "attributes": {"participant_id": UNKNOWN_ID}}}

    refusals = [
        api.send("POST", api.declarations, body=body, content_type=content_type, deliberate="attributes missing")
        for content_type in ("application/json", JSON_API)
    ]

    assert refusals[1].status == refusals[0].status
    assert refusals[1].errors == refusals[0].errors


@verifies("paths/json-suffix")
def test_path_may_end_with_json(api, lists):
    first = first_participants(api, lists)  # before the request, which a server without the list cannot serve

    assert_same_list(f"{api.participants}.json", first, api, deliberate="path with its format")


def first_participants(api, lists):
    return tuple(each["id"] for each in lists.at(f"{api.programme}_participants").snapshot[:3])


def assert_same_list(path, first, api, deliberate=None):
    """Check that a path shows the participants that the usual one shows first. Others may add and remove some."""
    for _ in range(ATTEMPTS):
        response = api.send("GET", path, query=page_query(3), deliberate=deliberate)
        assert response.status == 200
        if response.ids == first:
            break
        first = api.list_participants(*page_query(3)).ids
    assert response.ids == first


@verifies("paths/participants")
def test_old_path_of_the_list(api, lists):
    first = first_participants(api, lists)

    assert_same_list(api.path("participants"), first, api)


@verifies("paths/participants-of-version-2")
def test_old_path_of_the_list_in_version_2(api, lists):
    first = first_participants(api, lists)

    assert_same_list(api.path("participants"), first, api)


def act_at_old_path(api, participant, action, **attributes):
    named = {"course_identifier": participant.course} | attributes
    body = {"data": {"type": f"participant-{action}", "attributes": named}}
    return api.send("PUT", api.path("participants", participant.id, action), body=body)


@verifies("training/old-paths")
@uses_states("ect.no-declarations", "ect.started")
def test_old_paths_of_changes_of_schedule_and_withdrawals(api, states):
    moving, leaving = states.claim("ect.no-declarations"), states.claim("ect.started")

    assert act_at_old_path(api, moving, "change-schedule", schedule_identifier=EXTENDED).status == 200
    assert api.participant(moving).schedule == EXTENDED

    assert act_at_old_path(api, leaving, "withdraw", reason="other").status == 200
    assert api.participant(leaving).training_status == "withdrawn"


def check_since_2026_08(check, responses, unknown):
    """Check the media type and the 404 of the services of edition 2026-08."""
    requirement = "headers/json" if check.applies("headers/json") else "headers/json-in-utf-8"
    with check("headers/json", "headers/json-in-utf-8"):
        for response in responses:
            named = response.headers.get("content-type", "")
            parts = tuple(part.strip().lower() for part in named.split(";"))
            assert parts == MEDIA_TYPE[requirement], (
                f"{response.method} {response.path} → {response.status} has the type {named}, "
                f"not {'; '.join(MEDIA_TYPE[requirement])}."
            )

    with check("headers/no-store"):
        for response in responses:
            named = response.headers.get("cache-control", "")
            directives = {each.strip().lower() for each in named.split(",")}
            assert "no-store" in directives, (
                f"{response.method} {response.path} → {response.status} has cache-control {named!r}, without no-store."
            )

    with check("errors/record-not-found"):
        assert unknown.status == 404
        titles = [title for title, _ in unknown.errors]
        assert titles == ["Resource not found"], f"The errors have the titles {titles}."

    with check("errors/not-found-as-text"):
        assert unknown.status == 404
        assert unknown.members == ("error",)
        error = unknown.json.get("error")
        assert isinstance(error, str), f"error is {error!r}, which is not a text."


@verifies(
    "headers/media-type",
    "headers/json",
    "headers/json-in-utf-8",
    "headers/no-store",
    "errors/record-not-found",
    "errors/not-found-as-text",
    "values/top-level",
    "values/ids",
    "values/timestamps",
)
def test_form_of_responses(api, check):
    lists = [api.list_participants(*page_query(100)), api.list_declarations(*page_query(100))]
    refusals = [api.show_participant(UNKNOWN_ID)]
    with check.unless_read_only(*OF_REFUSALS):
        refusals.append(api.send("POST", api.declarations, body={}, deliberate="no data"))

    with check("headers/media-type"):
        for response in (*lists, *refusals):
            named = response.headers.get("content-type")
            reason = f"{response.method} {response.path} → {response.status} has the type {named}, not {JSON_API}."
            assert named == JSON_API, reason

    check_since_2026_08(check, [*lists, *refusals], unknown=refusals[0])

    resources = [each for response in lists for each in response.resources]
    shows = (api.show_participant, api.show_declaration)
    shown = [show(each.first["id"]) for show, each in zip(shows, lists, strict=True) if each.resources]
    if not resources:
        raise CouldNotRun("The provider has neither participants nor declarations.", "Give the target some.")

    with check("values/top-level"):
        for response in (*lists, *shown):
            assert response.members == ("data",)
        resources += [each.resource for each in shown]
        for each in resources:
            assert sorted(each) == ["attributes", "id", "type"], f"A resource has the fields {sorted(each)}."

    with check("values/ids"):
        for each in resources:
            assert re.fullmatch(UUID_PATTERN, each["id"]), f"The id {each['id']!r} is not a UUID in lower case."

    with check("values/timestamps"):
        times = [(each, name) for each in resources for name in TIMES if name in each["attributes"]]
        for each, name in times:
            assert TIME.fullmatch(str(each["attributes"][name])), (
                f"`{name}` of {each['id']} is {each['attributes'][name]!r}; "
                "expected a time in UTC with whole seconds and Z."
            )
