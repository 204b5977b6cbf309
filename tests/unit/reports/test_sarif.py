"""`report.sarif` holds what failed, in SARIF 2.1.0."""

import json
from typing import Any

from tests.unit.journals import Run
from tests.unit.samples import conformant, hostile, troubled

from lead_provider_conformance.model import Outcome
from lead_provider_conformance.reports.sarif import sarif_json
from lead_provider_conformance.text import INVISIBLE


def only_run(run: Run) -> dict[str, Any]:
    content = json.loads(sarif_json(run.verdict()))
    assert content["version"] == "2.1.0"
    (only,) = content["runs"]
    return only


def test_a_conformant_run_has_rules_and_no_results() -> None:
    run = only_run(conformant())

    assert run["results"] == []
    assert len(run["tool"]["driver"]["rules"]) == 14
    assert run["invocations"][0]["exitCode"] == 0


def test_every_result_points_at_its_rule_and_at_a_line() -> None:
    run = only_run(troubled())
    rules = run["tool"]["driver"]["rules"]

    assert {each["ruleId"] for each in run["results"]} > {"declarations/idempotent", "participants/schema"}
    for each in run["results"]:
        assert rules[each["ruleIndex"]]["id"] == each["ruleId"]
        place = each["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"].startswith("suites/")
        assert place["region"]["startLine"] >= 1


def test_levels_follow_how_binding_a_requirement_is() -> None:
    run = Run()
    for level in ("MUST", "SHOULD", "MAY"):
        run.requires(f"a/{level}", level=level).found(Outcome.FAILED, f"a/{level}", "no")

    assert [each["level"] for each in only_run(run)["results"]] == ["error", "warning", "note"]


def test_what_is_waived_is_suppressed_and_what_could_not_run_is_open() -> None:
    run = Run().requires("a/b").requires("c/d").requires("e/f", level="SHOULD").waives("a/b")
    run.found(Outcome.FAILED, "a/b", "no").found(Outcome.COULD_NOT_RUN, "c/d", "No record.", "Add one.")
    run.found(Outcome.COULD_NOT_RUN, "e/f", "No record.")
    waived, untested = only_run(run)["results"]

    assert waived["suppressions"] == [{"kind": "external", "status": "accepted", "justification": "Agreed in May"}]
    assert (untested["kind"], untested["level"]) == ("open", "none")
    assert untested["message"]["text"].endswith("No record. Add one.")


def test_a_fingerprint_outlives_another_run_of_the_same_failure() -> None:
    prints = []
    for number in (3, 41):
        run = Run().requires("a/b")
        violation = {"requirement": "a/b", "where": f"/data/{number}/cohort", "message": f"{number} is not a string"}
        shown = run.exchanged("GET", "/x", violations=[violation])
        run.found(Outcome.FAILED, "a/b", f"/data/{number}/cohort", exchanges=[shown])
        prints += [each["partialFingerprints"] for each in only_run(run)["results"]]

    assert prints[0] == prints[1]


def test_a_waiver_that_must_go_is_a_notification() -> None:
    run = Run().requires("a/b").waives("a/b").found(Outcome.PASSED, "a/b")
    (told,) = only_run(run)["invocations"][0]["toolConfigurationNotifications"]

    assert told["level"] == "error"
    assert "is not needed any more" in told["message"]["text"]


def test_what_a_server_sent_is_visible_and_ascii() -> None:
    text = sarif_json(hostile().verdict())

    assert text.isascii()
    assert not INVISIBLE.search(json.dumps(json.loads(text), ensure_ascii=False))
