"""A target file that lists a few operations makes no requirement of the others incomplete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lead_provider_conformance.contract import Contract

from .processes import V3_ECF, run, sandbox, token_options, write_target
from .servers import Proxy, Request, Response, serve

TOKENS = ["selftest-token-of-the-first-1", "selftest-token-of-the-second-2"]


@pytest.mark.parametrize(
    "operations",
    [["list_ecf_participants"], ["list_ecf_participants", "list_statements"], ["list_participant_declarations"]],
)
def test_server_built_endpoint_by_endpoint_is_conformant_at_each_step(tmp_path: Path, operations: list[str]) -> None:
    with sandbox() as served:
        target = {
            "name": "partial",
            "base_url": served.address,
            "tokens": TOKENS,
            "other_kind_token": "engage-and-learn-sandbox-token-4",
            "safety": "sandbox",
            "operations": operations,
        }
        file = write_target(tmp_path / "target.yaml", target)
        ended = run(tmp_path / "report", "--target", file, *V3_ECF, "--requests", "300")

    assert ended.status == 0, ended.output
    assert ended.with_outcome("could-not-run") == set()
    assert {"filtering/combined", "lists/same-record", "paging/of-a-query"} <= ended.with_outcome("passed")
    assert {exchange["operation"] for exchange in ended.exchanges} <= {*operations, None}
    assert f"({len(operations)} of 24 operations)" in ended.stdout
    assert f"{len(operations)} of 24 operations" in (ended.folder / "badge.svg").read_text(encoding="utf-8")


LACKING = {"void_participant_declaration", "defer_ecf_participant", "list_ecf_schools", "show_ecf_school"}
NOT_FOUND = Response(404, b'{"error": "Resource not found"}', {"Content-Type": "application/json"})


def without(request: Request, response: Response) -> Response:
    """Return 404 in place of the response of an operation in LACKING, after a look at the token."""
    operation = Contract.load("v3").find(request.method, request.path.partition("?")[0])
    return NOT_FOUND if operation and operation.id in LACKING and response.status != 401 else response


def test_operations_that_a_server_lacks_are_one_cause_with_the_lines_that_leave_them_out(tmp_path: Path) -> None:
    with sandbox() as served, serve(Proxy(served.address, change=without)) as address:
        options = ("--base-url", address, *token_options(), "--safety", "sandbox", *V3_ECF, "--requests", "300")
        ended = run(tmp_path, *options)

    assert ended.status == 1, ended.output
    words = " ".join(ended.stdout.split())
    assert "4 operations are not implemented (404 to every request)" in words
    (line,) = [each.strip() for each in ended.stdout.splitlines() if each.strip().startswith("operations: [")]
    assert LACKING.isdisjoint(line.removeprefix("operations: [").removesuffix("]").split(", "))
    assert "list_ecf_participants" in line
    assert "Traceback" not in ended.output
    assert not re.search(r"^suites/.*: in test_", ended.stdout, re.MULTILINE)
    assert len(ended.stdout.splitlines()) < 150
