"""Comparisons of two real servers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from lead_provider_conformance.contract import diff
from lead_provider_conformance.contract.documents import open_document

from .processes import FIRST_TOKEN, ROOT, RunResult, environment, finish, sandbox, start, write_target

SMALL = ("--api-version", "v3", "--programme", "ecf", "--requests", "20", "--records", "3")


FAULTS = ("npq-service-enrolment-created-at-is-null", "v2-get-npq-enrolments-csv-needs-no-token")
"""A sample of the faults that `python -m tools.proof.parity` tries."""


def parity(folder: Path, *arguments: object, **extra: str) -> RunResult:
    """Compare two servers and return the result."""
    return finish(start(folder, *arguments, command="parity", **extra), folder)


def _shipped(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / f"targets/{name}.yaml").read_text(encoding="utf-8"))
    return content


def with_fault(path: Path, *faults: str) -> Path:
    """Write a target file that starts the sandbox with some faults."""
    target = _shipped("sandbox")
    target["name"] = "sandbox with a fault"
    target["start"]["command"] += [part for fault in faults for part in ("--fault", fault)]
    return write_target(path, target)


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


def test_sandbox_is_same_as_itself(tmp_path: Path) -> None:
    result = parity(tmp_path, "--left", "sandbox", "--right", "sandbox", *SMALL)

    assert result.status == 0, result.output
    assert set(result.outcomes.values()) == {"passed"}
    assert result.exchanges == []
    assert "SAME" in result.stdout


def test_faults_are_found_by_cause_and_excluded_for_a_time(tmp_path: Path) -> None:
    faulty = with_fault(tmp_path / "new.yaml", "participant-lacks-full-name", "updated-since-ignored")
    excludes = tmp_path / "excludes.yaml"
    servers = ("--left", "sandbox", "--right", faulty)

    result = parity(tmp_path / "first", *servers, *SMALL, "--write-excludes", excludes)

    assert result.status == 1
    assert "parity/fields list_ecf_participants data[].attributes.full_name: missing on the right" in reasons(result)
    assert "parity/records list_statements query:filter[updated_since]: only on the right" in reasons(result)
    texts = [path.read_text(encoding="utf-8") for path in (tmp_path / "first").iterdir() if path.is_file()]
    assert not any("ambition-sandbox-token-1" in text for text in [*texts, result.output])

    accepted = yaml.safe_load(excludes.read_text(encoding="utf-8"))
    unused = {"path": "/api/v3/statements", "field": "data[].attributes.cohort", "owner": "us", "reason": "a test"}
    exclude = [*accepted["exclude"], {**unused, "expires": "2099-01-01"}]
    parity_file = tmp_path / "parity.yaml"
    parity_file.write_text(json.dumps({"left": "sandbox", "right": "new.yaml", "exclude": exclude}), encoding="utf-8")
    again = parity(tmp_path / "second", parity_file, *SMALL)
    assert again.with_outcome("failed") == set()
    assert again.with_outcome("waived") == {"parity/fields", "parity/records", "parity/statuses"}
    assert again.status == 1
    (stale,) = again.verdict["stale_waivers"]
    assert stale["why"] == "unmatched"
    assert "`list_statements data[].attributes.cohort`, owned by us, matches no failure" in stale["sentence"]


def test_editions_differ_as_their_documents_say(tmp_path: Path) -> None:
    old = write_target(tmp_path / "old.yaml", {**_shipped("sandbox"), "edition": "2025-04"})
    servers = ("--left", old, "--right", "sandbox-ect", "--data", "different")

    result = parity(tmp_path / "report", *servers, *SMALL)

    # The documents do not say which value of this filter is refused.
    allowed = {"parity/statuses list_ecf_participants query:filter[training_status]: 400 on the left, 200 on the right"}
    assert reasons(result) <= allowed
    changes = [line for line in result.results if line["kind"] == "contract-change"]
    documents = (open_document(name) for name in ("2025-04/v3-ecf", "2026-08/v3-ecf"))
    of_reads = {
        each.sentence
        for each in diff.changes(*documents)
        if any(operation.startswith("GET ") for operation in each.operations)
    }
    assert {each["sentence"] for each in changes} == of_reads
    seen = {each["sentence"] for each in changes if each["seen"]}
    assert "moved from `/api/v3/participants/ecf` to `/api/v3/participants`" in seen
    assert "in the response 200, `data.attributes.has_passed` is removed" in seen
    assert "in the response 404, `errors` is new" in seen
    assert "no longer returns 200 as application/vnd.api+json" in seen


def test_another_token_is_no_difference_and_never_shown(tmp_path: Path) -> None:
    other = "another-token-of-the-selftest"
    with sandbox() as left, sandbox(tokens=(other, "second-token-of-another")) as right:
        addresses = ("--base-url", left.address, "--base-url", right.address)
        result = parity(tmp_path, *addresses, "--token", FIRST_TOKEN, "--token", other, *SMALL)

    assert result.status == 0, result.output


def test_faults_of_reads_are_found_in_the_responses_that_they_change(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tools.proof.parity", *FAULTS],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"{len(FAULTS)} shown by reads: {len(FAULTS)} found (100.0%)" in ended.stdout
