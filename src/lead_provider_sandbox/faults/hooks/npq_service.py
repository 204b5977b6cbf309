"""Hooks for the NPQ service alone: ids that changed, cohorts of a year, funded places and delivery partners."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from lead_provider_sandbox.domain.models import IdChange
from lead_provider_sandbox.domain.npq_service.delivery_partners import Partners
from lead_provider_sandbox.domain.npq_service.models import NpqDeclaration
from lead_provider_sandbox.domain.npq_service.schedule_changes import Cohort, ScheduleChange
from lead_provider_sandbox.domain.outcomes import OutcomeRequest
from lead_provider_sandbox.domain.rules import Problem
from lead_provider_sandbox.faults.hook import hook
from lead_provider_sandbox.http.gateway import Gateway
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, bad_request, not_found
from lead_provider_sandbox.http.router import Route
from lead_provider_sandbox.parts import PARTS

Handler = Callable[[ApiRequest], Response]


@hook
def former_id_followed(_: Any, original: Handler, request: ApiRequest) -> Response:
    """Treat an id that has been replaced as the new one."""
    changed: IdChange | None = PARTS["npq-service.former-id"](request, request.ids["id"])
    return original(replace(request, ids={**request.ids, "id": changed.to_id}) if changed else request)


@hook
def null_refused(argument: Any, original: Handler, request: ApiRequest) -> Response:
    """Refuse an attribute that is null with a 400."""
    data = json.loads(request.body)["data"] if request.body.strip() else {}
    if isinstance(data, dict) and data.get("attributes", {}).get(argument, "") is None:
        raise bad_request(f"'#/{argument}' must not be null")
    return original(request)


@hook
def earliest_cohort(_: Any, original: Callable[..., Cohort | None], *arguments: Any) -> Cohort | None:
    """Move to the first cohort of a year."""
    cohort = original(*arguments)
    return None if cohort is None else (cohort[0], "a")


@hook
def funding_ignored(_: Any, original: Callable[..., None], request: ApiRequest, change: ScheduleChange) -> None:
    """Keep the funded place whatever the funding of the new cohort."""
    original(request, replace(change, funding=(None, None)))


@hook
def secondary_partner_kept(
    _: Any, original: Callable[..., None], request: ApiRequest, declaration: NpqDeclaration, partners: Partners
) -> None:
    """Keep the secondary delivery partner if a change names none."""
    present = declaration.secondary_delivery_partner_id
    if partners.secondary.written is None and present is not None:
        partner = request.store.npq_service.delivery_partner(present)
        partners = replace(partners, secondary=replace(partners.secondary, partner=partner))
    original(request, declaration, partners)


@hook
def refuses_made_by_another(
    _: Any, original: Callable[..., Iterable[Problem]], request: ApiRequest, subject: OutcomeRequest
) -> Iterable[Problem]:
    """Report a problem also with a completed declaration that another provider made."""
    made_by_another = subject.completed is not None and subject.completed.provider_id != request.provider.id
    return (*original(request, subject), *([Problem("base", "This is not accepted.")] if made_by_another else ()))


@hook
def hidden_if_made_by_another(_: Any, original: Handler, request: ApiRequest) -> Response:
    """Return 404 for a declaration that another provider made."""
    response = original(request)
    if response.document["data"]["attributes"]["lead_provider_name"] != request.provider.name:
        raise not_found()
    return response


@hook
def path_rewritten(
    argument: Any, original: Callable[..., Route | None], gateway: Gateway, method: str, path: str
) -> Route | None:
    """Route a path that matches a pattern to another one."""
    return original(gateway, method, re.sub(argument["find"], argument["by"], path))
