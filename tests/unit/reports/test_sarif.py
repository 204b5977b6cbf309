"""`report.sarif` lists the failures in SARIF 2.1.0."""

import json
import re
from dataclasses import replace
from typing import Any

from tests.unit.journals import V3_ECF, V3_NPQ, Run
from tests.unit.samples import conformant, hostile, troubled

from lead_provider_conformance.model import Outcome
from lead_provider_conformance.reports.sarif import sarif_json
from lead_provider_conformance.results.verdict import Verdict
from lead_provider_conformance.text import INVISIBLE


def only_run(run: Run) -> dict[str, Any]:
    content = json.loads(sarif_json(run.verdict()))
    assert content["version"] == "2.1.0"
    (only,) = content["runs"]
    return only


def test_conformant_run_has_rules_and_no_results() -> None:
    run = only_run(conformant())

    assert run["results"] == []
    assert len(run["tool"]["driver"]["rules"]) == 14
    assert run["invocations"][0]["exitCode"] == 0


def test_result_has_its_rule_and_a_location_without_a_file_of_the_suite() -> None:
    run = only_run(troubled())
    rules = run["tool"]["driver"]["rules"]

    assert {each["ruleId"] for each in run["results"]} > {"declarations/idempotent", "participants/schema"}
    for each in run["results"]:
        assert rules[each["ruleIndex"]]["id"] == each["ruleId"]
        (place,) = each["locations"]
        assert "physicalLocation" not in place
        assert place["logicalLocations"][0]["name"]
        assert place["logicalLocations"][0]["kind"] in ("function", "module")


def test_location_is_the_target_file_if_there_is_one() -> None:
    content = json.loads(sarif_json(with_file("targets/our server.yaml")))
    (run,) = content["runs"]
    (result,) = run["results"]

    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "targets/our%20server.yaml"},
                "region": {"startLine": 1},
            },
            "logicalLocations": [{"name": "v3 ECF", "kind": "module"}],
        }
    ]
    assert result["properties"]["checkedAt"] == "suites/rules/test_declarations.py:41"


def with_file(file: str) -> Verdict:
    journals = Run().requires("a/b").found(Outcome.FAILED, "a/b", "no").record()
    target = {**journals.run["target"], "file": file}
    return Verdict.of(replace(journals, run={**journals.run, "target": target}))


def test_failure_shows_statement_source_and_curl() -> None:
    failed = next(each for each in only_run(troubled())["results"] if each["ruleId"] == "declarations/idempotent")

    assert "Posting an exact copy of a declaration returns the same body again." in failed["message"]["text"]
    assert "Source: published OpenAPI v3, December 2024" in failed["message"]["text"]
    assert failed["properties"]["curl"].startswith("curl --include --request POST")


def test_result_level_follows_the_requirement_level() -> None:
    run = Run()
    for level in ("MUST", "SHOULD", "MAY"):
        run.requires(f"a/{level}", level=level).found(Outcome.FAILED, f"a/{level}", "no")

    assert [each["level"] for each in only_run(run)["results"]] == ["error", "warning", "note"]


def test_waived_failure_is_suppressed_and_untested_must_is_open() -> None:
    run = Run().requires("a/b").requires("c/d").requires("e/f", level="SHOULD").waives("a/b")
    run.found(Outcome.FAILED, "a/b", "no").found(Outcome.COULD_NOT_RUN, "c/d", "No record.", "Add one.")
    run.found(Outcome.COULD_NOT_RUN, "e/f", "No record.")
    waived, untested = only_run(run)["results"]

    assert waived["suppressions"] == [{"kind": "external", "status": "accepted", "justification": "Agreed in May"}]
    assert (untested["kind"], untested["level"]) == ("open", "none")
    assert untested["message"]["text"].endswith("No record. Add one. Source: published OpenAPI v3, December 2024")


def test_no_address_is_invented_for_the_suite() -> None:
    assert "informationUri" not in only_run(conformant())["tool"]["driver"]


def test_fingerprint_is_stable_between_runs() -> None:
    prints = []
    for number in (3, 41):
        run = Run().requires("a/b")
        violation = {"requirement": "a/b", "where": f"/data/{number}/cohort", "message": f"{number} is not a string"}
        shown = run.exchanged("GET", "/x", violations=[violation])
        run.found(Outcome.FAILED, "a/b", f"/data/{number}/cohort", exchanges=[shown])
        prints += [each["partialFingerprints"] for each in only_run(run)["results"]]

    assert prints[0] == prints[1]


def test_same_failure_of_two_programmes_has_two_fingerprints_for_github() -> None:
    run = Run(scopes=(V3_ECF, V3_NPQ)).requires("a/b")
    run.found(Outcome.FAILED, "a/b", "no").found(Outcome.FAILED, "a/b", "no", scope=V3_NPQ)

    hashes = [each["partialFingerprints"]["primaryLocationLineHash"] for each in only_run(run)["results"]]

    assert all(re.fullmatch("[0-9a-f]{16}:1", each) for each in hashes)
    assert len(set(hashes)) == 2


def test_stale_waiver_is_a_notification() -> None:
    run = Run().requires("a/b").waives("a/b").found(Outcome.PASSED, "a/b")
    (notification,) = only_run(run)["invocations"][0]["toolConfigurationNotifications"]

    assert notification["level"] == "error"
    assert "is no longer needed" in notification["message"]["text"]


def test_server_text_is_visible_and_ascii() -> None:
    text = sarif_json(hostile().verdict())

    assert text.isascii()
    assert not INVISIBLE.search(json.dumps(json.loads(text), ensure_ascii=False))
