"""The cause of a failure: an operation, a place in its request or response, and the kind of defect.

Waivers, comparisons and reports go by cause. It is read from the finding, or from the exchange that decided it: no
response, a 5xx, an undocumented status, or a violation of the contract. Otherwise the requirement itself is the kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lead_provider_conformance.model import FIRST_SERVER_ERROR, Cause
from lead_provider_conformance.results.journal import Finding, decisive_exchange
from lead_provider_conformance.text import without_positions

Exchanges = Mapping[str, Mapping[str, Any]]
"""Exchanges of the journal, by id. Causes are read from `operation`, `response`, `violations` and `place`."""

NO_RESPONSE = "no response"
UNDOCUMENTED_STATUS = "contract/documented-status"


def cause_of(finding: Finding, exchanges: Exchanges) -> Cause:
    """Return the cause of a failed finding."""
    exchange = decisive_exchange(finding, exchanges)
    operation = (exchange and exchange["operation"]) or ""
    if finding.cause:
        return Cause(finding.cause.operation or operation, finding.cause.place, finding.cause.kind)
    if exchange is None:
        return Cause(kind=finding.requirement, place=finding.group or "")
    if not is_of_client(exchange) and (kind := _failed_response(exchange)):
        return Cause(operation, exchange.get("place", ""), kind)
    if violation := violation_of(finding, exchange):
        return cause_of_violation(operation, violation)
    return Cause(operation, finding.group or "", finding.requirement)


def is_of_client(exchange: Mapping[str, Any]) -> bool:
    """Return whether an exchange is of a client's session: its violations are of the request."""
    return "observed" in exchange


def _failed_response(exchange: Mapping[str, Any]) -> str | None:
    """Return the kind of cause if a server returned no response, a 5xx or an undocumented status."""
    response = exchange["response"]
    if response is None:
        return NO_RESPONSE
    is_error = is_undocumented(exchange) or response["status"] >= FIRST_SERVER_ERROR
    return str(response["status"]) if is_error else None


def is_undocumented(exchange: Mapping[str, Any]) -> bool:
    """Return whether the contract does not have the status of a response."""
    return any(each["requirement"] == UNDOCUMENTED_STATUS for each in exchange["violations"])


def cause_of_violation(operation: str, violation: Mapping[str, str]) -> Cause:
    """Return the cause of a contract violation as the journal holds it. List items share their defects."""
    rule = violation["requirement"].removeprefix("contract/")
    return Cause(operation, without_positions(violation["where"]), violation.get("kind") or rule)


def violation_at(cause: Cause, exchange: Mapping[str, Any]) -> Mapping[str, str] | None:
    """Return the violation in an exchange that has this cause, if any."""
    same = (each for each in exchange["violations"] if each["requirement"] != UNDOCUMENTED_STATUS)
    return next((each for each in same if cause_of_violation(cause.operation, each) == cause), None)


def violation_of(finding: Finding, exchange: Mapping[str, Any]) -> Mapping[str, str] | None:
    """Return the first violation in an exchange that breaks the requirement of a finding.

    A generated request breaks `generated/x` where it breaks `contract/x`.
    """
    requirements = {finding.requirement, finding.requirement.replace("generated/", "contract/")}
    return next((each for each in exchange["violations"] if each["requirement"] in requirements), None)
