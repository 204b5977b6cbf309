"""Deferring, resuming and withdrawing, in both programmes."""

from __future__ import annotations

from typing import Any

import pytest

REASON = "The property '#/reason' must be present, The property '#/reason' must be a valid reason"
INVALID_REASON = "The property '#/reason' must be a valid reason"
COURSE = "The entered '#/course_identifier' is not recognised for the given participant. Check details and try again."
PARTICIPANT = (
    "Your update cannot be made as the '#/participant_id' is not recognised. Check participant details and try again."
)
ECF = {"course_identifier": "ecf-induction"}


def started(api: Any) -> dict[str, Any]:
    ect: dict[str, Any] = api.untouched()
    assert api.start(ect).status == 200
    return ect


@pytest.mark.parametrize("event", ["defer", "withdraw"])
def test_every_reason_is_accepted_and_shown_with_date(api: Any, event: str) -> None:
    status, member = {"defer": ("deferred", "deferral"), "withdraw": ("withdrawn", "withdrawal")}[event]
    ect = started(api)

    for reason in api.sandbox.calendar.reasons(event, "ecf"):
        changed = api.act(ect["id"], event, reason=reason, **ECF)

        assert changed.status == 200
        enrolment = changed.data["attributes"]["ecf_enrolments"][0]
        assert enrolment == api.enrolment(ect["id"])
        assert enrolment["training_status"] == status
        assert enrolment[member] == {"reason": reason, "date": "2025-01-15T12:00:00Z"}
        assert api.act(ect["id"], "resume", **ECF).status == 200


def test_resume_clears_deferral_and_withdrawal(api: Any) -> None:
    ect = started(api)
    api.act(ect["id"], "withdraw", reason="other", **ECF)

    resumed = api.act(ect["id"], "resume", **ECF).data["attributes"]["ecf_enrolments"][0]

    assert (resumed["training_status"], resumed["deferral"], resumed["withdrawal"]) == ("active", None, None)


@pytest.mark.parametrize(
    ("event", "before", "status"),
    [("defer", "defer", "deferred"), ("defer", "withdraw", "withdrawn"), ("withdraw", "withdraw", "withdrawn")],
)
def test_repeated_action_is_refused(api: Any, event: str, before: str, status: str) -> None:
    ect = started(api)
    api.act(ect["id"], before, reason="other", **ECF)

    refused = api.act(ect["id"], event, reason="other", **ECF)

    assert (refused.status, refused.errors) == (422, {"participant_profile": f"The participant is already {status}"})


def test_resume_of_active_participant_is_refused(api: Any) -> None:
    refused = api.act(api.untouched()["id"], "resume", **ECF)

    assert refused.errors == {"participant_profile": "The participant is already active"}


def test_deferred_participant_can_withdraw(api: Any) -> None:
    ect = started(api)
    api.act(ect["id"], "defer", reason="other", **ECF)

    assert api.act(ect["id"], "withdraw", reason="other", **ECF).status == 200


@pytest.mark.parametrize("event", ["defer", "withdraw"])
@pytest.mark.parametrize(
    ("attributes", "errors"),
    [
        (ECF, {"reason": REASON}),
        ({**ECF, "reason": ""}, {"reason": REASON}),
        ({**ECF, "reason": "wibble"}, {"reason": INVALID_REASON}),
        ({**ECF, "reason": "insufficient-capacity"}, {"reason": INVALID_REASON}),
        ({**ECF, "reason": "started-in-error"}, {"reason": INVALID_REASON}),
        (
            {"reason": "other"},
            {"course_identifier": f"{COURSE}, Enter a '#/course_identifier' value for this participant."},
        ),
        ({"reason": "other", "course_identifier": "ecf-mentor"}, {"course_identifier": COURSE}),
        ({"reason": "other", "course_identifier": "npq-headship"}, {"course_identifier": COURSE}),
    ],
)
def test_refused_action_changes_nothing(
    api: Any, event: str, attributes: dict[str, Any], errors: dict[str, str]
) -> None:
    ect = started(api)
    before = api.get(f"participants/ecf/{ect['id']}").data

    refused = api.act(ect["id"], event, **attributes)

    assert (refused.status, refused.errors) == (422, errors)
    assert api.get(f"participants/ecf/{ect['id']}").data == before


