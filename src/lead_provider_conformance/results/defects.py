"""The defect behind a cause: reports count the causes of several findings as one if one correction fixes them all.

Waivers and comparisons need exact causes. A reader wants to know how many corrections there are to make, so a defect
- of a field or an error body has the same place and kind in every operation,
- explains findings of other requirements that name the field, or that read a broken body,
- of a list concerns all requirements about the same query, and of several lists if they share its filter,
- of an error without a title explains findings about titles,
- of an operation that accepts or refuses the wrong requests, or returns a wrong value in a field, concerns all of them,
- of an operation that lets a wrong token pass, or returns an undocumented status, is one for all requests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from lead_provider_conformance.model import FIRST_ERROR, FIRST_SERVER_ERROR, Cause
from lead_provider_conformance.results.causes import (
    UNDOCUMENTED_STATUS,
    Exchanges,
    cause_of,
    cause_of_violation,
    is_of_client,
    is_undocumented,
)
from lead_provider_conformance.results.journal import Finding, decisive_exchange

BODY_RULES = frozenset({"contract/body-is-json", "contract/media-type"})
"""Rules whose violation makes the whole body unusable."""
ERROR_BODY = "contract/error-body"
AUTHENTICATION = "authentication/"
REFUSED_TOKEN = (401, 403)
PAGE = "page["
PAGES = "page"
"""The place of a defect in the pages of a list."""
QUERY = "query"
"""The place of a defect in a list without filters."""
BODY = re.compile(r"\s[{\[<].*", re.DOTALL)
"""A quoted response and everything after it."""
LIST = "wrong records"
"""The kind of defect in which a list, requested with a query, returns wrong records or pages."""
ACCEPTS = "accepts requests that must be refused"
REFUSES = "refuses requests that must be accepted"
VALUE = "wrong value"
UNKEPT = "does not keep the change"
NOT_NAMED = "not named by an error"
LEAK = "shows records of another provider"
UNUSABLE = "values that cannot be sent"
UNCHECKED = "does not return 401 without a valid token"
OTHER_RECORD = "returns something else than the record"
OTHER_ERROR = "instead of another error"

STATUSES = re.compile(r"(?: returned (?P<received>\d{3})\b.*?)?; expected (?P<expected>a refusal|one of \d|\d)")
SHOULD_BE_ACCEPTED = re.compile(r"\bshould have been accepted\b")
SHOULD_BE_REFUSED = re.compile(r"\bshould (?:also )?have been refused\b|\bdo not return 4\d\d\b")
FAILED_REQUEST = re.compile("The request failed,")
ERROR_WITHOUT_NAME = re.compile(r"[Nn]o error names `?(\w+)")
LEAKED = re.compile(r" lists \S+ for two lead providers")
NOT_SENDABLE = re.compile(r"cannot be requested with the values that the server has shown: (/\S+)")
FIELD = re.compile(r"^`(\w+)` is |^after .+? (\w+) differs? from the request\b|^The \w+ \S+ shows `(\w+)`")
DIFFERS_FROM_RECORD = re.compile(r"\bthe response differs from the (?:record|declaration)\b")
FILTERED = re.compile(r"^GET \S+ with filter\[\S+ (?:lists|lacks) ")
LIST_NAME = re.compile(r"(?:\w+_)?([a-z]{4,})s")
"""The name of a field with a list, such as `npq_enrolments`."""
TITLE = re.compile(r'"title": ?"([^"]*)"')


def defect_of(finding: Finding, exchanges: Exchanges) -> Cause:
    """Return the defect that a failed finding shows."""
    cause, exchange = cause_of(finding, exchanges), decisive_exchange(finding, exchanges)
    if cause.kind != finding.requirement and not cause.kind.isdecimal() and not _names_requirement(finding):
        refusal = _of_request(finding, exchange) if exchange and is_list(exchange) and _is_refused(exchange) else None
        return refusal or _of_any_operation(cause)
    if match := NOT_SENDABLE.search(finding.reason or ""):
        return Cause("", match[1], UNUSABLE)
    if exchange is None and (field := _field(finding)):
        return Cause("", field, VALUE)
    if exchange is None or exchange["response"] is None or is_of_client(exchange):
        return cause
    if cause.kind.isdecimal() and int(cause.kind) >= FIRST_SERVER_ERROR:
        return cause
    if cause.kind.isdecimal():
        refusal = None if is_undocumented(exchange) else _of_request(finding, exchange)
        return refusal or Cause(cause.operation, "", cause.kind)
    if violation := explaining_violation(finding, exchanges):
        return _of_any_operation(cause_of_violation(cause.operation, violation))
    return _of_request(finding, exchange) or cause


def _names_requirement(finding: Finding) -> bool:
    """Return whether the cause of a finding is only the requirement that a single request of its journey breaks."""
    return finding.cause is not None and (finding.cause.operation, finding.cause.place) == ("", "")


def _of_request(finding: Finding, exchange: Mapping[str, Any]) -> Cause | None:
    """Return the defect of an operation in its response to a request, from the status and the reason."""
    operation, status, reason = exchange["operation"] or "", exchange["response"]["status"], finding.reason or ""
    refused = status >= FIRST_ERROR
    if finding.requirement.startswith(AUTHENTICATION) and status not in REFUSED_TOKEN:
        return Cause(operation, "", UNCHECKED)
    if match := ERROR_WITHOUT_NAME.search(reason):
        return Cause(operation, match[1], NOT_NAMED)
    query = _accepted_query(exchange, reason)
    if not refused and SHOULD_BE_REFUSED.search(reason):
        return Cause(operation, query, ACCEPTS)
    if match := STATUSES.search(reason):
        expects_refusal = "a refusal" in match["expected"] or match["expected"].endswith(("4", "5"))
        if refused and not expects_refusal:
            return Cause(operation, query or _titles(exchange), REFUSES)
        if not refused and expects_refusal:
            return Cause(operation, query, ACCEPTS)
        if refused and expects_refusal:
            return Cause(operation, "", f"{status} {OTHER_ERROR}")
    if refused and (FAILED_REQUEST.match(reason) or SHOULD_BE_ACCEPTED.search(reason)):
        return Cause(operation, query or _titles(exchange), REFUSES)
    if is_list(exchange) and LEAKED.search(reason):
        return Cause(operation, "", LEAK)
    field = _field(finding)
    if is_list(exchange) and not refused and not (field and query == QUERY):
        return Cause(operation, PAGES if finding.requirement.startswith("paging/") else query_of(exchange), LIST)
    if DIFFERS_FROM_RECORD.search(reason):
        return Cause(operation, "", OTHER_RECORD)
    return Cause(operation, field, VALUE) if field else None


def _is_refused(exchange: Mapping[str, Any]) -> bool:
    response = exchange["response"]
    return response is not None and FIRST_ERROR <= response["status"] < FIRST_SERVER_ERROR


def _field(finding: Finding) -> str | None:
    """Return the field whose value the reason of a finding is about."""
    match = FIELD.match(finding.reason or "")
    return match and next(filter(None, match.groups()))


def _titles(exchange: Mapping[str, Any]) -> str:
    return ",".join(sorted(set(TITLE.findall(exchange["response"]["body"]))))


def _of_any_operation(cause: Cause) -> Cause:
    """Return a cause without its operation if it is in the body of a response: operations share their serializers."""
    if cause.operation.startswith("list_") and cause.place.startswith("query:"):
        names = (name for name in cause.place.removeprefix("query:").split(",") if not name.startswith(PAGE))
        return Cause(cause.operation, _query(names), LIST)
    if cause.operation.endswith("_csv"):  # a row has the attributes of a record
        attribute = cause.place.removeprefix("/*")
        is_of_field = attribute or cause.kind.startswith("missing ")
        return Cause("", f"/data/attributes{attribute}", cause.kind) if is_of_field else cause
    rules = ("error-body", "body-is-json", "media-type")
    is_in_body = cause.place.startswith("/") or cause.kind in rules or cause.kind.startswith("missing err")
    return Cause("", cause.place.replace("/data/*", "/data", 1), cause.kind) if is_in_body else cause


def explaining_violation(finding: Finding, exchanges: Exchanges) -> Mapping[str, str] | None:
    """Return the violation of another rule, in the exchanges of a finding, that its reason is about."""
    decisive = decisive_exchange(finding, exchanges)
    others = [exchanges[each] for each in reversed(finding.exchanges) if each in exchanges]
    reason = BODY.sub("", finding.reason or "")
    for exchange in (*([decisive] if decisive else []), *others):
        violations: list[Mapping[str, str]] = exchange["violations"]
        for violation in violations:
            if violation["requirement"] != UNDOCUMENTED_STATUS and _explains(violation, exchange, reason):
                return violation
    return None


def _explains(violation: Mapping[str, str], exchange: Mapping[str, Any], reason: str) -> bool:
    differs_in_status = STATUSES.search(reason) is not None
    item = _item_of_missing_list(violation)
    if item and is_list(exchange) and FILTERED.search(reason):
        return True  # the filter is about an item of the missing list
    if violation["requirement"] in BODY_RULES:
        return not differs_in_status
    if violation["requirement"] == ERROR_BODY:
        return not differs_in_status and exchange["response"]["status"] >= FIRST_ERROR
    if violation.get("kind") == "missing title":
        return not differs_in_status
    if ERROR_WITHOUT_NAME.search(reason) and not violation["where"].startswith("/errors"):
        return False
    names = {"errors?" if name in ("error", "errors") else re.escape(name) for name in _fields(violation)}
    if item:
        names.add(f"{item}s?")
    return any(re.search(rf"\b{name}\b", reason) for name in names)


def _item_of_missing_list(violation: Mapping[str, str]) -> str | None:
    """Return the noun for an item, such as `enrolment`, if a list is missing or null."""
    kind = violation.get("kind", "")
    name = violation["where"].rpartition("/")[2] if kind == "null" else kind.removeprefix("missing ")
    match = LIST_NAME.fullmatch(name) if kind == "null" or kind.startswith("missing ") else None
    return match[1] if match else None


def _fields(violation: Mapping[str, str]) -> Iterator[str]:
    """Yield the names of the field that a violation is about."""
    kind = violation.get("kind", "")
    if kind.startswith("missing "):
        yield kind.removeprefix("missing ")
    last = violation["where"].rpartition("/")[2]
    if last and not last.isdecimal() and last not in ("data", "attributes"):
        yield last


def is_list(exchange: Mapping[str, Any]) -> bool:
    return exchange["request"]["method"] == "GET" and (exchange["operation"] or "").startswith("list_")


def _accepted_query(exchange: Mapping[str, Any], reason: str) -> str:
    """Return the part of a list's query that must be refused; empty if the request is not of a list."""
    if not is_list(exchange):
        return ""
    return PAGES if PAGE in BODY.sub("", reason) else query_of(exchange)


def query_of(exchange: Mapping[str, Any]) -> str:
    """Return the names in the query of a request, without those of the page; `query` if there are no others."""
    sent = parse_qsl(exchange["request"]["url"].partition("?")[2], keep_blank_values=True)
    return _query(name for name, _ in sent if not name.startswith(PAGE))


def _query(names: Iterable[str]) -> str:
    return ":".join(filter(None, (QUERY, ",".join(sorted(set(names))))))
