"""A document is cut down to an edition or a programme."""

import json

import pytest

from lead_provider_conformance.contract.diff import changes
from lead_provider_conformance.contract.excerpt import excerpt
from lead_provider_conformance.contract.operation import operations_of


def values(document: dict, schema: str) -> set[str]:
    return set(document["components"]["schemas"][schema]["enum"])


def operation_ids(document: dict) -> set[str]:
    return {each.id for each in operations_of(document)}


@pytest.mark.parametrize("programme", ["ecf", "npq"])
def test_excerpt_has_the_operations_of_its_programme(v3, programme):
    of_programme = {each.id for each in v3.operations if programme in each.programmes}

    assert operation_ids(excerpt(v3.document, programme=programme)) == of_programme


def test_courses_of_the_other_programme_are_left_out(v3):
    assert values(excerpt(v3.document, programme="ecf"), "Course") == {"ecf-induction", "ecf-mentor"}
    assert not {each for each in values(excerpt(v3.document, programme="npq"), "Course") if each.startswith("ecf-")}


def test_filter_of_the_other_programme_is_left_out(v3):
    def filters(programme: str) -> str:
        return json.dumps(excerpt(v3.document, programme=programme)["components"]["parameters"])

    assert "delivery_partner_id" in filters("ecf")
    assert "delivery_partner_id" not in filters("npq")


def test_body_of_the_other_programme_is_left_out(v3):
    text = json.dumps(excerpt(v3.document, programme="ecf"))

    assert "evidence_held" in text
    assert '"has_passed": true' not in text


@pytest.mark.parametrize("programme", ["ecf", "npq"])
def test_links_lead_to_operations_of_the_excerpt(v3, programme):
    document = excerpt(v3.document, programme=programme)
    responses = document["components"]["responses"].values()
    linked = {link["operationId"] for each in responses for link in each.get("links", {}).values()}

    assert linked
    assert linked <= operation_ids(document)


def test_edition_has_its_own_values(v3):
    old, new = (values(excerpt(v3.document, edition=each), "EcfWithdrawReason") for each in ("2024-12", "2025-04"))

    assert old - new == {"school-left-fip"}
    assert new - old == {"switched-to-school-led"}


def test_edition_lacks_members_of_a_later_one(v3):
    found = changes(excerpt(v3.document, edition="2024-12"), excerpt(v3.document, edition="2025-04"))

    assert "in the response 200, `data.attributes.created_at` is new" in [each.sentence for each in found]


def test_excerpt_names_its_edition(v3):
    assert excerpt(v3.document, edition="2025-04")["info"]["x-edition"] == "2025-04"
    assert v3.document["info"]["x-edition"] == "2024-12"


def test_excerpt_has_only_the_components_that_it_uses(v3):
    schemas = excerpt(v3.document, programme="ecf")["components"]["schemas"]

    assert "EcfWithdrawReason" in schemas
    assert "NpqWithdrawReason" not in schemas


def test_excerpt_of_everything_is_the_document(v3):
    assert excerpt(v3.document) == v3.document
