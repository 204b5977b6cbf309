"""Sentences about a run as a whole that no exchange shows."""

from __future__ import annotations

from lead_provider_conformance.model import Outcome
from lead_provider_conformance.reports.summary import failures, quantity
from lead_provider_conformance.results.journal import Journals
from lead_provider_conformance.results.verdict import Verdict


def remarks(verdict: Verdict) -> tuple[str, ...]:
    """Return sentences about a client's input, and about a server that has been stopped."""
    return tuple(filter(None, (_not_http(verdict.journals), _stopped(verdict))))


def _not_http(journals: Journals) -> str:
    reasons = [line["facts"]["reason"] for line in journals.script if line.get("event") == "not-http"]
    if not reasons:
        return ""
    tls = "; some of it was TLS, so use the address with http://" if "TLS" in reasons else ""
    return f"The client sent something that is not HTTP on {quantity(len(reasons), 'connection')}{tls}."


def _stopped(verdict: Verdict) -> str:
    """Return how to repeat a request to a server that the run has started, if there is one to repeat."""
    target = verdict.journals.run["target"]
    if not target.get("started") or not failures(verdict, Outcome.FAILED):
        return ""
    return (
        f"The run has stopped the server that it started. To repeat a request, start it at {target['base_url']} again."
    )
