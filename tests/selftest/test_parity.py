"""Comparisons of two real servers."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path
from urllib.request import Request, urlopen

from tools.proof.parity import TOKENS, with_fault, with_itself
from tools.proof.sandboxes import seed_database, serve_sandbox
from tools.proof.services import Service

from lead_provider_conformance.cli.main import main
from lead_provider_conformance.config import parity_file
from lead_provider_conformance.config.waivers import Waiver
from lead_provider_conformance.contract import diff
from lead_provider_conformance.contract.behaviour_changes import behaviour_changes
from lead_provider_conformance.contract.documents import open_document
from lead_provider_conformance.model import Scope
from lead_provider_conformance.parity.exclusions import waivers_of

from .processes import FIRST_TOKEN, RunResult, finish, read_lines, sandbox, start, write_target

SMALL = ("--api-version", "v3", "--programme", "ecf", "--requests", "5", "--records", "1")
V1 = ("--api-version", "v1", *SMALL[2:])
FAULT = "v2-get-npq-enrolments-csv-needs-no-token"
"""One of the faults that `python -m tools.proof.parity` tries."""
OTHER = "another-token-of-the-selftest"


def parity(folder: Path, *arguments: object, **extra: str) -> RunResult:
    """Compare two servers and return the result."""
    return finish(start(folder, *arguments, command="parity", **extra), folder)


def writable(path: Path, address: str, token: str, edition: str = "2025-04") -> Path:
    """Write a target file of a running server that may be changed."""
    server = {"name": path.stem, "base_url": address, "tokens": [token], "safety": "sandbox", "edition": edition}
    return write_target(path, server)


def reasons(result: RunResult) -> set[str]:
    """Return the requirement and cause of each difference."""
    return {
        f"{scope_requirement['id']} {finding['cause']['operation']} {finding['cause']['place']}: "
        f"{finding['cause']['kind']}"
        for scope in result.verdict["scopes"]
        for scope_requirement in scope["requirements"]
        for finding in scope_requirement["findings"]
        if finding["outcome"] == "failed"
    }


def test_faults_are_found_by_cause_and_nobody_is_shown(tmp_path: Path) -> None:
    excludes = tmp_path / "excludes.yaml"
    faults = ("participant-v1-lacks-email", "updated-since-ignored", "ecf-participants-resume-is-not-kept")
    options = [part for each in faults for part in ("--fault", each)]
    with sandbox() as left, sandbox(*options, tokens=(OTHER, "second-token-of-another")) as right:
        people = _people(left.address)
        files = [
            writable(tmp_path / f"{name}.yaml", each.address, token)
            for name, each, token in (("left", left, FIRST_TOKEN), ("right", right, OTHER))
        ]
        servers = ("--left", files[0], "--right", files[1])
        result = parity(
            tmp_path / "report", *servers, *V1, "--journeys", "1", "--pseudonymise", "--write-excludes", excludes
        )

    assert result.status == 1
    found = reasons(result)
    assert "parity/fields list_ecf_participants data[].attributes.email: missing on the right" in found
    assert "parity/records list_participant_declarations query:filter[updated_since]: only on the right" in found
    status = "show_ecf_participant data.attributes.training_status after resume_ecf_participant"
    assert f"parity/values {status}: another value" in found
    (journey,) = (line for line in result.results if line["kind"] == "journey")
    assert journey["writes"] == len(journey["steps"]) > 0
    assert len(people) > 100
    for path in (*(tmp_path / "report").iterdir(), excludes):
        content = path.read_bytes()
        secrets = {FIRST_TOKEN.encode(), OTHER.encode(), *people}
        assert [each for each in secrets if each in content] == [], path
    accepted = {(each.cause.operation, each.cause.kind) for each in _waivers(excludes) if each.cause}
    assert ("list_ecf_participants", "missing on the right") in accepted
    assert ("list_participant_declarations", "only on the right") in accepted
    assert ("defer_ecf_participant", "missing on the right") in accepted


def _waivers(file: Path) -> Sequence[Waiver]:
    """Return the exclusions of a parity file as waivers."""
    return waivers_of(parity_file.load(file).exclude, ("2025-04",))


def _people(address: str) -> set[bytes]:
    """Return the names, e-mail addresses and TRNs of all participants of a server."""
    request = Request(f"{address}/api/v1/participants/ecf?page[per_page]=500")
    request.add_header("Authorization", f"Bearer {FIRST_TOKEN}")
    with urlopen(request) as response:
        participants = [each["attributes"] for each in json.load(response)["data"]]
    names = ("full_name", "email", "teacher_reference_number")
    return {each[name].encode() for each in participants for name in names if each[name]}


def test_editions_differ_as_their_documents_say(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        files = []
        for service in (Service("2025-04"), Service("2026-08", "ecf")):
            folder = tmp_path / str(service)
            folder.mkdir()
            address = stack.enter_context(serve_sandbox(seed_database(tmp_path, service), folder, service)).api
            files.append(writable(tmp_path / f"{service}.yaml", address, TOKENS[0], service.edition))
        servers = ("--left", str(files[0]), "--right", str(files[1]), "--data", "different")
        status = main(["parity", *servers, *SMALL, "--report-dir", str(tmp_path / "report")])

    results = read_lines(tmp_path / "report" / "results.ndjson")
    assert status == 0, [line["reason"] for line in results if line.get("outcome") == "failed"]
    changes = [line for line in results if line["kind"] == "contract-change"]
    documents = (open_document(name) for name in ("2025-04/v3-ecf", "2026-08/v3-ecf"))
    of_reads = {
        each.sentence
        for each in diff.changes(*documents)
        if any(operation.startswith("GET ") for operation in each.operations)
    }
    behaviour = {each.sentence for each in behaviour_changes(("2025-04", "2026-08"), Scope("v3", "ecf"))}
    assert {each["sentence"] for each in changes} == of_reads | behaviour
    seen = {each["sentence"] for each in changes if each["seen"]}
    assert "moved from `/api/v3/participants/ecf` to `/api/v3/participants`" in seen
    assert "in the response 200, `data.attributes.has_passed` is removed" in seen
    assert "in the response 404, `errors` is new" in seen
    assert "no longer returns 200 as application/vnd.api+json" in seen


def test_sandbox_is_same_as_itself_also_after_writes() -> None:
    assert with_itself(1, 3) == ()


def test_fault_is_found_in_the_responses_that_it_changes(tmp_path: Path) -> None:
    result = with_fault(tmp_path, 0, FAULT)

    assert (result.word, result.wrong) == ("found", ())
