"""Failures are grouped by the cause that their exchanges show."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.journals import BASE_URL, Run

from lead_provider_conformance.config import target_file
from lead_provider_conformance.model import Cause, Outcome
from lead_provider_conformance.reports.causes import CauseGroup, causes
from lead_provider_conformance.reports.summary import failures
from lead_provider_conformance.results.journal import Journals
from lead_provider_conformance.results.operations import Advice, absent_operations, advice_on_absent

ID = "11111111-1111-4111-8111-111111111111"
POST = "create_participant_declaration"
UNDOCUMENTED = {"requirement": "contract/documented-status", "where": "", "message": "status 201 is not documented"}


def causes_of(run: Run) -> tuple[CauseGroup, ...]:
    return causes(failures(run.verdict(), Outcome.FAILED), run.record().exchanges)


def ids(several: Sequence[CauseGroup]) -> list[list[str]]:
    return [[failure.requirement.id for failure in cause.failures] for cause in several]


def failing(*requirements: str, **levels: str) -> Run:
    run = Run()
    for each in requirements:
        run.requires(each, level=levels.get(each.replace("/", "_"), "MUST"))
    return run


def test_same_server_error_is_one_cause() -> None:
    run = failing("a/b", "c/d")
    for requirement, reason in (("a/b", "500 came; expected 200."), ("c/d", "there is no data")):
        crashed = run.exchanged("POST", "/x", 500, operation=POST)
        run.found(Outcome.FAILED, requirement, reason, exchanges=[crashed])
    (cause,) = causes_of(run)

    assert cause.shared
    assert cause.title == "`create_participant_declaration` failed with 500"
    assert ids([cause]) == [["a/b", "c/d"]]


@pytest.mark.parametrize(
    ("status", "violations", "title"),
    [
        (None, [], "`create_participant_declaration` returned no response"),
        (201, [UNDOCUMENTED], "`create_participant_declaration` returned 201, which is not documented"),
    ],
)
def test_no_response_and_undocumented_status_are_causes(
    status: int | None, violations: list[dict[str, str]], title: str
) -> None:
    run = failing("a/b", "c/d")
    for requirement in ("a/b", "c/d"):
        shown = run.exchanged("POST", "/x", status, operation=POST, violations=violations)
        run.found(Outcome.FAILED, requirement, f"{requirement} in its own words", exchanges=[shown])

    assert [cause.title for cause in causes_of(run)] == [title]


def test_same_place_in_the_same_operation_is_one_cause() -> None:
    run = failing("contract/response-schema", "generated/response-schema", "contract/other")
    for requirement, operation, where in (
        ("contract/response-schema", "show", "/data/3/attributes/cohort"),
        ("generated/response-schema", "show", "/data/41/attributes/cohort"),
        ("contract/other", "list", "/data/3/attributes/cohort"),
    ):
        broken = "contract/other" if requirement == "contract/other" else "contract/response-schema"
        violation = {"requirement": broken, "where": where, "message": "2023 is not of type 'string'"}
        shown = run.exchanged("GET", "/x", operation=operation, violations=[violation])
        run.found(Outcome.FAILED, requirement, f"{operation}: {where}", exchanges=[shown])
    several = causes_of(run)

    assert ids(several) == [["contract/response-schema", "generated/response-schema"], ["contract/other"]]
    assert several[0].title == (
        "The response of `show` violates the contract at `/data/*/attributes/cohort`: 2023 is not of type 'string'"
    )


def test_violation_of_another_requirement_is_not_a_cause() -> None:
    run = failing("a/b", "c/d")
    violation = {"requirement": "contract/undocumented-member", "where": "/data/x", "message": "unknown"}
    for requirement in ("a/b", "c/d"):
        shown = run.exchanged("POST", "/x", violations=[violation])
        run.found(Outcome.FAILED, requirement, f"{requirement} in its own words", exchanges=[shown])

    assert ids(causes_of(run)) == [["a/b"], ["c/d"]]
    assert [cause.shared for cause in causes_of(run)] == [False, False]


def test_requirement_is_listed_under_its_most_common_cause() -> None:
    run = failing("a/b", "c/d", "e/f", "g/h")
    alone = run.exchanged("GET", "/x", 500, operation="list")
    crowded = run.exchanged("POST", "/x", 500, operation=POST)
    run.found(Outcome.FAILED, "a/b", exchanges=[alone])
    run.found(Outcome.FAILED, "a/b", exchanges=[crowded])
    for requirement in ("c/d", "e/f"):
        run.found(Outcome.FAILED, requirement, exchanges=[crowded])
    run.found(Outcome.FAILED, "g/h", exchanges=[alone])

    assert ids(causes_of(run)) == [["a/b", "c/d", "e/f"], ["g/h"]]


def test_causes_and_failures_list_must_first() -> None:
    run = failing("a/b", "c/d", "e/f", a_b="MAY", c_d="SHOULD")
    run.found(Outcome.FAILED, "a/b", "of its own")
    for requirement in ("c/d", "e/f"):
        run.found(Outcome.FAILED, requirement, exchanges=[run.exchanged("POST", "/x", 503, operation=POST)])

    assert ids(causes_of(run)) == [["e/f", "c/d"], ["a/b"]]


def test_failures_without_exchange_have_separate_causes() -> None:
    run = failing("a/b", "c/d").found(Outcome.FAILED, "a/b", "no").found(Outcome.FAILED, "c/d", "no")

    assert ids(causes_of(run)) == [["a/b"], ["c/d"]]


def test_cause_shows_the_plainest_request_of_all_its_requirements() -> None:
    run = failing("a/b", "c/d")
    cause = Cause(place="query:sort", kind="not sorted by updated_at")
    long = run.exchanged("GET", "/x?filter[updated_since]=2020-01-01T00%3A00%3A00Z&sort=updated_at", operation="list")
    plain = run.exchanged("GET", "/x?sort=updated_at", operation="list")
    run.found(Outcome.FAILED, "a/b", "fuzzed", exchanges=[long], cause=cause)
    run.found(Outcome.FAILED, "c/d", "plain", exchanges=[plain], cause=cause)
    (group,) = causes_of(run)

    assert ids([group]) == [["c/d", "a/b"]]
    assert group.failures[0].exchange(run.record().exchanges)["id"] == plain
    assert group.title == "`list` at `query:sort`: not sorted by updated_at"


def test_waived_requirement_as_kind_is_one_cause_with_it() -> None:
    run = failing("withdrawal/x", "generated/lifecycle")
    shown = run.exchanged("PUT", "/x/withdraw", operation="withdraw")
    run.found(Outcome.FAILED, "withdrawal/x", "no", exchanges=[shown])
    run.found(Outcome.FAILED, "generated/lifecycle", "no", exchanges=[shown], cause=Cause(kind="withdrawal/x"))

    assert ids(causes_of(run)) == [["withdrawal/x", "generated/lifecycle"]]


def test_requirement_that_can_show_a_request_comes_before_one_that_cannot() -> None:
    run = failing("a/b", "c/d")
    cause = Cause("list", "/data/*/attributes/cohort", "type")
    run.found(Outcome.FAILED, "a/b", "from the snapshot", cause=cause)
    run.found(Outcome.FAILED, "c/d", "shown", exchanges=[run.exchanged("GET", "/x", operation="list")], cause=cause)

    assert ids(causes_of(run)) == [["c/d", "a/b"]]


def test_title_counts_other_operations_with_the_same_defect() -> None:
    run = failing("a/b", "c/d")
    for operation in ("list_x", "list_y", "list_z"):
        cause = Cause(operation, "query:sort", "not sorted by updated_at")
        for requirement in ("a/b", "c/d"):
            run.found(Outcome.FAILED, requirement, "no", cause=cause)

    assert [each.title for each in causes_of(run)] == [
        "`list_x` and 2 more operations at `query:sort`: not sorted by updated_at"
    ]


def test_field_is_one_cause_in_all_operations_and_explains_reasons_that_name_it() -> None:
    run = failing("contract/response-schema", "x/changed", "x/other")
    where = {"list_x": "/data/3/attributes/updated_at", "show_x": "/data/attributes/updated_at"}
    violations = {
        operation: {"requirement": "contract/response-schema", "where": place, "message": "null", "kind": "type"}
        for operation, place in where.items()
    }
    for operation, violation in violations.items():
        shown = run.exchanged("GET", "/x", operation=operation, violations=[violation])
        run.found(Outcome.FAILED, "contract/response-schema", "null", exchanges=[shown])
    again = run.exchanged("GET", "/x/1", operation="show_x", violations=[violations["show_x"]])
    run.found(Outcome.FAILED, "x/changed", "`updated_at` is null; expected a time.", exchanges=[again])
    run.found(Outcome.FAILED, "x/other", "The name differs.", exchanges=[again])

    assert ids(causes_of(run)) == [["contract/response-schema", "x/changed"], ["x/other"]]


def test_missing_errors_explain_reasons_about_errors_in_all_operations() -> None:
    run = failing("contract/response-schema", "x/titles")
    missing = {"requirement": "contract/response-schema", "where": "", "message": "no", "kind": "missing errors"}
    for operation, requirement in (("create_x", "contract/response-schema"), ("void_x", "x/titles")):
        shown = run.exchanged("POST", "/x", 422, operation=operation, violations=[missing])
        run.found(Outcome.FAILED, requirement, "The errors have the titles [].", exchanges=[shown])

    assert ids(causes_of(run)) == [["contract/response-schema", "x/titles"]]


def test_error_body_is_one_cause_in_all_operations_except_for_wrong_statuses() -> None:
    run = failing("contract/error-body", "x/named", "x/status")
    violation = {"requirement": "contract/error-body", "where": "", "message": "errors is a string"}
    for operation in ("create_x", "void_x"):
        shown = run.exchanged("POST", "/x", 422, operation=operation, violations=[violation])
        run.found(Outcome.FAILED, "contract/error-body", "errors is a string", exchanges=[shown])
    run.found(Outcome.FAILED, "x/named", "No error names `y`: POST /x returned 422 {}", exchanges=[shown])
    run.found(Outcome.FAILED, "x/status", "POST /x returned 422; expected 200. {}", exchanges=[shown])

    assert ids(causes_of(run)) == [["contract/error-body", "x/named"], ["x/status"]]


@pytest.mark.parametrize(
    ("method", "status", "reasons", "title"),
    [
        (
            "PUT",
            200,
            ("PUT /x returned 200; expected 422. {}", "no attributes; expected a refusal, got 200"),
            "`act` accepts requests that must be refused",
        ),
        (
            "GET",
            200,
            ("1 of 3 operations do not return 401: GET /x → 200.", "GET /x returned 200; expected 401. {}"),
            "`act` accepts requests that must be refused",
        ),
        ("PUT", 422, ("PUT /x returned 422; expected 200. {}", "The request failed, so no"), "`act` refuses requests"),
        ("PUT", 422, ("No error names `y`: PUT /x", "z; no error names y, got 422"), "No error of `act` names `y`"),
        ("PUT", 200, ("`day` is None; expected 1.", "`day` is 2; expected 1."), "`act` returns wrong values of `day`"),
    ],
)
def test_same_kind_of_wrong_response_is_one_cause(
    method: str, status: int, reasons: tuple[str, str], title: str
) -> None:
    run = failing("a/b", "c/d")
    for requirement, reason in zip(("a/b", "c/d"), reasons, strict=True):
        shown = run.exchanged(method, "/x", status, operation="act")
        run.found(Outcome.FAILED, requirement, reason, exchanges=[shown])
    (cause,) = causes_of(run)

    assert cause.title.startswith(title)


def test_other_wrong_requests_and_fields_are_causes_of_their_own() -> None:
    run = failing("a/b", "c/d", "e/f")
    for requirement, reason in (
        ("a/b", "PUT /x returned 200; expected 422. {}"),
        ("c/d", "`day` is None; expected 1."),
        ("e/f", "`month` is None; expected 1."),
    ):
        run.found(Outcome.FAILED, requirement, reason, exchanges=[run.exchanged("PUT", "/x", operation="act")])

    assert len(causes_of(run)) == 3


def test_list_is_one_cause_for_each_query() -> None:
    run = failing("a/b", "c/d", "e/f")
    for requirement, query in (("a/b", "page[page]=1"), ("c/d", ""), ("e/f", "filter[cohort]=2023&page[page]=1")):
        shown = run.exchanged("GET", f"/x?{query}", operation="list_x")
        run.found(Outcome.FAILED, requirement, f"{requirement} in its own words", exchanges=[shown])
    several = causes_of(run)

    assert ids(several) == [["c/d", "a/b"], ["e/f"]]
    assert several[0].title == "`list_x` returns wrong records or pages"


def test_violation_in_a_response_that_should_have_been_a_refusal_is_no_cause_of_its_own() -> None:
    run = failing("contract/response-schema", "x/refused")
    violation = {"requirement": "contract/response-schema", "where": "/data/attributes/reason", "message": "no"}
    shown = run.exchanged("PUT", "/x", operation="act", violations=[violation])
    run.found(Outcome.FAILED, "contract/response-schema", "no", exchanges=[shown])
    run.found(Outcome.FAILED, "x/refused", "PUT /x returned 200; expected 422. {}", exchanges=[shown])
    (cause,) = causes_of(run)

    assert {each.requirement.id for each in cause.failures} == {"contract/response-schema", "x/refused"}


def test_field_of_other_responses_is_a_cause_of_its_own_beside_a_wrongly_accepted_request() -> None:
    run = failing("generated/response-schema", "generated/rejects-invalid")
    violation = {"requirement": "contract/response-schema", "where": "/data/attributes/reason", "message": "no"}
    shown = run.exchanged("GET", "/x/1", operation="act", violations=[violation])
    accepted = run.exchanged("PUT", "/x", operation="act")
    test = "suites/generated/test_generated.py::test"
    run.found(Outcome.FAILED, "generated/response-schema", "no", exchanges=[shown], test=test)
    refusal = "no attributes; expected a refusal, got 200"
    run.found(Outcome.FAILED, "generated/rejects-invalid", refusal, exchanges=[accepted], test=test)

    assert len(causes_of(run)) == 2


def test_missing_titles_explain_reasons_about_the_errors_of_all_operations() -> None:
    run = failing("contract/response-schema", "x/titles", "x/named")
    missing = {
        "requirement": "contract/response-schema",
        "where": "/errors/0",
        "message": "no",
        "kind": "missing title",
    }
    shown = run.exchanged("PUT", "/x", 422, operation="act", violations=[missing])
    run.found(Outcome.FAILED, "contract/response-schema", "'title' is missing", exchanges=[shown])
    run.found(Outcome.FAILED, "x/titles", "The errors have the titles ['None'].", exchanges=[shown])
    other = run.exchanged("POST", "/y", 422, operation="create")
    run.found(Outcome.FAILED, "x/named", "No error names `y`: POST /y returned 422 {}", exchanges=[other])
    (cause,) = causes_of(run)

    assert cause.title == "The response of `act` violates the contract at `/errors/*`: no"


def test_values_that_cannot_be_sent_are_one_cause() -> None:
    run = failing("a/b", "c/d")
    shown = "cannot be requested with the values that the server has shown: /data/attributes/course 'None' is not one"
    run.found(Outcome.FAILED, "a/b", f"PUT /x {shown} of 'a'.", exchanges=[])
    run.found(Outcome.FAILED, "c/d", f"POST /y {shown} of 'b'.", exchanges=[])
    (cause,) = causes_of(run)

    assert cause.title == "The server has shown values of `/data/attributes/course` that cannot be sent"


def test_effects_of_a_refused_request_are_no_causes_of_their_own() -> None:
    run = failing("x/accepted", "x/effect", "x/elsewhere")
    refused = run.exchanged("PUT", f"/x/{ID}/act", 422, operation="act", test="one")
    run.found(Outcome.FAILED, "x/accepted", "PUT /x returned 422; expected 200. {}", exchanges=[refused], test="one")
    shown = run.exchanged("GET", f"/x/{ID}", operation="show_x", test="one")
    run.found(Outcome.FAILED, "x/effect", "`day` is None; expected 1.", exchanges=[refused, shown], test="one")
    run.found(Outcome.FAILED, "x/elsewhere", "`day` is None; expected 1.", exchanges=[shown], test="other")

    assert sorted(ids(causes_of(run)), key=len) == [["x/elsewhere"], ["x/accepted", "x/effect"]]


@pytest.mark.parametrize(
    ("requirements", "reasons", "status", "title"),
    [
        (
            ("authentication/token-known", "authentication/comes-first"),
            ("1 of 7 operations do not return 401: POST /x → 422.", "POST /x returned 422; expected 401. {}"),
            422,
            "`act` does not return 401 without a valid token",
        ),
        (
            ("x/accepted", "generated/lifecycle"),
            ("PUT /x returned 422; expected 200. {}", "void started should have been accepted; the server returned <>"),
            422,
            "`act` refuses requests that must be accepted",
        ),
        (
            ("x/once", "x/other"),
            ("PUT /x returned 400; expected 422. {}", "PUT /x returned 400; expected 422. {}"),
            400,
            "`act` returned 400 instead of another error",
        ),
        (
            ("x/status", "generated/written-is-read-back"),
            (
                "`status` is 'deferred'; expected 'active'.",
                "after resume the response differs from the record at /x (defer; resume)",
            ),
            200,
            "`act` returns something else than the record",
        ),
        (
            ("x/passed", "generated/written-is-read-back"),
            ("`has_passed` is true; expected false.", "after declare has_passed differs from the request (declare)"),
            200,
            "`act` returns wrong values of `has_passed`",
        ),
    ],
)
def test_same_defect_of_an_operation_is_one_cause(
    requirements: tuple[str, str], reasons: tuple[str, str], status: int, title: str
) -> None:
    run = failing(*requirements)
    for requirement, reason in zip(requirements, reasons, strict=True):
        shown = run.exchanged("PUT", "/x", status, operation="act")
        run.found(Outcome.FAILED, requirement, reason, exchanges=[shown])

    assert [(cause.title, len(cause.failures)) for cause in causes_of(run)] == [(title, 2)]


def test_undocumented_status_is_one_cause_for_all_requests() -> None:
    run = failing("a/b", "c/d")
    for requirement, place in (("a/b", "query:sort"), ("c/d", "")):
        shown = run.exchanged("GET", "/x", 206, operation="list_x", violations=[UNDOCUMENTED], place=place)
        run.found(Outcome.FAILED, requirement, "status 206 is not documented", exchanges=[shown])

    assert [cause.title for cause in causes_of(run)] == ["`list_x` returned 206, which is not documented"]


@pytest.mark.parametrize(
    ("operations", "succeeds", "titles"),
    [
        (("one", "two", "three"), None, ["3 operations failed with 500 and never succeeded"]),
        (("one", "two", "three"), "two", ["", "", ""]),
        (("one", "two"), None, ["", ""]),
    ],
)
def test_operations_that_always_fail_are_one_cause(
    operations: tuple[str, ...], succeeds: str | None, titles: list[str]
) -> None:
    run = failing(*(f"area/{each}" for each in operations))
    for each in operations:
        crashed = run.exchanged("GET", f"/{each}", 500, operation=each)
        run.exchanged("GET", f"/{each}?page=0", 400, operation=each)
        run.found(Outcome.FAILED, f"area/{each}", "The request failed, so there was no data.", exchanges=[crashed])
    if succeeds:
        run.exchanged("GET", f"/{succeeds}/1", 200, operation=succeeds)

    assert [cause.title for cause in causes_of(run)] == titles


FILTERED = ("filtering/since", "filter[since]=2")
PAGED = ("paging/per-page", "page[page]=1")
WHOLE = ("lists/whole", "")


@pytest.mark.parametrize(
    ("kind", "lists", "titles"),
    [
        (FILTERED, 3, ["Several lists return wrong records with filter[since]"]),
        (FILTERED, 2, ["`list_0` returns wrong records with filter[since]", ""]),
        (PAGED, 3, ["Several lists return wrong pages"]),
        (WHOLE, 3, ["", "", "", ""]),
    ],
)
def test_filter_of_several_lists_is_one_cause_with_its_malformed_values(
    kind: tuple[str, str], lists: int, titles: list[str]
) -> None:
    requirement, query = kind
    run = failing(*(f"{requirement}-{number}" for number in range(lists)), "x/refused")
    for number in range(lists):
        shown = run.exchanged("GET", f"/x?{query}", operation=f"list_{number}")
        run.found(Outcome.FAILED, f"{requirement}-{number}", f"List {number} has one too many.", exchanges=[shown])
    accepted = run.exchanged("GET", f"/x?{query}x", operation="list_0")
    reason = f"GET /x?{query}x returned 200; expected 400. {{}}"
    run.found(Outcome.FAILED, "x/refused", reason, exchanges=[accepted])

    assert [cause.title for cause in causes_of(run)] == titles


@pytest.mark.parametrize(
    ("violations", "title"),
    [
        ([], "Several operations returned 422 instead of another error"),
        ([UNDOCUMENTED], "Several operations returned 422, which is not documented"),
    ],
)
def test_wrong_status_of_several_operations_is_one_cause(violations: list[dict[str, str]], title: str) -> None:
    run = failing("x/list", "x/show", "x/act")
    for operation in ("list", "show", "act"):
        refused = run.exchanged("GET", "/x", 422, operation=operation, violations=violations)
        run.found(Outcome.FAILED, f"x/{operation}", "GET /x returned 422; expected 400. {}", exchanges=[refused])

    assert [cause.title for cause in causes_of(run)] == [title]


@pytest.mark.parametrize(
    ("operations", "titles"),
    [
        (("show", "defer", "resume"), ["The server returns wrong values of `training_status`"]),
        (("show", "defer"), ["", ""]),
    ],
)
def test_wrong_field_of_several_operations_is_one_cause(operations: tuple[str, ...], titles: list[str]) -> None:
    run = failing(*(f"area/{each}" for each in operations))
    for each in operations:
        shown = run.exchanged("GET", "/x", operation=each)
        reason = "`training_status` is 'active'; expected 'deferred'."
        run.found(Outcome.FAILED, f"area/{each}", reason, exchanges=[shown])

    assert [cause.title for cause in causes_of(run)] == titles


def test_step_of_a_journey_has_the_defect_of_its_operation() -> None:
    run = failing("generated/lifecycle", "x/once")
    named = Cause(kind="y/passed-elsewhere")
    for requirement, reason, cause in (
        ("generated/lifecycle", "change-schedule should have been refused; the server returned <>", named),
        ("x/once", "PUT /x returned 200; expected 422. {}", None),
    ):
        accepted = run.exchanged("PUT", "/x", operation="act")
        run.found(Outcome.FAILED, requirement, reason, exchanges=[accepted], cause=cause)

    assert [cause.title for cause in causes_of(run)] == ["`act` accepts requests that must be refused"]


@pytest.mark.parametrize(
    "reason",
    [
        "No enrolment has the course_identifier npq-headship.",
        "GET /x with filter[training_status]=active lists 1, which it should leave out.",
    ],
)
@pytest.mark.parametrize(
    ("where", "kind", "causes_found"),
    [
        ("/data/attributes", "missing npq_enrolments", 1),
        ("/data/attributes/npq_enrolments", "null", 1),
        ("/data/attributes/npq_enrolments", "type", 2),
        ("/data/attributes", "missing email", 2),
    ],
)
def test_missing_list_explains_failures_about_its_items(where: str, kind: str, causes_found: int, reason: str) -> None:
    run = failing("contract/response-schema", "x/course")
    violation = {"requirement": "contract/response-schema", "where": where, "kind": kind, "message": "It is wrong"}
    shown = run.exchanged("GET", "/x", operation="list_x", violations=[violation])
    run.found(Outcome.FAILED, "contract/response-schema", "It is wrong", exchanges=[shown])
    run.found(Outcome.FAILED, "x/course", reason, exchanges=[shown])

    assert len(causes_of(run)) == causes_found


def test_operation_that_refuses_too_much_names_other_fields() -> None:
    run = failing("x/accepted", "x/names")
    for requirement, reason in (
        ("x/accepted", "PUT /x returned 422; expected 200. {}"),
        ("x/names", "No error names `cohort`: PUT /x returned 422 {}"),
    ):
        refused = run.exchanged("PUT", "/x", 422, {"errors": [{"title": "base"}]}, operation="act")
        run.found(Outcome.FAILED, requirement, reason, exchanges=[refused])

    assert [cause.title for cause in causes_of(run)] == ["`act` refuses requests that must be accepted (base)"]


def test_wrong_filter_explains_wrong_combinations() -> None:
    run = failing("x/cohort", "x/both", "x/others")
    for requirement, query in (
        ("x/cohort", "filter[cohort]=1"),
        ("x/both", "filter[cohort]=1&filter[since]=2"),
        ("x/others", "filter[since]=2&sort=name"),
    ):
        shown = run.exchanged("GET", f"/x?{query}", operation="list_x")
        run.found(Outcome.FAILED, requirement, f"{requirement} in its own words", exchanges=[shown])

    assert ids(causes_of(run)) == [["x/cohort", "x/both"], ["x/others"]]


def lacking(*operations: str) -> Run:
    """Return a run in which each operation returned 404 and failed a requirement of its own."""
    run = failing("own/cause", *(f"area/{each}" for each in operations))
    for each in operations:
        missing = run.exchanged("GET", f"/{each}", 404, operation=each)
        run.found(Outcome.FAILED, f"area/{each}", f"{each} in its own words", exchanges=[missing])
    wrong = run.exchanged("GET", "/present", operation="list_present")
    return run.found(Outcome.FAILED, "own/cause", "Not sorted.", exchanges=[wrong])


def test_operations_that_the_server_lacks_are_one_cause_and_the_first() -> None:
    run = lacking("list_x", "show_x").implements(None, of=["list_present", "list_x", "show_x", "void_x"])
    run.exchanged("PUT", "/void", 422, operation="void_x")

    first, second = causes(failures(run.verdict(), Outcome.FAILED), run.record().exchanges, run.record())

    assert first.title == "2 operations are not implemented (404 to every request): `list_x`, `show_x`"
    assert ids([first, second]) == [["area/list_x", "area/show_x"], ["own/cause"]]
    assert first.advice.paste.splitlines()[-1] == "operations: [list_present, void_x]"
    assert second.advice == Advice()


def test_failure_after_a_request_to_a_missing_operation_has_the_same_cause() -> None:
    run = failing("area/void", "area/shown")
    missing = run.exchanged("PUT", "/void", 404, operation="void_x")
    run.found(Outcome.FAILED, "area/void", "404 came.", exchanges=[missing])
    shown = run.exchanged("GET", "/x", operation="show_x")
    run.found(Outcome.FAILED, "area/shown", "The state is eligible.", exchanges=[missing, shown])

    assert ids(causes_of(run)) == [["area/void", "area/shown"]]


def test_operation_that_has_some_other_status_is_implemented() -> None:
    run = lacking("list_x")
    run.exchanged("GET", "/list_x", 400, operation="list_x")

    assert all("not implemented" not in each.title for each in causes_of(run))


TWO_PROGRAMMES = [
    {"version": "v3", "programme": "ecf", "operations": ["list_ecf", "list_shared", "void_ecf"]},
    {"version": "v3", "programme": "npq", "operations": ["list_npq", "list_shared", "void_npq"]},
]


def journals_of(*, file: str | None) -> Journals:
    """Return a run of two programmes, with a target file or with options."""
    record = Run().record()
    target = record.run["target"] | ({"file": file} if file else {})
    return replace(record, run={**record.run, "target": target}, plan={**record.plan, "scopes": TWO_PROGRAMMES})


@pytest.mark.parametrize(
    ("absent", "found", "present"),
    [
        (["list_npq", "void_npq"], None, "list_ecf, list_shared, void_ecf"),
        (["list_npq"], ["list_ecf", "list_shared"], "list_ecf, list_shared"),
    ],
)
def test_advice_names_the_programme_that_the_server_has(
    absent: list[str], found: list[str] | None, present: str
) -> None:
    advice = advice_on_absent(absent, journals_of(file="target.yaml"), found)

    assert advice.sentences[0] == "The server has no operation of NPQ alone: run with --programme ecf."
    assert advice.sentences[-1].endswith("until the server has them, add to the target file:")
    assert advice.paste == f"operations: [{present}]"


@pytest.mark.parametrize("found", [None, ["list_ecf", "list_npq"]])
def test_advice_keeps_a_programme_that_the_server_has_in_part(found: list[str] | None) -> None:
    advice = advice_on_absent(["list_shared"], journals_of(file="target.yaml"), found)

    assert not any("--programme" in each for each in advice.sentences)


@pytest.mark.parametrize("file", [None, ".github/workflows/conformance.yml"])
def test_advice_without_a_target_file_has_a_whole_one(file: str | None, tmp_path: Path) -> None:
    advice = advice_on_absent(["list_npq", "void_npq"], journals_of(file=file))
    saved = tmp_path / "my-server.yaml"
    saved.write_text(advice.paste, encoding="utf-8")

    target = target_file.load(saved, {"LEAD_PROVIDER_TOKEN": "token-one", "OTHER_LEAD_PROVIDER_TOKEN": "token-two"})

    assert advice.sentences[-1].endswith("save this as my-server.yaml, and run with --target my-server.yaml:")
    assert (target.base_url, target.tokens, target.edition) == (BASE_URL, ("token-one", "token-two"), "2024-12")
    assert (target.programmes, target.operations) == (("ecf",), {"list_ecf", "list_shared", "void_ecf"})


def test_advice_after_a_run_that_only_read_names_operations_that_were_requested() -> None:
    run = lacking("list_x").implements(None, of=["list_present", "list_x", "void_x"])
    (first, _) = causes(failures(run.verdict(), Outcome.FAILED), run.record().exchanges, run.record())

    assert first.advice.sentences[0].startswith("This run read only.")
    assert first.advice.paste.splitlines()[-1] == "operations: [list_present]"


def test_refusal_of_a_token_says_nothing_about_an_operation() -> None:
    run = lacking("list_x")
    for status in (401, 403, 429):
        run.exchanged("GET", "/list_x", status, operation="list_x")
        run.exchanged("GET", "/present", status, operation="only_refused")

    assert absent_operations(run.record().exchanges.values()) == {"list_x": frozenset({404})}


def test_own_cause_of_a_requirement_is_not_hidden_by_one_in_whose_wake_it_failed_too() -> None:
    run = failing("contract/response-schema", "x/refused", "y/refused")
    violation = {"requirement": "contract/response-schema", "where": "/data/attributes/name", "message": "is missing"}
    shown = run.exchanged("PUT", "/x", operation="act", violations=[violation])
    listed = run.exchanged("GET", "/x", operation="list_x", violations=[violation])
    for requirement in ("x/refused", "y/refused"):
        run.found(Outcome.FAILED, requirement, "PUT /x returned 200; expected 422. {}", exchanges=[shown])
    run.found(Outcome.FAILED, "contract/response-schema", "is missing", exchanges=[shown])
    run.found(Outcome.FAILED, "contract/response-schema", "is missing", exchanges=[listed], test="test_list")

    assert ids(causes_of(run)) == [["x/refused", "y/refused"], ["contract/response-schema"]]


def test_refusal_of_a_generated_request_is_one_cause_with_others_of_the_query() -> None:
    run = failing("generated/accepts-valid", "paging/of-a-query", "filtering/cohort")
    for requirement, query, reason, cause in (
        (
            "generated/accepts-valid",
            "sort=x",
            "GET /x: the request is valid; expected 200, got 400 {}",
            Cause(kind="400"),
        ),
        ("paging/of-a-query", "sort=y&page[page]=1", "The request failed, so there was no data to check: <>", None),
        ("filtering/cohort", "filter[cohort]=1", "GET /x returned 400; expected 200. {}", None),
    ):
        refused = run.exchanged("GET", f"/x?{query}", 400, operation="list_x")
        run.found(Outcome.FAILED, requirement, reason, exchanges=[refused], cause=cause)
    several = causes_of(run)

    assert ids(several) == [["generated/accepts-valid", "paging/of-a-query"], ["filtering/cohort"]]
    assert several[0].title == "`list_x` refuses requests that must be accepted (query:sort)"


def test_failure_that_shows_the_cause_comes_before_those_in_its_wake() -> None:
    run = failing("a/effect", "z/kept")
    run.exchanged("PUT", f"/x/{ID}/act", operation="act")
    shown = run.exchanged("GET", f"/x/{ID}", operation="show_x")
    run.found(Outcome.FAILED, "a/effect", "`reason` is null; expected 'other'.", exchanges=[shown])
    run.found(Outcome.FAILED, "z/kept", "`status` is 'old'; expected 'new'.", exchanges=[shown])
    (cause,) = causes_of(run)

    assert ids([cause]) == [["z/kept", "a/effect"]]
    assert cause.title == "`act` does not keep the change (status)"
