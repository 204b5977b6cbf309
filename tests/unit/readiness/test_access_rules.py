"""Rules about the token, the address, the version and the form of requests."""

from __future__ import annotations

import pytest
from tests.unit.readiness.traces import TraceBuilder, identifier, judge, outcomes, records, task, trace

from lead_provider_conformance.model import Outcome

PASSED, FAILED, COULD_NOT_RUN = {Outcome.PASSED}, {Outcome.FAILED}, {Outcome.COULD_NOT_RUN}
PATH = "/api/v3/participants"
DECLARATIONS = "/api/v3/participant-declarations"
NO_TOKEN = {"authorization": ""}
OTHER_TOKEN = {"authorization": "Bearer $OTHER_TOKEN"}
DECLARATION = {
    "participant_id": identifier(1),
    "declaration_type": "started",
    "declaration_date": "2026-09-10T09:00:00Z",
    "course_identifier": "ecf-induction",
}


def reading() -> TraceBuilder:
    return trace().act("first-sync").cue().walk(PATH, [records(range(5))])


def test_requests_with_the_token_pass() -> None:
    for obligation in (
        "access/bearer-header",
        "access/not-in-url",
        "access/own-token-per-environment",
        "access/https-and-host",
        "version/current",
        "contract/request-schema",
    ):
        assert outcomes(obligation, reading()) == PASSED


def test_requests_without_a_header_or_with_another_scheme_fail() -> None:
    builder = reading().get("/api/v3/statements", status=401, headers=NO_TOKEN)
    builder.get("/api/v3/statements", status=401, headers={"authorization": "Token $TOKEN"})

    assert outcomes("access/bearer-header", builder) == FAILED


@pytest.mark.parametrize("headers", [NO_TOKEN, OTHER_TOKEN])
def test_one_refused_request_is_a_test_on_purpose(headers: dict[str, str]) -> None:
    builder = reading().get("/api/v3/statements", status=401, headers=headers)

    assert outcomes("access/bearer-header", builder) == PASSED
    assert outcomes("access/own-token-per-environment", builder) == PASSED


def test_health_checks_need_no_token() -> None:
    builder = reading()
    for path in ("/health", "/health", "/api/docs", "/favicon.ico"):
        builder.get(path, status=404, headers=NO_TOKEN)

    assert outcomes("access/bearer-header", builder) == PASSED
    assert outcomes("contract/request-schema", builder) == PASSED


def test_scheme_in_lower_case_passes() -> None:
    assert outcomes("access/bearer-header", trace().get(PATH, headers={"authorization": "bearer $TOKEN"})) == PASSED


def test_other_token_fails_when_it_is_used_again() -> None:
    builder = reading()
    for _ in range(2):
        builder.get(PATH, status=401, headers=OTHER_TOKEN)

    assert outcomes("access/own-token-per-environment", builder) == FAILED


@pytest.mark.parametrize(
    "options", [{"target": f"{PATH}?token=$TOKEN"}, {"target": PATH, "headers": {"referer": "http://x/?t=%24TOKEN"}}]
)
def test_token_in_a_url_fails(options: dict[str, object]) -> None:
    builder = reading()
    builder.send("GET", **options)  # type: ignore[arg-type]

    assert outcomes("access/not-in-url", builder) == FAILED


def refused_token(requests: int, in_flight: int = 1) -> TraceBuilder:
    builder = reading().act("throttle-and-outage").cue().situation("token-refused", minutes=10)
    for number in range(requests):
        at = builder.clock + (0.01 if number < in_flight else 2)
        builder.get(PATH, status=401, situation="token-refused", at=at, in_flight=min(number + 1, in_flight))
    return builder.withdraw_situation().cue().walk(PATH, [records(range(5))])


def test_client_that_stops_after_a_refused_token_passes() -> None:
    assert outcomes("access/stop-on-401", refused_token(1)) == PASSED
    assert outcomes("access/stop-on-401", refused_token(4)) == PASSED


def test_client_that_goes_on_with_a_refused_token_fails() -> None:
    assert outcomes("access/stop-on-401", refused_token(5)) == FAILED


def test_requests_under_way_at_the_refusal_do_not_count() -> None:
    assert outcomes("access/stop-on-401", refused_token(8, in_flight=8)) == PASSED


def test_client_that_sends_nothing_after_the_refusal_is_not_outlived() -> None:
    builder = reading().situation("token-refused").get(PATH, status=401, situation="token-refused")

    assert outcomes("access/stop-on-401", builder) == COULD_NOT_RUN


