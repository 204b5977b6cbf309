"""Claims with a `where` predicate get no other record, whichever supplier has it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from tests.unit.testdata.records import ECT

from lead_provider_conformance.api.records import Application, Participant
from lead_provider_conformance.http import IncompleteResponse
from lead_provider_conformance.model import CouldNotRun

UNWANTED, WANTED = (str(uuid5(NAMESPACE_URL, name)) for name in ("unwanted", "wanted"))
PARTICIPANTS = [Participant(each, {}, ECT) for each in (UNWANTED, WANTED)]


def is_wanted(participant: Participant) -> bool:
    return participant.id == WANTED


def is_never_wanted(_: Any) -> bool:
    return False


def show_participant(participant_id: str) -> SimpleNamespace:
    return SimpleNamespace(resource={"id": participant_id, "attributes": {"ecf_enrolments": [ECT]}})


def hook_that_creates(*ids: str) -> SimpleNamespace:
    created = iter(ids)
    return SimpleNamespace(creates=lambda state: state == "ect.no-declarations", create=lambda _: next(created))


def test_manifest_skips_records_that_where_rejects(make_states: Any, journal: Any) -> None:
    listed = {"ect.no-declarations": (UNWANTED, WANTED)}
    states = make_states(listed=listed, show_participant=show_participant)

    assert states.claim("ect.no-declarations", where=is_wanted).id == WANTED
    assert [each["supplier"] for each in journal] == ["manifest"]


def test_hook_skips_records_that_where_rejects(make_states: Any, journal: Any) -> None:
    states = make_states(participants=PARTICIPANTS, hook=hook_that_creates(UNWANTED), show_participant=show_participant)

    assert states.claim("ect.no-declarations", where=is_wanted).id == WANTED
    assert [each["supplier"] for each in journal] == ["discovery"]


def test_discovery_skips_records_that_where_rejects(make_states: Any, journal: Any) -> None:
    states = make_states(participants=PARTICIPANTS)

    assert states.claim("ect.no-declarations", where=is_wanted).id == WANTED
    assert [each["supplier"] for each in journal] == ["discovery"]


def test_preferred_record_is_claimed(make_states: Any) -> None:
    states = make_states(participants=PARTICIPANTS)

    assert states.claim_preferring("ect.no-declarations", is_wanted).id == WANTED


def test_any_record_is_claimed_if_none_is_preferred(make_states: Any) -> None:
    states = make_states(participants=PARTICIPANTS)

    assert states.claim_preferring("ect.no-declarations", is_never_wanted).id == UNWANTED


def test_discovery_leaves_rejected_records_to_other_tests(make_states: Any) -> None:
    states = make_states(participants=PARTICIPANTS)
    states.claim("ect.no-declarations", where=is_wanted)

    assert states.claim("ect.no-declarations").id == UNWANTED


def test_discovery_skips_records_that_where_cannot_read(make_states: Any) -> None:
    def where(participant: Participant) -> bool:
        if participant.id == UNWANTED:
            raise IncompleteResponse("malformed")
        return True

    assert make_states(participants=PARTICIPANTS).claim("ect.no-declarations", where=where).id == WANTED


def test_derivation_starts_from_records_that_where_accepts(make_states: Any, journal: Any) -> None:
    states = make_states(participants=PARTICIPANTS, declare=lambda _: SimpleNamespace(status=200))

    assert states.claim("ect.started", where=is_wanted).id == WANTED
    assert [each["supplier"] for each in journal] == ["discovery", "derivation"]


def test_derivation_from_applications_is_skipped_when_where_is_about_participants(make_states: Any) -> None:
    application = {"participant_id": WANTED, "status": "pending", "course_identifier": "npq-headship"}
    accepted = {"participant_id": UNWANTED, "status": "accepted", "course_identifier": "npq-headship"}
    more = {"cohort": "2023", "eligible_for_funding": True}
    applications = [Application("a1", application | more), Application("a2", accepted | more)]
    requests: list[Any] = []
    states = make_states(applications=applications, programme="npq", accept=requests.append)

    with pytest.raises(CouldNotRun, match=r"no record left in the state npq\.no-declarations"):
        states.claim("npq.no-declarations", where=lambda _: True)

    assert requests == []


def test_claim_could_not_run_when_where_rejects_every_record(make_states: Any, journal: Any) -> None:
    with pytest.raises(CouldNotRun, match="no record left in the state"):
        make_states(participants=PARTICIPANTS).claim("ect.no-declarations", where=is_never_wanted)

    assert journal == []
