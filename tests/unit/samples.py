"""Realistic runs: conformant, with every kind of failure, with all scopes, and against a hostile server."""

from __future__ import annotations

from typing import Any

from tests.unit.journals import V3_ECF, V3_NPQ, Run

from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.model import Outcome, Scope

ECT = "3f0c1a52-8d0e-4f39-9a4e-6a1d2f1f2b11"
DECLARATION = "a9d5c1de-0f6c-4f0b-8a77-5f6f2c2f9d10"
EXCHANGES_OF_A_REQUIREMENT = 5
HOSTILE = "<script>alert(1)</script>\x00\x1b[31mred\x1b[0m \u202egnirts desrever` | [a](javascript:b) \x07"

REQUIREMENTS = (
    ("declarations/accepted", "MUST", "A declaration inside its milestone window is accepted and returned."),
    (
        "declarations/idempotent",
        "MUST",
        "Posting an exact copy of a declaration returns the same body again.",
    ),
    ("declarations/in-window", "MUST", "A declaration dated outside its milestone window is refused."),
    ("declarations/void-once", "MUST", "A voided declaration cannot be voided again."),
    ("declarations/timestamps", "SHOULD", "Timestamps are in UTC and end in Z."),
    ("errors/unknown-id", "MUST", "An id that does not exist returns 404 with the documented body."),
    ("errors/malformed-body", "MUST", "A body that is not JSON is refused with 400."),
    ("paging/links", "MAY", "The header Link names the next page."),
    ("paging/per-page", "MUST", "A page holds no more items than `page[per_page]` asks for."),
    ("paging/complete", "MUST", "Paging through a list shows each record exactly once."),
    ("participants/schema", "MUST", "A participant has every documented field, of its documented type."),
    ("security/bearer", "MUST", "A request without a token is refused with 401."),
    (
        "security/tenancy",
        "MUST",
        "One lead provider never sees another's participants or declarations.",
    ),
    (
        "withdrawal/needs-started-declaration",
        "MUST",
        "Withdrawing a participant who has no started declaration is refused with 422.",
    ),
)


def participant(number: int) -> dict[str, Any]:
    """Return a participant as a list item."""
    return {
        "id": f"{number:08d}-8d0e-4f39-9a4e-6a1d2f1f2b11",
        "type": "participant",
        "attributes": {
            "full_name": f"Ayesha Okafor-{number}",
            "teacher_reference_number": f"{1234000 + number}",
            "updated_at": "2024-11-02T09:14:07Z",
            "ecf_enrolments": [
                {
                    "training_record_id": f"{number:08d}-1111-4f39-9a4e-6a1d2f1f2b11",
                    "email": f"ayesha{number}@school.example",
                    "cohort": "2023",
                    "training_status": "active",
                    "participant_status": "active",
                    "schedule_identifier": "ecf-standard-september",
                }
            ],
        },
    }


def declaration(**attributes: object) -> dict[str, Any]:
    """Return a declaration response."""
    return {
        "data": {
            "id": DECLARATION,
            "type": "participant-declaration",
            "attributes": {
                "participant_id": ECT,
                "declaration_type": "started",
                "declaration_date": "2023-11-15T00:00:00Z",
                "course_identifier": "ecf-induction",
                "state": "submitted",
                "updated_at": "2024-11-22T10:00:01Z",
                **attributes,
            },
        }
    }


def conformant() -> Run:
    """Return a run in which every requirement passes, for both programmes."""
    run = Run(scopes=(V3_ECF, V3_NPQ))
    for requirement_id, level, statement in REQUIREMENTS:
        run.requires(requirement_id, statement, level=level)
        for scope in run.scopes:
            shown = run.exchanged("GET", "/api/v3/participants/ecf", body={"data": []}, scope=scope)
            run.found(Outcome.PASSED, requirement_id, scope=scope, exchanges=[shown])
    return run


def partial() -> Run:
    """Return a conformant run of a server with 2 of 38 operations."""
    return conformant().implements(
        ["operation_1", "operation_2"], of=[f"operation_{number}" for number in range(1, 39)]
    )


