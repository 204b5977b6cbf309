"""`report.sarif`: failures in the Static Analysis Results Interchange Format 2.1.0 (OASIS), for code scanning.

There is one rule per requirement, and one result per version and programme in which it failed; of two servers, one
for each difference. A waived failure is suppressed, and a MUST that was not tested is open. The location is a file in
the repository of the subject: its target file or profile, or else the GitHub workflow of the run. Without either, as on
a developer's machine, there is none, because a wrong file is worse. The logical location is the operation, or else the
version and programme. The line of the suite that decided is a property.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from lead_provider_conformance.contract.citations import source_line
from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.model import Ending, Level, Outcome, Scope
from lead_provider_conformance.reports.summary import NO_REASON, PARITY, scope_label
from lead_provider_conformance.results.causes import cause_of
from lead_provider_conformance.results.curl import curl
from lead_provider_conformance.results.files import indented_json
from lead_provider_conformance.results.journal import Finding, decisive_exchange
from lead_provider_conformance.results.verdict import RequirementVerdict, ScopeVerdict, Verdict
from lead_provider_conformance.text import one_line, visible

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LINE_HASH = 16
"""The length of the fingerprint that GitHub reads. It would compute the same one for all results, from their line."""
LEVELS = {Level.MUST: "error", Level.SHOULD: "warning", Level.MAY: "note"}


def sarif_json(verdict: Verdict) -> str:
    """Return the text of `report.sarif`."""
    journals = verdict.journals
    requirements = [Requirement.from_mapping(entry) for entry in journals.plan["requirements"]]
    indexes = {requirement.id: index for index, requirement in enumerate(requirements)}
    content = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "lead-provider-conformance",
                        "semanticVersion": journals.run["suite"]["version"],
                        "rules": [_rule(requirement) for requirement in requirements],
                    }
                },
                "automationDetails": {"id": f"lead-provider-conformance/{one_line(journals.run['target']['name'])}/"},
                "invocations": [
                    {
                        "executionSuccessful": journals.ending is Ending.FINISHED,
                        "exitCode": int(verdict.exit_status),
                        "startTimeUtc": journals.run["started_at"],
                        **({"endTimeUtc": journals.ended_at} if journals.ended_at else {}),
                        "toolConfigurationNotifications": [
                            {"level": "error", "message": {"text": one_line(each.sentence)}}
                            for each in verdict.outdated
                        ],
                    }
                ],
                "columnKind": "unicodeCodePoints",
                "results": [
                    result
                    for scope in verdict.scopes
                    for each in scope.requirements
                    for result in _results(each, scope, verdict, indexes[each.requirement.id])
                ],
            }
        ],
    }
    return indented_json(content)


def _rule(requirement: Requirement) -> dict[str, Any]:
    return {
        "id": requirement.id,
        "shortDescription": {"text": one_line(requirement.statement)},
        "help": {"text": f"{requirement.level}. {one_line(source_line(requirement))}"},
        "defaultConfiguration": {"level": LEVELS[requirement.level]},
        "properties": {"tags": [requirement.area, str(requirement.level)]},
    }


def _results(each: RequirementVerdict, scope: ScopeVerdict, verdict: Verdict, index: int) -> Iterator[dict[str, Any]]:
    extra: dict[str, Any] = {}
    match each.outcome:
        case Outcome.FAILED:
            pass
        case Outcome.WAIVED if each.waiver:
            justification = one_line(each.waiver.reason)
            extra["suppressions"] = [{"kind": "external", "status": "accepted", "justification": justification}]
        case Outcome.COULD_NOT_RUN if each.requirement.level is Level.MUST:
            extra.update(kind="open", level="none")
        case _:
            return
    several = each.requirement.area == PARITY and each.failures
    for finding in each.failures if several else each.findings[:1]:
        yield {**_result(each, finding, scope, verdict, index), **extra}


def _result(
    each: RequirementVerdict, finding: Finding, scope: ScopeVerdict, verdict: Verdict, index: int
) -> dict[str, Any]:
    exchange = decisive_exchange(finding, verdict.journals.exchanges)
    parts = (each.requirement.statement, finding.reason or NO_REASON, finding.remedy, source_line(each.requirement))
    text = " ".join(one_line(part) for part in parts if part)
    reproduction = {"curl": visible(curl(exchange)), "exchange": exchange["id"]} if exchange else {}
    key = (each.requirement.id, str(scope.scope), str(cause_of(finding, verdict.journals.exchanges)))
    digest = hashlib.sha256("\n".join(key).encode("utf-8", "replace")).hexdigest()
    return {
        "ruleId": each.requirement.id,
        "ruleIndex": index,
        "level": LEVELS[each.requirement.level],
        "message": {"text": f"{scope_label(scope.scope)}: {text}"},
        "locations": [_location(exchange, scope.scope, verdict)],
        "partialFingerprints": {"cause/v2": digest, "primaryLocationLineHash": f"{digest[:LINE_HASH]}:1"},
        "properties": {
            "version": scope.scope.version,
            "programme": scope.scope.programme,
            **({"checkedAt": finding.checked_at} if finding.checked_at else {}),
            **reproduction,
        },
    }


def _location(exchange: Mapping[str, Any] | None, scope: Scope, verdict: Verdict) -> dict[str, Any]:
    """Return the file that describes the subject, if it is known, and the operation, or else the version."""
    operation = exchange and exchange["operation"]
    logical = {"name": operation, "kind": "function"} if operation else {"name": scope_label(scope), "kind": "module"}
    file = verdict.journals.run["target"].get("file")
    physical = {"artifactLocation": {"uri": quote(file)}, "region": {"startLine": 1}} if file else None
    return {**({"physicalLocation": physical} if physical else {}), "logicalLocations": [logical]}
