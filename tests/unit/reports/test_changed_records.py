"""Records that a run claimed or changed."""

import json
from dataclasses import replace

import pytest
from tests.unit.journals import Run
from tests.unit.samples import DECLARATION, ECT, declaration, troubled

from lead_provider_conformance.reports.changed_records import ChangedRecord, changed_records
from lead_provider_conformance.reports.html import server_html
from lead_provider_conformance.reports.verdict_json import verdict_json
from lead_provider_conformance.results.verdict import Verdict
from lead_provider_conformance.schemas import problems

from .page import parsed

CLAIM = {
    "kind": "claim",
    "state": "ect.no-declarations",
    "record": ECT,
    "supplier": "discovery",
    "test": "test_x",
    "version": "v3",
    "programme": "ecf",
}


def changed(run: Run) -> tuple[ChangedRecord, ...]:
    return changed_records(run.record().exchanges.values())


def test_write_changes_the_record_in_its_path() -> None:
    run = Run()
    for action in ("withdraw", "resume"):
        run.exchanged("PUT", f"/api/v3/participants/ecf/{ECT}/{action}", operation=f"{action}_ecf_participant")

    assert changed(run) == (
        ChangedRecord(
            "participants", ECT, ("withdraw_ecf_participant", "resume_ecf_participant"), ("main-00001", "main-00002")
        ),
    )


def test_create_changes_the_record_in_its_response() -> None:
    run = Run()
    run.exchanged("POST", "/api/v3/participant-declarations", body=declaration(), operation="create_x")
    run.exchanged("PUT", f"/api/v3/participant-declarations/{DECLARATION}/void", operation="void_x")

    assert changed(run) == (
        ChangedRecord("participant-declarations", DECLARATION, ("create_x", "void_x"), ("main-00001", "main-00002")),
    )


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("PUT", 422), ("PUT", 500), ("PUT", None)])
def test_reads_and_refused_writes_change_nothing(method: str, status: int | None) -> None:
    run = Run()
    run.exchanged(method, f"/api/v3/participants/ecf/{ECT}/withdraw", status)

    assert changed(run) == ()


def test_claims_are_counted_by_state_and_supplier() -> None:
    claims = [CLAIM, {**CLAIM, "record": "b"}, {**CLAIM, "supplier": "manifest"}]
    section = parsed(server_html(Verdict.of(replace(Run().record(), claims=tuple(claims))))).one("section", id="run")

    assert "ect.no-declarations discovery 2 ect.no-declarations manifest 1" in section.text


def test_page_and_json_list_claims_and_changed_records() -> None:
    verdict = Verdict.of(replace(troubled().record(), claims=(CLAIM,)))
    section = parsed(server_html(verdict)).one("section", id="run")
    content = json.loads(verdict_json(verdict))

    assert "ect.no-declarations discovery 1" in section.text
    assert f"participants/{ECT} withdraw_ecf_participant" in section.one("details", class_="changed").text
    assert list(problems("verdict", content)) == []
    assert content["claims"] == [{name: value for name, value in CLAIM.items() if name != "kind"}]
    assert {each["record"] for each in content["changed_records"]} == {ECT, DECLARATION}


def test_page_says_if_the_run_changed_nothing() -> None:
    section = parsed(server_html(Run().verdict())).one("section", id="run")

    assert "None: no write request succeeded." in section.text
