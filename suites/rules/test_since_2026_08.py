"""Rules of edition 2026-08 for both services: paths, media types, refusals, and statements without a type."""

from lead_provider_conformance.api.operations import page_query
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.pytest_plugin.markers import each_list, verifies

OLD_PATHS = ("/api/v1/participant-declarations", "/api/v2/participant-declarations")
OF_THE_OTHER_PROGRAMME = {
    "ecf": ("npq-applications", "participants/npq", "participants/npq/outcomes"),
    "npq": ("participants/ecf", "partnerships/ecf", "schools/ecf", "unfunded-mentors/ecf"),
}
NO_GROUP_TITLE = {"npq": "Bad request", "ecf": "Bad parameter"}


def titles_of(response):
    return [title for title, _ in response.errors]


@verifies("paths/only-version-3")
def test_paths_of_versions_1_and_2_are_not_found(api):
    for path in OLD_PATHS:
        assert api.send("GET", path, deliberate="path of another version").status == 404


@verifies("paths/other-programme")
def test_paths_of_the_other_programme_are_not_found(api):
    for path in OF_THE_OTHER_PROGRAMME[api.programme]:
        response = api.send("GET", api.path(path), query=page_query(1), deliberate="path of another programme")
        assert response.status == 404, path


@verifies("errors/attributes-required")
def test_declaration_without_attributes_is_refused(api):
    for data in ({"type": "participant-declaration"}, {"type": "participant-declaration", "attributes": {}}):
        refusal = api.send("POST", api.declarations, body={"data": data}, deliberate="no attributes")
        assert refusal.status == 400, data
        assert titles_of(refusal) == ["Bad request"], f"The errors of {data} have the titles {titles_of(refusal)}."


@verifies("paging/malformed-title", "filtering/not-a-group-title")
def test_refusals_of_malformed_queries_have_a_title(api, lists, check):
    listing = lists.at(f"{api.programme}_participants")

    with check("paging/malformed-title"):
        refusal = listing.get(("page[per_page]", "0"), deliberate="page that is no whole number from 1")
        assert titles_of(refusal) == ["Bad request"], f"The errors have the titles {titles_of(refusal)}."

    with check("filtering/not-a-group-title"):
        refusal = listing.get(("filter", "active"), deliberate="filter without a name")
        assert titles_of(refusal) == [NO_GROUP_TITLE[api.programme]], (
            f"The errors have the titles {titles_of(refusal)}, not {NO_GROUP_TITLE[api.programme]}."
        )


@each_list(lambda listed: listed.name == "statements")
@verifies("statements/no-type")
def test_statement_has_no_type(listing):
    if not listing.snapshot:
        raise CouldNotRun(f"{listing} lists nothing.", "Give the target a statement.")
    for statement in listing.snapshot:
        assert "type" not in statement["attributes"], f"The statement {statement['id']} has the attribute type."