def test_refusal_that_was_never_delivered_could_not_run() -> None:
    assert outcomes("access/stop-on-401", reading().situation("token-refused")) == COULD_NOT_RUN


def test_many_ids_of_another_provider_fail() -> None:
    builder = reading()
    for number in range(900, 904):
        builder.get(f"{PATH}/{identifier(number)}", status=404)

    assert outcomes("access/one-provider-per-token", builder) == FAILED


def test_ids_that_were_shown_or_tried_on_purpose_pass() -> None:
    builder = reading().event("merged", from_id=identifier(1), to_id=identifier(2))
    for _ in range(4):
        builder.get(f"{PATH}/{identifier(1)}", status=404)
    builder.get(f"{PATH}/{identifier(999)}", status=404)

    assert outcomes("access/one-provider-per-token", builder) == PASSED


def test_requests_for_an_old_version_fail() -> None:
    builder = reading().get("/api/v1/participants", records=[])

    assert outcomes("version/current", builder) == FAILED


def test_one_refused_request_for_an_old_version_is_a_test() -> None:
    assert outcomes("version/current", reading().get("/api/v1/participants", status=404)) == PASSED


@pytest.mark.parametrize(
    "query",
    ["updated_since=2026-01-01T00:00:00Z", "cohort=2025", "filter[colour]=red", 'filter={"cohort":"2025"}'],
)
def test_parameter_that_the_service_ignores_fails(query: str) -> None:
    (result,) = judge("contract/request-schema", reading().get(f"{PATH}?{query}", records=[]))

    assert result.outcome is Outcome.FAILED
    assert PATH in (result.reason or "")


def test_refused_parameter_fails_when_the_client_never_gets_it_right() -> None:
    builder = trace()
    for page in (1, 2):
        builder.get(f'{PATH}?page={{"page":{page}}}', status=400)

    assert outcomes("contract/request-schema", builder) == FAILED


def test_bad_pages_are_tests_on_purpose() -> None:
    builder = reading()
    for page in ("0", "-1", "first"):
        builder.get(f"{PATH}?page[page]={page}", status=400)

    assert outcomes("contract/request-schema", builder) == PASSED


def test_bad_bodies_are_tests_on_purpose() -> None:
    builder = reading().post(DECLARATIONS, DECLARATION, kind="participant-declaration")
    for name in ("participant_id", "course_identifier"):
        body = {key: value for key, value in DECLARATION.items() if key != name}
        builder.post(DECLARATIONS, body, kind="participant-declaration", status=422)
    builder.send("POST", DECLARATIONS, body="{", status=400)

    assert outcomes("contract/request-schema", builder) == PASSED


def test_bodies_that_are_always_wrong_fail() -> None:
    builder = reading()
    for number in (1, 2):
        body = DECLARATION | {"participant_id": identifier(number), "declaration_date": "1 September"}
        builder.post(DECLARATIONS, body, kind="participant-declaration", status=422)

    assert outcomes("contract/request-schema", builder) == FAILED


def test_bodies_for_tasks_that_are_wrong_on_purpose_pass() -> None:
    builder = reading().cue(*(task("declare", number, trap="no evidence") for number in range(1, 6)))
    for number in range(1, 6):
        body = DECLARATION | {"participant_id": identifier(number), "declaration_type": "retained-1"}
        builder.post(DECLARATIONS, body, kind="participant-declaration", status=422)

    assert outcomes("contract/request-schema", builder) == PASSED


def test_other_media_type_fails() -> None:
    builder = reading()
    for _ in range(2):
        builder.post(DECLARATIONS, DECLARATION, kind="participant-declaration", headers={"content-type": "text/plain"})

    assert outcomes("contract/request-schema", builder) == FAILED


def test_empty_body_where_none_is_read_passes() -> None:
    builder = reading()
    for _ in range(3):
        builder.send("PUT", f"{DECLARATIONS}/{identifier(1)}/void", body="{}")

    assert outcomes("contract/request-schema", builder) == PASSED


def test_unknown_path_fails_when_it_is_repeated() -> None:
    builder = reading().get("/api/v3/participantz", status=404)
    assert outcomes("contract/request-schema", builder) == PASSED

    builder.get("/api/v3/participantz", status=404)
    assert outcomes("contract/request-schema", builder) == FAILED


@pytest.mark.parametrize("query", ["filter[updated_since]=yesterday", "page[per_page]=9000"])
def test_flaws_of_other_rules_are_left_to_them(query: str) -> None:
    assert outcomes("contract/request-schema", reading().get(f"{PATH}?{query}", records=[])) == PASSED
