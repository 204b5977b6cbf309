"""`verdict.json`: the verdict for programs, as described by `schemas/verdict.schema.json`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from lead_provider_conformance.model import Outcome, Subject
from lead_provider_conformance.reports.changed_records import changed_records
from lead_provider_conformance.reports.wording import WORDINGS
from lead_provider_conformance.results.causes import Exchanges, cause_of
from lead_provider_conformance.results.files import indented_json
from lead_provider_conformance.results.journal import Journals
from lead_provider_conformance.results.verdict import RequirementVerdict, ScopeVerdict, Verdict

FORMAT = 1
CLAIM = ("state", "record", "supplier", "test", "version", "programme")
ATTESTATION = ("requirement", "by", "on", "note")
FINDING = ("outcome", "test", "reason", "remedy", "checked_at", "exchanges")


def verdict_json(verdict: Verdict) -> str:
    """Return the text of `verdict.json`."""
    journals = verdict.journals
    run = {key: value for key, value in journals.run.items() if key not in ("kind", "format")}
    content = {
        "format": FORMAT,
        "conformance": verdict.word,
        "exit_status": int(verdict.exit_status),
        "fail_on": str(verdict.fail_on),
        "run": {
            **run,
            "ended_at": journals.ended_at,
            "ending": str(journals.ending),
            "tests": journals.tests,
            "exchanges": len(journals.exchanges),
            "damaged_lines": journals.damaged_lines,
        },
        "scopes": [_scope(scope, journals.exchanges) for scope in verdict.scopes],
        "claims": [{name: claim[name] for name in CLAIM} for claim in journals.claims],
        **_attestations(journals),
        "changed_records": [asdict(each) for each in changed_records(journals.exchanges.values())],
        "stale_waivers": [
            {**each.waiver.to_mapping(), "why": str(each.why), "sentence": each.sentence}
            for each in verdict.stale_waivers
        ],
        "stale_gaps": [
            {**each.gap.to_mapping(), "problem": str(each.problem), "sentence": each.sentence}
            for each in verdict.stale_gaps
        ],
    }
    return indented_json(content)


def _attestations(journals: Journals) -> dict[str, Any]:
    """Return the provider's statements; only a client's session can have them."""
    if journals.subject is not Subject.CLIENT:
        return {}
    lines = (line for line in journals.script if line["kind"] == "attestation")
    return {"attestations": [{name: line[name] for name in ATTESTATION} for line in lines]}


OPTIONAL = ("raised_to", "concerns")
"""Fields of a requirement that few have."""


def _scope(scope: ScopeVerdict, exchanges: Exchanges) -> dict[str, Any]:
    outcomes = WORDINGS[scope.subject].outcomes
    return {
        "version": scope.scope.version,
        "programme": scope.scope.programme,
        "conformance": scope.word,
        "counts": {str(outcome): scope.count(outcome) for outcome in Outcome if outcome in outcomes},
        "requirements": [_requirement(each, exchanges) for each in scope.requirements],
    }


def _requirement(each: RequirementVerdict, exchanges: Exchanges) -> dict[str, Any]:
    return {
        "id": each.requirement.id,
        "level": str(each.requirement.level),
        "newer_than": each.requirement.newer_than,
        **{name: str(value) for name in OPTIONAL if (value := getattr(each.requirement, name))},
        "statement": each.requirement.statement,
        "sources": list(each.requirement.sources),
        "outcome": str(each.outcome),
        "waiver": each.waiver.to_mapping() if each.waiver else None,
        "gap": each.gap.to_mapping() if each.gap else None,
        "waivers": [waiver.to_mapping() for waiver in each.waivers],
        "findings": [
            {
                **{name: getattr(finding, name) for name in FINDING},
                "cause": asdict(cause_of(finding, exchanges)) if finding.outcome is Outcome.FAILED else None,
                "waived": finding in each.accepted,
                **({"left_out": True} if finding.left_out else {}),
            }
            for finding in each.findings
        ],
    }
