"""Query parameters and bodies of the NPQ service, where it reads them in its own way."""

from __future__ import annotations

import re
from dataclasses import replace

from lead_provider_sandbox.domain.attributes import Attributes
from lead_provider_sandbox.domain.lifecycles import TRAINING
from lead_provider_sandbox.http.body import attributes, document
from lead_provider_sandbox.http.list_parameters import split_values
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import ResponseError, bad_request, errors_response
from lead_provider_sandbox.parts import part

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


@part("npq-service.parameters")
def readable(request: ApiRequest) -> ApiRequest:
    """Return a request without unreadable parameters: a `page` that is not a group, and filters that are lists.

    Raise a 400 for a `filter` that is not a group.
    """
    if "filter" in request.query.plain:
        raise bad_request("'#/filter' is not a valid field")
    plain = {name: value for name, value in request.query.plain.items() if name != "page"}
    filters = {name: value for name, value in request.query.groups.get("filter", {}).items() if value is not None}
    return replace(
        request, query=replace(request.query, plain=plain, groups={**request.query.groups, "filter": filters})
    )


@part("npq-service.filter.cohort")
def cohorts(request: ApiRequest) -> list[int] | None:
    """Return the start years in `filter[cohort]`, or None. A cohort's letter is not read; other texts match nothing."""
    value = request.query.filter("cohort")
    if value is None:
        return None
    matches = (re.fullmatch(r"([0-9]{4})[a-z]?", each, re.ASCII) for each in split_values(value))
    return [int(match[1]) for match in matches if match]


@part("npq-service.filter.participant-ids")
def participant_ids(request: ApiRequest) -> list[str] | None:
    """Return the ids in `filter[participant_id]` in lower case, or None. Raise a 400 if one is not a UUID."""
    value = request.query.filter("participant_id")
    if value is None:
        return None
    ids = [each.strip().lower() for each in value.split(",")]
    if not all(_UUID.fullmatch(each) for each in ids):
        raise bad_request("The filter '#/participant_id' must be a comma-delimited list of valid UUIDs")
    return ids


@part("npq-service.filter.training-status")
def training_status(request: ApiRequest) -> str | None:
    """Return `filter[training_status]`, or None. Raise a 422 if it is unknown."""
    status = request.query.filter("training_status")
    if status is not None and status not in TRAINING.states:
        known = ", ".join(f'"{each}"' for each in TRAINING.states)
        detail = f"The filter '#/training_status' must be [{known}]"
        raise ResponseError(errors_response(422, [("Unpermitted parameters", detail)]))
    return status


@part("npq-service.attributes")
def required_attributes(request: ApiRequest) -> Attributes:
    """Return the attributes of a body. Raise a 400 without `data`, or without any attribute."""
    if not _written_attributes(request):
        raise bad_request(request.forms.wrong_structure)
    return attributes(request)


def optional_attributes(request: ApiRequest) -> Attributes:
    """Return the attributes of a body, or none without any."""
    return attributes(request) if _written_attributes(request) else {}


@part("npq-service.acceptance.attributes")
def acceptance_attributes(request: ApiRequest) -> Attributes:
    """Return the attributes of the optional body of an acceptance. Raise a 400 if the body has no known one."""
    if document(request) == {}:
        return {}
    written = _written_attributes(request)
    if not {"funded_place", "schedule_identifier"} & written:
        raise bad_request(request.forms.wrong_structure)
    return attributes(request)


def _written_attributes(request: ApiRequest) -> set[str]:
    """Return the names of the attributes in a body, nulls included; none if the body has another structure."""
    body = document(request)
    data = body.get("data") if isinstance(body, dict) else None
    values = data.get("attributes") if isinstance(data, dict) else None
    return set(values) if isinstance(values, dict) else set()
