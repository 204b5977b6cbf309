"""A server with known deviations starts green with its waivers, and new defects beside them do not hide."""

from __future__ import annotations

import json
import re
from collections import Counter
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from lead_provider_sandbox.domain.calendar import DEFAULT_EDITION
from lead_provider_sandbox.faults.catalogue import catalogue
from lead_provider_sandbox.http.services import service_of

from .processes import RunResult, run, write_target

TARGETS = Path(__file__).parents[2] / "targets"
# Faults of the sandbox that repeat deviations of the deployed service, as patterns.
DEVIATIONS = (
    "declaration-not-idempotent",
    "*-breaks-down-with-a-scalar-page",
    "*-breaks-down-with-a-page-number-of-20-digits",
    "*-breaks-down-with-text-as-data",
    "npq-applications-*-breaks-down-with-missing-attributes",
    "npq-applications-list-refuses-participant-id-with-updated-since",
    "partnership-induction-tutor-email-is-null",
    "bad-requests-have-no-body",
    "forbidden-tokens-get-a-page",
    "errors-show-sql",
)
# The deployed service refuses it for NPQ.
ECF_DEVIATIONS = (*DEVIATIONS, "withdrawal-before-start-accepted")
# The waived deviations include 500 for some values of page[page], but not of page[per_page].
NEW_DEFECTS = ("declaration-state-is-null", "bad-page-crashes")


def run_with(folder: Path, *patterns: str, programme: str = "ecf") -> RunResult:
    """Run against a sandbox with the faults that match patterns, and with the waivers of the deployed service."""
    service = service_of(DEFAULT_EDITION, None)
    known = [name for name, fault in catalogue().items() if fault.is_in(service)]
    faults = [name for name in known if any(fnmatchcase(name, pattern) for pattern in patterns)]
    assert all(any(fnmatchcase(name, pattern) for name in known) for pattern in patterns)
    target: dict[str, Any] = yaml.safe_load((TARGETS / "sandbox.yaml").read_text(encoding="utf-8"))
    target["start"]["command"] += [part for fault in faults for part in ("--fault", fault)]
    deployed = yaml.safe_load((TARGETS / "dfe-service-2024-12.yaml").read_text(encoding="utf-8"))
    scope = ("--api-version", "v3", "--programme", programme)
    # Dates are not JSON; the loader reads their text.
    target["waivers"] = [{**each, "expires": str(each["expires"])} for each in deployed["waivers"]]
    return run(folder / "report", "--target", write_target(folder / "target.yaml", target), *scope)


def allure_statuses(ended: RunResult) -> Counter[str]:
    """Return how many tests have each status in Allure's results."""
    files = (ended.folder / "allure-results").glob("*-result.json")
    return Counter(json.loads(each.read_bytes())["status"] for each in files)


def pytest_counts(ended: RunResult) -> Counter[str]:
    """Return the counts of pytest's last line."""
    found = re.findall(r"(\d+) (passed|failed|skipped|advised)", ended.stdout.rstrip().splitlines()[-1])
    return Counter({word: int(number) for number, word in found})


def assert_allure_and_pytest_agree(ended: RunResult) -> None:
    """Assert that both count the same tests as red, and those whose failures do not count as skipped."""
    allure, pytest = allure_statuses(ended), pytest_counts(ended)
    assert allure["failed"] + allure["broken"] == pytest["failed"], ended.stdout
    assert allure["skipped"] == pytest["skipped"] + pytest["advised"]
    assert allure["passed"] == pytest["passed"]
    assert pytest["advised"] > 0


def test_waived_deviations_are_green_wherever_they_show(tmp_path: Path) -> None:
    ended = run_with(tmp_path, *ECF_DEVIATIONS)

    assert ended.verdict["conformance"] == "conformant", ended.stdout
    assert {"declarations/idempotent", "withdrawal/needs-started-declaration"} <= ended.with_outcome("waived")
    # Journeys leave the waived steps out, so that they test the steps after them.
    assert "generated/lifecycle" in ended.with_outcome("passed")
    assert ended.status == 0
    assert pytest_counts(ended)["failed"] == 0
    assert_allure_and_pytest_agree(ended)


def test_waived_deviations_of_npq_are_green(tmp_path: Path) -> None:
    ended = run_with(tmp_path, *DEVIATIONS, programme="npq")

    assert (ended.verdict["conformance"], ended.status) == ("conformant", 0), ended.stdout
    assert {"npq-declarations/idempotent", "generated/accepts-valid"} <= ended.with_outcome("waived")


def test_new_defects_beside_waived_ones_fail_the_run_by_their_causes(tmp_path: Path) -> None:
    ended = run_with(tmp_path, "declaration-not-idempotent", *NEW_DEFECTS)
    findings = [
        finding
        for scope in ended.verdict["scopes"]
        for each in scope["requirements"]
        if each["level"] == "MUST" and each["outcome"] == "failed"
        for finding in each["findings"]
        if finding["cause"]
    ]
    failed = {(each["cause"]["place"], each["cause"]["kind"]) for each in findings if not each["waived"]}
    waived = {(each["cause"]["place"], each["cause"]["kind"]) for each in findings if each["waived"]}

    assert ended.verdict["conformance"] == "not conformant"
    assert {("/data/*/attributes/state", "null"), ("query:page[per_page]", "500")} <= failed
    assert ("query:page[page]", "500") in waived - failed
    assert pytest_counts(ended)["failed"] > 0
    assert_allure_and_pytest_agree(ended)
