"""The sandbox against a document of itself: an equal one has no drift, and each difference is found with its place."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lead_provider_conformance.contract import Contract

from .processes import FIRST_TOKEN, SECOND_TOKEN, V3_ECF, RunningSandbox, RunResult, run, sandbox, write_target
from .servers import Proxy, Request, Response, serve

TESTS = ("suites/rules/test_delivery_partners.py", "suites/rules/test_paging.py", "suites/rules/test_statements.py")
PATH = "/api/docs/v3/swagger.json"
INVALID, UNDOCUMENTED, NEVER_SENT = DRIFTS = [
    f"own-document/{each}" for each in ("response-schema", "undocumented", "never-sent")
]


@pytest.fixture(scope="module")
def sandboxed() -> Iterator[RunningSandbox]:
    """A sandbox."""
    with sandbox() as served:
        yield served


def run_with(folder: Path, address: str, document: object, *options: str) -> RunResult:
    """Run some tests against the server, whose target file names `document`."""
    target = {
        "name": "mine",
        "base_url": address,
        "tokens": [FIRST_TOKEN, SECOND_TOKEN],
        "document": document,
    }
    file = write_target(folder / "target.yaml", target)
    return run(folder / "report", "--target", file, *V3_ECF, *options, *TESTS)


def reasons(ended: RunResult, requirement: str) -> set[str]:
    return {each["reason"] for each in ended.findings(requirement)}


def test_contract_as_document_has_no_response_that_differs(tmp_path: Path, sandboxed: RunningSandbox) -> None:
    (tmp_path / "v3.json").write_text(json.dumps(Contract.load("v3").document), encoding="utf-8")

    ended = run_with(tmp_path, sandboxed.address, "v3.json")

    outcomes = ended.outcomes
    assert (outcomes[f"v3-ecf {INVALID}"], outcomes[f"v3-ecf {UNDOCUMENTED}"]) == ("passed", "passed")
    assert not any("/data" in each for each in reasons(ended, NEVER_SENT))


def test_every_difference_is_found_with_its_operation_and_place(tmp_path: Path, sandboxed: RunningSandbox) -> None:
    document: dict[str, Any] = copy.deepcopy(dict(Contract.load("v3").document))
    del document["paths"]["/api/v3/schools/ecf"]
    declarations = document["paths"]["/api/v3/participant-declarations"]["get"]["responses"]
    del declarations["400"]
    declarations["418"] = {"description": "a teapot"}
    partner = document["components"]["schemas"]["DeliveryPartner"]["properties"]["attributes"]["properties"]
    del partner["created_at"]
    partner |= {"name": {"type": "integer"}, "fax": {"type": "string"}}
    del document["components"]["responses"]["EcfParticipantListV3"]["content"]["application/vnd.api+json"]

    with serve(Proxy(sandboxed.address, change=lambda request, each: publish(document, request, each))) as address:
        ended = run_with(tmp_path, address, f"{address}{PATH}", "-n", "2")

    assert {
        "list_ecf_schools, operation: the document lacks this operation",
        "list_participant_declarations, 400: the document has only 200, 401, 403, 429, 418",
        "list_delivery_partners, 200 /data/*/attributes/created_at: the document lacks this field",
        "list_ecf_participants, 200 application/vnd.api+json: the document has only application/json",
    } <= reasons(ended, UNDOCUMENTED)
    (invalid,) = {each for each in reasons(ended, INVALID) if each.startswith("list_delivery_partners")}
    assert invalid.startswith("list_delivery_partners, 200 /data/*/attributes/name: ")
    assert invalid.endswith(" is not a whole number")
    assert {
        "list_participant_declarations, 418: the document has this, and no response has it",
        "list_delivery_partners, 200 /data/*/attributes/fax: the document has this, and no response has it",
    } <= reasons(ended, NEVER_SENT)
    causes = [tuple(each["cause"].values()) for drift in DRIFTS for each in ended.findings(drift)]
    assert len(causes) == len(set(causes))
    assert ended.with_outcome("failed") == set(DRIFTS)
    assert "own-document/undocumented" in (tmp_path / "report" / "report.html").read_text(encoding="utf-8")


def publish(document: object, request: Request, response: Response) -> Response:
    return Response(200, json.dumps(document).encode()) if request.path == PATH else response


def test_document_that_cannot_be_fetched_ends_the_run(tmp_path: Path, sandboxed: RunningSandbox) -> None:
    ended = run_with(tmp_path, sandboxed.address, PATH)

    assert ended.status == 4
    assert f"`document` {PATH} has status 404, not 200; check that path." in ended.output
    assert not (tmp_path / "report" / "results.ndjson").exists()


def test_run_without_document_does_not_plan_the_area(tmp_path: Path, sandboxed: RunningSandbox) -> None:
    options = ("--base-url", sandboxed.address, "--token", FIRST_TOKEN, *V3_ECF)

    ended = run(tmp_path / "report", *options, "suites/rules/test_delivery_partners.py")

    assert not any("own-document" in name for name in ended.outcomes)
