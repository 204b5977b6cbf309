"""The observations of processes are joined, and become findings by scope."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lead_provider_conformance.config.target import Target
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.openapi_file import OwnDocumentError
from lead_provider_conformance.contract.own_document import Drift, OwnDocument
from lead_provider_conformance.http import Response
from lead_provider_conformance.model import Cause, Outcome, Scope
from lead_provider_conformance.run.own_document import Observations, read_documents

ECF, NPQ, V1 = Scope("v3", "ecf"), Scope("v3", "npq"), Scope("v1", "ecf")
STATEMENTS = Contract.load("v3").operation("list_statements")
SCHEMA = {"type": "object", "properties": {"data": {"type": "string"}, "meta": {"type": "string"}}}
RESPONSES = {"200": {"content": {"application/json": {"schema": SCHEMA}}}}
DOCUMENT = {"openapi": "3.1.0", "paths": {"/api/v3/statements": {"get": {"responses": RESPONSES}}}}


def response(exchange: str, body: Any, status: int = 200) -> Response:
    headers = {"content-type": "application/json"}
    return Response(exchange, "GET", STATEMENTS.path, status, headers, json.dumps(body).encode())


def observations(*responses: tuple[Scope, Response]) -> Observations:
    observed = Observations(OwnDocument({"own.yaml": DOCUMENT}))
    for scope, each in responses:
        observed.add(scope, STATEMENTS, each)
    return observed


def contracts(*scopes: Scope) -> dict[Scope, Contract]:
    return {scope: Contract.load(scope.version) for scope in scopes}


def findings(observed: Observations, *scopes: Scope, complete: bool = True) -> set[tuple[str, Outcome, str | None]]:
    return {
        (each.requirement, each.outcome, each.reason)
        for each in observed.findings(contracts(*scopes), complete=complete)
    }


def test_member_that_another_process_has_seen_is_not_called_never_sent(tmp_path: Path) -> None:
    for name, body in (("gw0", {"data": ""}), ("gw1", {"meta": "", "link": 1})):
        observations((ECF, response(name, body))).save(tmp_path / name)
    whole = observations()
    whole.join(tmp_path / "gw0")
    assert (
        Drift.NEVER_SENT,
        Outcome.FAILED,
        "list_statements, 200 /meta: the document has this, and no response has it",
    ) in findings(whole, ECF)

    whole = observations()
    for name in ("gw0", "gw1"):
        whole.join(tmp_path / name)
    assert findings(whole, ECF) == {
        (Drift.NEVER_SENT, Outcome.PASSED, None),
        (Drift.INVALID, Outcome.PASSED, None),
        (Drift.UNDOCUMENTED, Outcome.FAILED, "list_statements, 200 /link: the document lacks this field"),
    }


def test_same_difference_in_many_responses_is_one_finding_with_the_first_exchange() -> None:
    observed = observations(*((ECF, response(f"main-{n}", {"data": n, "meta": ""})) for n in range(3)))

    (failure,) = (each for each in observed.findings(contracts(ECF), complete=True) if each.outcome is Outcome.FAILED)
    assert failure.exchanges == ("main-0",)
    assert failure.cause == Cause("list_statements", "/data", "type")


def test_findings_belong_to_the_programmes_that_requested_the_operation() -> None:
    observed = observations((NPQ, response("main-1", {"data": "", "meta": ""})))

    assert list(observed.findings(contracts(ECF), complete=True)) == []
    assert len(list(observed.findings(contracts(NPQ), complete=True))) == len(Drift)


def test_incomplete_run_does_not_decide_what_is_never_sent() -> None:
    observed = observations((ECF, response("main-1", {})))

    (undecided,) = (
        each for each in observed.findings(contracts(ECF), complete=False) if each.outcome is not Outcome.PASSED
    )
    assert (undecided.requirement, undecided.outcome) == (Drift.NEVER_SENT, Outcome.COULD_NOT_RUN)
    assert undecided.remedy == "Run again to the end, without --shard."


def test_version_that_the_document_lacks_is_not_applicable() -> None:
    observed = observations((V1, response("main-1", {"unknown": 1})))

    reason = "The target's `document` has no path of v1."
    assert findings(observed, V1) == {(drift, Outcome.NOT_APPLICABLE, reason) for drift in Drift}


def test_document_file_is_read_and_an_unreadable_one_refused(tmp_path: Path) -> None:
    file = tmp_path / "own.json"
    file.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    target = Target("mine", "http://127.0.0.1:9", tokens=("a-token-of-this-test",), documents=(file,))
    assert read_documents(target) == {str(file): DOCUMENT}

    file.unlink()
    file.mkdir()
    with pytest.raises(OwnDocumentError, match=r"cannot be read \(Is a directory\); correct the path"):
        read_documents(target)
