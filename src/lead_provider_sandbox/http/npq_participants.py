"""Operations on NPQ participants and their outcomes."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from lead_provider_sandbox.domain.outcomes import read_outcome, report_outcome
from lead_provider_sandbox.domain.training_actions import TrainingAction
from lead_provider_sandbox.http.body import attributes
from lead_provider_sandbox.http.ecf_participants import PERSON_COLUMNS
from lead_provider_sandbox.http.list_parameters import (
    created_since,
    given,
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
from lead_provider_sandbox.store.query import WHOLE_LIST, Page
from lead_provider_sandbox.store.tables import applications, outcomes, people


@part("npq-participants.list")
def list_participants(request: ApiRequest) -> Response:
    """List the people whose application the provider has accepted, one resource per person (behaviour PNPQ-LIST)."""
    records = request.store.applications.search_participants(
        request.provider.id, _conditions(request), sort_order(request, PERSON_COLUMNS), requested_page(request)
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
    conditions = [
        applications.c.provider_id == request.provider.id,
        applications.c.status == "accepted",
        *given(updated_since(request), applications.c.updated_at.__gt__),
    ]
    rows = [
        {"participant_id": each.person_id, "funded_place": each.funded_place, **serializer.enrolment(each)}
        for each, _ in request.store.applications.search(conditions, WHOLE_LIST)
    ]
    return csv_response(csv_of_rows(ENROLMENT_COLUMNS, rows))


@part("npq-outcomes.list")
def list_outcomes(request: ApiRequest) -> Response:
    """List the outcomes of all the provider's participants (behaviour OUTC-LIST-ALL)."""
    return _outcomes(request, [], requested_page(request))


@part("npq-outcomes.of-participant")
def list_outcomes_of_participant(request: ApiRequest) -> Response:
    """List all outcomes of one participant; empty for an unknown one.

    Behaviours OUTC-LIST-ONE-UNKNOWN, PAG-OUTCOMES-OF-ONE-NOT-PAGINATED.
    """
    return _outcomes(request, [outcomes.c.person_id == request.ids["participant_id"]], WHOLE_LIST)


@part("npq-outcomes.create")
def create_outcome(request: ApiRequest) -> Response:
    """Report whether a participant has passed."""
    outcome_request = read_outcome(request, request.ids["participant_id"], attributes(request))
    return data_response(serializer.outcome(request, report_outcome(request, outcome_request)))


def _outcomes(request: ApiRequest, conditions: list[ColumnElement[bool]], page: Page) -> Response:
    since = given(created_since(request), outcomes.c.created_at.__ge__)
    conditions = [outcomes.c.provider_id == request.provider.id, *conditions, *since]
    records = request.store.applications.search_outcomes(conditions, page)
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


def _conditions(request: ApiRequest) -> list[ColumnElement[bool]]:
    v3 = request.version == "v3"
    return [
        # Without the instant itself, unlike the ECF lists (behaviour FILT-UPDATED-SINCE-BOUNDARY).
        *given(updated_since(request), people.c.updated_at.__gt__),
        *given(created_since(request) if request.version == "v1" else None, people.c.created_at.__ge__),
        *given(training_status(request) if v3 else None, applications.c.training_status.__eq__),
        *given(id_filter(request, "from_participant_id") if v3 else None, merged_from),
    ]
