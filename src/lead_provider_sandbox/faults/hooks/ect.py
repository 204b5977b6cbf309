"""Hooks for the ECT service: statuses, training periods and delivery partners."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import select, update

from lead_provider_sandbox.domain.ect.partnerships import PartnerChange
from lead_provider_sandbox.domain.rules import Problem
from lead_provider_sandbox.faults.hook import hook
from lead_provider_sandbox.faults.hooks.rules import UNEXPLAINED
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, not_found
from lead_provider_sandbox.store.query import update_row
from lead_provider_sandbox.store.tables import declarations, enrolments


@hook
def value_instead(argument: Any, original: Callable[..., Any], *arguments: Any) -> Any:
    """Return another value instead of one value."""
    value = original(*arguments)
    return argument["by"] if value == argument["of"] else value


@hook
def refuses_if_any(
    argument: Any, original: Callable[..., Iterable[Problem]], request: ApiRequest, subject: Any
) -> Iterable[Problem]:
    """Report a problem also if the subject has any of certain records."""
    problems = tuple(original(request, subject))
    if problems or not getattr(subject, argument["records"]):
        return problems
    return (Problem(argument["attribute"], UNEXPLAINED),)


@hook
def period_kept(_: Any, original: Callable[..., None], request: ApiRequest, subject: Any) -> None:
    """Apply a change without beginning a training period."""
    original(request, subject)
    before = subject.enrolment
    if before is not None:
        update_row(request.store.connection, enrolments, before.id, {"period_start": before.period_start})


@hook
def declarations_follow_partnership(
    _: Any, original: Callable[..., None], request: ApiRequest, change: PartnerChange
) -> None:
    """Give the declarations of a partnership's participants its new delivery partner too."""
    original(request, change)
    if change.partner is None:
        return
    trained = select(enrolments.c.training_record_id).where(enrolments.c.partnership_id == change.partnership.id)
    request.store.connection.execute(
        update(declarations)
        .where(declarations.c.training_id.in_(trained))
        .values(delivery_partner_id=change.partner.id)
    )


@hook
def old_versions_served(_: Any, original: Callable[..., Any], gateway: Any, method: str, path: str) -> Any:
    """Serve the paths of versions 1 and 2 as those of version 3."""
    return original(gateway, method, re.sub("^/api/v[12]/", "/api/v3/", path))


@hook
def hidden_by_filter(_: Any, original: Callable[[ApiRequest], Response], request: ApiRequest) -> Response:
    """Find no record if the request has a filter."""
    if request.query.groups.get("filter"):
        raise not_found()
    return original(request)


@hook
def plus_unknown(_: Any, original: Callable[..., Any], request: ApiRequest, columns: Mapping[str, Any]) -> Any:
    """Ignore `sort` if it begins with a plus, which a query string may show as a space."""
    if request.query.plain.get("sort", "").startswith(("+", " ")):
        return [columns["created_at"], columns["id"]]
    return original(request, columns)