def troubled() -> Run:
    """Return a run with failures, obstacles, a used waiver and an expired one."""
    run = Run(scopes=(V3_ECF, V3_NPQ), target_name="Staging, new service", tests=61)
    for requirement_id, level, statement in REQUIREMENTS:
        run.requires(requirement_id, statement, level=level)
    run.waives("paging/links").waives("errors/malformed-body", expires="2020-01-01")
    _posted_twice(run)
    _wrong_field(run)
    _withdrawn_too_early(run)
    listed = run.exchanged(
        "GET",
        "/api/v3/participants/ecf?page[page]=1&page[per_page]=2",
        body={"data": [participant(1), participant(2)]},
        operation="list_ecf_participants",
        seconds=0.231,
    )
    for scope in run.scopes:
        run.found(Outcome.FAILED, "paging/links", "There is no header Link.", scope=scope, exchanges=[listed])
        for requirement_id in ("declarations/void-once", "declarations/in-window"):
            run.found(
                Outcome.COULD_NOT_RUN,
                requirement_id,
                "The server has no participant left without declarations (2 wanted, 0 found).",
                "List ids under states: ect.no-declarations in the target file, or give a provisioning hook.",
                scope=scope,
            )
        for requirement_id in ("paging/per-page", "paging/complete", "declarations/accepted", "security/bearer"):
            run.found(Outcome.PASSED, requirement_id, scope=scope, exchanges=[listed])
    run.found(
        Outcome.COULD_NOT_RUN,
        "security/tenancy",
        "The target has one token, and this needs two lead providers.",
        "Add a second token under tokens: in the target file.",
    )
    run.found(Outcome.PASSED, "security/tenancy", scope=V3_NPQ)
    for requirement_id in (
        "declarations/idempotent",
        "declarations/timestamps",
        "errors/unknown-id",
        "errors/malformed-body",
        "participants/schema",
        "withdrawal/needs-started-declaration",
    ):
        run.found(Outcome.PASSED, requirement_id, scope=V3_NPQ, exchanges=[listed])
    run.found(Outcome.PASSED, "errors/malformed-body", exchanges=[listed])
    _no_response(run)
    return run


def incomplete() -> Run:
    """Return a run in which nothing failed, but some requirements could not be tested."""
    run = Run(target_name="Staging, little data", tests=14)
    for requirement_id, level, statement in REQUIREMENTS:
        run.requires(requirement_id, statement, level=level)
        if requirement_id.startswith("declarations/"):
            run.found(
                Outcome.COULD_NOT_RUN,
                requirement_id,
                "The server has no participant left without declarations (2 wanted, 0 found).",
                "List ids under states: ect.no-declarations in the target file, or add a provisioning hook.",
            )
        else:
            shown = run.exchanged("GET", "/api/v3/participants/ecf", body={"data": []})
            run.found(Outcome.PASSED, requirement_id, exchanges=[shown])
    return run


def broad() -> Run:
    """Return a run of all versions and programmes with every outcome."""
    scopes = tuple(Scope(version, programme) for version in ("v1", "v2", "v3") for programme in ("ecf", "npq"))
    run = Run(scopes=scopes, target_name="All versions")
    outcomes = [outcome for outcome in Outcome if outcome not in (Outcome.WAIVED, Outcome.ATTESTED)]
    for row, (requirement_id, level, statement) in enumerate(REQUIREMENTS):
        run.requires(requirement_id, statement, level=level)
        for column, scope in enumerate(scopes):
            status = (200, 400, 401, 403, 404, 422, 429, 500)[(row + column) % 8]
            shown = run.exchanged("GET", f"/api/{scope.version}/participants/ecf", status, scope=scope)
            outcome = outcomes[(row + column) % len(outcomes)]
            reason = None if outcome is Outcome.PASSED else "The server returned another value."
            run.found(outcome, requirement_id, reason, scope=scope, exchanges=[shown])
    return run


def hostile() -> Run:
    """Return a run against a server that sends markup, terminal escapes and control characters."""
    run = Run(target_name=HOSTILE)
    run.requires("errors/unknown-id", "An id that does not exist returns 404.")
    run.requires("declarations/accepted", "A declaration is accepted.")
    shown = run.exchanged(
        "POST",
        "/api/v3/participant-declarations?x=" + HOSTILE,
        418,
        {"errors": [{"title": HOSTILE, HOSTILE: "</pre></script><!--"}]},
        sent={"declaration": HOSTILE},
        headers={"Content-Type": "text/html", "X-Evil": HOSTILE},
        violations=[
            {"requirement": "errors/unknown-id", "where": "/errors/0/title", "message": f"Not text: {HOSTILE}"}
        ],
    )
    page = run.exchanged("GET", "/api/v3/unknown", 200, f"<html>{HOSTILE}</html>" * 300, cut=True)
    run.found(Outcome.FAILED, "errors/unknown-id", f"The title was {HOSTILE}.", exchanges=[page, shown])
    run.found(Outcome.COULD_NOT_RUN, "declarations/accepted", f"It sent {HOSTILE}.", f"Stop {HOSTILE}.")
    return run


