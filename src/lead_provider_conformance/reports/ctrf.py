"""`ctrf.json`: the verdict in the Common Test Report Format.

There is one test per requirement, version and programme. As in `junit.xml`, a MUST that was not tested has failed;
`rawStatus` is the name under which the other reports count it, such as `difference` for a SHOULD that failed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from lead_provider_conformance.contract.citations import source_line
from lead_provider_conformance.model import Conformance, Outcome
from lead_provider_conformance.reports.summary import counted_as, fails_run, scope_label
from lead_provider_conformance.results.curl import curl
from lead_provider_conformance.results.files import indented_json
from lead_provider_conformance.results.journal import decisive_exchange
from lead_provider_conformance.results.verdict import RequirementVerdict, ScopeVerdict, Verdict
from lead_provider_conformance.text import one_line, visible

STATUSES = ("passed", "failed", "skipped", "pending", "other")


def ctrf_json(verdict: Verdict) -> str:
    """Return the text of `ctrf.json`."""
    run = verdict.journals.run
    tests = [_test(each, scope, verdict) for scope in verdict.scopes for each in scope.requirements]
    for scope in verdict.scopes:
        green = not any(test["status"] == "failed" and test["suite"] == [scope_label(scope.scope)] for test in tests)
        if scope.conformance is not Conformance.CONFORMANT and green:
            tests.append(_extra("run/complete", scope_label(scope.scope), f"The verdict is {scope.word}."))
    tests += [_extra(each.name, "Waivers and gaps", one_line(each.sentence)) for each in verdict.outdated]
    if not verdict.scopes:
        tests.append(_extra("run/complete", "Run", "The run selected no version and programme."))
    start = _milliseconds(run["started_at"])
    content = {
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "reportId": run["id"],
        "generatedBy": "lead-provider-conformance",
        "results": {
            "tool": {"name": "lead-provider-conformance", "version": run["suite"]["version"]},
            "summary": {
                "tests": len(tests),
                **{status: sum(test["status"] == status for test in tests) for status in STATUSES},
                "start": start,
                "stop": _milliseconds(verdict.journals.ended_at) if verdict.journals.ended_at else start,
            },
            "tests": tests,
            "environment": {"testEnvironment": one_line(run["target"]["name"])},
        },
    }
    return indented_json(content)


def _test(each: RequirementVerdict, scope: ScopeVerdict, verdict: Verdict) -> dict[str, Any]:
    exchanges = verdict.journals.exchanges
    status = "failed" if fails_run(each, verdict.fail_on) else "skipped"
    test: dict[str, Any] = {
        "name": each.requirement.id,
        "status": "passed" if each.outcome is Outcome.PASSED else status,
        "rawStatus": counted_as(each.requirement, each.outcome),
        "duration": round(
            1000 * sum(exchanges[one]["seconds"] for f in each.findings for one in f.exchanges if one in exchanges)
        ),
        "suite": [scope_label(scope.scope)],
        "tags": [each.requirement.area, str(each.requirement.level)],
    }
    if each.outcome is not Outcome.PASSED:
        parts = (each.requirement.statement, each.reason, each.remedy, source_line(each.requirement))
        test["message"] = " ".join(one_line(part) for part in parts if part)
        if exchange := decisive_exchange(each.findings[0], exchanges):
            test["trace"] = visible(curl(exchange))
    return test


def _extra(name: str, suite: str, message: str) -> dict[str, Any]:
    return {"name": name, "status": "failed", "duration": 0, "suite": [suite], "message": message}


def _milliseconds(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1000)
