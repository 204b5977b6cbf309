"""The single faults change responses, and only when they are on."""

from __future__ import annotations

from typing import Any

import pytest

from lead_provider_sandbox.faults.catalogue import UnknownFaultError, catalogue, replacements_for
from lead_provider_sandbox.http.services import ORIGINAL

MUST_REFUSE = 422


def _lists(api: Any, query: dict[str, Any]) -> list[str]:
    return [each["id"] for each in api.get("participants/ecf", query).data]


def _participant_lacks_full_name(api: Any) -> bool:
    return "full_name" not in api.untouched()["attributes"]


def _participant_updated_at_is_number(api: Any) -> bool:
    return not isinstance(api.untouched()["attributes"]["updated_at"], str)


def _declaration_state_unknown(api: Any) -> bool:
    return {each["attributes"]["state"] for each in api.declarations()} == {"pending"}


def _declaration_created_201(api: Any) -> bool:
    return api.start(api.untouched()).status == 201


def _bad_page_crashes(api: Any) -> bool:
    return api.get("participants/ecf", {"page[page]": "abc"}).status == 500


def _declaration_readable_without_token(api: Any) -> bool:
    made = api.declarations()[0]["id"]
    api.token = None
    assert api.get("participant-declarations").status == 401
    return api.get(f"participant-declarations/{made}").status == 200


def _other_providers_participant_readable(api: Any) -> bool:
    theirs = api.as_other().untouched()
    return api.get(f"participants/ecf/{theirs['id']}").status == 200


def _per_page_ignored(api: Any) -> bool:
    return len(_lists(api, {"page[per_page]": 2})) != 2


def _page_ignored(api: Any) -> bool:
    return _lists(api, {"page[per_page]": 2}) == _lists(api, {"page[per_page]": 2, "page[page]": 2})


def _updated_since_ignored(api: Any) -> bool:
    return bool(_lists(api, {"filter[updated_since]": "2099-01-01T00:00:00Z"}))


def _declaration_not_idempotent(api: Any) -> bool:
    ect = api.untouched()
    first, second = api.start(ect), api.start(ect)
    return (first.status, first.content) != (second.status, second.content)


def _void_changes_nothing(api: Any) -> bool:
    made = api.declarations(state="eligible", lead_provider_name="Ambition Sandbox")[0]["id"]
    assert api.void(made).status == 200
    return api.get(f"participant-declarations/{made}").data["attributes"]["state"] == "eligible"


def _voided_declaration_voided_again(api: Any) -> bool:
    return api.void(api.declarations(state="voided")[0]["id"]).status == 200


def _withdraw(api: Any, ect: dict[str, Any]) -> int:
    return api.act(ect["id"], "withdraw", reason="other", course_identifier="ecf-induction").status


def _withdrawal_before_start_accepted(api: Any) -> bool:
    return _withdraw(api, api.untouched()) == 200


def _refused_withdrawal_still_withdraws(api: Any) -> bool:
    ect = api.untouched()
    assert _withdraw(api, ect) == MUST_REFUSE
    shown = api.get(f"participants/ecf/{ect['id']}").data["attributes"]["ecf_enrolments"][0]
    return shown["training_status"] == "withdrawn"


def _milestone_window_ignored(api: Any) -> bool:
    return api.start(api.untouched(), declaration_date="2020-01-01T10:00:00Z").status == 200


def _future_date_accepted(api: Any) -> bool:
    ect = api.untouched(cohort="2022", schedule_identifier="ecf-extended-september")
    return api.start(ect, declaration_date="2098-01-01T10:00:00Z").status == 200


def _evidence_ignored(api: Any) -> bool:
    retained = {"declaration_type": "retained-1", "declaration_date": "2024-02-01T10:00:00Z"}
    return api.start(api.untouched(), **retained).status == 200


def _answers_text_html(api: Any) -> bool:
    return api.get("participants/ecf").headers["content-type"] != "application/vnd.api+json"


def _updated_at_stands_still(api: Any) -> bool:
    ect = api.untouched()
    api.act(ect["id"], "defer", reason="other", course_identifier="ecf-induction")
    shown = api.get(f"participants/ecf/{ect['id']}").data["attributes"]
    return shown["updated_at"] == ect["attributes"]["updated_at"]


OBSERVATIONS = {
    "participant-lacks-full-name": _participant_lacks_full_name,
    "participant-updated-at-is-number": _participant_updated_at_is_number,
    "declaration-state-unknown": _declaration_state_unknown,
    "declaration-created-201": _declaration_created_201,
    "bad-page-crashes": _bad_page_crashes,
    "declaration-readable-without-token": _declaration_readable_without_token,
    "other-providers-participant-readable": _other_providers_participant_readable,
    "per-page-ignored": _per_page_ignored,
    "page-ignored": _page_ignored,
    "updated-since-ignored": _updated_since_ignored,
    "declaration-not-idempotent": _declaration_not_idempotent,
    "void-changes-nothing": _void_changes_nothing,
    "voided-declaration-voided-again": _voided_declaration_voided_again,
    "withdrawal-before-start-accepted": _withdrawal_before_start_accepted,
    "refused-withdrawal-still-withdraws": _refused_withdrawal_still_withdraws,
    "milestone-window-ignored": _milestone_window_ignored,
    "future-date-accepted": _future_date_accepted,
    "evidence-ignored": _evidence_ignored,
    "answers-text-html": _answers_text_html,
    "updated-at-stands-still": _updated_at_stands_still,
}


@pytest.mark.parametrize("name", OBSERVATIONS)
def test_fault_changes_behaviour_only_when_on(name: str, api: Any) -> None:
    token = api.token
    assert not OBSERVATIONS[name](api)
    api.token = token
    assert OBSERVATIONS[name](api.broken_by(name))


def test_every_fault_has_its_own_sentence() -> None:
    sentences = [fault.sentence for fault in catalogue().values()]

    assert all(sentence.endswith(".") for sentence in sentences)
    assert len(set(sentences)) == len(sentences)


def test_unknown_fault_is_named_in_the_error() -> None:
    with pytest.raises(UnknownFaultError, match="no-such-fault"):
        replacements_for(["no-such-fault"], ORIGINAL)


def test_several_faults_combine(api: Any) -> None:
    api.broken_by("participant-lacks-full-name", "participant-updated-at-is-number")

    shown = api.get("participants/ecf").data[0]["attributes"]

    assert "full_name" not in shown
    assert shown["updated_at"] == 1622427751