def _posted_twice(run: Run) -> None:
    sent = {
        "data": {
            "type": "participant-declaration",
            "attributes": {
                "participant_id": ECT,
                "declaration_type": "started",
                "declaration_date": "2023-11-15T00:00:00Z",
                "course_identifier": "ecf-induction",
            },
        }
    }
    path = "/api/v3/participant-declarations"
    shown = run.exchanged(
        "GET", f"/api/v3/participants/ecf/{ECT}", body={"data": participant(7)}, operation="show_ecf_participant"
    )
    first = run.exchanged(
        "POST", path, 200, declaration(), sent=sent, operation="create_participant_declaration", seconds=0.088
    )
    second = run.exchanged(
        "POST",
        path,
        200,
        declaration(updated_at="2024-11-22T10:00:09Z", state="eligible"),
        sent=sent,
        operation="create_participant_declaration",
        seconds=0.412,
        violations=[
            {
                "requirement": "declarations/idempotent",
                "where": "/data/attributes/state",
                "message": "'eligible', not 'submitted' as in the first response.",
            },
            {
                "requirement": "declarations/timestamps",
                "where": "/data/attributes/updated_at",
                "message": "'2024-11-22T10:00:09Z', not '2024-11-22T10:00:01Z' as in the first response.",
            },
        ],
    )
    run.found(
        Outcome.FAILED,
        "declarations/idempotent",
        "The second response differs from the first in data.attributes.state: 'eligible', not 'submitted'.",
        exchanges=[shown, first, second],
    )


def _wrong_field(run: Run) -> None:
    people = [participant(number) for number in range(1, 41)]
    people[27]["attributes"]["ecf_enrolments"][0]["cohort"] = 2023
    listed = run.exchanged(
        "GET",
        "/api/v3/participants/ecf?page[page]=1&page[per_page]=40",
        body={"data": people},
        operation="list_ecf_participants",
        violations=[
            {
                "requirement": "participants/schema",
                "where": "/data/27/attributes/ecf_enrolments/0/cohort",
                "message": "2023 is not of type 'string'.",
            }
        ],
    )
    run.found(
        Outcome.FAILED,
        "participants/schema",
        "/data/27/attributes/ecf_enrolments/0/cohort: 2023 is not of type 'string'.",
        exchanges=[listed],
        test="suites/rules/test_participants.py::test_every_participant_is_documented",
    )
    run.found(
        Outcome.FAILED,
        "declarations/timestamps",
        "The updated_at of 40 records is '2024-11-02T09:14:07+00:00', which does not end in Z.",
        exchanges=[listed],
    )


def _withdrawn_too_early(run: Run) -> None:
    withdrawn = run.exchanged(
        "PUT",
        f"/api/v3/participants/ecf/{ECT}/withdraw",
        200,
        {"data": participant(7)},
        sent={
            "data": {
                "type": "participant",
                "attributes": {"reason": "left-teaching-profession", "course_identifier": "ecf-induction"},
            }
        },
        operation="withdraw_ecf_participant",
        deliberate="the participant has no started declaration",
    )
    run.found(
        Outcome.FAILED,
        "withdrawal/needs-started-declaration",
        "The status is 200; expected 422.",
        exchanges=[withdrawn],
        test="suites/scenarios/test_withdrawal.py::test_withdrawing_before_any_started_declaration_is_refused",
    )


def _no_response(run: Run) -> None:
    lost = run.exchanged("GET", "/api/v3/participants/ecf/0", None, operation="show_ecf_participant", seconds=5.0)
    run.found(Outcome.FAILED, "errors/unknown-id", "It timed out after 5 seconds.", exchanges=[lost])


def large(failing: int = 0) -> Run:
    """Return a run of every requirement with 5,000 exchanges; the first `failing` requirements fail."""
    run = Run(scopes=(V3_ECF, V3_NPQ), tests=1_200)
    people = {"data": [participant(number) for number in range(20)]}
    for number, each in enumerate(Registry.load()):
        run.requires(each.id, each.statement, level=str(each.level), sources=each.sources)
        for scope in run.scopes:
            exchanges = [
                run.exchanged("GET", f"/api/v3/participants/ecf?page[page]={page}", body=people, scope=scope)
                for page in range(EXCHANGES_OF_A_REQUIREMENT)
            ]
            outcome, reason = (
                (Outcome.FAILED, f"/api/v3/x?{'y' * 60}: field {each.id} is missing for {scope.programme}.")
                if number < failing
                else (Outcome.PASSED, None)
            )
            run.found(outcome, each.id, reason, scope=scope, exchanges=exchanges)
    return run


def large_failing() -> Run:
    """Return a large run in which 60 requirements fail, each for a reason of its own."""
    return large(60)