@pytest.mark.parametrize("event", ["defer", "resume", "withdraw", "change-schedule"])
@pytest.mark.parametrize("programme", ["ecf", "npq"])
def test_other_providers_participant_is_not_recognised(api: Any, event: str, programme: str) -> None:
    other = api.as_other()
    theirs = other.untouched() if programme == "ecf" else other.get("participants/npq").data[0]

    refused = api.act(theirs["id"], event, programme=programme, reason="other", **ECF)

    assert refused.errors["participant_id"] == PARTICIPANT


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_withdrawal_requires_started_declaration(api: Any, version: str) -> None:
    ect = api.untouched()

    refused = api.put(f"participants/ecf/{ect['id']}/withdraw", version=version, reason="other", **ECF)

    assert refused.errors == {
        "participant_profile": "An ECF participant who has not got a started declaration cannot be withdrawn. "
        "Please contact support for assistance"
    }
    assert api.enrolment(ect["id"])["training_status"] == "active"


def test_voided_started_declaration_does_not_allow_withdrawal(api: Any) -> None:
    ect = api.untouched()
    api.void(api.start(ect).data["id"])

    assert api.act(ect["id"], "withdraw", reason="other", **ECF).status == 422


def test_updated_since_includes_changed_participant(api: Any) -> None:
    ect = started(api)
    since = {"filter[updated_since]": "2025-01-15T12:00:00Z", "page[per_page]": 3000}
    assert ect["id"] not in {each["id"] for each in api.get("participants/ecf", since).data}

    api.act(ect["id"], "defer", reason="other", **ECF)

    assert ect["id"] in {each["id"] for each in api.get("participants/ecf", since).data}


def npq_with(api: Any, declared: bool, course: str) -> dict[str, Any]:
    busy = {each["attributes"]["participant_id"] for each in api.declarations(course_identifier=course)}
    return next(
        each
        for each in api.get("participants/npq", {"page[per_page]": 3000, "filter[training_status]": "active"}).data
        if (each["id"] in busy) == declared
        and [enrolment["course_identifier"] for enrolment in each["attributes"]["npq_enrolments"]] == [course]
    )


def test_npq_withdrawal_and_deferral_require_declarations(api: Any) -> None:
    fresh = npq_with(api, declared=False, course="npq-senior-leadership")
    named = {"course_identifier": "npq-senior-leadership"}

    withdrawn = api.act(fresh["id"], "withdraw", programme="npq", reason="insufficient-capacity", **named)
    deferred = api.act(fresh["id"], "defer", programme="npq", reason="other", **named)

    assert withdrawn.errors == {
        "participant_profile": "An NPQ participant who has not got a started declaration cannot be withdrawn. "
        "Please contact support for assistance"
    }
    assert deferred.errors == {"participant_profile": "You cannot defer an NPQ participant that has no declarations"}


def test_npq_participant_is_deferred_and_resumes(api: Any) -> None:
    person = npq_with(api, declared=True, course="npq-headship")
    named = {"course_identifier": "npq-headship"}

    deferred = api.act(person["id"], "defer", programme="npq", reason="bereavement", **named)
    resumed = api.act(person["id"], "resume", programme="npq", **named)
    withdrawn = api.act(
        person["id"], "withdraw", programme="npq", reason="quality-of-programme-structure-not-suitable.", **named
    )

    def enrolment(reply: Any) -> dict[str, Any]:
        found: dict[str, Any] = reply.data["attributes"]["npq_enrolments"][0]
        return found

    assert enrolment(deferred)["deferral"] == {"reason": "bereavement", "date": "2025-01-15T12:00:00Z"}
    assert enrolment(resumed)["training_status"] == "active"
    assert enrolment(withdrawn)["withdrawal"]["reason"] == "quality-of-programme-structure-not-suitable."


@pytest.mark.parametrize("path", ["participants/{id}", "participants/ecf/{id}"])
def test_version_1_supports_old_action_path(api: Any, path: str) -> None:
    ect = api.untouched()

    deferred = api.put(f"{path.format(id=ect['id'])}/defer", version="v1", reason="other", **ECF)

    assert deferred.data["attributes"]["training_status"] == "deferred"


def test_version_2_lacks_old_action_path(api: Any) -> None:
    assert api.put(f"participants/{api.untouched()['id']}/defer", version="v2", reason="other", **ECF).status == 404
