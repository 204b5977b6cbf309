"""The services of an edition, and their forms of errors."""

from __future__ import annotations

from typing import Any

import pytest

from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.http.access import OTHER_SERVICE_TOKEN
from lead_provider_sandbox.http.services import ECT, ORIGINAL, ServiceError, service_of

EDITION = "2026-08"
JSON = "application/json; charset=utf-8"


@pytest.fixture
def ect(sandboxes: Any) -> Any:
    return sandboxes(edition=EDITION)


def test_original_service_serves_both_programmes_of_older_editions() -> None:
    assert service_of("2024-12") is ORIGINAL
    assert service_of("2025-04") is ORIGINAL


def test_ect_service_is_the_default_of_its_edition() -> None:
    assert EDITION in Calendar.load(EDITION).editions
    assert service_of(EDITION) is ECT
    assert service_of(EDITION, "ecf") is ECT


def test_programme_of_an_older_edition_is_refused() -> None:
    with pytest.raises(ServiceError, match="leave --programme out, or choose --edition 2026-08"):
        service_of("2024-12", "npq")


def test_unknown_programme_is_refused() -> None:
    with pytest.raises(ServiceError, match="no programme 'cpd'; it has ecf"):
        service_of(EDITION, "cpd")


def test_unknown_record_and_unknown_path_have_a_list_of_errors(ect: Any) -> None:
    for path in ("delivery-partners/none", "nothing"):
        reply = ect.get(path)

        assert (reply.status, reply.headers["content-type"]) == (404, JSON)
        assert reply.errors == {"Resource not found": "Nothing could be found for the provided details"}


def test_lists_have_the_media_type_of_the_service(ect: Any) -> None:
    reply = ect.get("delivery-partners")

    assert (reply.status, reply.headers["content-type"]) == (200, JSON)


def test_malformed_page_and_date_have_the_words_of_the_service(ect: Any) -> None:
    assert ect.get("delivery-partners", b"page[page]=0").errors == {
        "Bad request": "The '#/page[page]' and '#/page[per_page]' parameter values must be a valid positive number"
    }
    assert ect.get("unfunded-mentors", b"filter[updated_since]=yesterday").errors == {
        "Bad request": "The filter '#/updated_since' must be a valid ISO 8601 date"
    }
    assert ect.get("delivery-partners", b"filter=2025").errors == {"Bad parameter": "Filter must be a hash"}


def test_token_of_another_service_is_unknown(ect: Any) -> None:
    ect.token = OTHER_SERVICE_TOKEN

    reply = ect.get("delivery-partners")

    assert (reply.status, reply.json) == (401, {"error": "HTTP Token: Access denied"})
    assert reply.headers["content-type"] == JSON


def test_throttle_of_the_service_has_no_retry_after(sandboxes: Any) -> None:
    api = sandboxes(edition=EDITION, throttle=2)

    replies = [api.get("delivery-partners") for _ in range(3)]

    assert [each.status for each in replies] == [200, 200, 429]
    assert (replies[-1].content, replies[-1].headers["content-type"]) == (b"Retry later\n", "text/plain")
    assert "retry-after" not in replies[-1].headers


@pytest.mark.parametrize(("programme", "page"), [("ecf", "2026-08-ecf"), ("npq", "2026-08-npq")])
def test_start_page_links_to_the_reference_of_its_service_alone(sandboxes: Any, programme: str, page: str) -> None:
    api = sandboxes(edition=EDITION, programme=programme)

    start = api.send("GET", "/").content.decode()

    assert start.count("href='/reference/") == 1
    assert f"href='/reference/{page}'" in start
    assert f"Lead Provider API, {page}" in api.send("GET", f"/reference/{page}").content.decode()
    assert api.send("GET", "/reference/v3").status == 404
