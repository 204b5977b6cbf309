"""The subjects of operations in the services of edition 2026-08."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.api.records import Participant
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.contract.editions import load_edition
from lead_provider_conformance.http.server_date import ServerDate
from lead_provider_conformance.testdata.catalogue import CATALOGUE
from lead_provider_conformance.testdata.refusals import PreparationRefusedError
from lead_provider_conformance.testdata.subjects import has_subject, subject_of

EDITION, CALENDAR = "2026-08", Calendar.load("2026-08")
NOW = datetime(2026, 8, 21, 12, tzinfo=UTC)


def subject(programme, name):
    return subject_of(EDITION, programme, Contract.load(f"2026-08/v3-{programme}").operation(name))


def declaration_of(kind, evidence=None):
    return {"declaration_type": kind, **({"evidence_held": evidence} if evidence else {})}


def an_ect(cohort, **attributes):
    return Participant("p1", attributes, {"participant_type": "ect", "cohort": cohort, "training_status": "active"})


@pytest.mark.parametrize("scope", load_edition(EDITION).scopes, ids=str)
def test_every_operation_of_an_edition_has_a_subject_in_a_known_state(scope):
    contract = Contract.of(EDITION, scope)

    assert [each.id for each in contract.operations if not has_subject(EDITION, scope.programme, each)] == []
    for operation in contract.operations:
        assert subject_of(EDITION, scope.programme, operation).state in CATALOGUE


@pytest.mark.parametrize(
    ("cohort", "attributes", "allowed"),
    [
        ("2024", declaration_of("started"), True),
        ("2024", declaration_of("started", "other"), False),  # the published texts contradict each other
        ("2024", declaration_of("retained-1"), False),
        ("2024", declaration_of("retained-1", "other"), True),
        ("2024", declaration_of("retained-2", "75-percent-engagement-met"), False),
        ("2025", declaration_of("started"), False),
        ("2025", declaration_of("started", "other"), True),
        ("2025", declaration_of("retained-2", "other"), False),
        ("2025", declaration_of("retained-2", "75-percent-engagement-met"), True),
        ("2025", declaration_of("completed", "one-term-induction"), True),
    ],
)
def test_evidence_is_that_of_cohort_and_type(cohort, attributes, allowed):
    allows = subject("ecf", "create_participant_declaration").allows

    assert allows
    assert allows(attributes, an_ect(cohort), CALENDAR) is allowed


@pytest.mark.parametrize(("partners", "is_named", "allowed"), [
    (("d1",), True, True), (("d1",), False, False), ((), True, False), ((), False, True),
])  # fmt: skip
def test_npq_declaration_names_a_delivery_partner_where_it_needs_one(partners, is_named, allowed):
    allows = subject("npq", "create_participant_declaration").allows
    participant = Participant("p1", {}, {"cohort": "2025"}, delivery_partners=partners)

    assert allows
    assert allows({"delivery_partner_id": "d1"} if is_named else {}, participant, CALENDAR) is allowed


@pytest.mark.parametrize(
    ("status", "updated_at", "is_refused"),
    [("active", NOW - timedelta(days=1), False), ("active", NOW, True), ("deferred", NOW - timedelta(days=1), True)],
)
def test_participant_is_deferred_only_if_in_training_since_before_today(status, updated_at, is_refused):
    shown = Participant("p1", {"updated_at": format_time(updated_at)}, {"training_status": status})
    client = SimpleNamespace(server_date=ServerDate(), server_time=NOW)
    api = SimpleNamespace(client=client, participant=lambda _: shown)
    prepare = subject("ecf", "defer_ecf_participant").prepare

    assert prepare
    if is_refused:
        with pytest.raises(PreparationRefusedError, match=r"today|tomorrow"):
            prepare(api, shown, CALENDAR)
    else:
        assert prepare(api, shown, CALENDAR) is None
