"""Operations on NPQ participants and their outcomes."""

from __future__ import annotations

from lead_provider_sandbox.domain.outcomes import read_outcome, report_outcome
from lead_provider_sandbox.domain.training_actions import TrainingAction
from lead_provider_sandbox.http.body import attributes
from lead_provider_sandbox.http.ecf_participants import PERSON_COLUMNS
from lead_provider_sandbox.http.list_parameters import (
    created_since,
    id_filter,
    requested_page,
    sort_order,
    training_status,
    updated_since,
)
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, csv_response, data_response, not_found
from lead_provider_sandbox.http.training_actions import schedule_operation, training_operation
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers import npq as serializer
from lead_provider_sandbox.serializers.csv_files import ENROLMENT_COLUMNS, csv_of_rows
from lead_provider_sandbox.store.people import merged_from
from lead_provider_sandbox.store.query import WHOLE_LIST, Filters, Page, conditions_of, given
from lead_provider_sandbox.store.tables import applications, outcomes, people

_CONDITIONS = conditions_of(
    # Without the instant itself, unlike the ECF lists (behaviour FILT-UPDATED-SINCE-BOUNDARY).
    updated_after=people.c.updated_at.__gt__,
    created_since=people.c.created_at.__ge__,
    training_status=applications.c.training_status.__eq__,
    former_ids=merged_from,
)
_OF_ENROLMENTS = conditions_of(
    provider_id=applications.c.provider_id.__eq__,
    status=applications.c.status.__eq__,
    updated_after=applications.c.updated_at.__gt__,
)
_OF_OUTCOMES = conditions_of(
    provider_id=outcomes.c.provider_id.__eq__,
    person_id=outcomes.c.person_id.__eq__,
    created_since=outcomes.c.created_at.__ge__,
)


@part("npq-participants.list")
def list_participants(request: ApiRequest) -> Response:
    """List the people whose application the provider has accepted, one resource per person (behaviour PNPQ-LIST)."""
    records = request.store.applications.search_participants(
        request.provider.id, _filters(request), sort_order(request, PERSON_COLUMNS), requested_page(request)
    )
    return data_response([serializer.participant(request, *each) for each in records])


@part("npq-participants.show")
def show_participant(request: ApiRequest) -> Response:
    """Return one participant with the NPQs taken with the provider."""
    return _response(request, request.ids["id"])


def _trained(request: ApiRequest, action: TrainingAction) -> Response:
    return _response(request, action.person.id if action.person else "")


defer = training_operation("npq", "defer", _trained)
resume = training_operation("npq", "resume", _trained)
withdraw = training_operation("npq", "withdraw", _trained)
change_schedule = schedule_operation("npq", _trained)


@part("npq-enrolments.csv")
def list_enrolments_csv(request: ApiRequest) -> Response:
    """Return every accepted application as CSV (behaviours NENR-CSV, NENR-CSV-EMPTY)."""
    filters = given(
        _OF_ENROLMENTS, provider_id=request.provider.id, status="accepted", updated_after=updated_since(request)
    )
    rows = [
        {"participant_id": each.person_id, "funded_place": each.funded_place, **serializer.enrolment(each)}
        for each, _ in request.store.applications.search(filters, WHOLE_LIST)
    ]
    return csv_response(csv_of_rows(ENROLMENT_COLUMNS, rows))


@part("npq-outcomes.list")
def list_outcomes(request: ApiRequest) -> Response:
    """List the outcomes of all the provider's participants (behaviour OUTC-LIST-ALL)."""
    return _outcomes(request, requested_page(request))


@part("npq-outcomes.of-participant")
def list_outcomes_of_participant(request: ApiRequest) -> Response:
    """List all outcomes of one participant; empty for an unknown one.

    Behaviours OUTC-LIST-ONE-UNKNOWN, PAG-OUTCOMES-OF-ONE-NOT-PAGINATED.
    """
    return _outcomes(request, WHOLE_LIST, request.ids["participant_id"])


@part("npq-outcomes.create")
def create_outcome(request: ApiRequest) -> Response:
    """Report whether a participant has passed."""
    outcome_request = read_outcome(request, request.ids["participant_id"], attributes(request))
    return data_response(serializer.outcome(request, report_outcome(request, outcome_request)))


def _outcomes(request: ApiRequest, page: Page, person_id: str | None = None) -> Response:
    filters = given(
        _OF_OUTCOMES, provider_id=request.provider.id, person_id=person_id, created_since=created_since(request)
    )
    records = request.store.applications.search_outcomes(filters, page)
    return data_response([serializer.outcome(request, each) for each in records])


def _response(request: ApiRequest, person_id: str) -> Response:
    participant = request.store.applications.participant(person_id, owner_of(request))
    if participant is None:
        raise not_found()
    return data_response(serializer.participant(request, *participant))


@part("npq-participants.owner")
def owner_of(request: ApiRequest) -> str:
    """Return the id of the provider whose participants the request can see."""
    return request.provider.id


def _filters(request: ApiRequest) -> Filters:
    v3 = request.version == "v3"
    return given(
        _CONDITIONS,
        updated_after=updated_since(request),
        created_since=created_since(request) if request.version == "v1" else None,
        training_status=training_status(request) if v3 else None,
        former_ids=id_filter(request, "from_participant_id") if v3 else None,
    )
