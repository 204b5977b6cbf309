"""`report.sarif`: what failed, in the Static Analysis Results Interchange Format 2.1.0 (OASIS), for code scanning.

A rule for each requirement, a result for each version and programme in which it failed, is waived (then suppressed)
or, being a MUST, could not be tested (then open). Readers want a place in a file: it is the line that decided.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.model import Ending, Level, Outcome
from lead_provider_conformance.reports.causes import symptom
from lead_provider_conformance.reports.digest import NO_REASON, label
from lead_provider_conformance.results.curl import curl
from lead_provider_conformance.results.journal import Finding, decisive_exchange
from lead_provider_conformance.results.verdict import RequirementVerdict, ScopeVerdict, Verdict
from lead_provider_conformance.text import one_line, visible

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {Level.MUST: "error", Level.SHOULD: "warning", Level.MAY: "note"}


def sarif_json(verdict: Verdict) -> str:
    """The text of `report.sarif`."""
    return json.dumps(to_mapping(verdict), indent=1) + "\n"


def to_mapping(verdict: Verdict) -> dict[str, Any]:
    """What `report.sarif` says."""
    record = verdict.record
    requirements = [Requirement.from_mapping(entry) for entry in record.plan["requirements"]]
    places = {requirement.id: index for index, requirement in enumerate(requirements)}
    ended = {"endTimeUtc": record.ended_at} if record.ended_at else {}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "lead-provider-conformance",
                        "semanticVersion": record.run["suite"]["version"],
                        "rules": [_rule(requirement) for requirement in requirements],
                    }
                },
                "automationDetails": {"id": f"lead-provider-conformance/{one_line(record.run['target']['name'])}/"},
                "invocations": [
                    {
                        "executionSuccessful": record.ending is Ending.FINISHED,
                        "exitCode": int(verdict.exit_status),
                        "startTimeUtc": record.run["started_at"],
                        **ended,
                        "toolConfigurationNotifications": [
                            {"level": "error", "message": {"text": one_line(each.sentence)}}
                            for each in verdict.stale_waivers
                        ],
                    }
                ],
                "columnKind": "unicodeCodePoints",
                "results": [
                    result
                    for scope in verdict.scopes
                    for each in scope.requirements
                    for result in _results(each, scope, verdict, places[each.requirement.id])
                ],
            }
        ],
    }


def _rule(requirement: Requirement) -> dict[str, Any]:
    return {
        "id": requirement.id,
        "shortDescription": {"text": one_line(requirement.statement)},
        "help": {"text": f"{requirement.level}. Source: {one_line('; '.join(requirement.sources))}"},
        "defaultConfiguration": {"level": LEVELS[requirement.level]},
        "properties": {"tags": [requirement.area, str(requirement.level)]},
    }


def _results(each: RequirementVerdict, scope: ScopeVerdict, verdict: Verdict, index: int) -> Iterator[dict[str, Any]]:
    match each.outcome:
        case Outcome.FAILED:
            yield _result(each, scope, verdict, index)
        case Outcome.WAIVED if each.waiver:
            suppression = {"kind": "external", "status": "accepted", "justification": one_line(each.waiver.reason)}
            yield {**_result(each, scope, verdict, index), "suppressions": [suppression]}
        case Outcome.COULD_NOT_RUN if each.requirement.level is Level.MUST:
            yield {**_result(each, scope, verdict, index), "kind": "open", "level": "none"}


def _result(each: RequirementVerdict, scope: ScopeVerdict, verdict: Verdict, index: int) -> dict[str, Any]:
    finding = each.findings[0]
    exchange = decisive_exchange(finding, verdict.record.exchanges)
    remedy = f" {one_line(finding.remedy)}" if finding.remedy else ""
    text = f"{label(scope.scope)}: {one_line(each.requirement.statement)} {one_line(finding.reason or NO_REASON)}"
    location: dict[str, Any] = {"physicalLocation": _place(finding)}
    if exchange and exchange["operation"]:
        location["logicalLocations"] = [{"name": exchange["operation"], "kind": "function"}]
    shown = {"curl": visible(curl(exchange)), "exchange": exchange["id"]} if exchange else {}
    key = (each.requirement.id, str(scope.scope), *symptom(finding, verdict.record.exchanges).key)
    return {
        "ruleId": each.requirement.id,
        "ruleIndex": index,
        "level": LEVELS[each.requirement.level],
        "message": {"text": text + remedy},
        "locations": [location],
        "partialFingerprints": {"cause/v1": hashlib.sha256("\n".join(key).encode("utf-8", "replace")).hexdigest()},
        "properties": {"version": scope.scope.version, "programme": scope.scope.programme, **shown},
    }


def _place(finding: Finding) -> dict[str, Any]:
    path, _, line = (finding.checked_at or "").rpartition(":")
    if path and line.isdecimal() and int(line) > 0:
        return {"artifactLocation": {"uri": path}, "region": {"startLine": int(line)}}
    file = finding.test.partition("::")[0]
    return {"artifactLocation": {"uri": file or "suites/requirements"}, "region": {"startLine": 1}}
