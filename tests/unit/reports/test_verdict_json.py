"""`verdict.json` matches its schema and the verdict."""

import json

import pytest
from tests.unit.journals import Run
from tests.unit.samples import conformant, hostile, troubled

from lead_provider_conformance.model import Outcome
from lead_provider_conformance.reports.verdict_json import verdict_json
from lead_provider_conformance.schemas import problems


def killed() -> Run:
    run = conformant()
    run.ending = None
    return run


@pytest.mark.parametrize("make", [conformant, troubled, hostile, killed, lambda: Run(scopes=())])
def test_content_matches_its_schema(make) -> None:
    assert list(problems("verdict", json.loads(verdict_json(make().verdict())))) == []


def test_schema_rejects_missing_and_unknown_members() -> None:
    content = json.loads(verdict_json(troubled().verdict()))
    del content["scopes"][0]["requirements"][0]["level"]
    content["scopes"][1]["score"] = 1

    assert len(list(problems("verdict", content))) == 2


def test_content_matches_the_verdict() -> None:
    content = json.loads(verdict_json(troubled().verdict()))
    ecf, npq = content["scopes"]

    assert (content["format"], content["conformance"], content["exit_status"]) == (1, "not conformant", 1)
    assert (ecf["version"], ecf["programme"], ecf["conformance"]) == ("v3", "ecf", "not conformant")
    assert npq["conformance"] == "incomplete"
    assert ecf["counts"] == {
        "passed": 5,
        "failed": 5,
        "waived": 1,
        "not-applicable": 0,
        "could-not-run": 3,
        "gap": 0,
        "suite-error": 0,
    }
    assert content["run"]["contract"]["hashes"] == {"v3": "ab" * 32}
    assert content["run"]["ending"] == "finished"
    assert [(each["requirement"], each["why"]) for each in content["stale_waivers"]] == [
        ("errors/malformed-body", "expired")
    ]
    assert content["stale_waivers"][0]["sentence"].startswith("The waiver of `errors/malformed-body`, owned by Team A")


def test_requirement_has_statement_source_findings_and_exchanges() -> None:
    content = json.loads(verdict_json(troubled().verdict()))
    failed = next(r for r in content["scopes"][0]["requirements"] if r["id"] == "declarations/idempotent")

    assert failed["outcome"] == "failed"
    assert failed["level"] == "MUST"
    assert failed["statement"] == "Posting an exact copy of a declaration returns the same body again."
    assert failed["sources"] == ["published OpenAPI v3, December 2024"]
    assert failed["findings"][0]["exchanges"] == ["main-00001", "main-00002", "main-00003"]
    assert failed["findings"][0]["reason"].startswith("The second response differs")


def test_waived_requirement_has_its_waiver() -> None:
    content = json.loads(verdict_json(troubled().verdict()))
    waived = next(r for r in content["scopes"][0]["requirements"] if r["outcome"] == Outcome.WAIVED)

    assert waived["waiver"] == {
        "requirement": "paging/links",
        "owner": "Team A",
        "reason": "Agreed in May",
        "expires": "2099-01-01",
        "versions": [],
        "operations": [],
        "link": None,
        "cause": None,
    }
    assert waived["waivers"] == [waived["waiver"]]


def test_text_is_ascii() -> None:
    assert verdict_json(hostile().verdict()).isascii()
